"""Automatic retries, and runs that are run again (contract 3)."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.acceptance.conftest import Glue
from tests.acceptance.contract.test_states import until
from tests.conftest import wait_for

ErrorOf = Callable[..., tuple[str, str]]


def attempts(glue: Glue, job: str, number: int) -> list[dict[str, Any]]:
    """The runs of a job, oldest first, once there are so many and all have ended."""

    def listed() -> list[dict[str, Any]]:
        runs: list[dict[str, Any]] = glue("GetJobRuns", JobName=job)["JobRuns"]
        return runs if len(runs) >= number else []

    found = wait_for(listed, what=f"{number} runs")
    return [glue.wait(job, run["Id"]) for run in reversed(found)]


@pytest.mark.contract("3.3", "3.5")
def test_a_run_that_fails_is_started_again_as_often_as_its_job_says(glue: Glue) -> None:
    name = glue.job("raise ValueError('again')", MaxRetries=2)
    first = glue.start(name)
    runs = attempts(glue, name, 3)
    assert len(glue("GetJobRuns", JobName=name)["JobRuns"]) == 3, "and not once more"
    assert [run["JobRunState"] for run in runs] == ["FAILED"] * 3
    assert [run["Attempt"] for run in runs] == [0, 1, 2]
    assert runs[2]["Id"] == f"{first}_attempt_2"
    assert runs[2]["PreviousRunId"] == f"{first}_attempt_1" == runs[1]["Id"]
    assert runs[0]["StartedOn"] < runs[1]["StartedOn"] < runs[2]["StartedOn"]


@pytest.mark.contract("3.4")
def test_the_first_attempt_has_no_number_in_its_id(glue: Glue) -> None:
    name = glue.job("raise ValueError('again')", MaxRetries=1)
    glue.start(name)
    first, retry = attempts(glue, name, 2)
    assert (first["Attempt"], "PreviousRunId" in first) == (0, False)
    assert re.fullmatch(r"jr_[0-9a-f]{64}", first["Id"])
    assert (retry["Attempt"], retry["Id"]) == (1, f"{first['Id']}_attempt_1")
    assert retry["PreviousRunId"] == first["Id"]


@pytest.mark.contract("3.5")
def test_an_attempt_that_succeeds_is_the_last(glue: Glue, tmp_path: Path) -> None:
    file = str(tmp_path / "tried")
    name = glue.job(
        f"import os\nif not os.path.exists({file!r}):\n    open({file!r}, 'w').close()\n    raise ValueError",
        MaxRetries=3,
    )
    glue.start(name)
    assert [run["JobRunState"] for run in attempts(glue, name, 2)] == ["FAILED", "SUCCEEDED"]
    assert len(glue("GetJobRuns", JobName=name)["JobRuns"]) == 2


@pytest.mark.contract("3.5")
def test_a_launch_that_fails_is_retried_too(glue: Glue) -> None:
    name = glue.job("/no/such/script.py", MaxRetries=1)
    glue.start(name)
    assert [run["JobRunState"] for run in attempts(glue, name, 2)] == ["FAILED", "FAILED"]


@pytest.mark.contract("3.6")
def test_a_stopped_run_is_not_retried(glue: Glue, tmp_path: Path) -> None:
    name = glue.job(until(tmp_path / "never"), MaxRetries=2)
    run_id = glue.start(name)
    glue.wait(name, run_id, {"RUNNING"})
    glue("BatchStopJobRun", JobName=name, JobRunIds=[run_id])
    assert glue.wait(name, run_id)["JobRunState"] == "STOPPED"
    assert len(glue("GetJobRuns", JobName=name)["JobRuns"]) == 1


@pytest.mark.contract("3.7")
def test_a_retry_is_asked_for_what_the_first_run_was(glue: Glue, tmp_path: Path) -> None:
    name = glue.job(until(tmp_path / "go", "raise ValueError('old')"), MaxRetries=1)
    first = glue.start(name, Arguments={"--x": "1"}, MaxCapacity=1.0, Timeout=9)
    glue.wait(name, first, {"RUNNING"})
    glue(
        "UpdateJob",
        JobName=name,
        JobUpdate={"Role": "r", "Command": {"Name": "pythonshell", "ScriptLocation": "/no/such.py"}},
    )
    (tmp_path / "go").touch()
    runs = attempts(glue, name, 2)
    assert [run["ErrorMessage"] for run in runs] == ["ValueError: old"] * 2
    for member in ("Arguments", "MaxCapacity", "AllocatedCapacity", "Timeout", "GlueVersion"):
        assert runs[1][member] == runs[0][member]


@pytest.mark.contract("3.8", "3.9")
def test_a_retry_that_is_to_wait_says_so_and_keeps_the_slot(limited: Glue, error_of: ErrorOf) -> None:
    name = limited.job("raise ValueError", MaxRetries=1)
    first = limited.start(name)
    limited.wait(name, first)
    retry = limited.get(name, f"{first}_attempt_1")
    assert (retry["JobRunState"], retry["StateDetail"]) == ("STARTING", "Waiting for the retry delay")
    assert error_of(limited.client.start_job_run, JobName=name)[0] == "ConcurrentRunsExceededException"
    limited("BatchStopJobRun", JobName=name, JobRunIds=[retry["Id"]])
    assert limited.wait(name, retry["Id"])["JobRunState"] == "STOPPED"
    limited("BatchStopJobRun", JobName=name, JobRunIds=[limited.start(name)])


@pytest.mark.contract("3.13")
def test_a_run_that_is_run_again_names_the_one_before(glue: Glue) -> None:
    name = glue.job("print()")
    first = glue.start(name)
    glue.wait(name, first)
    second = glue.wait(name, glue.start(name, JobRunId=first))
    assert second["PreviousRunId"] == first


@pytest.mark.contract("3.14")
def test_arguments_of_the_call_replace_those_of_the_run_before(glue: Glue) -> None:
    name = glue.job("print()")
    first = glue.start(name, Arguments={"--x": "1", "--y": "2"})
    glue.wait(name, first)
    second = glue.wait(name, glue.start(name, JobRunId=first, Arguments={"--x": "3"}))
    assert second["Arguments"] == {"--x": "3"}


@pytest.mark.contract("3.15")
def test_only_a_run_of_the_job_that_has_ended_can_be_run_again(glue: Glue, error_of: ErrorOf, tmp_path: Path) -> None:
    name = glue.job(until(tmp_path / "go"), ExecutionProperty={"MaxConcurrentRuns": 5})
    active = glue.start(name)
    start = glue.client.start_job_run
    assert error_of(start, JobName=name, JobRunId=active)[0] == "InvalidInputException"
    (tmp_path / "go").touch()
    glue.wait(name, active)
    assert error_of(start, JobName=glue.job("print()"), JobRunId=active)[0] == "EntityNotFoundException"
    assert error_of(start, JobName=name, JobRunId="jr_unknown")[0] == "EntityNotFoundException"
    assert len(glue("GetJobRuns", JobName=name)["JobRuns"]) == 1
