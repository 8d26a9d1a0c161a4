"""How much the logs of all runs take: counted once after a start, in small steps, then kept by what comes and goes.

Runs are counted in the order of their places; of one whose turn is still to come nothing is kept, since it will be
counted as it is then. A run that is new since the start is never looked at. All of it happens under the run's own lock,
so that the sum is exact.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from threading import Lock

#: Of a run's logs: its group's folder, and its own.
Place = tuple[str, str]


class Usage:
    def __init__(self, runs: Path, lock_of: Callable[[Path], AbstractContextManager[object]]) -> None:
        """`runs` holds the groups; `lock_of` gives the lock of the run in a folder."""
        self._lock_of = lock_of
        self._lock = Lock()
        self._total = 0
        #: The last place that was counted; None when all are.
        self._counted: Place | None = ("", "")
        self._ahead = _folders(runs)
        #: Places that are new since the start; kept while there is something to count.
        self._new: set[Place] = set()

    def count(self, seconds: float) -> int | None:
        """Count one more at least, or for about so long; the bytes of all logs, None while some are not counted yet."""
        until = time.monotonic() + seconds
        while self._counted is not None:
            folder = next(self._ahead, None)
            if folder is None:
                with self._lock:
                    self._counted = None
                    self._new.clear()
                break
            with self._lock_of(folder), self._lock:
                self._counted = _place(folder)
                if self._counted not in self._new:
                    self._total += measure(folder)
            if time.monotonic() >= until:
                break
        return self._total if self._counted is None else None

    def begin(self, folder: Path) -> None:
        """There is a new run in `folder`. Under its lock."""
        with self._lock:
            if self._counted is not None:
                self._new.add(_place(folder))

    def change(self, folder: Path, size: int) -> None:
        """The logs of the run in `folder` have grown, or shrunk. Under its lock."""
        with self._lock:
            if self._counted is None or (place := _place(folder)) <= self._counted or place in self._new:
                self._total += size


def measure(folder: Path) -> int:
    """Bytes of a run's logs; 0 when they are gone."""
    total = 0
    with suppress(FileNotFoundError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.name[0:4] != "run.":
                total += entry.stat().st_size
    return total


def _place(folder: Path) -> Place:
    return folder.parents[2].name, folder.name


def _folders(runs: Path) -> Iterator[Path]:
    """The folders of all runs, in the order of their places."""
    for group in _sorted(runs):
        for shard in _sorted(group / "names"):
            yield from _sorted(shard)


def _sorted(folder: Path) -> list[Path]:
    with suppress(FileNotFoundError, NotADirectoryError):
        return sorted(folder.iterdir())
    return []
