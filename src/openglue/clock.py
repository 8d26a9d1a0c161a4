"""Time: wall time for what is shown, boot time for what is measured, steady time for what is due after a while.

Timeouts and leases count boot time, which runs on through suspend and does not jump; timestamps and schedules are wall
time, which somebody may set by hours. A moment that the service has to remember beyond its own life, the end of a wait,
is steady time. Nothing in the core asks the operating system for the time: a Clock is passed in.
"""

from __future__ import annotations

import time
from typing import Protocol

# macOS has no CLOCK_BOOTTIME; its monotonic clock stands still during sleep, which only makes timeouts longer.
_BOOT = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def boot_s() -> float:
    """Boot time in seconds, for a process that only measures itself."""
    return time.clock_gettime(_BOOT)


class Clock(Protocol):
    def now(self) -> int:
        """Wall time in epoch milliseconds."""

    def boot(self) -> int:
        """Milliseconds since some fixed moment of this boot; never goes back."""


class SystemClock:
    def now(self) -> int:
        return time.time_ns() // 1_000_000

    def boot(self) -> int:
        return time.clock_gettime_ns(_BOOT) // 1_000_000


class Steady:
    """Steady time: epoch milliseconds that count on from a wall time as boot time does, whatever is set meanwhile."""

    def __init__(self, clock: Clock, wall: int) -> None:
        self._clock = clock
        self._anchor = wall - clock.boot()

    def now(self) -> int:
        return self._anchor + self._clock.boot()


class FakeClock:
    """A clock that a test sets; both times move together, but when somebody sets the wall clock."""

    def __init__(self, now: int = 1_700_000_000_000) -> None:
        self._now = now
        self._boot = 1_000_000

    def now(self) -> int:
        return self._now

    def boot(self) -> int:
        return self._boot

    def advance(self, ms: int) -> None:
        self._now += ms
        self._boot += ms

    def jump(self, ms: int) -> None:
        """The wall clock is set, forward or back."""
        self._now += ms
