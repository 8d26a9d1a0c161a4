"""Previews: the program of the awsglue library that tells what the next run of a job would read.

The library chooses, as it does in a run; here is how its program is started: with the interpreter of the job's runtime,
in a folder of its own, for so long, with so much of an answer, and only so many at a time.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import shlex
import signal
import subprocess
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from openglue.config import Config
from openglue.errors import InternalServiceException, InvalidInputException, OperationTimeoutException
from openglue.model import arguments as args
from openglue.model import profiles
from openglue.model.bookmark import Bookmark
from openglue.runtimes import Runtime, Runtimes
from openglue.runtimes.jvm import archive_options
from openglue.runtimes.library import WORKERS
from openglue.s3 import routes
from openglue.s3 import spark as s3_spark
from openglue.s3.locations import Buckets, LocationError

log = logging.getLogger(__name__)

PROGRAM = "awsglue.bookmarks.preview"
#: Seconds for an answer: fewer than those for which clients wait.
DEADLINE_S = 50
#: Bytes of an answer at most.
MOST_BYTES = 32 << 20
#: Programs that run at a time; who comes next waits.
AT_ONCE = 2
#: The heap of a JVM that is asked for some rows.
_HEAP = "512m"


@dataclass(frozen=True, kw_only=True)
class Previews:
    config: Config
    #: Where this server answers.
    url: str
    uv: Path
    #: Directory that holds our awsglue package and nothing else.
    awsglue: Path
    _running: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    async def look(self, definition: Mapping[str, Any], bookmark: Bookmark, *, with_spark: bool) -> dict[str, Any]:
        """What each context would read, in the words of the program.

        Raises InvalidInputException if the job's runtime is not installed, OperationTimeoutException.
        """
        runtime = await asyncio.to_thread(self._runtime, definition)
        question = {
            "buckets": str(self._buckets),
            "run": bookmark.run,
            "state": json.loads(bookmark.state),
            "sources": json.loads(bookmark.sources),
            "with_spark": with_spark,
            "deadline_s": DEADLINE_S,
        }
        try:
            async with asyncio.timeout(DEADLINE_S), self._running:
                # A JVM that is killed may write until it is gone.
                with tempfile.TemporaryDirectory(prefix="openglue-preview-", ignore_cleanup_errors=True) as folder:
                    environment = self._environment(definition, runtime, folder)
                    answer = await _ask(runtime.python, json.dumps(question).encode(), environment, Path(folder))
        except TimeoutError:
            raise OperationTimeoutException(
                f"The sources of the job could not be looked at within {DEADLINE_S} seconds"
            ) from None
        told: dict[str, Any] = json.loads(answer)
        return told

    @property
    def _buckets(self) -> Path:
        return self.config.data / "s3"

    def _runtime(self, definition: Mapping[str, Any]) -> Runtime:
        command = definition["Command"]
        profile = profiles.resolve(
            command.get("Name") or "glueetl",
            definition.get("GlueVersion"),
            command.get("PythonVersion"),
            args.library_set(definition.get("DefaultArguments") or {}),
            self.config.default_glue_version,
        ).profile
        runtime = Runtimes(self.config.cache, self.uv).find(profile.name)
        if runtime is None:
            raise InvalidInputException(
                f"The runtime {profile.name} is not installed: a run of the job installs it,"
                f" or `openglue runtime install {profile.name}`"
            )
        return runtime

    def _environment(self, definition: Mapping[str, Any], runtime: Runtime, folder: str) -> dict[str, str]:
        """Built from nothing, as that of a run is."""
        region = self.config.region
        found = {
            "PATH": f"{runtime.python.parent}:{os.environ.get('PATH', os.defpath)}",
            "HOME": folder,
            "TMPDIR": folder,
            "LANG": "C.UTF-8",
            "PYTHONPATH": str(self.awsglue),
            "PYTHONDONTWRITEBYTECODE": "1",
            "AWS_REGION": region,
            "AWS_DEFAULT_REGION": region,
            # The catalog is ours, and asks for no more on loopback.
            "AWS_ACCESS_KEY_ID": "openglue",
            "AWS_SECRET_ACCESS_KEY": "openglue",
            "AWS_EC2_METADATA_DISABLED": "true",
            **routes.environment(self.config.routes, self.url, region),
        }
        if runtime.spark_home is None or runtime.java is None:
            return found
        settings = {
            **s3_spark.settings(self._buckets),
            "spark.driver.memory": _HEAP,
            "spark.driver.host": "127.0.0.1",
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.ui.enabled": "false",
            "spark.ui.showConsoleProgress": "false",
            "spark.python.daemon.module": WORKERS,
            "spark.sql.warehouse.dir": folder,
            "spark.jars": ",".join(self._jars(definition)),
        }
        java = " ".join([*archive_options(runtime), f"-Djava.io.tmpdir={folder}"])
        submit = [word for name, value in settings.items() if value for word in ("--conf", f"{name}={value}")]
        return {
            **found,
            "SPARK_HOME": str(runtime.spark_home),
            "JAVA_HOME": str(runtime.java.home),
            "PYSPARK_PYTHON": str(runtime.python),
            "PYSPARK_SUBMIT_ARGS": shlex.join(["--driver-java-options", java, *submit, "pyspark-shell"]),
            "SPARK_LOCAL_IP": "127.0.0.1",
            "SPARK_LOCAL_DIRS": folder,
        }

    def _jars(self, definition: Mapping[str, Any]) -> list[str]:
        """The job's own jars, the drivers of databases among them; one that is not there is the next run's to tell."""
        buckets = Buckets(self._buckets, local_paths=self.config.local_paths)
        found = []
        for location in args.split_list((definition.get("DefaultArguments") or {}).get("--extra-jars", "")):
            with suppress(LocationError):
                found.append(str(buckets.path(location)))
        return found


async def _ask(python: Path, question: bytes, environment: Mapping[str, str], folder: Path) -> bytes:
    """Start the program, and have its answer. Nothing of it is left, however this ends."""
    (folder / "question").write_bytes(question)
    with (
        (folder / "question").open("rb") as asked,
        (folder / "answer").open("w+b") as answered,
        (folder / "log").open("w+b") as said,
    ):
        process = subprocess.Popen(  # noqa: ASYNC220 - ours; asyncio's own may reap it before its group is killed
            [str(python), "-P", "-m", PROGRAM],
            stdin=asked,
            stdout=answered,
            stderr=said,
            env=dict(environment),
            cwd=folder,
            start_new_session=True,
        )
        try:
            await _end(process.pid)
        finally:
            # Its JVM, too. Once the program is reaped, the number of its group may be another's.
            os.killpg(process.pid, signal.SIGKILL)
            code = await asyncio.to_thread(process.wait)
        answered.seek(0)
        answer = answered.read(MOST_BYTES + 1)
        if code != 0 or len(answer) > MOST_BYTES:
            said.seek(0)
            log.error("%s ended with %s: %s", PROGRAM, code, said.read(1 << 20).decode(errors="replace")[-2000:])
            raise InternalServiceException("The sources of the job could not be looked at; the server's log says why")
    return answer


async def _end(pid: int) -> None:
    """Wait until a child of this process has ended, and leave it to be reaped."""
    ended, loop = asyncio.Event(), asyncio.get_running_loop()
    descriptor = os.pidfd_open(pid)
    try:
        loop.add_reader(descriptor, ended.set)
        await ended.wait()
    finally:
        loop.remove_reader(descriptor)
        os.close(descriptor)
