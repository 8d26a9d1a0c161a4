"""Maintenance restarts: a streaming run ends EXPIRED, and a new run goes on from its checkpoints.

    start ---------- 7 days ----------+-- window opens -- 3 hours -- closes -------+-- 14 days
                                      |   its streams are asked to end             |   it is ended
                                      without a window: asked for 3 hours from here

What AWS documents (glue-streaming-maintenance, and Timeout in the service model). Wall time decides, as for schedules.
A run with a Timeout of less than 7 days is never restarted.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from openglue.model.run import Run, followed_by

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
WEEK_MS = 7 * DAY_MS
#: For how long a run is asked.
WINDOW_MS = 3 * HOUR_MS
#: From a run's start to the end of one that could not be restarted in order.
HARD_MS = 14 * DAY_MS
#: Minutes: with a Timeout of less than that a run is left to its Timeout.
TIMEOUT_FROM = 7 * 24 * 60

#: Between a run's id and the number of the restart.
SUFFIX = "_restart_"
#: The epoch began on a Thursday.
_DAYS = ("Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed")


class Wish(StrEnum):
    """What maintenance wants of a run that executes."""

    RUN = "run"  #: it goes on
    RESTART = "restart"  #: its streams are to end between two micro-batches, if they can
    EXPIRE = "expire"  #: it is to end, whatever it does


@dataclass(frozen=True, kw_only=True)
class Restart:
    """When a run is restarted; epoch milliseconds."""

    #: Its streams are asked to end from then on,
    due_on: int
    #: until then; after that it goes on undisturbed
    asked_until: int
    #: up to here.
    forced_on: int

    def wish(self, now: int, *, late: bool = False) -> Wish:
        """`late`: it is also asked when nobody was there to ask it in time."""
        if now >= self.forced_on:
            return Wish.EXPIRE
        until = self.forced_on if late else self.asked_until
        return Wish.RESTART if self.due_on <= now < until else Wish.RUN


def restart_of(run: Run) -> Restart | None:
    """When `run` is restarted; None if it never is."""
    if run.command != "gluestreaming":
        return None
    return restart(run.started_on, timeout_minutes=run.timeout_minutes, window=run.fixed.get("MaintenanceWindow"))


def restart(started_on: int, *, timeout_minutes: int, window: str | None) -> Restart | None:
    """When a streaming run is restarted that was accepted at `started_on`; None if it never is.

    `window` is its MaintenanceWindow: of those the first counts that is open 7 days after the start, or later.
    """
    if timeout_minutes < TIMEOUT_FROM:
        return None
    due_on = started_on + WEEK_MS
    asked_until = due_on + WINDOW_MS
    if window is not None:
        opens = _opens(window)
        # The last opening that leaves the window open at `due_on`, or else the next one.
        opening = opens + -(-(due_on - WINDOW_MS + 1 - opens) // WEEK_MS) * WEEK_MS
        due_on, asked_until = max(due_on, opening), opening + WINDOW_MS
    return Restart(due_on=due_on, asked_until=asked_until, forced_on=started_on + HARD_MS)


def _opens(window: str) -> int:
    """When `Sun:10` opens in the first week of the epoch: a day of the week and an hour, GMT."""
    day, _, hour = window.partition(":")
    return _DAYS.index(day) * DAY_MS + int(hour) * HOUR_MS


def successor_of(expired: Run, *, seq: int, now: int, steady: int) -> Run:
    """The run that goes on after `expired`: what was asked for stays, and no retry is used up."""
    return followed_by(expired, run_id=successor_id(expired.id), seq=seq, now=now, steady=steady)


def successor_id(run_id: str) -> str:
    """`<id>_restart_<n>`: n counts from 1, and anew after a retry, whose id has another beginning."""
    first, _, number = run_id.partition(SUFFIX)
    return f"{first}{SUFFIX}{int(number or 0) + 1}"
