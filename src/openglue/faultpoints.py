"""Named crash points: where the fault suite kills a process, and what they are called.

`OPENGLUE_CRASH_AT=<name>` in the environment of a server or runner ends it with SIGKILL when it gets there for the
first time. In production nothing is set and `reach` does nothing.
"""

from __future__ import annotations

import os
import signal

#: Every point there is, in the order of a run's life; add a point here.
FAULT_POINTS = (
    "before accept",
    "after accept",
    "before claim",
    "after claim",
    "after launch",
    "runner: before start",
    "runner: after start",
    "bookmark: after begin",
    "bookmark: before commit",
    "bookmark: after commit",
    "runner: before outcome",
    "runner: after outcome",
    "before finish",
    "after finish",
    "trigger: before fire",
    "trigger: after fire",
    "trigger: before action",
    "trigger: after action",
)

VARIABLE = "OPENGLUE_CRASH_AT"


class FaultPoints:
    def __init__(self, armed: str | None) -> None:
        if armed is not None and armed not in FAULT_POINTS:
            raise ValueError(f"{VARIABLE}: no crash point {armed!r}; there are {', '.join(FAULT_POINTS)}")
        self._armed = armed

    def reach(self, name: str) -> None:
        if name == self._armed:
            os.kill(os.getpid(), signal.SIGKILL)


def armed() -> FaultPoints:
    """The points as the environment of this process has them."""
    return FaultPoints(os.environ.get(VARIABLE))
