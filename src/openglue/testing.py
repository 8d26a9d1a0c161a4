"""The pytest plugin: a service of their own for the tests of Glue jobs.

The fixture `openglue` starts a service as a process, in a temporary directory and on a free port, and ends it and
everything that it started after the last test. With pytest-xdist every worker has its own. Settings of the service come
from the fixture `openglue_settings`, which tests override.

pytest imports this module in every session of everyone who has OpenGlue installed; it imports the rest when a test asks
for it.
"""

from __future__ import annotations

import hashlib
import json
import os
import textwrap
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pytest

if TYPE_CHECKING:
    from openglue.clients import Connection

TERMINAL = frozenset({"STOPPED", "SUCCEEDED", "FAILED", "TIMEOUT", "ERROR", "EXPIRED"})
#: Variables of OpenGlue that a test service takes over; a developer's other settings must not decide a test.
KEPT_VARIABLES = ("OPENGLUE_CACHE",)
#: What serves the short runs of tests: half the processor time, because little is compiled twice. `openglue_settings`
#: overrides it.
QUICK_JAVA = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
#: Seconds for runs that are still going on at the end of the session to stop.
STOP_DEADLINE_S = 30.0
#: Seconds for an answer to what a test plans.
CALL_TIMEOUT_S = 30.0
#: Rounds of killing what is left of them.
SWEEPS = 100
_POLL_S = 0.03


@pytest.fixture(scope="session")
def openglue_settings() -> Mapping[str, Any]:
    """Settings of the service that the fixture `openglue` starts, such as {"region": "eu-west-1"}; override it."""
    return {}


@pytest.fixture(scope="session")
def openglue(openglue_settings: Mapping[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenGlue]:
    """A service for this test session."""
    service = OpenGlue.start(tmp_path_factory.mktemp("openglue"), openglue_settings)
    try:
        yield service
    finally:
        service.stop()


@dataclass(frozen=True, kw_only=True)
class Run:
    """A finished run."""

    id: str
    #: SUCCEEDED, FAILED, TIMEOUT or STOPPED.
    state: str
    #: Its ErrorMessage; empty when there is none.
    error: str
    #: What it wrote to standard output and to standard error.
    output: str
    errors: str
    #: The whole JobRun, as boto3 has it.
    record: Mapping[str, Any]


class OpenGlue:
    """A service that runs while tests do."""

    def __init__(self, connection: Connection, data: Path) -> None:
        self._connection = connection
        #: The endpoint URL of AWS clients.
        self.url = connection.url
        #: The service's data directory.
        self.data = data

    @classmethod
    def start(cls, data: Path, settings: Mapping[str, Any]) -> OpenGlue:
        """Start a service on the empty directory `data`. Raises StartError, with the service's log."""
        from openglue.clients import start

        environ = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("OPENGLUE_") or name in KEPT_VARIABLES
        }
        return cls(
            start(data, environ=environ | _variables({"rehearsal": True, "java_options": QUICK_JAVA, **settings})), data
        )

    @property
    def pid(self) -> int:
        """Process of the service."""
        assert self._connection.pid is not None  # noqa: S101 - `start` made it
        return self._connection.pid

    def client(self, service: str = "glue", **options: Any) -> Any:
        """A boto3 client of the service: "glue", "s3", "logs"; `options` go to boto3."""
        return self._connection.client(service, **options)

    def bucket(self, name: str) -> Path:
        """The folder of the bucket `name`, created if it is not there: its files are the objects of s3://name/."""
        from openglue.s3.locations import is_bucket_name

        if not is_bucket_name(name):
            raise ValueError(f"{name!r} is no name of a bucket: 3 to 63 lower-case letters, digits, dots and hyphens")
        folder = self.data / "s3" / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def run(
        self,
        script: str | Path,
        arguments: Mapping[str, str] | None = None,
        *,
        type: Literal["glueetl", "gluestreaming", "pythonshell"] = "glueetl",  # noqa: A002 - what Glue and `openglue run` call it
        timeout_s: float = 300.0,
    ) -> Run:
        """Run a script as a job and wait for its end, which may be a failure.

        `script` is a path, an s3:// location or the script's text. `arguments` are the run's; a key without dashes
        gets two. After `timeout_s` the run is stopped and TimeoutError raised.
        """
        location = self._location(script)
        digest = hashlib.sha256(f"{type} {location}".encode()).hexdigest()[:8]
        job = f"{Path(location).stem}-{digest}"
        with suppress(self._glue.exceptions.AlreadyExistsException):
            self._glue.create_job(
                Name=job,
                Role="arn:aws:iam::000000000000:role/openglue",
                Command={"Name": type, "ScriptLocation": location},
                ExecutionProperty={"MaxConcurrentRuns": 100},
            )
        given = {key if key.startswith("--") else f"--{key}": value for key, value in (arguments or {}).items()}
        run_id = self._glue.start_job_run(JobName=job, Arguments=given)["JobRunId"]
        return self.wait(job, run_id, timeout_s=timeout_s)

    def wait(self, job: str, run_id: str, *, timeout_s: float = 300.0) -> Run:
        """Wait for the end of a run that something else has started, which may be a failure.

        After `timeout_s` the run is stopped and TimeoutError raised.
        """
        record = self._wait(job, run_id, timeout_s)
        if record["JobRunState"] not in TERMINAL:
            self._glue.batch_stop_job_run(JobName=job, JobRunIds=[run_id])
            record = self._wait(job, run_id, STOP_DEADLINE_S)
            raise TimeoutError(f"run {run_id} of {job} had not ended after {timeout_s:g} s: {_tail(self, record)}")
        return Run(
            id=run_id,
            state=record["JobRunState"],
            error=record.get("ErrorMessage", ""),
            output=self.log(record, "output"),
            errors=self.log(record, "error"),
            record=record,
        )

    def advance(self, **amount: float) -> None:
        """Move the service's clock on: `advance(minutes=20)`, in the words of datetime.timedelta.

        What is due then happens: a run past its Timeout ends TIMEOUT, a WAITING one gives up, a schedule fires, a
        streaming run that is a week old is restarted.
        Scripts live in real time.
        """
        ms = int(timedelta(**amount).total_seconds() * 1000)
        if ms < 0:
            raise ValueError("time goes on only")
        self._plan("AdvanceClock", Milliseconds=ms)

    def end_next_run(
        self,
        state: Literal["SUCCEEDED", "FAILED", "TIMEOUT", "ERROR", "EXPIRED"],
        *,
        job: str | None = None,
        error: str | None = None,
        times: int = 1,
    ) -> None:
        """Have the next run that starts (of `job`, where it is given) end so, without running its script.

        `error` is the ErrorMessage of a FAILED or ERROR one. Retries, events and triggers follow as after any end.
        """
        named = {} if job is None else {"JobName": job}
        said = {} if error is None else {"ErrorMessage": error}
        self._plan("EndNextRun", JobRunState=state, Times=times, **named, **said)

    def fail_next_call(
        self, operation: str | None = None, *, code: str = "ThrottlingException", times: int = 1
    ) -> None:
        """Have the next call (of `operation`, as "StartJobRun", or of any) fail with the error `code`.

        boto3 sends a throttled call again by itself: to see the error, plan more failures than it makes attempts.
        """
        named = {} if operation is None else {"Operation": operation}
        self._plan("FailNextCall", Code=code, Times=times, **named)

    def forget_plans(self) -> None:
        """Forget the ends and failures that were planned and have not happened; the clock stays where it is."""
        self._plan("ForgetPlans")

    def _plan(self, operation: str, **members: Any) -> None:
        """Call an operation of OpenGlue's own, which no AWS client knows."""
        request = urllib.request.Request(  # noqa: S310 - the address of our own service
            self.url,
            json.dumps(members).encode(),
            {"X-Amz-Target": f"OpenGlue.{operation}", "Content-Type": "application/x-amz-json-1.1"},
        )
        try:
            with urllib.request.urlopen(request, timeout=CALL_TIMEOUT_S):  # noqa: S310 - as above
                pass
        except urllib.error.HTTPError as error:
            raise ValueError(json.load(error)["Message"]) from None

    def log(self, record: Mapping[str, Any], stream: Literal["output", "error"]) -> str:
        """What a run, given by its JobRun, has written so far to one of its streams."""
        group = f"{record['LogGroupName']}/{stream}"
        token: dict[str, str] = {}
        lines: list[str] = []
        while True:
            try:
                page = self._logs.get_log_events(
                    logGroupName=group, logStreamName=record["Id"], startFromHead=True, **token
                )
            except self._logs.exceptions.ResourceNotFoundException:
                # The run never got as far as writing anything.
                return ""
            if not page["events"]:
                return "\n".join(lines)
            lines += [event["message"] for event in page["events"]]
            token = {"nextToken": page["nextForwardToken"]}

    def stop(self) -> None:
        """End the runs that are going on, the service, and every process of both."""
        from openglue.clients import answers
        from openglue.node import workspaces

        try:
            if answers(self.url):
                self._stop_runs()
        finally:
            self._connection.stop()
            _sweep(workspaces(self.data))

    @cached_property
    def _glue(self) -> Any:
        return self.client("glue")

    @cached_property
    def _logs(self) -> Any:
        return self.client("logs")

    def _location(self, script: str | Path) -> str:
        if isinstance(script, str) and "\n" not in script and script.startswith("s3://"):
            return script
        if isinstance(script, Path) or ("\n" not in script and script.endswith(".py")):
            path = Path(script).absolute()
            if not path.is_file():
                raise FileNotFoundError(f"there is no script {path}")
            return str(path)
        text = textwrap.dedent(script)
        folder = self.data / "scripts" / hashlib.sha256(text.encode()).hexdigest()[:12]
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "script.py").write_text(text)
        return str(folder / "script.py")

    def _wait(self, job: str, run_id: str, timeout_s: float) -> dict[str, Any]:
        """The run's record when it has ended, or as it is after `timeout_s`."""
        deadline = time.monotonic() + timeout_s
        while True:
            record: dict[str, Any] = self._glue.get_job_run(JobName=job, RunId=run_id)["JobRun"]
            if record["JobRunState"] in TERMINAL or time.monotonic() > deadline:
                return record
            time.sleep(_POLL_S)

    def _stop_runs(self) -> None:
        active = []
        for page in self._glue.get_paginator("list_jobs").paginate():
            for job in page["JobNames"]:
                runs = self._glue.get_paginator("get_job_runs").paginate(JobName=job).search("JobRuns")
                ids = [run["Id"] for run in runs if run["JobRunState"] not in TERMINAL]
                active += [(job, run_id) for run_id in ids]
                for first in range(0, len(ids), 25):
                    self._glue.batch_stop_job_run(JobName=job, JobRunIds=ids[first : first + 25])
        for job, run_id in active:
            self._wait(job, run_id, STOP_DEADLINE_S)


def _variables(settings: Mapping[str, Any]) -> dict[str, str]:
    """Settings as the environment of the service has them."""
    from openglue.config import PREFIX, SETTINGS

    # The others are the fixture's to choose.
    known = {field.name for field in SETTINGS} - {"data", "host", "port"}
    if unknown := sorted(settings.keys() - known):
        raise ValueError(f"openglue_settings: unknown {', '.join(unknown)}; there are: {', '.join(sorted(known))}")
    return {f"{PREFIX}{name.upper()}": _text(value) for name, value in settings.items()}


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        return ",".join(f"{name}={item}" for name, item in value.items())
    if isinstance(value, list | tuple):
        return ",".join(map(str, value))
    return str(value)


def _tail(service: OpenGlue, record: Mapping[str, Any]) -> str:
    lines = [line for stream in ("output", "error") for line in service.log(record, stream).splitlines()[-10:]]
    return "\n".join([f"it is {record['JobRunState']} now; its last lines:", *lines])


def _sweep(folder: Path) -> None:
    """Kill what a killed service left: runners, and what they run."""
    if not folder.is_dir():
        return
    from openglue.clock import SystemClock
    from openglue.engines.local import LocalEngine
    from openglue.process import marked

    engine = LocalEngine(folder, SystemClock())
    for run_id, fence in engine.held():
        for _ in range(SWEEPS):
            engine.kill(run_id, fence)
            if not any(marked(f"{run_id}.{fence}")):
                break
            time.sleep(_POLL_S)
