"""Which runs `openglue runs ls` is asked for: from what stands on the command line to members of ListJobRuns."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from openglue.cli.definition import arguments
from openglue.cli.failure import RefusedError
from openglue.model.states import RunState

_UNITS = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86_400, "w": 604_800}
_LENGTH = re.compile(rf"(\d+(?:\.\d+)?) ?({'|'.join(_UNITS)})")


def members(
    job: str | None, states: Iterable[str], since: str | None, until: str | None, args: Iterable[str], now: float
) -> dict[str, Any]:
    """Members of a ListJobRuns request; what is not asked for is None. `now` in epoch seconds. Raises RefusedError."""
    after = None if since is None else moment("--since", since, now)
    before = None if until is None else moment("--until", until, now)
    if after is not None and before is not None and after >= before:
        raise RefusedError(f"--since {since} is not before --until {until}: no run is between them")
    return {
        "JobName": job,
        "JobRunStates": run_states(states) or None,
        "StartedAfter": after,
        "StartedBefore": before,
        "Arguments": arguments(args) or None,
    }


def moment(option: str, text: str, now: float) -> float:
    """Epoch seconds of a time: one so long ago (90s, 15m, 2h, 3d, 1w), or a date, with a time of day or without."""
    length = _LENGTH.fullmatch(text.strip().lower())
    if length is not None:
        return now - float(length[1]) * _UNITS[length[2]]
    try:
        # Without an offset it is local time.
        return datetime.fromisoformat(text.strip()).timestamp()
    except (ValueError, OverflowError):
        raise RefusedError(
            f"{option} {text!r} is no time: 90s, 15m, 2h, 3d or 1w ago, or such as 2026-01-31 or 2026-01-31T08:00"
        ) from None


def run_states(texts: Iterable[str]) -> list[str]:
    """States from lists with commas, in any case."""
    names = [name.strip().upper() for text in texts for name in text.split(",") if name.strip()]
    for name in names:
        if name not in RunState.__members__:
            raise RefusedError(f"there is no state {name}; there are: {', '.join(RunState)}")
    return list(dict.fromkeys(names))
