"""The memory of a run: what keeps it to its share, and whether it has gone beyond it.

With a cgroup the kernel holds the line and kills; this looks whether it had to. Without one this looks at what the
run's processes take, several times a second: memory that is shared between them counts once. A run may then be beyond
its share for a moment, and files in a tmpfs do not count. Where there is no /proc (macOS) nothing is held.
"""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from pathlib import Path

from openglue.cgroup import Group
from openglue.process import children

#: Seconds between two looks.
LOOK_S = 0.25
#: Seconds after which a look that found too much is repeated: a process that is just being started looks like its
#: parent a second time.
CONFIRM_S = 0.02

_PROC = Path("/proc")


class Memory:
    """The descriptor `wake` becomes readable when the run has gone beyond its share, which `exceeded` then says."""

    def __init__(self, group: Group | None, limit_mb: int) -> None:
        self._group = group
        self._limit = limit_mb << 20
        self._found = False
        self._over = threading.Event()
        self.wake, self._ring = os.pipe()
        self._thread = threading.Thread(target=self._watch, name="memory", daemon=True)

    @property
    def means(self) -> str:
        """What holds the run to its memory, as its log says it."""
        if self._group is not None:
            return f"held by cgroup v{self._group.version}"
        return "watched" if _PROC.is_dir() else "not held on this system"

    def start(self) -> None:
        if self._group is not None or _PROC.is_dir():
            self._thread.start()

    def end(self) -> None:
        self._over.set()

    def exceeded(self) -> bool:
        """Whether it ever was. With a cgroup this is exact, also right after the end of a process."""
        if self._group is not None:
            self._found = self._found or self._group.kills() > 0
        return self._found

    def _watch(self) -> None:
        while not self._over.wait(LOOK_S):
            if self._group is None:
                self._found = self._is_beyond() and not self._over.wait(CONFIRM_S) and self._is_beyond()
            if self.exceeded():
                os.write(self._ring, b"!")
                return

    def _is_beyond(self) -> bool:
        return tree_bytes(os.getpid(), self._limit) > self._limit


def tree_bytes(root: int, limit: int) -> int:
    """Bytes of memory that the descendants of `root` take together.

    Up to `limit` it is the sum of what each has in memory, which is cheap to ask and counts shared pages several times;
    a sum beyond that is counted again, exactly.
    """
    pids = _descendants(root)
    rough = sum(_resident(pid) for pid in pids)
    return rough if rough <= limit else sum(_proportional(pid) for pid in pids)


def _descendants(root: int) -> list[int]:
    found: list[int] = []
    next_ones = children(root)
    while next_ones:
        found += next_ones
        next_ones = [child for pid in next_ones for child in children(pid)]
    return found


def _resident(pid: int) -> int:
    with suppress(OSError, IndexError, ValueError):
        return int((_PROC / str(pid) / "statm").read_bytes().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return 0


def _proportional(pid: int) -> int:
    """A process's own pages, and its part of those that it shares."""
    with suppress(OSError, ValueError):
        for line in (_PROC / str(pid) / "smaps_rollup").read_text().splitlines():
            name, _, value = line.partition(":")
            if name == "Pss":
                return int(value.split()[0]) << 10
    return _resident(pid)
