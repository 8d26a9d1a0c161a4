"""Installing: once for two, again after a kill, and in words that say why not."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from openglue.model.profiles import PROFILES
from openglue.runtimes import InstallError, Runtimes
from openglue.runtimes.library import library, locate_package
from openglue.runtimes.runtime import READY, root_of

NAME = "pythonshell-none"


def command(*arguments: str | Path) -> list[str | Path]:
    return [sys.executable, "-m", "openglue.cli.runtime", *arguments]


def imports(python: Path, code: str) -> str:
    return subprocess.run([python, "-E", "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def test_an_installed_runtime_works_is_found_and_is_not_installed_again(runtimes: Runtimes):
    said: list[str] = []
    runtime = runtimes.install(NAME, said.append)
    assert said[0].startswith("installing ")
    assert said[-1].startswith("installed in ")
    assert runtimes.find(NAME) == runtime
    assert imports(runtime.python, "import boto3; print(boto3.__version__)") == "1.40.61"
    # A real program, and compiled modules: a run must not pay for either.
    assert runtime.python.resolve().read_bytes()[:2] != b"#!"
    assert list(runtime.root.glob("lib/*/site-packages/boto3/__pycache__/session.*.pyc"))
    said.clear()
    assert runtimes.install(NAME, said.append) == runtime
    assert said == []


def test_two_processes_install_once(cache: Path, runtimes: Runtimes):
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    both = [subprocess.Popen(command("install", NAME, "--cache", cache), **pipes) for _ in range(2)]
    told = [process.communicate(timeout=100) for process in both]
    assert [process.returncode for process in both] == [0, 0], told
    assert sorted("packages (a first" in stderr for _, stderr in told) == [False, True], told
    assert all(f"{NAME} is ready" in stdout for stdout, _ in told)
    assert runtimes.find(NAME) is not None


def test_an_installation_that_was_killed_is_repaired(cache: Path, runtimes: Runtimes, wait_for: Callable[..., object]):
    root = root_of(cache, PROFILES[NAME])
    process = subprocess.Popen(command("install", NAME, "--cache", cache), stderr=subprocess.PIPE, text=True)
    try:
        wait_for((root / "bin" / "python").exists, what="an environment that is not finished")
    finally:
        os.kill(process.pid, signal.SIGKILL)
        process.communicate(timeout=30)
    assert not (root / READY).exists(), "killed too late to say anything"
    assert runtimes.find(NAME) is None
    said: list[str] = []
    # Waits for what the killed process had started, which holds its lock.
    runtime = runtimes.install(NAME, said.append)
    assert any("was interrupted" in line for line in said)
    assert imports(runtime.python, "import boto3; print(boto3.__name__)") == "boto3"


def test_a_runtime_whose_interpreter_was_removed_is_repaired(runtimes: Runtimes):
    runtime = runtimes.install(NAME, lambda _: None)
    runtime.python.unlink()
    runtime.python.symlink_to("/nowhere/python")
    assert runtimes.find(NAME) is None
    assert imports(runtimes.install(NAME, lambda _: None).python, "print(1)") == "1"


def test_a_package_that_is_not_what_the_lock_says_is_refused(tmp_path: Path):
    environ = {
        **os.environ,
        "UV_DEFAULT_INDEX": "http://127.0.0.1:1/simple",
        "UV_NO_CACHE": "1",
        "UV_HTTP_RETRIES": "0",
    }
    with pytest.raises(InstallError, match=rf"^installing the packages of {NAME} failed: .*127\.0\.0\.1:1"):
        Runtimes(tmp_path, Path(sys.prefix) / "bin" / "uv", environ=environ).install(NAME, lambda _: None)


def test_without_uv_the_reason_is_told(tmp_path: Path):
    with pytest.raises(InstallError, match=f"installing {NAME} failed: .*No such file.*/nowhere/uv"):
        Runtimes(tmp_path, Path("/nowhere/uv")).install(NAME, lambda _: None)


def test_a_job_sees_our_awsglue_and_nothing_else_of_ours(cache: Path, runtimes: Runtimes):
    runtime = runtimes.install(NAME, lambda _: None)
    place = library(cache, locate_package())
    code = "import awsglue, importlib.util as u; print(*awsglue.__path__, u.find_spec('openglue'))"
    environment = {"PYTHONPATH": str(place)}
    told = subprocess.run([runtime.python, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert told.stdout.split() == [f"{place}/awsglue", "None"]


def test_the_command_lists_what_is_installed(cache: Path, runtimes: Runtimes):
    import json

    runtimes.install(NAME, lambda _: None)
    told = subprocess.run(command("list", "--json", "--cache", cache), capture_output=True, text=True, check=True)
    entries = {entry["name"]: entry for entry in json.loads(told.stdout)}
    assert {name: entry["installed"] for name, entry in entries.items()} == {name: name == NAME for name in PROFILES}
    assert entries[NAME]["bytes"] > 10_000_000


def test_the_command_fails_in_one_sentence(cache: Path):
    told = subprocess.run(command("install", "glue-9", "--cache", cache), capture_output=True, text=True, check=False)
    assert (told.returncode, told.stdout) == (1, "")
    assert told.stderr == "There is no runtime glue-9. There are: glue-5.1, pythonshell, pythonshell-none.\n"
