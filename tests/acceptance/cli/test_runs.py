from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
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


@pytest.fixture
def retried(cli: Any, openglue: Any, wait_for: Callable[..., Any]) -> tuple[str, str]:
    """A job, and the id of the first of its three attempts, which have all failed."""
    glue = openglue.client("glue")
    script = cli.script("raise ValueError(1)")
    glue.create_job(
        Name=script.stem,
        Role="role",
        Command={"Name": "pythonshell", "ScriptLocation": str(script)},
        DefaultArguments={"--library-set": "none", "--colour": "red"},
        MaxRetries=2,
    )
    run_id = glue.start_job_run(JobName=script.stem, Arguments={"--day": "mon"})["JobRunId"]

    def ended() -> bool:
        runs = glue.get_job_runs(JobName=script.stem)["JobRuns"]
        return [run["JobRunState"] for run in runs] == ["FAILED"] * 3

    wait_for(ended, what="the end of three attempts")
    return script.stem, run_id


def test_the_beginning_of_an_id_means_the_newest_attempt_and_says_so(cli: Any, openglue: Any, retried: tuple[str, str]):
    _, first = retried

    def get(name: str) -> tuple[str, str]:
        done = cli("runs", "get", name, "--json", "--data", openglue.data)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)["Id"], done.stderr

    newest = f"{first[:15]}_attempt_2"
    note = f"{first[:15]} was tried 3 times; this is {newest}, the newest ({first[:15]}_attempt_0 is the first)\n"
    assert get(first[:15]) == (f"{first}_attempt_2", note)
    assert get(first) == (first, "")
    assert get(f"{first[:15]}_attempt_0") == (first, "")
    assert get(f"{first[3:15]}_attempt_1") == (f"{first}_attempt_1", "")
    assert get(f"{first}_attempt_1") == (f"{first}_attempt_1", "")
    none = cli("runs", "get", f"{first}_attempt_3", "--data", openglue.data)
    assert (none.returncode, none.stderr) == (1, f"openglue: there is no run {first}_attempt_3\n")


def test_attempts_are_told_apart_in_the_list(cli: Any, openglue: Any, retried: tuple[str, str]):
    job, first = retried
    rows = cli("runs", "ls", "--job", job, "--data", openglue.data).stdout.splitlines()[1:]
    assert [row.split()[1] for row in rows] == [f"{first[:15]}{end}" for end in ("_attempt_2", "_attempt_1", "")]


def test_runs_are_listed_by_state_argument_and_time(cli: Any, openglue: Any, retried: tuple[str, str]):
    job, first = retried
    attempts = [f"{first}{end}" for end in ("_attempt_2", "_attempt_1", "")]

    def ids(*words: str) -> list[str]:
        done = cli("runs", "ls", job, *words, "--json", "--data", openglue.data)
        assert done.returncode == 0, done.stderr
        return [run["Id"] for run in json.loads(done.stdout)]

    assert ids() == attempts
    assert ids("-n", "2") == attempts[:2]
    assert ids("--state", "failed,timeout", "--state", "stopped") == attempts
    assert ids("--state", "running") == ids("--state", "SUCCEEDED") == []
    assert ids("--arg", "day=mon", "--arg", "colour=red") == attempts
    assert ids("--arg", "day=mon", "--arg", "colour=blue") == []
    assert ids("--since", "1h") == attempts
    assert ids("--until", "1h") == ids("--since", "2100-01-01") == []
    started = json.loads(cli("runs", "get", attempts[1], "--json", "--data", openglue.data).stdout)["StartedOn"]
    exactly = datetime.fromtimestamp(started, tz=UTC).isoformat()
    assert ids("--since", exactly) == attempts[:2]
    assert ids("--until", exactly) == attempts[2:]
    nothing = cli("runs", "ls", job, "--state", "running", "--data", openglue.data)
    assert (nothing.stdout, nothing.stderr) == ("", "no run is like that\n")


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("--state", "done"), "there is no state DONE; there are: STARTING"),
        (("--since", "yesterday"), "--since 'yesterday' is no time: 90s, 15m, 2h, 3d or 1w ago"),
        (("--since", "1h", "--until", "2h"), "no run is between them"),
        (("--arg", "=mon"), "KEY=VALUE is expected"),
        (("one", "--job", "other"), "JOB is one and --job is other"),
    ],
)
def test_what_cannot_be_listed_by_is_refused(cli: Any, openglue: Any, words: tuple[str, ...], reason: str):
    done = cli("runs", "ls", *words, "--data", openglue.data)
    assert (done.returncode, done.stdout) == (2, "")
    assert reason in done.stderr


def test_runs_of_a_deleted_job_are_found_by_their_ids_and_among_all(cli: Any, openglue: Any, retried: tuple[str, str]):
    job, first = retried
    assert cli("job", "delete", job, "--data", openglue.data).returncode == 0
    assert json.loads(cli("runs", "get", first, "--json", "--data", openglue.data).stdout)["JobName"] == job
    listed = json.loads(cli("runs", "ls", "--state", "failed", "--json", "--data", openglue.data).stdout)
    assert first in [run["Id"] for run in listed]
    assert "EntityNotFoundException" in cli("runs", "ls", job, "--data", openglue.data).stderr


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
