"""What counts as installed, how a JVM is started, what a job sees of ours, and what importing all this costs."""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from tests.conftest import wait_for

from openglue.clock import FakeClock, SystemClock
from openglue.model.profiles import PROFILES
from openglue.process import identify
from openglue.runtimes import InstallError, Java, Runtime, Runtimes
from openglue.runtimes.hold import acquire, attempt
from openglue.runtimes.install import reason, telling
from openglue.runtimes.jvm import jvm_command, jvm_environment, read_connection
from openglue.runtimes.library import library
from openglue.runtimes.overlay import KEPT, prune
from openglue.runtimes.runtime import READY, archive_of, root_of
from openglue.runtimes.tool import environment, execute

JAVA = Java(home=Path("/jdk"), version="17.0.1", build="17.0.1-ab")
SPARK = Runtime(
    name="glue-5.1",
    root=Path("/r"),
    python=Path("/r/bin/python"),
    spark_home=Path("/r/spark"),
    java=JAVA,
    archive=Path("/r/archives/x.jsa"),
)


def put_runtime(cache: Path, name: str, interpreter: Path) -> Path:
    root = root_of(cache, PROFILES[name])
    (root / "bin").mkdir(parents=True)
    (root / "bin" / "python").symlink_to(interpreter)
    (root / READY).write_text(json.dumps({"bytes": 7, "spark_home": "lib/spark"}))
    return root


def runtimes(cache: Path, environ: dict[str, str] | None = None) -> Runtimes:
    return Runtimes(cache, Path("/nowhere/uv"), clock=FakeClock(), environ=environ or {"PATH": ""})


def test_nothing_is_found_in_an_empty_cache(tmp_path: Path):
    assert runtimes(tmp_path).find("pythonshell") is None
    assert [(entry.profile.name, entry.runtime, entry.size) for entry in runtimes(tmp_path).list()] == [
        (name, None, 0) for name in PROFILES
    ]


def test_an_installed_runtime_is_found(tmp_path: Path):
    root = put_runtime(tmp_path, "pythonshell", Path(sys.executable))
    found = runtimes(tmp_path).find("pythonshell")
    assert found is not None
    assert (found.root, found.python, found.spark_home, found.java) == (root, root / "bin" / "python", None, None)
    assert [entry.size for entry in runtimes(tmp_path).list()] == [0, 7, 0]


def test_what_was_not_finished_is_not_found(tmp_path: Path):
    root = put_runtime(tmp_path, "pythonshell", Path(sys.executable))
    (root / READY).unlink()
    assert runtimes(tmp_path).find("pythonshell") is None


def test_a_runtime_whose_interpreter_was_removed_is_not_found(tmp_path: Path):
    put_runtime(tmp_path, "pythonshell", tmp_path / "removed")
    assert runtimes(tmp_path).find("pythonshell") is None


def test_a_spark_runtime_is_found_with_its_java_and_the_archive_for_it(tmp_path: Path):
    root = put_runtime(tmp_path, "glue-5.1", Path(sys.executable))
    home = tmp_path / "jdk"
    (home / "bin").mkdir(parents=True)
    (home / "bin" / "java").touch()
    (home / "release").write_text('JAVA_VERSION="17.0.1"\n')
    found = runtimes(tmp_path, {"JAVA_HOME": str(home), "PATH": ""}).find("glue-5.1")
    assert found is not None
    assert found.java is not None
    assert (found.spark_home, found.java.home, found.archive) == (root / "lib/spark", home, None)
    archive = archive_of(root, found.java)
    archive.parent.mkdir()
    archive.touch()
    again = runtimes(tmp_path, {"JAVA_HOME": str(home), "PATH": ""}).find("glue-5.1")
    assert again is not None
    assert again.archive == archive


@pytest.mark.parametrize("call", ["find", "install"])
def test_a_runtime_that_there_is_not_is_named(tmp_path: Path, call: str):
    given = ("glue-9",) if call == "find" else ("glue-9", print)
    with pytest.raises(InstallError, match=r"there is no runtime glue-9; there are: glue-5\.1, pythonshell"):
        getattr(runtimes(tmp_path), call)(*given)


def test_the_jvm_has_the_class_path_first_and_the_jobs_options_last():
    command = jvm_command(SPARK, JAVA, memory_mb=2048, java_options=["-Dx=y"], submit_arguments=["--conf", "a=b"])
    assert command[:4] == ["/jdk/bin/java", "-cp", "/r/spark/conf/:/r/spark/jars/*", "-Xmx2048m"]
    assert "-XX:SharedArchiveFile=/r/archives/x.jsa" in command
    assert command[-5:] == ["-Dx=y", "org.apache.spark.deploy.SparkSubmit", "--conf", "a=b", "pyspark-shell"]


def test_a_runtime_without_spark_has_no_jvm():
    plain = Runtime(name="p", root=Path("/p"), python=Path("/p/python"), spark_home=None, java=None, archive=None)
    with pytest.raises(ValueError, match="has no Spark"):
        jvm_command(plain, JAVA, memory_mb=1, java_options=[], submit_arguments=[])


def test_settings_of_another_spark_do_not_reach_the_jvm():
    environ = {"SPARK_CONF_DIR": "/x", "PYSPARK_SUBMIT_ARGS": "x", "SPARK_HOME": "/y", "HOME": "/h"}
    assert jvm_environment(environ, SPARK, JAVA, Path("/c")) == {
        "HOME": "/h",
        "JAVA_HOME": "/jdk",
        "SPARK_HOME": "/r/spark",
        "SPARK_ENV_LOADED": "1",
        "SPARK_SCALA_VERSION": "2.12",
        "_PYSPARK_DRIVER_CONN_INFO_PATH": "/c",
    }


def test_a_connection_is_read_only_when_it_is_whole(tmp_path: Path):
    file, data = tmp_path / "connection", struct.pack(">ii", 4711, 6) + b"secret"
    assert read_connection(file) is None
    for length in range(len(data)):
        file.write_bytes(data[:length])
        assert read_connection(file) is None
    file.write_bytes(data)
    assert read_connection(file) == (4711, "secret")


def test_the_library_shows_awsglue_and_nothing_else(tmp_path: Path):
    package = tmp_path / "site" / "awsglue"
    package.mkdir(parents=True)
    (tmp_path / "site" / "openglue").mkdir()
    place = library(tmp_path / "cache", package)
    assert [entry.name for entry in place.iterdir()] == ["awsglue"]
    assert (place / "awsglue").resolve() == package
    assert library(tmp_path / "cache", package) == place


def test_two_installations_of_awsglue_have_two_libraries(tmp_path: Path):
    packages = [tmp_path / name / "awsglue" for name in ("a", "b")]
    for package in packages:
        package.mkdir(parents=True)
    assert [(library(tmp_path, package) / "awsglue").resolve() for package in packages] == packages


def test_a_library_whose_package_is_gone_is_an_error(tmp_path: Path):
    with pytest.raises(InstallError, match="the awsglue package is not at"):
        library(tmp_path, tmp_path / "gone" / "awsglue")


def test_an_installer_sees_a_runs_mark_but_neither_its_tokens_nor_python_settings():
    environ = {"PATH": "/bin", "UV_INDEX_URL": "https://x", "HTTPS_PROXY": "p", "SSL_CERT_FILE": "c", "LC_ALL": "C"}
    environ |= {"OPENGLUE_RUN": "jr_1.1"}
    hidden = {
        "AWS_SESSION_TOKEN": "t",
        "OPENGLUE_RUN_TOKEN": "t",
        "PYTHONPATH": "/x",
        "VIRTUAL_ENV": "/v",
        "UV_TARGET": "/t",
        "UV_PYTHON": "3",
    }
    assert environment(environ | hidden) == environ


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (
            ["Using Python", "error: No solution", "  cause: Because x", "         And y", "hint: z"],
            "No solution Because x And y",
        ),
        (["error: first", "error: Failed to parse: `a`", ""], "Failed to parse: `a`"),
        (["something", "else", ""], "else"),
        ([], "uv gave no reason"),
    ],
)
def test_the_reason_is_what_uv_says_last(lines: list[str], said: str):
    assert reason(lines) == said


def test_progress_is_what_tells_a_user_something():
    said: list[str] = []
    for line in [
        "Using Python 3.11",
        "Downloading numpy (16MiB)",
        "   Building avro==1",
        "Installed 7 packages",
        " + a==1",
    ]:
        telling(said.append)(line)
    assert said == ["downloading numpy (16MiB)", "building avro==1", "installed 7 packages"]


def test_the_overlays_unused_for_longest_are_removed_and_those_in_use_stay(tmp_path: Path):
    places = [tmp_path / f"{number:02}" for number in range(KEPT + 4)]
    for age, place in enumerate(places):
        place.mkdir()
        os.utime(place, (1000 - age, 1000 - age))
    used = attempt(tmp_path / f"{places[-1].name}.lock", shared=True)
    assert used is not None
    (tmp_path / "killed.new").mkdir()
    try:
        prune(tmp_path, places[-2])
    finally:
        os.close(used)
    left = sorted(path.name for path in tmp_path.iterdir() if path.is_dir())
    assert left == [place.name for place in [*places[: KEPT - 1], *places[-2:]]]


def test_a_lock_that_was_removed_is_not_taken_for_the_new_one(tmp_path: Path):
    path = tmp_path / "x.lock"
    first = attempt(path)
    assert first is not None
    assert attempt(path) is None
    path.unlink()
    second = attempt(path)
    assert second is not None
    assert attempt(path, shared=True) is None
    for descriptor in (first, second):
        os.close(descriptor)


def test_the_runner_can_import_it_without_anything_installed(tmp_path: Path):
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from pathlib import Path\n"
        "from openglue.runtimes import Runtimes\n"
        "from openglue.runtimes.jvm import jvm_command\n"
        "from openglue.runtimes.library import library\n"
        "from openglue.model.profiles import resolve\n"
        "assert Runtimes(Path(sys.argv[2]), Path('uv')).find('pythonshell') is None\n"
        "print(' '.join(sys.modules))"
    )
    source = Path(__file__).parents[3] / "src"
    command = [sys.executable, "-S", "-E", "-c", code, source, tmp_path]
    loaded = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    slow = {"asyncio", "tomllib", "subprocess", "importlib.metadata", "shutil", "tempfile", "hashlib", "platformdirs"}
    assert slow.isdisjoint(loaded)


class _EnoughError(Exception):
    pass


def test_a_wait_for_a_lock_ends_when_it_is_not_to_go_on(tmp_path: Path):
    said: list[str] = []

    def go_on() -> None:
        if said:
            raise _EnoughError

    held = attempt(tmp_path / "x.lock")
    assert held is not None
    try:
        with pytest.raises(_EnoughError):
            acquire(tmp_path / "x.lock", "x", said.append, SystemClock(), deadline_s=60, go_on=go_on)
    finally:
        os.close(held)
    assert said == ["waiting for another process that installs x"]


@pytest.mark.parametrize("then", ["wait", "exec >&- 2>&-; wait"], ids=["silent", "closed"])
def test_a_program_ends_with_all_that_it_has_started_when_it_is_not_to_go_on(tmp_path: Path, then: str):
    said: list[str] = []

    def go_on() -> None:
        if said:
            raise _EnoughError

    script = f"sleep 600 >/dev/null 2>&1 & echo $! $$; {then}"
    with pytest.raises(_EnoughError):
        execute(
            ["sh", "-c", script],
            said.append,
            SystemClock(),
            timeout_s=60,
            cwd=tmp_path,
            environ={"PATH": os.defpath},
            go_on=go_on,
        )
    for pid in said[0].split():
        wait_for(lambda pid=pid: identify(int(pid)) is None, what="its end")  # type: ignore[misc]


def test_nothing_is_started_when_it_is_not_to_go_on(tmp_path: Path):
    def go_on() -> None:
        raise _EnoughError

    with pytest.raises(_EnoughError):
        execute(
            ["touch", "there"],
            lambda _: None,
            SystemClock(),
            timeout_s=60,
            cwd=tmp_path,
            environ={"PATH": os.defpath},
            go_on=go_on,
        )
    assert not (tmp_path / "there").exists()
