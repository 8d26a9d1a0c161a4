"""BatchStopJobRun, run by run (contract 8). What becomes of the runs is in test_states."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.acceptance.conftest import Glue
from tests.acceptance.contract.conftest import SLEEP
from tests.acceptance.test_wire import call


def stopped(glue: Glue, job: str, ids: list[str]) -> tuple[list[str], dict[str, tuple[str, str]]]:
    """The ids that were accepted, and those that were not with their error."""
    answer = glue("BatchStopJobRun", JobName=job, JobRunIds=ids)
    assert {entry["JobName"] for entry in answer["SuccessfulSubmissions"] + answer["Errors"]} <= {job}
    errors = {
        entry["JobRunId"]: (entry["ErrorDetail"]["ErrorCode"], entry["ErrorDetail"]["ErrorMessage"])
        for entry in answer["Errors"]
    }
    return [entry["JobRunId"] for entry in answer["SuccessfulSubmissions"]], errors


@pytest.mark.contract("1.8", "1.19", "8.1", "8.2")
def test_twenty_five_runs_are_stopped_with_one_call_and_no_more(crowded: Glue) -> None:
    name = crowded.job(SLEEP, ExecutionProperty={"MaxConcurrentRuns": 30})
    ids = [crowded.start(name) for _ in range(26)]
    with pytest.raises(crowded.client.exceptions.ClientError, match="less than or equal to 25") as caught:
        crowded("BatchStopJobRun", JobName=name, JobRunIds=ids)
    assert caught.value.response["Error"]["Code"] == "ValidationException"
    assert {crowded.get(name, run_id)["JobRunState"] for run_id in ids} == {"STARTING"}
    assert stopped(crowded, name, ids[:25]) == (ids[:25], {})
    assert stopped(crowded, name, ids[25:]) == (ids[25:], {})


@pytest.mark.contract("1.8", "8.1", "12.7")
def test_a_call_without_ids_is_refused_by_the_server_too(openglue: Any) -> None:
    body = json.dumps({"JobName": "j", "JobRunIds": []}).encode()
    status, answer, _ = call(openglue.url, "AWSGlue.BatchStopJobRun", body)
    assert (status, answer["__type"]) == (400, "ValidationException")
    assert "greater than or equal to 1" in answer["Message"]


@pytest.mark.contract("8.2", "8.4")
def test_a_run_that_has_ended_cannot_be_stopped_and_stays_as_it_ended(glue: Glue) -> None:
    name = glue.job("raise ValueError('no')", ExecutionProperty={"MaxConcurrentRuns": 2})
    run = glue.wait(name, glue.start(name))
    active = glue.start(name)
    accepted, errors = stopped(glue, name, [run["Id"], active])
    assert errors[run["Id"]] == (
        "JobRunCannotBeStoppedException",
        "Job Run cannot be stopped in current state.",
    )
    assert accepted == [active] or active in errors, "it may have ended meanwhile"
    glue.wait(name, active)
    assert glue.get(name, run["Id"]) == run


@pytest.mark.contract("8.5")
def test_an_unknown_run_is_an_error_of_its_own(crowded: Glue) -> None:
    name = crowded.job(SLEEP)
    run_id = crowded.start(name)
    other = crowded.job(SLEEP)
    accepted, errors = stopped(crowded, name, ["jr_unknown", run_id])
    assert accepted == [run_id]
    assert {unknown: code for unknown, (code, _) in errors.items()} == {"jr_unknown": "EntityNotFoundException"}
    accepted, errors = stopped(crowded, other, [run_id])
    assert (accepted, errors[run_id][0]) == ([], "EntityNotFoundException"), "a run of another job"


@pytest.mark.contract("8.3")
def test_an_unknown_job_is_an_error_of_each_run(glue: Glue) -> None:
    answer = glue("BatchStopJobRun", JobName="no-such-job", JobRunIds=["jr_1", "jr_2"])
    assert answer["SuccessfulSubmissions"] == []
    assert [error["JobRunId"] for error in answer["Errors"]] == ["jr_1", "jr_2"]


@pytest.mark.contract("8.8")
def test_an_id_that_is_given_twice_is_answered_once(crowded: Glue) -> None:
    name = crowded.job(SLEEP)
    run_id = crowded.start(name)
    assert stopped(crowded, name, [run_id, "jr_unknown", run_id, "jr_unknown"])[0] == [run_id]
    crowded.wait(name, run_id)
    answer = crowded("BatchStopJobRun", JobName=name, JobRunIds=[run_id, run_id])
    assert len(answer["Errors"]) == 1
