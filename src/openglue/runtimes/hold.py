"""Locks between processes, so that they install once and remove nothing that is in use.

A lock is an advisory `flock` on a small file, which the operating system gives back when its last holder dies, however
it dies. A child that inherits the descriptor is a holder too: what an installer started keeps the lock until it ends,
so nobody repairs a directory that an orphaned uv still writes to. An orphan of a run is found by the run's mark, and is
killed.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from openglue.clock import Clock
from openglue.runtimes.errors import InstallError

#: Between two looks at a lock that somebody else holds.
POLL_S = 0.1
#: Between two words to the user about it.
SAY_S = 10.0


@contextmanager
def hold(
    path: Path,
    what: str,
    progress: Callable[[str], None],
    clock: Clock,
    *,
    deadline_s: float,
    go_on: Callable[[], None] = lambda: None,
) -> Iterator[int]:
    """Hold the lock at `path` while the block runs; yields its descriptor.

    Waits up to `deadline_s` for other holders, telling `progress` now and then what it waits for; then InstallError.
    `go_on` is called all the while, and ends the wait by raising.
    """
    descriptor = acquire(path, what, progress, clock, deadline_s=deadline_s, go_on=go_on)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def acquire(
    path: Path,
    what: str,
    progress: Callable[[str], None],
    clock: Clock,
    *,
    deadline_s: float,
    go_on: Callable[[], None] = lambda: None,
    shared: bool = False,
) -> int:
    """The descriptor of the lock at `path`; whoever closes it, or dies, gives the lock back. Waits as `hold` does."""
    path.parent.mkdir(parents=True, exist_ok=True)
    begin = clock.boot()
    said = begin - SAY_S * 1000
    while True:
        go_on()
        descriptor = attempt(path, shared=shared)
        if descriptor is not None:
            return descriptor
        now = clock.boot()
        if now - begin > deadline_s * 1000:
            raise InstallError(f"waited more than {deadline_s:.0f} s for another process that installs {what}")
        if now - said >= SAY_S * 1000:
            progress(f"waiting for another process that installs {what}")
            said = now
        time.sleep(POLL_S)


def attempt(path: Path, *, shared: bool = False) -> int | None:
    """The descriptor of the lock at `path`, or None while somebody else holds it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        if _is_at(descriptor, path):
            return descriptor
    except BlockingIOError:
        pass
    os.close(descriptor)
    return None


def _is_at(descriptor: int, path: Path) -> bool:
    """Whether the file is still the one at `path`: who removes a directory removes its lock, too."""
    try:
        there = path.stat()
    except FileNotFoundError:
        return False
    here = os.fstat(descriptor)
    return (here.st_dev, here.st_ino) == (there.st_dev, there.st_ino)
