"""Pretended ends: what a runner would have reported of a run that a test has given an end (openglue.testing)."""

from __future__ import annotations

from openglue.model.outcome import Ending, Outcome
from openglue.model.run import Run
from openglue.rehearsal import PlannedEnd

#: Ends of a run that has started. ERROR is none: no run in it was ever accepted.
PRETENDED = ("SUCCEEDED", "FAILED", "TIMEOUT", "EXPIRED")


def pretended_outcome(end: PlannedEnd, run: Run) -> Outcome:
    """The outcome that leads `run`, which is RUNNING, to the planned state."""
    match end.state:
        case "SUCCEEDED":
            return Outcome(ending=Ending.EXITED, exit_code=0)
        case "TIMEOUT":
            return Outcome(ending=Ending.TIMED_OUT, execution_ms=run.timeout_minutes * 60_000)
        case "EXPIRED":
            return Outcome(ending=Ending.EXPIRED)
        case _:
            # The one ending whose message is the ErrorMessage as it stands.
            return Outcome(ending=Ending.LAUNCH_FAILED, message=end.message or "This end was asked for by a test")
