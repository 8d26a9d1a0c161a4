"""Rehearsal: what a test has asked the service to pretend; there is none outside tests (setting `rehearsal`).

A test may move the service's clock on, decide how the next run ends without running its script, and have calls fail.
Everything else stays as it is: a pretended end goes through the same moves, retries, events and triggers as a real one.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from threading import Lock

from openglue.clock import SystemClock


class MovedClock(SystemClock):
    """The system's clock, moved on by a test. Both times move together; it never goes back."""

    def __init__(self) -> None:
        self._moved_ms = 0

    def now(self) -> int:
        return super().now() + self._moved_ms

    def boot(self) -> int:
        return super().boot() + self._moved_ms

    def advance(self, ms: int) -> None:
        self._moved_ms += ms


@dataclass(frozen=True, kw_only=True)
class PlannedEnd:
    """How a run is to end: a terminal JobRunState, and its ErrorMessage where it has one."""

    state: str
    message: str | None
    #: Of this job only; None: of any.
    job: str | None


@dataclass(frozen=True, kw_only=True)
class PlannedError:
    """How a call is to fail: the error's code."""

    code: str
    #: Of this operation only; None: of any of Glue's.
    operation: str | None


class Rehearsal:
    """What is planned, taken one by one in the order in which it was planned. Safe to share between threads."""

    def __init__(self) -> None:
        self.clock = MovedClock()
        self._lock = Lock()
        self._ends: list[PlannedEnd] = []
        self._errors: list[PlannedError] = []

    def plan_end(self, end: PlannedEnd, times: int) -> None:
        with self._lock:
            self._ends += [end] * times

    def plan_error(self, error: PlannedError, times: int) -> None:
        with self._lock:
            self._errors += [error] * times

    def take_end(self, job: str, states: Collection[str]) -> PlannedEnd | None:
        """The end, in one of `states`, that is planned for the run of `job` that is at hand."""
        with self._lock:
            for end in self._ends:
                if end.job in (None, job) and end.state in states:
                    self._ends.remove(end)
                    return end
            return None

    def take_error(self, operation: str) -> str | None:
        """The code of the error that is planned for this call."""
        with self._lock:
            for error in self._errors:
                if error.operation in (None, operation):
                    self._errors.remove(error)
                    return error.code
            return None

    def clear(self) -> None:
        """Forget all plans; the clock stays where it is."""
        with self._lock:
            self._ends.clear()
            self._errors.clear()
