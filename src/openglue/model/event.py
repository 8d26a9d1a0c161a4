"""What is told about a run to whoever listens: AWS's two events of job runs, as EventBridge has them (contract 11)."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from openglue.model.run import Run
from openglue.model.states import RunState

STATE_CHANGE = "Glue Job State Change"
RUN_STATUS = "Glue Job Run Status"

#: Ends that are told, with their severity and message; None is the run's own ErrorMessage.
_ENDS: dict[RunState, tuple[str, str | None]] = {
    RunState.SUCCEEDED: ("INFO", "Job run succeeded"),
    RunState.FAILED: ("ERROR", None),
    RunState.TIMEOUT: ("WARN", "Job run timed out"),
    RunState.STOPPED: ("INFO", "Job run stopped"),
}
#: States that are told of a run which takes longer than its NotifyDelayAfter, once each.
_SLOW = frozenset({RunState.STARTING, RunState.RUNNING, RunState.STOPPING})

#: The events' name space in their ids (RFC 9562, version 5).
_IDS = uuid.uuid5(uuid.NAMESPACE_URL, "urn:openglue:events")


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something that came true. `seq` counts the events of the account without gaps, in the order of their truth."""

    seq: int
    #: detail-type of the event.
    kind: str
    run_id: str
    detail: Mapping[str, Any]
    #: Epoch milliseconds.
    at: int

    @property
    def id(self) -> str:
        """The event's id for its readers: the same however often it is told, and no other event's in any database."""
        return str(uuid.uuid5(_IDS, f"{self.run_id}/{self.seq}"))

    def body(self, *, account: str, region: str) -> dict[str, Any]:
        """The whole event, with the members and in the order of EventBridge."""
        return {
            "version": "0",
            "id": self.id,
            "detail-type": self.kind,
            "source": "aws.glue",
            "account": account,
            "time": f"{datetime.fromtimestamp(self.at // 1000, UTC):%Y-%m-%dT%H:%M:%SZ}",
            "region": region,
            "resources": [],
            "detail": dict(self.detail),
        }


def state_change(run: Run) -> dict[str, Any] | None:
    """Detail of the `Glue Job State Change` that the state of `run` calls for; None where AWS tells nothing."""
    told = _ENDS.get(run.state)
    if told is None:
        return None
    severity, message = told
    return {
        "jobName": run.job_name,
        "severity": severity,
        "state": run.state.value,
        "jobRunId": run.id,
        "message": message if message is not None else run.error_message or "",
    }


def run_status(run: Run) -> dict[str, Any] | None:
    """Detail of the `Glue Job Run Status` of a run that waits for its NotifyDelayAfter no more: it is over.

    None if it has none, or is in a state that is not told.
    """
    minutes = (run.fixed.get("NotificationProperty") or {}).get("NotifyDelayAfter")
    if minutes is None or run.state not in _SLOW or run.notify_at is not None:
        return None
    started = datetime.fromtimestamp(run.started_on / 1000, UTC)
    return {
        "jobName": run.job_name,
        "severity": "INFO",
        "notificationCondition": {"NotifyDelayAfter": float(minutes)},
        "state": run.state.value,
        "jobRunId": run.id,
        "message": f"Job is in {run.state} state",
        "startedOn": f"{started:%Y-%m-%dT%H:%M:%S}.{run.started_on % 1000:03d}Z",
    }
