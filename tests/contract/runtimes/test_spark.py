"""Spark's JVM as runs start it: attached to by PySpark, quicker with the class archive, gone with its input."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from uv import find_uv_bin

from openglue.clock import SystemClock
from openglue.config import default_cache
from openglue.runtimes import Java, Runtime, Runtimes
from openglue.runtimes.archive import SUBMIT, TrainingError, build_archive
from openglue.runtimes.jvm import jvm_command, jvm_environment, read_connection
from openglue.runtimes.tool import environment

Wait = Callable[..., tuple[int, str]]
USER = "from pyspark import SparkContext; sc = SparkContext(); print('sum', sc.range(5).sum()); sc.stop()"
ANALYTICS = (
    "avro awscli awswrangler boto3 elasticsearch numpy pandas psycopg2 pyathena pymysql pyorc redshift_connector "
    "requests s3fs scipy sklearn sqlalchemy"
)


def usual(name: str) -> Runtime:
    """The runtime in the cache that a developer has anyway."""
    cache = Path(os.environ.get("OPENGLUE_CACHE") or default_cache())
    return Runtimes(cache, Path(find_uv_bin())).install(name, lambda _: None)


@pytest.fixture(scope="module")
def spark() -> Runtime:
    return usual("glue-5.1")


@contextmanager
def driver(runtime: Runtime, options: Sequence[str], directory: Path) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """A JVM that waits for PySpark, with the file where it says how it is reached."""
    assert runtime.java is not None
    connection = directory / "connection"
    submit = [*SUBMIT, "--conf", f"spark.local.dir={directory}"]
    command = jvm_command(runtime, runtime.java, memory_mb=512, java_options=options, submit_arguments=submit)
    jvm = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=directory,
        env=jvm_environment(environment(os.environ), runtime, runtime.java, connection),
    )
    try:
        yield jvm, connection
    finally:
        jvm.kill()
        jvm.communicate()


def attach(runtime: Runtime, port: int, secret: str) -> Mapping[str, str]:
    return {
        **environment(os.environ),
        "PYSPARK_GATEWAY_PORT": str(port),
        "PYSPARK_GATEWAY_SECRET": secret,
        "PYSPARK_PYTHON": str(runtime.python),
        "SPARK_HOME": str(runtime.spark_home),
    }


@pytest.mark.spark
def test_a_script_attaches_to_a_jvm_that_uses_the_archive(spark: Runtime, tmp_path: Path, wait_for: Wait):
    assert spark.archive is not None
    log = tmp_path / "classes.log"
    with driver(spark, [f"-Xlog:class+load:file={log}"], tmp_path) as (jvm, connection):
        port, secret = wait_for(lambda: read_connection(connection), deadline_s=60, what="the JVM's answer")
        command = [spark.python, "-c", USER]
        told = subprocess.run(
            command, env=attach(spark, port, secret), capture_output=True, text=True, timeout=90, check=False
        )
        assert told.stdout.split() == ["sum", "10"], told.stderr
        # It ends by itself when its input does.
        jvm.communicate(timeout=60)
    classes = log.read_text()
    assert classes.count("shared objects file (top)") > 10 * classes.count("source: file:")


@pytest.mark.spark
def test_an_archive_that_does_not_fit_is_passed_over_without_a_word(spark: Runtime, tmp_path: Path, wait_for: Wait):
    assert spark.archive is not None
    other = tmp_path / "other.jsa"
    data = bytearray(spark.archive.read_bytes()[: 1 << 20])
    # The header names the JVM that wrote it.
    data[0:512] = bytes(512)
    other.write_bytes(data)
    with driver(replace(spark, archive=other), [], tmp_path) as (jvm, connection):
        wait_for(lambda: read_connection(connection), deadline_s=60, what="the JVM's answer")
        said, _ = jvm.communicate(timeout=60)
    assert not [line for line in said.splitlines() if "cds" in line.lower() or "archive" in line.lower()], said


def test_an_archive_that_cannot_be_made_is_told_and_leaves_nothing(tmp_path: Path):
    home = tmp_path / "jdk"
    (home / "bin").mkdir(parents=True)
    (home / "bin" / "java").symlink_to("/bin/false")
    java = Java(home=home, version="17.0.1", build="17.0.1-x")
    root = tmp_path / "runtime"
    root.mkdir()
    runtime = Runtime(
        name="glue-5.1", root=root, python=root / "bin/python", spark_home=root / "spark", java=java, archive=None
    )
    with pytest.raises(TrainingError, match="the JVM ended at once with exit code 1"):
        build_archive(runtime, java, {}, SystemClock())
    assert list((root / "archives").iterdir()) == []


@pytest.mark.timeout(600)
def test_the_analytics_set_works_together():
    code = f"import importlib; [importlib.import_module(name) for name in {ANALYTICS.split()!r}]; print('all')"
    command = [usual("pythonshell").python, "-E", "-c", code]
    told = subprocess.run(command, env={}, capture_output=True, text=True, timeout=120, check=False)
    assert told.stdout == "all\n", told.stderr
