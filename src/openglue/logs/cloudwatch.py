"""CloudWatch's names for the logs: which groups and streams there are, and which runs stand behind them.

A run of log group G shows as stream <run id> of G/output and of G/error. A view (continuous logging) shows both as one
stream of another group. Runs that give a view the same name share its stream, which shows the newest of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from openglue.logs.names import Names, decode, encode, merged
from openglue.logs.page import Source
from openglue.logs.store import STREAMS, LogStore, RunFolder, groups, stored
from openglue.logs.stream import UnknownStream

_VIEW_RUNS = 20
_SKEW = 3_600_000


class UnknownGroup(KeyError):  # noqa: N818 - it names what was asked for
    """There is no such CloudWatch log group."""


@dataclass(frozen=True, kw_only=True)
class GroupInfo:
    name: str
    #: Epoch ms.
    created: int


@dataclass(frozen=True, kw_only=True)
class StreamInfo:
    name: str
    #: Epoch ms.
    created: int
    #: Epoch ms of the first and the last line; None when there is none.
    first: int | None
    last: int | None
    #: Bytes on disk.
    stored: int


class Place(NamedTuple):
    """Where a listing by time stands."""

    #: In which the stream was last written to.
    hour: str
    #: Of its last line, or of its creation when it has none; epoch ms.
    time: int
    name: str


class _Group(NamedTuple):
    #: Runs whose `stream` the group shows.
    base: Names | None
    stream: str
    #: Views in it.
    views: Names | None

    @property
    def names(self) -> list[Names]:
        return [names for names in (self.base, self.views) if names is not None]


class CloudWatch:
    """A log store as CloudWatch Logs shows it."""

    def __init__(self, store: LogStore) -> None:
        self._store = store

    def groups(self) -> list[GroupInfo]:
        """Every group, by name."""
        found: dict[str, int] = {}
        for names in groups(self._store.runs):
            name, created = names.description()
            for stream in STREAMS:
                found[f"{name}/{stream}"] = created
        for names in groups(self._store.views):
            name, created = names.description()
            found[name] = min(created, found.get(name, created))
        return [GroupInfo(name=name, created=found[name]) for name in sorted(found)]

    def group_size(self, group: str) -> int:
        """Bytes on disk of a group's streams; a view has none of its own. Walks through them."""
        at = self._group(group)
        return stored(at.base.folder, f"{at.stream}.") if at.base else 0

    def streams_by_name(
        self, group: str, *, prefix: str = "", beyond: str = "", descending: bool = False
    ) -> Iterator[StreamInfo]:
        """Streams in the order of their names, those beyond the stream `beyond`. Raises UnknownGroup."""
        at = self._group(group)
        for name in self._listing(at, prefix=prefix, beyond=beyond, descending=descending):
            if info := self._info(at, name):
                yield info

    def streams_by_time(
        self, group: str, *, beyond: Place | None = None, descending: bool = False
    ) -> Iterator[tuple[Place, StreamInfo]]:
        """Streams in the order of their last lines, to the hour of writing. Raises UnknownGroup."""
        at = self._group(group)
        for hour, names in self._hours(at, descending=descending):
            if beyond and (hour > beyond.hour if descending else hour < beyond.hour):
                continue
            infos = [info for name in names if (info := self._info(at, name))]
            places = [
                (Place(hour, info.created if info.last is None else info.last, info.name), info) for info in infos
            ]
            for place, info in sorted(places, key=lambda each: each[0], reverse=descending):
                if not beyond or (place < beyond if descending else place > beyond):
                    yield place, info

    def sources(self, group: str, names: Iterable[str]) -> list[Source]:
        """What to read for these streams. Raises UnknownGroup, UnknownStream."""
        at = self._group(group)
        return [source for name in dict.fromkeys(names) for source in self._sources(at, name)]

    def search(self, group: str, *, prefix: str = "", since: int = 0) -> list[Source]:
        """What to read for all streams with `prefix` that may have lines of `since` (epoch ms) or later."""
        at = self._group(group)
        if since:
            # The hours are this server's; the clock of a runner on another machine may be ahead of it.
            hours = self._hours(at, since=max(since - _SKEW, 0))
            recent = {name for _, members in hours for name in members}
            names: Iterable[str] = sorted(name for name in recent if name.startswith(prefix))
        else:
            names = self._listing(at, prefix=prefix)
        found = []
        for name in names:
            # A run may be deleted meanwhile.
            with suppress(UnknownStream):
                found.extend(self._sources(at, name))
        return found

    def _group(self, group: str) -> _Group:
        log_group, _, stream = group.rpartition("/")
        base = self._names(self._store.runs, log_group) if stream in STREAMS else None
        views = self._names(self._store.views, group)
        if base is None and views is None:
            raise UnknownGroup(group)
        return _Group(base, stream, views)

    @staticmethod
    def _names(folder: Path, group: str) -> Names | None:
        # A name that no file can have is nobody's.
        with suppress(ValueError):
            names = Names(folder / encode(group))
            return names if names.exists() else None
        return None

    def _runs(self, at: _Group, name: str) -> list[tuple[RunFolder, Sequence[str]]]:
        """The runs, and which of their streams, that the stream `name` shows. Raises UnknownStream."""
        found: list[tuple[RunFolder, Sequence[str]]] = []
        with suppress(ValueError):
            if at.base and (run := self._store.load(at.base, name)) and at.stream in run.streams:
                found.append((run, [at.stream]))
            if at.views and (path := at.views.path(name)).is_dir():
                for pointer in sorted(each.name for each in path.iterdir())[-_VIEW_RUNS:]:
                    with suppress(UnknownStream):
                        run = self._store.find(decode(pointer.partition("-")[2]))
                        found.append((run, run.streams))
        if not found:
            raise UnknownStream(name)
        return found

    def _sources(self, at: _Group, name: str) -> list[Source]:
        return [
            Source(run_id=run.run_id, name=stream, label=name, stream=self._store.open(run, stream))
            for run, streams in self._runs(at, name)
            for stream in streams
        ]

    def _info(self, at: _Group, name: str) -> StreamInfo | None:
        # None when it went meanwhile.
        with suppress(UnknownStream):
            runs = self._runs(at, name)
            extents = [self._store.open(run, stream).extent() for run, streams in runs for stream in streams]
            return StreamInfo(
                name=name,
                created=min(run.created for run, _ in runs),
                first=min((extent.first for extent in extents if extent.first is not None), default=None),
                last=max((extent.last for extent in extents if extent.last is not None), default=None),
                stored=sum(extent.stored for extent in extents),
            )
        return None

    @staticmethod
    def _listing(at: _Group, *, prefix: str = "", beyond: str = "", descending: bool = False) -> Iterator[str]:
        with suppress(ValueError):
            listings = [names.listing(prefix=prefix, beyond=beyond, descending=descending) for names in at.names]
            yield from merged(listings, descending=descending)

    @staticmethod
    def _hours(at: _Group, *, since: int = 0, descending: bool = False) -> Iterator[tuple[str, list[str]]]:
        found: dict[str, list[str]] = {}
        for names in at.names:
            for hour, members in names.hours(since=since):
                found.setdefault(hour, []).extend(members)
        yield from sorted(found.items(), reverse=descending)
