from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from openglue import cgroup, namespace


def _checks(done: Any) -> dict[str, dict[str, str]]:
    return {check["name"]: check for check in json.loads(done.stdout)["checks"]}


def test_a_sound_environment_exits_0(cli: Any, tmp_path: Path):
    done = cli("doctor", "--data", tmp_path / "data", "--port", "0", "--json")
    assert done.returncode == 0, done.stdout
    checks = _checks(done)
    for name in ("Python", "awsglue", "data directory", "service", "uv", "machine", "process control"):
        assert checks[name]["verdict"] == "ok", checks[name]
    assert not (tmp_path / "data").exists()


def test_it_says_what_holds_runs_to_their_memory(cli: Any, tmp_path: Path):
    check = _checks(cli("doctor", "--data", tmp_path, "--port", "0", "--json"))["run limits"]
    place = cgroup.find()
    if place is None:
        assert (check["verdict"] == "ok") == ("will be held by cgroup v2" in check["found"])
    else:
        assert (check["verdict"], check["found"]) == (
            "ok",
            f"runs are held by cgroup v{place.version} ({', '.join(place.directories)})",
        )


def _without_cgroups(data: Path, **environ: str) -> dict[str, dict[str, str]]:
    if os.geteuid() != 0 or shutil.which("unshare") is None:
        pytest.skip("only root can hide cgroups")
    hide = 'mount -t tmpfs -o ro none /sys/fs/cgroup && exec "$@"'
    doctor = [Path(sys.executable).parent / "openglue", "doctor", "--data", data, "--port", "0", "--json"]
    command = ["unshare", "--mount", "sh", "-c", hide, "sh", *doctor]
    return _checks(
        subprocess.run(command, env={**os.environ, **environ}, capture_output=True, text=True, timeout=60, check=False)
    )


def test_where_no_cgroup_can_be_made_it_says_what_that_means_and_what_to_do(tmp_path: Path):
    check = _without_cgroups(tmp_path)["run limits"]
    assert check["verdict"] == "weak"
    assert "a run's memory is watched" in check["found"]
    assert "Delegate=yes" in check["advice"]


def test_it_says_by_which_means_a_run_is_ended(cli: Any, tmp_path: Path):
    place = cgroup.find()
    if place is not None:
        check = _checks(cli("doctor", "--data", tmp_path, "--port", "0", "--json"))["process control"]
        assert check["found"].startswith(f"cgroup v{place.version}: ")
    check = _without_cgroups(tmp_path)["process control"]
    bwrap = namespace.find()
    if bwrap is not None and not namespace.refusal(bwrap):
        assert (check["verdict"], check["found"].partition(":")[0]) == ("ok", "PID namespace")
    check = _without_cgroups(tmp_path, OPENGLUE_PID_NAMESPACES="false")["process control"]
    assert (check["verdict"], check["found"].partition(":")[0]) == ("weak", "the sweep alone")
    assert check["advice"].startswith("the setting pid_namespaces is off; ")


def test_a_data_directory_that_cannot_be_written_exits_1_with_advice(cli: Any, tmp_path: Path):
    (tmp_path / "data").write_text("a file")
    done = cli("doctor", "--data", tmp_path / "data", "--json")
    assert done.returncode == 1
    check = _checks(done)["data directory"]
    assert (check["verdict"], check["advice"]) == ("broken", "give another one with --data")
    told = cli("doctor", "--data", tmp_path / "data").stdout
    assert "1 of " in told.splitlines()[-1]


def test_it_tells_another_program_on_the_port_from_an_openglue(cli: Any, openglue: Any, tmp_path: Path):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        check = _checks(cli("doctor", "--data", tmp_path / "data", "--port", port, "--json"))["service"]
    assert check["found"].startswith(f"port {port} of 127.0.0.1 is taken")
    port = openglue.url.rpartition(":")[2]
    check = _checks(cli("doctor", "--data", tmp_path / "data", "--port", port, "--json"))["service"]
    assert check["found"] == f"an OpenGlue of another data directory answers at 127.0.0.1:{port}"
    check = _checks(cli("doctor", "--data", openglue.data, "--port", port, "--json"))["service"]
    assert check["found"] == f"this data directory is served at {openglue.url}"


def test_a_wrong_java_home_is_told_with_what_to_do(cli: Any, tmp_path: Path):
    done = cli("doctor", "--data", tmp_path / "data", "--json", PATH="/nowhere", JAVA_HOME=str(tmp_path))
    check = _checks(done)["Java"]
    assert check["verdict"] in {"ok", "weak"}
    assert check["found"].startswith(("17.", "no Java 17"))


def test_a_file_that_is_no_database_keeps_runs_from_working(cli: Any, tmp_path: Path):
    (tmp_path / "openglue.db").write_text("garbage")
    done = cli("doctor", "--data", tmp_path, "--json")
    assert done.returncode == 1
    check = _checks(done)["database"]
    assert (check["verdict"], "not a database" in check["found"]) == ("broken", True)


@pytest.mark.parametrize(("left_mb", "verdict"), [(30, "weak"), (1, "broken")])
def test_on_a_small_disk_data_needs_what_the_server_needs(tmp_path: Path, left_mb: int, verdict: str):
    if os.geteuid() != 0 or shutil.which("unshare") is None:
        pytest.skip("only root can mount a small disk")
    data = tmp_path / "data"
    data.mkdir()
    full = f"head -c {100 - left_mb}M /dev/zero > {data}/filler"
    mount = f'mount -t tmpfs -o size=100m none {data} && {full} && exec "$@"'
    doctor = [Path(sys.executable).parent / "openglue", "doctor", "--data", data, "--port", "0", "--json"]
    command = ["unshare", "--mount", "sh", "-c", mount, "sh", *doctor]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    check = _checks(done)["disk"]
    assert check["verdict"] == verdict, check
    assert ("are needed" in check["found"]) == (verdict == "broken")
