"""States and times of a run, each seen through boto3 for its true reason (contract 2).

ERROR is brought about by triggers, EXPIRED by test_streaming; TIMEOUT takes its minute in test_minute.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.acceptance.conftest import Glue
from tests.acceptance.contract.conftest import SLEEP, Hold
from tests.conftest import wait_for


def until(file: Path, then: str = "") -> str:
    """A script that goes on until the file is there."""
    return f"import os, time\nwhile not os.path.exists({str(file)!r}):\n    time.sleep(0.01)\n{then}"


@pytest.mark.contract("2.2")
def test_an_accepted_run_is_starting(crowded: Glue) -> None:
    name = crowded.job(SLEEP)
    run_id = crowded.start(name)
    run = crowded.get(name, run_id)
    assert run["JobRunState"] == "STARTING"
    assert "CompletedOn" not in run
    assert "ErrorMessage" not in run
    assert run["ExecutionTime"] == 0


@pytest.mark.contract("2.6", "2.8")
def test_a_run_is_running_while_its_script_runs_and_then_has_succeeded(glue: Glue, tmp_path: Path) -> None:
    name = glue.job(until(tmp_path / "go"))
    run_id = glue.start(name)
    running = glue.wait(name, run_id, {"RUNNING"})
    assert "CompletedOn" not in running
    (tmp_path / "go").touch()
    assert glue.wait(name, run_id)["JobRunState"] == "SUCCEEDED"


@pytest.mark.contract("2.9")
def test_a_run_whose_script_fails_has_failed(glue: Glue) -> None:
    assert glue.run("raise RuntimeError('no')")["JobRunState"] == "FAILED"


@pytest.mark.contract("2.11")
def test_a_starting_run_is_stopped(crowded: Glue) -> None:
    name = crowded.job(SLEEP)
    run_id = crowded.start(name)
    assert crowded.get(name, run_id)["JobRunState"] == "STARTING"
    assert crowded("BatchStopJobRun", JobName=name, JobRunIds=[run_id])["Errors"] == []
    run = crowded.wait(name, run_id)
    assert (run["JobRunState"], run["ExecutionTime"]) == ("STOPPED", 0)


#: Ends well, but only when it is told to: first by a signal, then by a file.
OBEDIENT = """
import os, signal, sys, time
told = []
signal.signal(signal.SIGTERM, lambda *_: told.append(1))
print("ready", flush=True)
while not told or not os.path.exists({file!r}):
    time.sleep(0.01)
sys.exit(0)
"""


@pytest.mark.contract("2.11", "2.18", "8.6")
def test_a_running_run_is_stopping_until_its_script_has_ended_however_well(glue: Glue, tmp_path: Path) -> None:
    name = glue.job(OBEDIENT.format(file=str(tmp_path / "end")))
    run_id = glue.start(name)
    run = glue.wait(name, run_id, {"RUNNING"})
    wait_for(lambda: "ready" in glue.text(run), what="the script")
    glue("BatchStopJobRun", JobName=name, JobRunIds=[run_id])
    stopping = glue.get(name, run_id)
    assert stopping["JobRunState"] == "STOPPING"
    assert "CompletedOn" not in stopping
    (tmp_path / "end").touch()
    stopped = glue.wait(name, run_id)
    assert stopped["JobRunState"] == "STOPPED"
    assert stopped["CompletedOn"] == stopped["LastModifiedOn"]


@pytest.mark.contract("4.4", "8.7")
def test_a_stopping_run_holds_its_slot_and_may_be_stopped_again(glue: Glue, tmp_path: Path) -> None:
    name = glue.job(OBEDIENT.format(file=str(tmp_path / "end")))
    run_id = glue.start(name)
    run = glue.wait(name, run_id, {"RUNNING"})
    wait_for(lambda: "ready" in glue.text(run), what="the script")
    for _ in range(2):
        answer = glue("BatchStopJobRun", JobName=name, JobRunIds=[run_id])
        assert answer == {
            "SuccessfulSubmissions": [{"JobName": name, "JobRunId": run_id}],
            "Errors": [],
            "ResponseMetadata": answer["ResponseMetadata"],
        }
    with pytest.raises(glue.client.exceptions.ConcurrentRunsExceededException):
        glue.start(name)
    (tmp_path / "end").touch()
    assert glue.wait(name, run_id)["JobRunState"] == "STOPPED"


@pytest.mark.contract("2.12")
def test_a_waiting_run_is_stopped_at_once(limited: Glue, hold: Hold) -> None:
    name, _ = hold(limited, JobRunQueuingEnabled=True)
    run_id = limited.start(name)
    assert limited.get(name, run_id)["JobRunState"] == "WAITING"
    answer = limited("BatchStopJobRun", JobName=name, JobRunIds=[run_id])
    assert answer["SuccessfulSubmissions"] == [{"JobName": name, "JobRunId": run_id}]
    run = limited.get(name, run_id)
    assert (run["JobRunState"], run["ExecutionTime"]) == ("STOPPED", 0)
    assert run["CompletedOn"] == run["LastModifiedOn"]


@pytest.mark.contract("2.19")
def test_times_are_those_of_acceptance_of_the_last_move_and_of_the_end(glue: Glue, tmp_path: Path) -> None:
    before = datetime.now(UTC)
    name = glue.job(until(tmp_path / "go"))
    run_id = glue.start(name)
    after = datetime.now(UTC)
    running = glue.wait(name, run_id, {"RUNNING"})
    # On the wire there are milliseconds.
    assert int(before.timestamp() * 1000) <= running["StartedOn"].timestamp() * 1000 <= after.timestamp() * 1000
    assert running["StartedOn"] < running["LastModifiedOn"]
    assert "CompletedOn" not in running
    (tmp_path / "go").touch()
    ended = glue.wait(name, run_id)
    assert ended["StartedOn"] == running["StartedOn"]
    assert running["LastModifiedOn"] < ended["LastModifiedOn"] == ended["CompletedOn"]


@pytest.mark.contract("2.21")
def test_execution_time_leaves_out_what_came_before_the_script(limited: Glue, hold: Hold, tmp_path: Path) -> None:
    name = limited.job(until(tmp_path / "go"), JobRunQueuingEnabled=True)
    first = limited.start(name)
    second = limited.start(name)
    started = limited.get(name, second)["StartedOn"]
    wait_for(lambda: (datetime.now(UTC) - started).total_seconds() > 2, what="time to pass")
    (tmp_path / "go").touch()
    run = limited.wait(name, second)
    limited.wait(name, first)
    whole = (run["CompletedOn"] - run["StartedOn"]).total_seconds()
    assert isinstance(run["ExecutionTime"], int)
    assert run["ExecutionTime"] <= whole - 1
