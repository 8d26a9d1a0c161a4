"""What is told of the maintenance restart of a streaming run: when it is due, and what became of it. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from openglue.cli import display
from openglue.cli.history import History
from openglue.model.restart import Restart, restart
from openglue.model.run import ENDLESS_MINUTES
from openglue.model.states import Cause


def to_come(history: History, now: float) -> Iterator[str]:
    """Of a run that executes, at `now` (epoch seconds)."""
    due = _restart(history)
    if due is None:
        return
    if now * 1000 < due.asked_until:
        yield f"It is restarted for maintenance from {_moment(due.due_on)} on ({_reason(history)})."
    else:
        yield (
            f"It could not be restarted for maintenance by {_moment(due.asked_until)}, because its streams did not "
            f"come to an end; it is ended at {_moment(due.forced_on)}."
        )


def over(history: History) -> Iterator[str]:
    """Of a run that is EXPIRED."""
    due, ended = _restart(history), history.at(Cause.MAINTENANCE)
    if due is None or ended is None or ended * 1000 < due.due_on:
        yield f"It ended as EXPIRED: {history.run.get('ErrorMessage', 'no reason was given')}"
    elif ended * 1000 < due.forced_on:
        yield (
            f"It was to be restarted for maintenance from {_moment(due.due_on)} on ({_reason(history)}): its streams "
            "ended, each after a micro-batch."
        )
    else:
        yield "Its streams could not be ended in order, so it was ended 14 days after its start, for maintenance."
    if "RestartedAs" in history.document:
        yield f"{history.document['RestartedAs']} has taken its place."
    else:
        yield "No run has taken its place: a job that was deleted or made anew starts none."


def _restart(history: History) -> Restart | None:
    if history.command != "gluestreaming":
        return None
    run = history.run
    return restart(
        round(run["StartedOn"] * 1000),
        timeout_minutes=run.get("Timeout", ENDLESS_MINUTES),
        window=run.get("MaintenanceWindow"),
    )


def _reason(history: History) -> str:
    window = history.run.get("MaintenanceWindow")
    return "7 days after its start" if window is None else f"its MaintenanceWindow is {window} GMT"


def _moment(ms: int) -> str:
    return display.moment(ms / 1000)
