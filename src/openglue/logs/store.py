"""The log store: every stream of every run, under the names of its run.

    <root>/runs/<group>/names/../<run id>/run.json, output.*, error.*    the bytes
    <root>/views/<group>/names/../<stream>/<created>-<run id>            a further CloudWatch name for them

The server has the data directory for itself, so locks are of this process; nothing about a run is held in memory but
the hour in which it last wrote, and nothing about all of them but how much they take. Files are open only while they
are read or written.
"""

from __future__ import annotations

import heapq
import json
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Lock

from openglue.clock import Clock
from openglue.logs.names import Names, decode, encode, write_json
from openglue.logs.page import Cursor, Event, Source, Span, read
from openglue.logs.stream import GapError, Limits, Stream, UnknownStream
from openglue.logs.usage import Usage, measure

__all__ = [
    "STREAMS",
    "GapError",
    "LogStore",
    "RunFolder",
    "Tail",
    "TailLine",
    "UnknownStream",
    "View",
    "groups",
    "stored",
]

STREAMS = ("output", "error")
_LOCKS = 64
_REMEMBERED_HOURS = 4096


@dataclass(frozen=True, kw_only=True)
class View:
    """A further CloudWatch name, under which a run's streams are read as one, merged by time, without a copy."""

    group: str
    stream: str


@dataclass(frozen=True, kw_only=True)
class RunFolder:
    """One run's logs on disk."""

    run_id: str
    #: The names of its log group.
    names: Names
    path: Path
    #: Epoch ms.
    created: int
    streams: tuple[str, ...]
    views: tuple[View, ...]


@dataclass(frozen=True, kw_only=True)
class TailLine:
    #: "output" or "error".
    stream: str
    #: Epoch ms.
    timestamp: int
    #: Without the line end.
    text: bytes


@dataclass(frozen=True, kw_only=True)
class Tail:
    lines: Sequence[TailLine]
    #: Give it back to go on after these lines, in this process or any later one.
    cursor: str
    #: Whether more lines are there already.
    more: bool


class LogStore:
    """`root` is made when it is not there. Of each stream `head_bytes` are kept from its beginning and `tail_bytes`,
    up to a segment more, from its end.
    """

    def __init__(
        self,
        root: Path,
        *,
        clock: Clock,
        head_bytes: int = 8 << 20,
        tail_bytes: int = 8 << 20,
        segment_bytes: int = 1 << 20,
    ) -> None:
        #: One folder of names per LogGroupName.
        self.runs = root / "runs"
        #: One folder of names per CloudWatch group that views are in.
        self.views = root / "views"
        self._clock = clock
        self._limits = Limits(head_bytes=head_bytes, tail_bytes=tail_bytes, segment_bytes=segment_bytes)
        self._locks = [Lock() for _ in range(_LOCKS)]
        self._view_lock = Lock()
        self._hours: dict[str, str] = {}
        #: How much the logs of all runs take.
        self.usage = Usage(self.runs, lambda folder: self._lock(decode(folder.name)))
        root.mkdir(parents=True, exist_ok=True, mode=0o700)

    def create(self, group: str, run_id: str, *, streams: Sequence[str] = STREAMS, views: Sequence[View] = ()) -> None:
        """From now on the run has these streams, empty at first. Doing it again adds what is new.

        `group` is the JobRun's LogGroupName. Raises ValueError for a name that no file can have.
        """
        names = Names(self.runs / encode(group))
        path = names.path(run_id)
        now = self._clock.now()
        with self._lock(run_id):
            known = self.load(names, run_id)
            run = RunFolder(
                run_id=run_id,
                names=names,
                path=path,
                created=known.created if known else now,
                streams=tuple(sorted({*streams, *(known.streams if known else ())})),
                views=tuple(dict.fromkeys([*(known.views if known else ()), *views])),
            )
            for view in views:
                self._show(run, view, now)
            if run != known:
                names.establish(group, now)
                path.mkdir(parents=True, exist_ok=True)
                _save(run)
            if not known:
                self.usage.begin(path)
                self._remember(run, names.touch(run_id, now, ""))

    def has(self, run_id: str) -> bool:
        """Whether the run has streams."""
        return any((names.path(run_id) / "run.json").exists() for names in groups(self.runs))

    def append(self, run_id: str, stream: str, offset: int, data: bytes) -> int:
        """Add framed lines at `offset` of a stream; the answer is the offset that is expected next.

        Asking again with the same bytes changes nothing. Only whole lines are taken; the client goes on from the
        answer. Empty `data` asks for the offset. Raises GapError when `offset` lies beyond the expected one,
        UnknownStream, and OSError when the disk is full (then part of `data` may have been taken).
        """
        run = self.find(run_id)
        if stream not in run.streams:
            raise UnknownStream(f"{run_id}/{stream}")
        if data:
            self._touch(run)
        return self.open(run, stream).append(offset, data)

    def tail(
        self,
        run_id: str,
        cursor: str | None = None,
        *,
        streams: Sequence[str] = (),
        last: int | None = None,
        limit: int = 10_000,
        size: int = 1 << 20,
    ) -> Tail:
        """A run's next lines after `cursor`, its streams merged by time, up to `limit` lines and about `size` bytes.

        Without a cursor: from the beginning, or the `last` lines. Whoever goes on with the cursor of each answer gets
        every line once; a line says what was dropped. Raises UnknownStream; ValueError for a cursor of something else.
        """
        run = self.find(run_id)
        sources = [
            Source(run_id=run_id, name=name, label=run_id, stream=self.open(run, name))
            for name in run.streams
            if not streams or name in streams
        ]
        span = Span(limit=limit if last is None else last, size=size)
        if cursor is None and last is not None:
            page = read(sources, None, span, forward=False)
            # What comes later follows the place from which this was read backwards.
            return _tail(page.events[::-1], Cursor(time=0, positions=page.before.positions), more=False)
        page = read(sources, None if cursor is None else Cursor.decode(cursor), span)
        return _tail(page.events, page.after, more=page.more)

    def delete(self, run_id: str) -> None:
        """Remove a run's logs and names; a run without any is no error."""
        with suppress(UnknownStream), self._lock(run_id):
            run = self.find(run_id)
            for view in run.views:
                self._hide(run, view)
            self.usage.change(run.path, -measure(run.path))
            shutil.rmtree(run.path, ignore_errors=True)
            run.names.forget(run_id)
            self._hours.pop(run_id, None)

    def empty(self, run_id: str) -> None:
        """Remove what a run wrote, and keep its streams: a reader gets one line that says how much is gone."""
        with suppress(UnknownStream):
            run = self.find(run_id)
            for stream in run.streams:
                self.open(run, stream).empty()
            run.names.forget(run_id)

    def by_age(self) -> Iterator[str]:
        """Runs that have lines, in the order in which they were last written to, to the hour."""
        hours = [names.hours() for names in groups(self.runs)]
        for _, members in heapq.merge(*hours, key=lambda hour: hour[0]):
            yield from members

    def size(self) -> int:
        """Bytes of all logs on disk. Walks through them all."""
        return stored(self.runs)

    def find(self, run_id: str) -> RunFolder:
        """A run's logs, whatever its group. Raises UnknownStream."""
        for names in groups(self.runs):
            if run := self.load(names, run_id):
                return run
        raise UnknownStream(run_id)

    def load(self, names: Names, run_id: str) -> RunFolder | None:
        """A run's logs, when they are in this group."""
        path = names.path(run_id)
        try:
            document = json.loads((path / "run.json").read_text())
        except FileNotFoundError:
            return None
        return RunFolder(
            run_id=run_id,
            names=names,
            path=path,
            created=document["created"],
            streams=tuple(document["streams"]),
            views=tuple(View(group=group, stream=stream) for group, stream in document["views"]),
        )

    def open(self, run: RunFolder, stream: str) -> Stream:
        return Stream(run.path, stream, self._limits, self._lock(run.run_id), partial(self.usage.change, run.path))

    def _lock(self, run_id: str) -> Lock:
        return self._locks[hash(run_id) % _LOCKS]

    def _touch(self, run: RunFolder) -> None:
        now = self._clock.now()
        known = self._hours.get(run.run_id)
        hour = run.names.touch(run.run_id, now, known)
        if hour != known:
            for view in run.views:
                # Another run may have moved it since.
                self._view(view).touch(view.stream, now, None)
            self._remember(run, hour)

    def _remember(self, run: RunFolder, hour: str) -> None:
        if len(self._hours) >= _REMEMBERED_HOURS:
            self._hours.clear()
        self._hours[run.run_id] = hour

    def _view(self, view: View) -> Names:
        return Names(self.views / encode(view.group))

    def _show(self, run: RunFolder, view: View, now: int) -> None:
        names = self._view(view)
        with self._view_lock:
            names.establish(view.group, now)
            path = names.path(view.stream)
            hour = None if path.exists() else ""
            path.mkdir(parents=True, exist_ok=True)
            (path / _pointer(run)).touch()
            names.touch(view.stream, now, hour)

    def _hide(self, run: RunFolder, view: View) -> None:
        names = self._view(view)
        path = names.path(view.stream)
        with self._view_lock:
            with suppress(FileNotFoundError):
                (path / _pointer(run)).unlink()
            # Fails while the view shows other runs.
            with suppress(OSError):
                path.rmdir()
                names.forget(view.stream)


def groups(folder: Path) -> Iterator[Names]:
    """The groups in `LogStore.runs` or `LogStore.views`."""
    with suppress(FileNotFoundError):
        for path in sorted(folder.iterdir()):
            if (names := Names(path)).exists():
                yield names


def stored(folder: Path, prefix: str = "") -> int:
    """Bytes of all files below `folder` whose names begin with `prefix`."""
    total = 0
    for parent, _, files in os.walk(folder):
        for file in files:
            if file.startswith(prefix):
                # It may go meanwhile: dropped, or deleted.
                with suppress(FileNotFoundError):
                    total += os.stat(os.path.join(parent, file)).st_size  # noqa: PTH116, PTH118 - 100,000s of them
    return total


def _pointer(run: RunFolder) -> str:
    return f"{run.created:013d}-{encode(run.run_id)}"


def _save(run: RunFolder) -> None:
    write_json(
        run.path / "run.json",
        {
            "created": run.created,
            "streams": run.streams,
            "views": [[view.group, view.stream] for view in run.views],
        },
    )


def _tail(events: Sequence[Event], cursor: Cursor, *, more: bool) -> Tail:
    lines = [
        TailLine(stream=event.source.name, timestamp=event.line.timestamp, text=event.line.text) for event in events
    ]
    return Tail(lines=lines, cursor=cursor.encode(), more=more)
