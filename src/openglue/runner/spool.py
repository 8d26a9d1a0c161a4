"""What waits for the log server: whole lines in memory, and in files while the server is away.

A Backlog keeps at least its first `head` bytes and its newest `tail` bytes, to the piece; what it drops between them
it counts, and gives out as one record of exactly that much. Sizes are those of the framed stream (see pump).
"""

from __future__ import annotations

from collections import deque
from contextlib import suppress
from pathlib import Path

STAMP = 13
#: Bytes of a framed line beyond what the job wrote: the time and the separator.
OVERHEAD = STAMP + 1
# Small pieces are framed at once and joined, so that a backlog is few pieces however slowly it grew.
_SMALL = 4 << 10
_JOINED = 64 << 10


def frame(stamp: int, lines: bytes) -> bytes:
    """Whole lines as framed lines of one time."""
    head = b"%013d\t" % stamp
    return head + lines[:-1].replace(b"\n", b"\n" + head) + b"\n"


class Piece:
    """Some whole lines: in memory as they were read or framed, or framed in a file."""

    __slots__ = ("data", "framed", "lines", "path", "size", "stamp", "written")

    def __init__(self, stamp: int, data: bytes | bytearray, *, lines: int, written: int, framed: bool) -> None:
        #: Time of its first line; of all its lines, unless framed.
        self.stamp = stamp
        self.data = data
        self.framed = framed
        self.path: Path | None = None
        #: Lines and bytes of output, counting what was dropped where it says so.
        self.lines = lines
        self.written = written
        #: Bytes when framed.
        self.size = len(data) + (0 if framed else OVERHEAD * lines)

    def frames(self) -> bytes:
        """Its framed lines. A file that cannot be read leaves a record of what is lost."""
        if self.path is not None:
            with suppress(OSError):
                return self.path.read_bytes()
            return drop(self.stamp, self.written, self.lines).frames()
        return bytes(self.data) if self.framed else frame(self.stamp, bytes(self.data))

    def discard(self) -> None:
        """Remove its file, if it has one."""
        if self.path is not None:
            with suppress(OSError):
                self.path.unlink()


def read_now(stamp: int, lines: bytes) -> Piece:
    """A piece of whole lines that were read at `stamp`."""
    count = lines.count(b"\n")
    if len(lines) > _SMALL:
        return Piece(stamp, lines, lines=count, written=len(lines), framed=False)
    return Piece(stamp, bytearray(frame(stamp, lines)), lines=count, written=len(lines), framed=True)


def drop(stamp: int, written: int, lines: int) -> Piece:
    """A record that this much output was dropped."""
    return Piece(stamp, b"%013d\x18%d %d\n" % (stamp, written, lines), lines=lines, written=written, framed=True)


class Backlog:
    """Pieces in order, bounded. It locks nothing."""

    def __init__(self, head_bytes: int, tail_bytes: int) -> None:
        self._head_bytes = head_bytes
        self._tail_bytes = tail_bytes
        self._head: deque[Piece] = deque()
        self._tail: deque[Piece] = deque()
        self._head_size = 0
        self._tail_size = 0
        self._dropped_lines = 0
        self._dropped_bytes = 0

    @property
    def size(self) -> int:
        return self._head_size + self._tail_size

    def put(self, piece: Piece) -> list[Piece]:
        """Add a piece at the end; the pieces that were dropped for it."""
        dropped: list[Piece] = []
        if not self._tail and self._head_size < self._head_bytes:
            self._head_size += piece.size
            _add(self._head, piece)
            return dropped
        self._tail_size += piece.size
        _add(self._tail, piece)
        while self._tail_size - self._tail[0].size >= self._tail_bytes and len(self._tail) > 1:
            oldest = self._tail.popleft()
            self._tail_size -= oldest.size
            self._dropped_lines += oldest.lines
            self._dropped_bytes += oldest.written
            dropped.append(oldest)
        return dropped

    def take(self) -> Piece | None:
        """Remove the first piece, or the record of what was dropped in its place."""
        if not self._head and self._tail:
            if self._dropped_lines:
                record = drop(self._tail[0].stamp, self._dropped_bytes, self._dropped_lines)
                self._dropped_lines = self._dropped_bytes = 0
                return record
            # What is left is the beginning of what waits now.
            self._head, self._tail = self._tail, self._head
            self._head_size, self._tail_size = self._tail_size, 0
        if not self._head:
            return None
        piece = self._head.popleft()
        self._head_size -= piece.size
        return piece


class Spool:
    """A backlog in files. Only one thread uses it."""

    def __init__(self, folder: Path, name: str, backlog: Backlog) -> None:
        self._folder = folder
        self._name = name
        self._backlog = backlog
        self._count = 0

    @property
    def size(self) -> int:
        return self._backlog.size

    def put(self, pieces: list[Piece]) -> None:
        """Add pieces, as one file. When it cannot be written they stay in memory."""
        data = b"".join(piece.frames() for piece in pieces)
        whole = Piece(
            pieces[0].stamp,
            data,
            lines=sum(piece.lines for piece in pieces),
            written=sum(piece.written for piece in pieces),
            framed=True,
        )
        path = self._folder / f"{self._name}.{self._count}"
        self._count += 1
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        except OSError:
            with suppress(OSError):
                path.unlink()
        else:
            whole.path, whole.data = path, b""
        for dropped in self._backlog.put(whole):
            dropped.discard()

    def take(self) -> Piece | None:
        """Remove the first piece; its file is the caller's to discard when it has been sent."""
        return self._backlog.take()


def _add(pieces: deque[Piece], piece: Piece) -> None:
    last = pieces[-1] if pieces else None
    if (
        last is not None
        and last.framed
        and last.path is None
        and isinstance(last.data, bytearray)
        and isinstance(piece.data, bytearray)
        and last.size < _JOINED
    ):
        last.data += piece.data
        last.size += piece.size
        last.lines += piece.lines
        last.written += piece.written
    else:
        pieces.append(piece)
