"""Pages of merged streams: where a reader stands, and what comes next in either direction.

Lines of several streams are ordered by time, then by stream, then by place. A cursor holds a position per stream, so
that a line that arrives late - its time long past in another stream - is shown late and not lost. Only of more streams
than a span's `positions` are those left out of it that were not read lately: they go on by the cursor's time.
"""

from __future__ import annotations

import hashlib
import heapq
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from openglue.logs.frame import Line, Position
from openglue.logs.stream import Stream

#: What CloudWatch Logs adds to an event's message when it counts a page's size.
EVENT_OVERHEAD = 26
# A search that matches nothing ends its page here; the kept part of a single stream is far smaller.
_MOST_SCANNED = 256 << 20
_CURSOR = re.compile(r"(n|[0-9a-f]{1,11})((?:\.[0-9a-f]{16}-[0-9a-f]{1,15}-[0-9a-f]{1,15}-[0-9a-f]{1,15})*)")


@dataclass(frozen=True, kw_only=True)
class Source:
    """A stream to read, and whose it is."""

    run_id: str
    #: "output" or "error".
    name: str
    #: The CloudWatch log stream in whose name it is read.
    label: str
    stream: Stream

    @cached_property
    def key(self) -> str:
        return hashlib.sha256(f"{self.run_id}/{self.name}/{self.label}".encode()).hexdigest()[:16]


class Event(NamedTuple):
    source: Source
    line: Line


@dataclass(frozen=True, kw_only=True)
class Cursor:
    """Where a reader stands: at a position in each stream it names, in others at `time` (None: their end)."""

    time: int | None = None
    #: By the source's key.
    positions: Mapping[str, Position] = field(default_factory=dict)

    def encode(self) -> str:
        """As text of hexadecimal digits, dots and hyphens."""
        parts = ["n" if self.time is None else f"{self.time:x}"]
        parts += [f"{key}-{at.offset:x}-{at.lines:x}-{at.written:x}" for key, at in self.positions.items()]
        return ".".join(parts)

    @classmethod
    def decode(cls, text: str) -> Cursor:
        """Raises ValueError when `text` is no cursor."""
        found = _CURSOR.fullmatch(text)
        if not found:
            raise ValueError(f"no cursor: {text[:60]}")
        positions = {}
        for part in found[2].split(".")[1:]:
            key, *numbers = part.split("-")
            positions[key] = Position(*(int(number, 16) for number in numbers))
        return cls(time=None if found[1] == "n" else int(found[1], 16), positions=positions)


@dataclass(frozen=True, kw_only=True)
class Span:
    """Which lines a reader wants, and how many at a time."""

    #: Epoch ms; this time is included.
    start: int = 0
    #: Epoch ms; this time is not included.
    end: int | None = None
    limit: int = 10_000
    #: Bytes of a page's messages, with EVENT_OVERHEAD for each; one event is given whatever its size.
    size: int = 1 << 20
    matches: Callable[[bytes], bool] | None = None
    #: Streams that a cursor names when there are more.
    positions: int = 100

    def wants(self, line: Line) -> bool:
        return (
            line.timestamp >= self.start
            and (self.end is None or line.timestamp < self.end)
            and (self.matches is None or self.matches(line.text))
        )


@dataclass(frozen=True, kw_only=True)
class Page:
    """Events in the order of reading, and the cursors before and after them."""

    events: Sequence[Event]
    before: Cursor
    after: Cursor
    #: Whether the page ended at a limit and not at the end of what there is.
    more: bool


def read(sources: Sequence[Source], cursor: Cursor | None, span: Span, *, forward: bool = True) -> Page:
    """The next page of `sources` in one direction.

    Without a cursor reading begins at the span's start, or backward at its end. Raises ValueError when the cursor is
    not of these streams.
    """
    if cursor is None:
        cursor = Cursor(time=span.start if forward else span.end)
    places = {source.key: _place(source, cursor, forward=forward) for source in sources}
    before = Cursor(time=cursor.time, positions=dict(places))
    read_at: dict[str, int] = {}
    events: list[Event] = []
    size = scanned = 0
    more = False
    for event in _merge(sources, places, forward=forward):
        line = event.line
        if (span.end is not None and line.timestamp >= span.end) if forward else line.timestamp < span.start:
            break
        if span.wants(line):
            size += _size(line.text) + EVENT_OVERHEAD
            if events and (len(events) == span.limit or size > span.size):
                more = True
                break
            events.append(event)
        places[event.source.key] = line.end if forward else line.start
        read_at[event.source.key] = line.timestamp
        scanned += len(line.text)
        if scanned > _MOST_SCANNED:
            more = True
            break
    return Page(
        events=events, before=before, after=_after(cursor, places, read_at, span.positions, forward=forward), more=more
    )


def _place(source: Source, cursor: Cursor, *, forward: bool) -> Position:
    if (known := cursor.positions.get(source.key)) is not None:
        return known
    if cursor.time is None:
        return source.stream.end()
    # Backward, lines of the cursor's time itself are still to come when the stream was not read at that time.
    beyond = 1 if cursor.positions and not forward else 0
    return source.stream.at_time(cursor.time + beyond)


def _merge(sources: Sequence[Source], places: Mapping[str, Position], *, forward: bool) -> Iterator[Event]:
    sign = 1 if forward else -1
    heap = []
    for index, source in enumerate(sources):
        at = places[source.key]
        lines = source.stream.forward(at) if forward else source.stream.backward(at)
        if (line := next(lines, None)) is not None:
            heap.append((sign * line.timestamp, sign * index, line, lines))
    heapq.heapify(heap)
    while heap:
        _, order, line, lines = heap[0]
        yield Event(sources[sign * order], line)
        if (following := next(lines, None)) is None:
            heapq.heappop(heap)
        else:
            heapq.heapreplace(heap, (sign * following.timestamp, order, following, lines))


def _after(
    cursor: Cursor, places: Mapping[str, Position], read_at: Mapping[str, int], most: int, *, forward: bool
) -> Cursor:
    """The cursor after a page that stood at `cursor` before and read the streams `read_at`, each to that time."""
    if len(places) <= most:
        # A stream that is not named here is new, and begins where the first page began.
        return Cursor(time=cursor.time, positions=dict(places))
    if not read_at:
        return cursor
    # Every stream is read to `time`. Those that were read at exactly `time` must keep their positions: by the time
    # alone their lines would come again.
    times = [*read_at.values(), *([] if cursor.time is None else [cursor.time])]
    time = max(times) if forward else min(times)
    keep = {key for key, at in read_at.items() if at == time}
    if time == cursor.time:
        keep |= places.keys() & cursor.positions.keys()
    latest = sorted(read_at, key=lambda key: abs(read_at[key] - time))
    keep |= set(latest[: max(most - len(keep), 0)])
    return Cursor(time=time, positions={key: places[key] for key in sorted(keep)})


def _size(text: bytes) -> int:
    """Bytes of the message as it is sent: what is no UTF-8 is sent as U+FFFD, three bytes."""
    return len(text) if text.isascii() else len(text.decode("utf-8", "replace").encode())
