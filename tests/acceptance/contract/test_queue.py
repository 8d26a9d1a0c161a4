"""The queue and the account's limits (contract 4): who waits, who is refused, who starts next, who gives up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tests.acceptance.conftest import Glue
from tests.acceptance.contract.conftest import SLEEP, Hold

from openglue.config import Config

ErrorOf = Callable[..., tuple[str, str]]

#: Limit -> the jobs that use it up, what is asked for then, and a word of what it waits for.
LIMITS: dict[str, tuple[list[dict[str, Any]], dict[str, Any], str]] = {
    "runs": ([{}, {}, {}], {}, "concurrent runs of this account"),
    "dpu": ([{"MaxCapacity": 1.0}, {"MaxCapacity": 1.0}], {}, "DPUs"),
}


@pytest.mark.contract("2.3", "2.4", "4.6", "4.7", "4.12")
def test_a_run_waits_for_its_job_and_starts_when_there_is_room(limited: Glue) -> None:
    name = limited.job(SLEEP, JobRunQueuingEnabled=True)
    first = limited.start(name)
    second = limited.start(name, Arguments={"--n": "2"})
    waiting = limited.get(name, second)
    assert waiting["JobRunState"] == "WAITING"
    assert f"concurrent runs of job {name}" in waiting["StateDetail"]
    assert waiting["JobRunQueuingEnabled"] is True
    assert "CompletedOn" not in waiting
    limited("BatchStopJobRun", JobName=name, JobRunIds=[first])
    running = limited.wait(name, second, {"RUNNING"})
    assert "StateDetail" not in running
    limited("BatchStopJobRun", JobName=name, JobRunIds=[second])
    limited.wait(name, second)


@pytest.mark.contract("2.3", "4.6", "4.7")
@pytest.mark.parametrize("limit", LIMITS)
def test_a_run_waits_for_the_account(limited: Glue, hold: Hold, limit: str) -> None:
    used, asked, what = LIMITS[limit]
    for job in used:
        hold(limited, **job)
    name = limited.job("print()", JobRunQueuingEnabled=True, **asked)
    run_id = limited.start(name)
    waiting = limited.get(name, run_id)
    assert waiting["JobRunState"] == "WAITING"
    assert what in waiting["StateDetail"]
    limited("BatchStopJobRun", JobName=name, JobRunIds=[run_id])


@pytest.mark.contract("4.15")
@pytest.mark.parametrize("limit", LIMITS)
def test_a_run_that_may_not_wait_for_the_account_is_refused_in_words(
    limited: Glue, hold: Hold, error_of: ErrorOf, limit: str
) -> None:
    used, asked, _ = LIMITS[limit]
    for job in used:
        hold(limited, **job)
    name = limited.job("print()", **asked)
    assert error_of(limited.client.start_job_run, JobName=name) == (
        "ResourceNumberLimitExceededException",
        {"runs": "Max concurrent job runs per account exceeded", "dpu": "Exceeded maximum concurrent compute"}[limit],
    )
    assert limited("GetJobRuns", JobName=name)["JobRuns"] == []


@pytest.mark.contract("1.27")
def test_what_the_run_says_about_queueing_beats_its_job(limited: Glue, hold: Hold, error_of: ErrorOf) -> None:
    queues, _ = hold(limited, JobRunQueuingEnabled=True)
    refuses, _ = hold(limited, JobRunQueuingEnabled=False)
    assert error_of(limited.client.start_job_run, JobName=queues, JobRunQueuingEnabled=False) == (
        "ConcurrentRunsExceededException",
        f"Concurrent runs exceeded for {queues}",
    )
    run_id = limited.start(refuses, JobRunQueuingEnabled=True)
    assert limited.get(refuses, run_id)["JobRunState"] == "WAITING"
    limited("BatchStopJobRun", JobName=refuses, JobRunIds=[run_id])


@pytest.mark.contract("4.8")
def test_a_start_that_queues_answers_with_an_id(limited: Glue, hold: Hold) -> None:
    name, first = hold(limited, JobRunQueuingEnabled=True)
    answer = limited("StartJobRun", JobName=name)
    assert answer["JobRunId"] != first
    limited("BatchStopJobRun", JobName=name, JobRunIds=[answer["JobRunId"]])


@pytest.mark.contract("4.10")
def test_a_flex_run_waits_for_compute_unasked(limited: Glue, hold: Hold, error_of: ErrorOf) -> None:
    hold(limited, MaxCapacity=1.0)
    spark = {"kind": "glueetl", "MaxCapacity": 2.0}
    flex = limited.job("/no/such/script.py", ExecutionClass="FLEX", **spark)
    run_id = limited.start(flex)
    assert limited.get(flex, run_id)["JobRunState"] == "WAITING"
    standard = limited.job("/no/such/script.py", ExecutionClass="STANDARD", **spark)
    assert error_of(limited.client.start_job_run, JobName=standard)[0] == "ResourceNumberLimitExceededException"
    limited("BatchStopJobRun", JobName=flex, JobRunIds=[run_id])


@pytest.mark.contract("4.16")
def test_a_queue_has_an_end(limited: Glue, hold: Hold, error_of: ErrorOf) -> None:
    name, _ = hold(limited, JobRunQueuingEnabled=True)
    waiting = [limited.start(name) for _ in range(3)]
    assert error_of(limited.client.start_job_run, JobName=name) == (
        "ResourceNumberLimitExceededException",
        "Maximum number of queued job runs exceeded",
    )
    limited("BatchStopJobRun", JobName=name, JobRunIds=waiting)


@pytest.mark.contract("4.18")
def test_waiting_runs_know_their_place_and_start_in_order(limited: Glue, hold: Hold) -> None:
    name, first = hold(limited, JobRunQueuingEnabled=True)
    waiting = [limited.start(name) for _ in range(3)]
    places = [limited.get(name, run_id)["StateDetail"].partition("; ")[2] for run_id in waiting]
    assert places == [f"position {n} in the queue" for n in (1, 2, 3)]
    for position, run_id in enumerate(waiting):
        limited("BatchStopJobRun", JobName=name, JobRunIds=[first])
        limited.wait(name, run_id, {"RUNNING"})
        states = [limited.get(name, later)["JobRunState"] for later in waiting[position + 1 :]]
        assert states == ["WAITING"] * len(states)
        first = run_id
    limited("BatchStopJobRun", JobName=name, JobRunIds=[first])
    limited.wait(name, first)


@pytest.mark.contract("4.4")
def test_starting_and_running_runs_hold_a_slot_of_their_job(crowded: Glue, error_of: ErrorOf) -> None:
    name = crowded.job(SLEEP)
    run_id = crowded.start(name)
    assert crowded.get(name, run_id)["JobRunState"] == "STARTING"
    assert error_of(crowded.client.start_job_run, JobName=name)[0] == "ConcurrentRunsExceededException"
    crowded("BatchStopJobRun", JobName=name, JobRunIds=[run_id])
    crowded.wait(name, run_id)
    crowded("BatchStopJobRun", JobName=name, JobRunIds=[crowded.start(name)])


@pytest.mark.contract("4.4")
def test_a_waiting_run_holds_no_slot_of_its_job(limited: Glue, hold: Hold, error_of: ErrorOf) -> None:
    for _ in range(3):
        hold(limited)
    name = limited.job(SLEEP, JobRunQueuingEnabled=True)
    run_id = limited.start(name)
    assert limited.get(name, run_id)["JobRunState"] == "WAITING"
    code, message = error_of(limited.client.start_job_run, JobName=name, JobRunQueuingEnabled=False)
    assert (code, message) == (
        "ResourceNumberLimitExceededException",
        "Max concurrent job runs per account exceeded",
    ), "it is the account that is full, not the job"
    limited("BatchStopJobRun", JobName=name, JobRunIds=[run_id])


@pytest.mark.contract("2.5")
def test_a_run_that_finds_no_compute_fails_in_awss_words(impatient: Glue, hold: Hold) -> None:
    hold(impatient, MaxCapacity=1.0)
    run = impatient.run("print()", JobRunQueuingEnabled=True)
    assert (run["JobRunState"], run["ErrorMessage"]) == ("FAILED", "Exceeded maximum concurrent compute")
    assert run["ExecutionTime"] == 0
    assert run["CompletedOn"] == run["LastModifiedOn"]
    assert "StateDetail" not in run


@pytest.mark.contract("4.9")
def test_a_run_waits_no_longer_than_it_may(impatient: Glue, hold: Hold) -> None:
    assert Config().queue_s == 15 * 60
    for _ in range(2):
        hold(impatient)
    run = impatient.run("print()", JobRunQueuingEnabled=True)
    assert run["JobRunState"] == "FAILED"
    assert (run["CompletedOn"] - run["StartedOn"]).total_seconds() >= 0.5


@pytest.mark.contract("3.6")
def test_a_run_that_waited_in_vain_is_not_retried(impatient: Glue, hold: Hold) -> None:
    name, _ = hold(impatient, JobRunQueuingEnabled=True, MaxRetries=2)
    run = impatient.wait(name, impatient.start(name))
    assert (run["JobRunState"], run["ErrorMessage"]) == ("FAILED", "Max concurrent runs exceeded")
    assert len(impatient("GetJobRuns", JobName=name)["JobRuns"]) == 2


@pytest.mark.contract("4.13")
def test_the_limits_of_an_account_are_awss_unless_set() -> None:
    defaults = Config()
    assert (defaults.account_runs, defaults.account_dpu, defaults.account_jobs) == (200, 1000, 1000)


@pytest.mark.contract("4.17")
def test_an_account_that_has_all_its_jobs_gets_no_more(limited: Glue, error_of: ErrorOf) -> None:
    there = sum(len(page["JobNames"]) for page in limited.client.get_paginator("list_jobs").paginate())
    made = [limited.job("/no/such/script.py") for _ in range(100 - there)]
    one_more: dict[str, Any] = {"Name": "one-more", "Role": "r", "Command": {"Name": "glueetl"}}
    assert error_of(limited.client.create_job, **one_more)[0] == "ResourceNumberLimitExceededException"
    limited("DeleteJob", JobName=made[0])
    limited("CreateJob", **one_more)
    for name in (*made[1:], "one-more"):
        limited("DeleteJob", JobName=name)
