"""`openglue runs explain`, against what really happened."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ENDED = ("STOPPED", "SUCCEEDED", "FAILED", "TIMEOUT")
FAILING = """
    import sys

    def load(day):
        days = {"mon": 1}
        return days[day]

    print("loading", file=sys.stderr)
    load("tue")
"""
GATED = """
    import sys, time
    from pathlib import Path
    gate = Path(sys.argv[sys.argv.index("--gate") + 1])
    while not gate.exists():
        time.sleep(0.01)
"""


class Jobs:
    """Jobs and runs of Python scripts, and what `explain` says of a run."""

    def __init__(self, cli: Any, openglue: Any, wait_for: Callable[..., Any]) -> None:
        self._cli = cli
        self._data = openglue.data
        self._glue = openglue.client("glue")
        self._wait_for = wait_for

    def create(self, script: str | Path, **members: Any) -> str:
        file = self._cli.script(script) if isinstance(script, str) else script
        self._glue.create_job(
            Name=file.stem,
            Role="role",
            Command={"Name": "pythonshell", "ScriptLocation": str(file)},
            DefaultArguments={"--library-set": "none"},
            **members,
        )
        return file.stem

    def start(self, job: str, **members: Any) -> str:
        return str(self._glue.start_job_run(JobName=job, **members)["JobRunId"])

    def stop(self, job: str, run_id: str) -> None:
        self._glue.batch_stop_job_run(JobName=job, JobRunIds=[run_id])

    def reach(self, job: str, run_id: str, *states: str) -> dict[str, Any]:
        def record() -> dict[str, Any] | None:
            try:
                run: dict[str, Any] = self._glue.get_job_run(JobName=job, RunId=run_id)["JobRun"]
            except self._glue.exceptions.EntityNotFoundException:
                return None
            return run if run["JobRunState"] in states else None

        found: dict[str, Any] = self._wait_for(record, what=f"the state {states} of {run_id}")
        return found

    def explain(self, run_id: str, *words: str) -> str:
        done = self._cli("runs", "explain", run_id, "--data", self._data, *words)
        assert done.returncode == 0, done.stderr
        return str(done.stdout)


@pytest.fixture
def jobs(cli: Any, openglue: Any, wait_for: Callable[..., Any]) -> Jobs:
    return Jobs(cli, openglue, wait_for)


def test_a_failed_run_is_explained_with_its_line_its_log_and_its_times(jobs: Jobs):
    job = jobs.create(FAILING)
    run_id = jobs.start(job)
    jobs.reach(job, run_id, "FAILED")
    text = jobs.explain(run_id)
    assert text.startswith(f"FAILED  job {job}, run {run_id[:15]}\n\nIts script failed in line 6 after ")
    assert "with KeyError: 'tue'\nIt was not retried: its job has no MaxRetries.\n" in text
    assert "It ran on the runtime pythonshell-none (Python 3.11." in text
    assert '\n    5      days = {"mon": 1}\n  > 6      return days[day]\n    7\n' in text
    log = text.partition("The last lines of its error log\n")[2].partition("\n\n")[0].splitlines()
    assert (log[0].strip(), log[-1].strip()) == ("loading", "KeyError: 'tue'")
    steps = [line.split()[-1] for line in text.partition("Timeline of ")[2].splitlines()[1:]]
    assert (steps[0], steps[-2:]) == ("accepted", ["started", "FAILED"])


def test_the_line_is_that_of_the_script_that_ran_whatever_it_says_now(jobs: Jobs, cli: Any):
    script = cli.script("first = 1\nraise ValueError('then')\n")
    job = jobs.create(script)
    run_id = jobs.start(job)
    jobs.reach(job, run_id, "FAILED")
    script.write_text("print('now')\n")
    assert "  > 2  raise ValueError('then')\n" in jobs.explain(run_id)


def test_lines_of_the_log_are_shown_as_many_as_are_asked_for(jobs: Jobs):
    job = jobs.create(FAILING)
    run_id = jobs.start(job)
    jobs.reach(job, run_id, "FAILED")
    found = json.loads(jobs.explain(run_id, "--json", "--lines", "2"))
    assert found["LastLogLines"] == ["           ~~~~^^^^^", "KeyError: 'tue'"]
    assert found["FailedLine"]["Lines"]["6"] == "    return days[day]"
    assert found["JobRun"]["Id"] == run_id
    assert "error log" not in jobs.explain(run_id, "--lines", "0")


def test_a_retried_run_and_its_retry_name_each_other(jobs: Jobs):
    job = jobs.create(FAILING, MaxRetries=1)
    first = jobs.start(job)
    retry = f"{first}_attempt_1"
    jobs.reach(job, retry, "FAILED")
    assert f"It was retried as {retry}; no retry is left after that one.\n" in jobs.explain(first)
    text = jobs.explain(retry)
    assert f"It is retry 1 of 1, because {first} failed: KeyError: 'tue'\n" in text
    assert "It was not retried again: its job's MaxRetries of 1 are used up.\n" in text


def test_runs_that_wait_run_and_stop_say_so(jobs: Jobs, tmp_path: Path):
    job = jobs.create(GATED, JobRunQueuingEnabled=True, Timeout=7)
    arguments = {"--gate": str(tmp_path / "gate")}
    running = jobs.start(job, Arguments=arguments)
    jobs.reach(job, running, "RUNNING")
    waiting = jobs.start(job, Arguments=arguments)
    text = jobs.explain(running)
    assert "\nIts script has been running for " in text
    assert re.search(r"\nIts Timeout of 7 min is over at [\d :-]+; its job says so\.\n", text)
    text = jobs.explain(waiting)
    assert text.startswith(f"WAITING  job {job}, ")
    assert f"\nIt is waiting for one of 1 concurrent runs of job {job}, as number " in text
    assert re.search(r"\nIf there is no room by [\d :-]+ \(in 1[45] min \d+ s\), it ends as FAILED\.\n", text)
    jobs.stop(job, running)
    jobs.reach(job, running, "STOPPED")
    assert re.search(
        r"\nA stop was asked at [\d :-]+, .* into its script; it had ended .* later\.\n", jobs.explain(running)
    )
    jobs.reach(job, waiting, "RUNNING")
    (tmp_path / "gate").touch()
    jobs.reach(job, waiting, "SUCCEEDED")
    text = jobs.explain(waiting)
    assert re.search(r"\nIt was queued for .*: waiting for one of 1 concurrent runs of job", text)
    assert re.search(r"\nIts script ran for .* and ended well\.\n", text)


def test_a_run_that_was_stopped_in_the_queue_never_started(jobs: Jobs, tmp_path: Path):
    job = jobs.create(GATED, JobRunQueuingEnabled=True)
    arguments = {"--gate": str(tmp_path / "gate")}
    running, waiting = jobs.start(job, Arguments=arguments), jobs.start(job, Arguments=arguments)
    jobs.stop(job, waiting)
    assert "It was stopped while it was in the queue; its script never started." in jobs.explain(waiting)
    (tmp_path / "gate").touch()
    jobs.reach(job, running, *ENDED)


def test_a_run_whose_script_is_not_there_never_started(jobs: Jobs, tmp_path: Path):
    job = jobs.create(tmp_path / "missing.py")
    run_id = jobs.start(job)
    jobs.reach(job, run_id, "FAILED")
    assert f"Its script never started: {tmp_path / 'missing.py'} does not exist\n" in jobs.explain(run_id)


def test_a_run_that_came_to_its_timeout_says_whose_it_was(jobs: Jobs, openglue: Any):
    job = jobs.create(FAILING, Timeout=5)
    openglue.end_next_run("TIMEOUT", job=job)
    run_id = jobs.start(job, Timeout=3)
    jobs.reach(job, run_id, "TIMEOUT")
    said = "Its script was still running when its Timeout of 3 min was over, and was ended; "
    assert f"\n{said}it was started with that Timeout.\n" in jobs.explain(run_id)
