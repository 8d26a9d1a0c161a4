"""What takes a minute at least: a Timeout, what counts towards it, and NotifyDelayAfter (contract 2 and 11)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from tests.acceptance.conftest import Glue
from tests.acceptance.contract.conftest import SLEEP
from tests.acceptance.test_events import all_events
from tests.conftest import wait_for

from openglue.model.event import RUN_STATUS, STATE_CHANGE


@pytest.mark.timeout(240)
@pytest.mark.contract("2.10", "2.17", "2.23", "11.1", "11.2", "11.3")
def test_a_minute_of_a_timeout_and_of_a_threshold(glue: Glue, openglue: Any) -> None:
    """Together, because it has to be waited out: two runs, the second of which waits for a part of the minute."""
    late = glue.job(SLEEP, Timeout=1, MaxRetries=2)
    late_id = glue.start(late)
    queued = glue.job(SLEEP, JobRunQueuingEnabled=True)
    first = glue.start(queued)
    waiting_id = glue.start(queued, Timeout=1, NotificationProperty={"NotifyDelayAfter": 1})
    since = glue.get(queued, waiting_id)["StartedOn"]
    wait_for(lambda: (datetime.now(UTC) - since).total_seconds() > 25, deadline_s=60, what="time to pass")
    glue("BatchStopJobRun", JobName=queued, JobRunIds=[first])
    glue.wait(queued, waiting_id, {"RUNNING"})

    timed_out = glue.wait(late, late_id)
    assert (timed_out["JobRunState"], timed_out["Timeout"]) == ("TIMEOUT", 1)
    assert timed_out["ExecutionTime"] >= 60
    assert timed_out["CompletedOn"] == timed_out["LastModifiedOn"]
    [event] = told(openglue.url, late_id, STATE_CHANGE)
    assert event == {
        "jobName": late,
        "severity": "WARN",
        "state": "TIMEOUT",
        "jobRunId": late_id,
        "message": "Job run timed out",
    }
    assert told(openglue.url, late_id, RUN_STATUS) == [], "nobody asked for a notice"

    wait_for(lambda: told(openglue.url, waiting_id, RUN_STATUS), what="the notice")
    # Accepted more than its Timeout ago, but it has not executed for so long.
    running = glue.get(queued, waiting_id)
    assert (running["JobRunState"], running["Timeout"]) == ("RUNNING", 1)
    glue("BatchStopJobRun", JobName=queued, JobRunIds=[waiting_id])
    glue.wait(queued, waiting_id)
    assert told(openglue.url, waiting_id, RUN_STATUS) == [
        {
            "jobName": queued,
            "severity": "INFO",
            "notificationCondition": {"NotifyDelayAfter": 1.0},
            "state": state,
            "jobRunId": waiting_id,
            "message": f"Job is in {state} state",
            "startedOn": f"{since:%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z",
        }
        for state in ("RUNNING", "STOPPING")
    ]

    assert [run["Id"] for run in glue("GetJobRuns", JobName=late)["JobRuns"]] == [late_id], "a timeout is not retried"


def told(url: str, run_id: str, kind: str) -> list[dict[str, Any]]:
    """The details of all events of a kind about a run."""
    details = (event["detail"] for _, event in all_events(url, after=0, kind=kind))
    return [detail for detail in details if detail["jobRunId"] == run_id]
