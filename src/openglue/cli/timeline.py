"""What happened to a run, step by step, as its ledger has it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from openglue.cli import display
from openglue.cli.history import History
from openglue.model.states import Cause


@dataclass(frozen=True, kw_only=True)
class Step:
    #: Epoch seconds.
    at: float
    #: Seconds after the step before; None for the first.
    after: float | None
    what: str


def steps(history: History) -> list[Step]:
    """The steps in the order of time. What two parts of the service wrote may be numbered in another one."""
    found: list[Step] = []
    for entry in sorted(history.ledger, key=lambda entry: entry["At"]):
        after = round(entry["At"] - found[-1].at, 3) if found else None
        found.append(Step(at=entry["At"], after=after, what=_what(entry)))
    return found


def lines(history: History) -> list[str]:
    """The steps as text: the time, how long after the step before, and what it was."""
    return [
        f"{_clock(step.at)}  {'' if step.after is None else '+' + display.span(step.after):>10}  {step.what}"
        for step in steps(history)
    ]


def _what(entry: Mapping[str, Any]) -> str:
    """A step in words; a cause that this program does not know yet stands for itself."""
    state, actor = entry["To"], entry["Actor"]
    match entry["Cause"]:
        case Cause.ACCEPTED if state == "WAITING":
            return "accepted, to wait for its turn"
        case Cause.ACCEPTED:
            return "accepted"
        case Cause.RETRIED:
            return "accepted as a retry"
        case Cause.RESTARTED:
            return "accepted in the place of a run that expired"
        case Cause.ADMITTED:
            return "its turn has come"
        case Cause.CLAIMED:
            return f"taken by {actor}"
        case Cause.LAUNCHED:
            return "runner launched"
        case Cause.RELEASED:
            return f"launch lost: {entry.get('Detail', '')}".rstrip(": ")
        case Cause.STARTED:
            return "script started"
        case Cause.STOP_ASKED:
            return "stop asked"
        case cause if entry.get("From") == state:
            return str(cause)
        case _:
            return str(state)


def _clock(seconds: float) -> str:
    return datetime.fromtimestamp(seconds).astimezone().strftime("%H:%M:%S.%f")[:-3]
