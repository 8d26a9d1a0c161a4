"""What is told about a run to whoever listens: the details of AWS's two events of job runs (contract 11)."""

from __future__ import annotations

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


def run_status(run: Run, now: int) -> dict[str, Any] | None:
    """Detail of the `Glue Job Run Status` that is due: `run` is past its NotifyDelayAfter in a state that is told."""
    minutes = (run.fixed.get("NotificationProperty") or {}).get("NotifyDelayAfter")
    if minutes is None or run.state not in _SLOW or now < run.started_on + minutes * 60_000:
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
