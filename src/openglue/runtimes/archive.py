"""The class archive (AppCDS): Spark's classes as the JVM wants them, so that a driver starts in a third of the time.

Belongs to one build of Java and one Spark home, and is made once per runtime by recording a small session. It is a help
and no need: when it cannot be made, drivers start without.
"""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from openglue.clock import Clock
from openglue.runtimes.java import Java
from openglue.runtimes.jvm import jvm_command, jvm_environment, read_connection
from openglue.runtimes.runtime import Runtime, archive_of
from openglue.runtimes.tool import ended, execute

TRAINING = Path(__file__).with_name("training.py")
MEMORY_MB = 1024
TIMEOUT_S = 240
#: Session of the training: as a run's, on this machine alone.
SUBMIT = (
    *("--conf", "spark.master=local[2]", "--conf", "spark.ui.enabled=false"),
    *("--conf", "spark.driver.host=127.0.0.1", "--conf", "spark.driver.bindAddress=127.0.0.1"),
    *("--conf", "spark.sql.shuffle.partitions=2", "--conf", "spark.sql.catalogImplementation=in-memory"),
)


class TrainingError(Exception):
    """No archive could be made; the message says why."""


def build_base(java: Java, environ: Mapping[str, str], clock: Clock, go_on: Callable[[], None] = lambda: None) -> None:
    """Give a Java without one the archive of its own classes, on which every class archive builds.

    The Java that this program installs comes without; others were given theirs by whoever packaged them.
    """
    if not (java.home / "lib" / "server" / "classes.jsa").exists():
        result = execute(
            [java.executable, "-Xshare:dump"],
            lambda _: None,
            clock,
            timeout_s=TIMEOUT_S,
            cwd=java.home,
            environ=environ,
            go_on=go_on,
        )
        if result.code != 0:
            raise TrainingError(_last(result.lines) or "archiving Java's own classes took too long")


def build_archive(
    runtime: Runtime, java: Java, environ: Mapping[str, str], clock: Clock, go_on: Callable[[], None] = lambda: None
) -> Path:
    """Make the class archive of `runtime` for `java` and return its path; TrainingError when that fails.

    `go_on` is called all the while, and ends it by raising.
    """
    target = archive_of(runtime.root, java)
    target.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="openglue-training-") as name:
        directory = Path(name)
        fresh = target.with_name(f"{target.name}.{os.getpid()}")
        try:
            _record(replace(runtime, archive=None), java, environ, clock, go_on, directory, fresh)
            _flush(fresh)
            fresh.replace(target)
        except OSError as error:
            raise TrainingError(str(error)) from error
        finally:
            fresh.unlink(missing_ok=True)
    return target


def _record(
    runtime: Runtime,
    java: Java,
    environ: Mapping[str, str],
    clock: Clock,
    go_on: Callable[[], None],
    directory: Path,
    fresh: Path,
) -> None:
    deadline = clock.boot() + TIMEOUT_S * 1000
    connection, log = directory / "connection", directory / "jvm.log"
    submit = [
        *SUBMIT,
        "--conf",
        f"spark.local.dir={directory}",
        "--conf",
        f"spark.sql.warehouse.dir={directory}/warehouse",
    ]
    command = jvm_command(
        runtime,
        java,
        memory_mb=MEMORY_MB,
        java_options=[
            "-XX:TieredStopAtLevel=1",
            f"-XX:ArchiveClassesAtExit={fresh}",
            "-Xlog:cds=off",
            "-Xlog:cds+dynamic=off",
        ],
        submit_arguments=submit,
    )
    with (
        log.open("wb") as output,
        subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=directory,
            env=jvm_environment(environ, runtime, java, connection),
            process_group=0,
        ) as jvm,
    ):
        try:
            port, secret = _connected(jvm, connection, clock, deadline, go_on)
            result = execute(
                [runtime.python, "-E", TRAINING, directory],
                lambda _: None,
                clock,
                timeout_s=max(0, deadline - clock.boot()) / 1000,
                cwd=directory,
                environ={
                    **environ,
                    "PYSPARK_GATEWAY_PORT": str(port),
                    "PYSPARK_GATEWAY_SECRET": secret,
                    "PYSPARK_PYTHON": str(runtime.python),
                    "SPARK_HOME": str(runtime.spark_home),
                },
                go_on=go_on,
            )
            if result.code != 0:
                raise TrainingError(_last(result.lines) or "the session took too long")
            assert jvm.stdin is not None  # noqa: S101 - it was asked for above
            # The JVM ends with its standard input, and writes the archive on its way out.
            jvm.stdin.close()
            if ended(jvm, clock, deadline, go_on) is None:
                raise TrainingError("writing the archive took too long")
        finally:
            if jvm.poll() is None:
                os.killpg(jvm.pid, signal.SIGKILL)
    if jvm.returncode != 0 or not fresh.exists():
        raise TrainingError(_last(log.read_text(errors="replace").splitlines()) or "Java wrote no archive")


def _connected(
    jvm: subprocess.Popen[bytes], connection: Path, clock: Clock, deadline: int, go_on: Callable[[], None]
) -> tuple[int, str]:
    while (told := read_connection(connection)) is None:
        go_on()
        if jvm.poll() is not None:
            raise TrainingError(f"the JVM ended at once with exit code {jvm.returncode}")
        if clock.boot() > deadline:
            raise TrainingError("the JVM did not start in time")
        time.sleep(0.02)
    return told


def _last(lines: tuple[str, ...] | list[str]) -> str:
    """The last line that is no part of a Java stack."""
    return next(
        (text for line in reversed(lines) if (text := line.strip()) and not text.startswith(("at ", "..."))), ""
    )


def _flush(file: Path) -> None:
    """Bring the file to disk: a JVM that maps one which lost its end in a power failure dies."""
    descriptor = os.open(file, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
