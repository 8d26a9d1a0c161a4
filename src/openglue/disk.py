"""The disk of the data directory: whether there is room for new work, and a reserve for ending what there is.

While room is short nothing new is accepted or started here; what runs goes on. When nothing at all is left, the reserve
is given back a piece at a time to whoever has to write down the end of a run, and made whole again when there is room.
There is one only where room may become short.
"""

from __future__ import annotations

import logging
import os
import shutil
from pathlib import Path

log = logging.getLogger(__name__)

RESERVE_FILE = "reserve"
#: Bytes of free space below which there is a reserve.
NEAR = 8 << 30
#: The reserve takes no more of the disk than this, and is given back in so many pieces; none is smaller than that.
RESERVE_SHARE = 1 / 16
PIECES = 64
LEAST_PIECE = 64 << 10


class Disk:
    def __init__(self, data: Path, *, least_mb: int, least_percent: float, reserve_mb: int) -> None:
        """New work wants `least_mb` of free space, or on a small disk `least_percent` of it, whichever is less."""
        self._data = data
        self._file = data / RESERVE_FILE
        self._least = least_mb << 20
        self._least_share = least_percent / 100
        self._reserve = reserve_mb << 20
        self._was_short = False

    @property
    def shortage(self) -> str | None:
        """How much room there is and how much is wanted; None if that is enough for new work."""
        size, _, free = shutil.disk_usage(self._data)
        wanted = self._wanted(size)
        if free >= wanted:
            return None
        return f"{_mib(free)} of {_mib(size)} MiB are free on the disk of {self._data}, and {_mib(wanted)} are needed"

    def give(self) -> bool:
        """Give a piece of the reserve back to whoever needs room; whether there was one."""
        try:
            left = self._file.stat().st_size
            if left:
                os.truncate(self._file, max(left - self._piece(), 0))
        except OSError:
            return False
        return left > 0

    def relieve(self) -> None:
        """Before a start: a server that can write nothing could not even say where it answers."""
        try:
            if shutil.disk_usage(self._data).free < LEAST_PIECE:
                self.give()
        except FileNotFoundError:
            pass  # the data directory is still to be made

    def round(self) -> None:
        """Say when room becomes short and when it is there again; then see to the reserve."""
        shortage = self.shortage
        if shortage is not None and not self._was_short:
            log.warning("no new work is begun: %s", shortage)
        elif shortage is None and self._was_short:
            log.warning("there is room on the disk again: work is resumed")
        self._was_short = shortage is not None
        if shortage is None:
            self._set_aside()

    def _set_aside(self) -> None:
        size, _, free = shutil.disk_usage(self._data)
        has = self._file.stat().st_size if self._file.exists() else 0
        if free - has > NEAR or not self._whole(size):
            self._file.unlink(missing_ok=True)
            return
        lacks = self._whole(size) - has
        if lacks > 0 and free - lacks >= self._wanted(size):
            with self._file.open("ab") as file:
                # Written, because space that is only promised may not be there.
                for _ in range(0, lacks, LEAST_PIECE):
                    file.write(bytes(LEAST_PIECE))

    def _wanted(self, size: int) -> int:
        return min(self._least, int(size * self._least_share))

    def _whole(self, size: int) -> int:
        """A whole number of the smallest pieces."""
        return min(self._reserve, int(size * RESERVE_SHARE)) // LEAST_PIECE * LEAST_PIECE

    def _piece(self) -> int:
        whole = self._whole(shutil.disk_usage(self._data).total)
        return max(whole // PIECES, LEAST_PIECE)


def _mib(size: int) -> str:
    return f"{size / (1 << 20):.2g}" if size < 10 << 20 else str(size >> 20)
