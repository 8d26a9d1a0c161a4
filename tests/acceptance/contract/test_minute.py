"""What takes a minute at least: a Timeout, what counts towards it, and NotifyDelayAfter (contract 2 and 11).

The runs of these tests wait the minute out together.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.acceptance.conftest import Glue
from tests.acceptance.contract.conftest import SLEEP
from tests.acceptance.test_events import all_events
from tests.conftest import wait_for

from openglue.model.event import RUN_STATUS, STATE_CHANGE

pytestmark = [pytest.mark.xdist_group("minute"), pytest.mark.timeout(240)]


@dataclass(frozen=True, kw_only=True)
class Minute:
    """What there was to see."""

    #: A run that slept for longer than its Timeout, once it had ended, and its job, which has retries.
    job: str
    late: dict[str, Any]
    #: A run that had waited and executed for longer than its Timeout, but not executed for so long.
    waited: dict[str, Any]
    #: Events of both.
    events: list[dict[str, Any]]

    def told(self, run: dict[str, Any]) -> list[dict[str, Any]]:
        return [event for event in self.events if event["detail"]["jobRunId"] == run["Id"]]


@pytest.fixture(scope="module")
def minute(glue: Glue, openglue: Any) -> Minute:
    late = glue.job(SLEEP, Timeout=1, MaxRetries=2)
    late_id = glue.start(late)
    queued = glue.job(SLEEP, JobRunQueuingEnabled=True)
    first = glue.start(queued)
    waiting = glue.start(queued, Timeout=1, NotificationProperty={"NotifyDelayAfter": 1})
    since = glue.get(queued, waiting)["StartedOn"]
    wait_for(lambda: (datetime.now(UTC) - since).total_seconds() > 25, deadline_s=60, what="time to pass")
    glue("BatchStopJobRun", JobName=queued, JobRunIds=[first])
    glue.wait(queued, waiting, {"RUNNING"})
    late_run = glue.wait(late, late_id)

    def told(kind: str) -> list[dict[str, Any]]:
        events = (event for _, event in all_events(openglue.url, after=0, kind=kind))
        return [event for event in events if event["detail"]["jobRunId"] in {late_id, waiting}]

    wait_for(lambda: told(RUN_STATUS), what="the first notice")
    waited = glue.get(queued, waiting)
    glue("BatchStopJobRun", JobName=queued, JobRunIds=[waiting])
    glue.wait(queued, waiting)
    return Minute(job=late, late=late_run, waited=waited, events=[*told(RUN_STATUS), *told(STATE_CHANGE)])


@pytest.mark.contract("2.10")
def test_a_run_past_its_timeout_is_timeout(minute: Minute) -> None:
    assert minute.late["JobRunState"] == "TIMEOUT"
    assert minute.late["Timeout"] == 1
    assert minute.late["ExecutionTime"] >= 60
    assert minute.late["CompletedOn"] == minute.late["LastModifiedOn"]


@pytest.mark.contract("2.37")
def test_a_timeout_is_called_so(minute: Minute) -> None:
    assert minute.late["ErrorMessage"] == "Job run timed out"


@pytest.mark.contract("2.17")
def test_a_timeout_is_not_retried(glue: Glue, minute: Minute) -> None:
    assert [run["Id"] for run in glue("GetJobRuns", JobName=minute.job)["JobRuns"]] == [minute.late["Id"]]


@pytest.mark.contract("2.23")
def test_waiting_does_not_count_towards_the_timeout(minute: Minute) -> None:
    """Accepted more than its Timeout ago, and still RUNNING."""
    assert (minute.waited["JobRunState"], minute.waited["Timeout"]) == ("RUNNING", 1)


@pytest.mark.contract("11.1")
def test_a_timeout_is_told_as_a_warning(minute: Minute) -> None:
    [event] = minute.told(minute.late)
    assert event["detail-type"] == STATE_CHANGE
    assert event["detail"] == {
        "jobName": minute.job,
        "severity": "WARN",
        "state": "TIMEOUT",
        "jobRunId": minute.late["Id"],
        "message": "Job run timed out",
    }


@pytest.mark.contract("11.2", "11.3")
def test_a_run_that_takes_longer_than_was_asked_for_is_told_of_once_in_each_state(minute: Minute) -> None:
    """From WAITING it went on to RUNNING before its threshold, and it was stopped after it."""
    running, stopping, stopped = minute.told(minute.waited)
    assert [event["detail-type"] for event in (running, stopping, stopped)] == [RUN_STATUS, RUN_STATUS, STATE_CHANGE]
    for event, state in ((running, "RUNNING"), (stopping, "STOPPING")):
        assert event["detail"] == {
            "jobName": minute.waited["JobName"],
            "severity": "INFO",
            "notificationCondition": {"NotifyDelayAfter": 1.0},
            "state": state,
            "jobRunId": minute.waited["Id"],
            "message": f"Job is in {state} state",
            "startedOn": f"{minute.waited['StartedOn']:%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z",
        }
