from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

SLOW = """
    import sys, time
    from pathlib import Path
    print("begun", flush=True)
    print("warned", file=sys.stderr, flush=True)
    gate = Path(sys.argv[sys.argv.index("--gate") + 1])
    while not gate.exists():
        time.sleep(0.01)
    print("ended")
"""


@pytest.fixture
def slow(cli: Any, openglue: Any, wait_for: Callable[..., Any]) -> dict[str, Any]:
    """A run that goes on until its gate file is there."""
    glue = openglue.client("glue")
    script, gate = cli.script(SLOW), cli.folder / "gate"
    glue.create_job(Name=script.stem, Role="role", Command={"Name": "pythonshell", "ScriptLocation": str(script)})
    run_id = glue.start_job_run(JobName=script.stem, Arguments={"--library-set": "none", "--gate": str(gate)})[
        "JobRunId"
    ]

    def record() -> dict[str, Any]:
        return glue.get_job_run(JobName=script.stem, RunId=run_id)["JobRun"]

    wait_for(lambda: record()["JobRunState"] == "RUNNING", what="the run's start")
    return {"id": run_id, "job": script.stem, "gate": gate, "record": record}


def test_following_the_log_of_a_running_run_ends_with_it(cli: Any, openglue: Any, slow: dict[str, Any]):
    process = cli.start("logs", "-f", slow["id"], "--stream", "output", "--data", openglue.data)
    assert process.stdout.readline() == "begun\n"
    slow["gate"].touch()
    assert process.stdout.read() == "ended\n"
    assert process.wait(30) == 0
    assert slow["record"]()["JobRunState"] == "SUCCEEDED"


def test_both_streams_arrive_on_their_own(cli: Any, openglue: Any, slow: dict[str, Any]):
    slow["gate"].touch()
    done = cli("logs", "-f", "latest", "--job", slow["job"], "--data", openglue.data)
    assert done.stdout == "begun\nended\n"
    assert "warned\n" in done.stderr
    only = cli("logs", slow["id"], "--stream", "error", "--data", openglue.data)
    assert (only.stdout, only.stderr) == ("", "warned\n")
    stamped = cli("logs", slow["id"], "--stream", "output", "--timestamps", "--data", openglue.data)
    assert stamped.stdout.splitlines()[0].endswith("Z begun")


def test_a_run_is_stopped_by_the_beginning_of_its_id(cli: Any, openglue: Any, slow: dict[str, Any]):
    done = cli("runs", "stop", slow["id"][:15], "--data", openglue.data)
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"STOPPED  {slow['id']}\n"
    assert slow["record"]()["JobRunState"] == "STOPPED"
    again = cli("runs", "stop", slow["id"], "--data", openglue.data)
    assert again.returncode == 1
    assert "has ended already: STOPPED" in again.stderr


def test_a_run_is_shown_and_listed(cli: Any, openglue: Any, slow: dict[str, Any]):
    shown = cli("runs", "get", slow["id"], "--data", openglue.data).stdout
    assert f"Job           {slow['job']}\n" in shown
    assert "State         RUNNING\n" in shown
    record = json.loads(cli("runs", "get", slow["id"], "--json", "--data", openglue.data).stdout)
    assert (record["Id"], record["JobRunState"]) == (slow["id"], "RUNNING")
    listed = cli("runs", "ls", slow["job"], "--data", openglue.data).stdout.splitlines()
    assert listed[0].split() == ["JOB", "RUN", "STATE", "STARTED", "DURATION", "MESSAGE"]
    assert listed[1].split()[:3] == [slow["job"], slow["id"][:15], "RUNNING"]
    newest = json.loads(cli("runs", "ls", "--limit", "1", "--json", "--data", openglue.data).stdout)
    assert [run["Id"] for run in newest] == [slow["id"]]


def test_a_run_that_is_not_there_is_said_to_be_not_there(cli: Any, openglue: Any):
    done = cli("logs", "jr_0000", "--data", openglue.data)
    assert done.returncode == 1
    assert done.stderr == "openglue: no run's id begins with jr_0000; `openglue runs ls` lists them\n"
    assert cli("runs", "get", f"jr_{'0' * 64}", "--data", openglue.data).returncode == 1
    unknown = cli("runs", "ls", "no-such-job", "--data", openglue.data)
    assert unknown.returncode == 1
    assert "EntityNotFoundException" in unknown.stderr


def test_a_beginning_of_several_ids_is_refused(cli: Any, openglue: Any, slow: dict[str, Any]):
    slow["gate"].touch()
    cli("run", cli.script("print(1)"), "--type", "pythonshell", "--arg", "library-set=none", "--data", openglue.data)
    done = cli("logs", "jr_", "--data", openglue.data)
    assert done.returncode == 2
    assert "runs have ids that begin with jr_" in done.stderr


def test_jobs_are_created_shown_listed_and_deleted(cli: Any, openglue: Any):
    script = cli.script("print(1)")
    words = ("--type", "pythonshell", "--arg", "day=monday", "--timeout", "5", "--retries", "2", "--concurrent", "3")
    done = cli("job", "create", "made", script, *words, "--data", openglue.data)
    assert (done.returncode, done.stdout) == (0, "created job made\n")
    job = json.loads(cli("job", "get", "made", "--json", "--data", openglue.data).stdout)
    assert job["Command"] == {"Name": "pythonshell", "ScriptLocation": str(script), "PythonVersion": "3"}
    assert job["DefaultArguments"] == {"--day": "monday"}
    assert (job["Timeout"], job["MaxRetries"], job["ExecutionProperty"]) == (5, 2, {"MaxConcurrentRuns": 3})
    assert "Arguments       --day monday\n" in cli("job", "get", "made", "--data", openglue.data).stdout
    assert "made" in cli("job", "ls", "--data", openglue.data).stdout
    again = cli("job", "create", "made", script, "--data", openglue.data)
    assert again.returncode == 1
    assert "AlreadyExistsException" in again.stderr
    assert cli("job", "delete", "made", "--data", openglue.data).stdout == "deleted job made\n"
    assert cli("job", "delete", "made", "--data", openglue.data).returncode == 1
