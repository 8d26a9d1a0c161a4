"""TIMEOUT, and what counts towards it (contract 2). A Timeout has at least a minute, and these runs wait it out
together.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.acceptance.conftest import Glue
from tests.acceptance.contract.conftest import SLEEP
from tests.conftest import wait_for

pytestmark = pytest.mark.xdist_group("timeout")


@dataclass(frozen=True, kw_only=True)
class Ended:
    """The runs, once they have ended, and the job of the first one."""

    job: str
    late: dict[str, Any]
    waited: dict[str, Any]


@pytest.fixture(scope="module")
def ended(glue: Glue) -> Ended:
    late = glue.job(SLEEP, Timeout=1, MaxRetries=2)
    late_id = glue.start(late)
    # This one waits for ten seconds and executes for less than a minute, but both together are more.
    queued = glue.job(SLEEP, JobRunQueuingEnabled=True)
    first = glue.start(queued)
    waiting = glue.start(queued, Timeout=1, Arguments={"--n": "2"})
    since = glue.get(queued, waiting)["StartedOn"]
    wait_for(lambda: (datetime.now(UTC) - since).total_seconds() > 10, what="time to pass")
    glue("BatchStopJobRun", JobName=queued, JobRunIds=[first])
    glue.wait(queued, waiting, {"RUNNING"})
    late_run = glue.wait(late, late_id)
    wait_for(lambda: (datetime.now(UTC) - since).total_seconds() > 63, deadline_s=70, what="time to pass")
    still = glue.get(queued, waiting)
    glue("BatchStopJobRun", JobName=queued, JobRunIds=[waiting])
    glue.wait(queued, waiting)
    return Ended(job=late, late=late_run, waited=still)


@pytest.mark.contract("2.10")
def test_a_run_past_its_timeout_is_timeout(ended: Ended) -> None:
    assert ended.late["JobRunState"] == "TIMEOUT"
    assert ended.late["Timeout"] == 1
    assert ended.late["ExecutionTime"] >= 60
    assert ended.late["CompletedOn"] == ended.late["LastModifiedOn"]


@pytest.mark.contract("2.37")
def test_a_timeout_is_called_so(ended: Ended) -> None:
    assert ended.late["ErrorMessage"] == "Job run timed out"


@pytest.mark.contract("2.17")
def test_a_timeout_is_not_retried(glue: Glue, ended: Ended) -> None:
    assert [run["Id"] for run in glue("GetJobRuns", JobName=ended.job)["JobRuns"]] == [ended.late["Id"]]


@pytest.mark.contract("2.23")
def test_waiting_does_not_count_towards_the_timeout(ended: Ended) -> None:
    """Accepted more than its Timeout ago, and still RUNNING."""
    assert (ended.waited["JobRunState"], ended.waited["Timeout"]) == ("RUNNING", 1)
