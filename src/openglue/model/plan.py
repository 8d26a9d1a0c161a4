"""The plan of one run: everything that its runner is told, once, over a file descriptor.

The runner knows nothing else: not the database, not the configuration. What it reports goes back over the run protocol.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Plan:
    run_id: str
    job_id: str
    job_name: str
    fence: int

    #: Command.Name, ScriptLocation and PythonVersion of the pinned definition.
    command: str
    script_location: str
    python_version: str | None
    #: None: the job names none, and the default is meant.
    glue_version: str | None
    default_glue_version: str
    #: Default < run < non-overridable arguments, merged.
    arguments: Mapping[str, str]

    #: Seconds of execution after which the run is TIMEOUT.
    timeout_s: float
    #: Seconds left from launch for getting user code started.
    launch_deadline_s: float
    #: Seconds without a heartbeat after which the run is ended, because others may count it as lost; None: never.
    fence_after_s: float | None
    #: Seconds between SIGTERM and SIGKILL.
    stop_grace_s: float
    #: What the run gets of its machine (model.capacity.Share).
    memory_mb: int
    asked_mb: int
    cores: int
    cpu_weight: int
    tasks: int
    spark_master: str
    #: Options of the driver's JVM, after ours.
    java_options: list[str]

    #: Where to report to, and the file that names the address again after a server restart.
    server: str
    server_file: str
    #: Bearer token of the run protocol, and the script's own, which is good for the job's bookmark only.
    token: str
    script_token: str

    #: This run's directory; nothing outside it is written but the caches.
    workspace: str
    cache: str
    #: Root of the embedded S3 buckets.
    s3_root: str
    local_paths: bool
    java_home: str | None
    uv: str
    #: Directory of our awsglue package, and of nothing else.
    awsglue: str
    #: What the run's log should say of its record: members that are kept and have no effect yet.
    notes: list[str]
    #: Environment that the user's code gets beside what its command adds.
    environment: Mapping[str, str]
    #: Log limits, in bytes.
    log_head_bytes: int
    log_tail_bytes: int
    log_event_bytes: int

    def to_json(self) -> bytes:
        return json.dumps(asdict(self)).encode()

    @classmethod
    def from_json(cls, text: bytes) -> Plan:
        document: dict[str, Any] = json.loads(text)
        return cls(**document)
