"""One stream of one run: a beginning that is kept, and a ring of the newest segments.

    output.0.0.0   output.1048577.9001.922563  ...  | dropped |  output.52428813.450112.46127245  ...
    <------------- head_bytes ------------->                     <----------- tail_bytes ----------->

The files are the state. A segment's name is the position at which it begins (offset, lines, bytes of output), so that
what lies between two segments that do not meet is known exactly and survives any crash; its size is the next offset.
A segment holds whole lines. A torn last line, left by a server that was killed while it wrote, is cut off before the
next append, and the client, told the offset, sends it again. Nothing is synced to disk: logs are worth less than the
time that would take, so a power loss may cost the newest lines.

A stream that was emptied is one segment of no bytes, at its end; the file's time is that of the last line.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import NamedTuple

from openglue.logs.frame import (
    ORIGIN,
    STAMP,
    Line,
    Position,
    advance,
    dropped,
    find_time,
    parse,
    removed,
    timestamp_of,
)

# A reader begins small, since most readers of many streams want few lines of each.
_FIRST_READ = 4 << 10
_READ = 256 << 10


class UnknownStream(KeyError):  # noqa: N818 - it names what was asked for
    """There is no such run or stream."""


class GapError(Exception):
    """An append lies beyond the end of its stream."""

    def __init__(self, expected: int) -> None:
        super().__init__(f"the stream goes on at offset {expected}")
        #: Where the stream goes on.
        self.expected = expected


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How much of one stream is kept, in bytes of the framed stream."""

    #: From the beginning.
    head_bytes: int = 8 << 20
    #: From the end; up to one segment more.
    tail_bytes: int = 8 << 20
    #: A segment is closed when it is this long or longer.
    segment_bytes: int = 1 << 20


class Segment(NamedTuple):
    path: Path
    start: Position
    size: int

    @property
    def end(self) -> int:
        """Offset after its last byte."""
        return self.start.offset + self.size


class Mark(NamedTuple):
    """Where a stream that was emptied goes on, and the time of the last line that it had."""

    place: Position
    time: int


class Extent(NamedTuple):
    """What a stream holds, as listings show it. Times are epoch milliseconds, None in an empty stream."""

    first: int | None
    last: int | None
    stored: int


class Stream:
    """One stream's files in the folder of its run. `lock` guards all streams of the run."""

    def __init__(
        self, folder: Path, name: str, limits: Limits, lock: Lock, grown: Callable[[int], None] = lambda _: None
    ) -> None:
        """`grown` is told by how many bytes the stream's files grow or shrink."""
        self._folder = folder
        self._name = name
        self._limits = limits
        self._lock = lock
        self._grown = grown

    def append(self, offset: int, data: bytes) -> int:
        """Add framed lines that begin at `offset`; the answer is the offset that is expected next.

        Only whole lines are taken. Bytes that are there already are ignored. Raises GapError when `offset` lies
        beyond the expected one, and OSError when the disk is full: then part of `data` may have been taken.
        """
        with self._lock:
            segments = self._segments()
            end = self._mend(segments)
            if offset > end:
                raise GapError(end)
            if offset + len(data) <= end:
                return end
            rest = data[end - offset : data.rfind(b"\n") + 1]
            while rest:
                if not segments or segments[-1].size >= self._limits.segment_bytes:
                    segments.append(self._begin(segments))
                segment = segments[-1]
                room = self._limits.segment_bytes - segment.size
                cut = rest.find(b"\n", room - 1) + 1 or len(rest)
                try:
                    _write(segment.path, rest[:cut])
                except OSError:
                    with suppress(FileNotFoundError):
                        self._grown(segment.path.stat().st_size - segment.size)
                    raise
                self._grown(cut)
                segments[-1] = segment._replace(size=segment.size + cut)
                rest = rest[cut:]
            return segments[-1].end if segments else end

    def empty(self) -> None:
        """Remove all lines. Readers get one that says so, and appending goes on where it was."""
        with self._lock:
            segments = self._segments()
            if not any(segment.size for segment in segments):
                return
            self._mend(segments)
            last = _last_time(segments) or 0
            mark = self._segment(_end(segments))
            mark.touch()
            for segment in segments:
                if segment.path != mark:
                    segment.path.unlink()
                    self._grown(-segment.size)
            os.utime(mark, ns=(last * 1_000_000, last * 1_000_000))

    def forward(self, at: Position) -> Iterator[Line]:
        """Lines from `at` on, to the end as it is when the reader gets there.

        A reader that comes to dropped output gets one line that says how much it missed. Raises ValueError when `at`
        is no place between two lines.
        """
        size = _FIRST_READ
        while True:
            start, data = self._after(at, size)
            lines = parse(data, start)
            if not lines:
                mark = self._mark()
                if mark is not None and mark.place.offset > at.offset:
                    yield _removed(at, mark)
                return
            if start.offset > at.offset:
                yield _gap(at, start, lines[0].timestamp)
            yield from lines
            at = lines[-1].end
            size = min(size * 8, _READ)

    def backward(self, before: Position) -> Iterator[Line]:
        """Lines before `before`, newest first; otherwise as `forward`."""
        size = _FIRST_READ
        while True:
            start, data, following = self._before(before, size)
            lines = parse(data, start)
            if not lines:
                mark = self._mark()
                if mark is not None and mark.place == before:
                    yield _removed(ORIGIN, mark)
                elif before.offset > 0:
                    # The beginning itself is not kept.
                    yield _gap(ORIGIN, before, following)
                return
            if lines[-1].end.offset < before.offset:
                yield _gap(lines[-1].end, before, following)
            yield from reversed(lines)
            before = start
            size = min(size * 8, _READ)

    def end(self) -> Position:
        """The place after the last whole line."""
        with self._lock:
            return _end(self._segments())

    def at_time(self, time: int) -> Position:
        """The place before the first line of `time` (epoch ms) or later."""
        with self._lock:
            for segment in reversed(self._segments()):
                first = _read(segment.path, 0, STAMP)
                if len(first) == STAMP and timestamp_of(first) < time:
                    data = _whole(_read(segment.path))
                    return advance(segment.start, data[: find_time(data, time)])
        return ORIGIN

    def extent(self) -> Extent:
        with self._lock:
            segments = self._segments()
            first = next((timestamp_of(head) for s in segments if (head := _read(s.path, 0, STAMP))), None)
            return Extent(first, _last_time(segments), sum(segment.size for segment in segments))

    def _segments(self) -> list[Segment]:
        prefix = f"{self._name}."
        found = []
        try:
            with os.scandir(self._folder) as entries:
                for entry in entries:
                    if entry.name.startswith(prefix):
                        numbers = entry.name[len(prefix) :].split(".")
                        found.append(Segment(Path(entry.path), Position(*map(int, numbers)), entry.stat().st_size))
        except FileNotFoundError:
            raise UnknownStream(f"{self._folder.name}/{self._name}") from None
        return sorted(found, key=lambda segment: segment.start)

    def _mend(self, segments: list[Segment]) -> int:
        """Cut a torn last line off; the expected offset."""
        if not segments:
            return 0
        last = segments[-1]
        if last.size and _read(last.path, last.size - 1) != b"\n":
            whole = len(_whole(_read(last.path)))
            os.truncate(last.path, whole)
            self._grown(whole - last.size)
            segments[-1] = last = last._replace(size=whole)
        return last.end

    def _begin(self, segments: list[Segment]) -> Segment:
        """The next segment, not yet a file; then drop what the ring no longer holds."""
        start = advance(segments[-1].start, _read(segments[-1].path)) if segments else ORIGIN
        ring = [segment for segment in segments if segment.start.offset >= self._limits.head_bytes]
        kept = sum(segment.size for segment in ring)
        for segment in ring:
            kept -= segment.size
            if kept < self._limits.tail_bytes:
                break
            segment.path.unlink()
            self._grown(-segment.size)
            segments.remove(segment)
        return Segment(self._segment(start), start, 0)

    def _segment(self, start: Position) -> Path:
        return self._folder / f"{self._name}.{start.offset}.{start.lines}.{start.written}"

    def _mark(self) -> Mark | None:
        """What is left of a stream that was emptied."""
        with self._lock:
            segments = self._segments()
            if len(segments) != 1 or segments[0].size or segments[0].start == ORIGIN:
                return None
            return Mark(segments[0].start, segments[0].path.stat().st_mtime_ns // 1_000_000)

    def _after(self, at: Position, size: int) -> tuple[Position, bytes]:
        """The next whole lines at or after `at`, about `size` bytes of them, and where they begin."""
        with self._lock:
            for segment in self._segments():
                if segment.end <= at.offset:
                    continue
                start = max(at, segment.start)
                skip = start.offset - segment.start.offset
                if skip and _read(segment.path, skip - 1, 1) != b"\n":
                    raise ValueError(f"no line begins at offset {at.offset}")
                data = _whole(_read(segment.path, skip, size)) or _whole(_read(segment.path, skip))
                if data:
                    return start, data
        return at, b""

    def _before(self, before: Position, wanted: int) -> tuple[Position, bytes, int]:
        """About `wanted` bytes of the whole lines before `before`, where they begin, and what time follows them."""
        following = 0
        with self._lock:
            for segment in reversed(self._segments()):
                if segment.start.offset >= before.offset:
                    following = timestamp_of(_read(segment.path, 0, STAMP)) or following
                    continue
                size = before.offset - segment.start.offset
                data = _read(segment.path, 0, size)
                if len(data) == size < segment.size and not data.endswith(b"\n"):
                    raise ValueError(f"no line begins at offset {before.offset}")
                if data := _whole(data):
                    skip = data.rfind(b"\n", 0, max(len(data) - wanted, 0)) + 1
                    return advance(segment.start, data[:skip]), data[skip:], following
        return before, b"", following


def _gap(start: Position, end: Position, timestamp: int) -> Line:
    text = dropped(max(end.written - start.written, 0), max(end.lines - start.lines, 0))
    return Line(timestamp, text, start, end)


def _removed(start: Position, mark: Mark) -> Line:
    text = removed(mark.place.written - start.written, mark.place.lines - start.lines)
    return Line(mark.time, text, start, mark.place)


def _end(segments: list[Segment]) -> Position:
    """The place after the last whole line."""
    for segment in reversed(segments):
        data = _whole(_read(segment.path))
        if data or not segment.size:
            return advance(segment.start, data)
    return ORIGIN


def _last_time(segments: list[Segment]) -> int | None:
    return next((stamp for segment in reversed(segments) if (stamp := _last_timestamp(segment))), None)


def _whole(data: bytes) -> bytes:
    return data[: data.rfind(b"\n") + 1]


def _last_timestamp(segment: Segment) -> int | None:
    for skip in (max(segment.size - _READ, 0), 0):
        data = _read(segment.path, skip)
        start = data.rfind(b"\n", 0, data.rfind(b"\n")) + 1 if b"\n" in data else 0
        if start or (skip == 0 and b"\n" in data):
            return timestamp_of(data[start : start + STAMP])
    return None


def _read(path: Path, skip: int = 0, size: int = -1) -> bytes:
    with path.open("rb", buffering=0) as file:
        file.seek(skip)
        return file.read(size) or b""


def _write(path: Path, data: bytes) -> None:
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        view = memoryview(data)
        while view:
            view = view[os.write(file, view) :]
    finally:
        os.close(file)
