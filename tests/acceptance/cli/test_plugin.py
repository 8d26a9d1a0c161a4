"""`openglue.testing`, as a user's own pytest session has it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from openglue.process import identify, marked
from openglue.testing import OpenGlue


def _pytest(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:randomly", "-p", "no:cacheprovider", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )


def test_a_session_leaves_nothing_running(tmp_path: Path):
    (tmp_path / "test_left.py").write_text(
        """
import json
from pathlib import Path

def test_left(openglue):
    glue = openglue.client("glue")
    script = openglue.data / "endless.py"
    script.write_text("import time; time.sleep(600)")
    glue.create_job(Name="endless", Role="r", Command={"Name": "pythonshell", "ScriptLocation": str(script)})
    run = glue.start_job_run(JobName="endless", Arguments={"--library-set": "none"})["JobRunId"]
    while glue.get_job_run(JobName="endless", RunId=run)["JobRun"]["JobRunState"] == "STARTING":
        pass
    (runner,) = openglue.data.glob("runs/*/runner.json")
    identity = json.loads(runner.read_text())
    Path("pids.json").write_text(json.dumps([openglue.pid, identity["pid"]]))
"""
    )
    done = _pytest(tmp_path)
    assert done.returncode == 0, done.stdout
    pids = json.loads((tmp_path / "pids.json").read_text())
    assert len(pids) == 2
    assert [identify(pid) for pid in pids] == [None, None]


def test_settings_are_the_users_and_unknown_ones_are_refused(tmp_path: Path):
    (tmp_path / "conftest.py").write_text(
        """
import pytest

@pytest.fixture(scope="session")
def openglue_settings(request):
    return {"region": "eu-west-1", "max_concurrent_runs": 7, **request.config.stash.get("more", {})}
"""
    )
    (tmp_path / "test_settings.py").write_text(
        """
def test_settings(openglue):
    glue = openglue.client("glue")
    glue.create_job(Name="j", Role="r", Command={"Name": "pythonshell"})
    assert glue.get_job(JobName="j")["Job"]["ExecutionProperty"] == {"MaxConcurrentRuns": 7}
"""
    )
    assert _pytest(tmp_path).returncode == 0
    (tmp_path / "conftest.py").write_text((tmp_path / "conftest.py").read_text().replace("region", "shoesize"))
    done = _pytest(tmp_path)
    assert done.returncode == 1
    assert "openglue_settings: unknown shoesize" in done.stdout


def test_every_worker_has_a_service_of_its_own(tmp_path: Path):
    (tmp_path / "test_workers.py").write_text(
        """
from pathlib import Path

def test_one(openglue):
    Path(f"worker.{openglue.pid}").touch()

def test_two(openglue):
    Path(f"worker.{openglue.pid}").touch()
"""
    )
    done = _pytest(tmp_path, "-n", "2", "--dist", "each")
    assert done.returncode == 0, done.stdout
    assert len(list(tmp_path.glob("worker.*"))) == 2


def test_a_run_is_told_in_full(openglue: Any):
    run = openglue.run(
        """
        import sys
        print("one")
        print("two")
        sys.exit(sys.argv[sys.argv.index("--word") + 1])
        """,
        {"library-set": "none", "--word": "no"},
        type="pythonshell",
    )
    assert (run.state, run.output, run.errors) == ("FAILED", "one\ntwo", "no")
    assert run.error == "SystemExit: no"
    assert run.record["Id"] == run.id


def test_a_run_of_a_file_may_be_repeated(openglue: Any, tmp_path: Path):
    (tmp_path / "job.py").write_text("print(1)")
    for _ in range(2):
        run = openglue.run(tmp_path / "job.py", {"library-set": "none"}, type="pythonshell")
        assert (run.state, run.output, run.error) == ("SUCCEEDED", "1", "")
    with pytest.raises(FileNotFoundError, match=r"nowhere\.py"):
        openglue.run("nowhere.py")


def test_a_run_that_takes_too_long_is_stopped(openglue: Any):
    script = "import time\nprint('begun', flush=True)\ntime.sleep(600)\n"
    with pytest.raises(TimeoutError, match=r"had not ended after 1 s: it is STOPPED now"):
        openglue.run(script, {"library-set": "none"}, type="pythonshell", timeout_s=1)


def test_what_a_killed_service_left_running_is_ended_as_well(tmp_path: Path, wait_for: Callable[..., Any]):
    service = OpenGlue.start(tmp_path, {})
    there = tmp_path / "there"
    script = tmp_path / "endless.py"
    script.write_text(f"import pathlib, time\npathlib.Path({str(there)!r}).touch()\ntime.sleep(600)\n")
    try:
        glue = service.client("glue")
        glue.create_job(Name="endless", Role="r", Command={"Name": "pythonshell", "ScriptLocation": str(script)})
        run_id = glue.start_job_run(JobName="endless", Arguments={"--library-set": "none"})["JobRunId"]
        wait_for(there.exists, what="the script's start")
        os.kill(service.pid, signal.SIGKILL)
    finally:
        service.stop()
    assert identify(service.pid) is None
    assert not [*marked(f"{run_id}.1")]


def test_a_bucket_is_a_folder(openglue: Any):
    folder = openglue.bucket("raw")
    (folder / "in.txt").write_text("hello")
    body = openglue.client("s3").get_object(Bucket="raw", Key="in.txt")["Body"]
    with body:
        assert body.read() == b"hello"
