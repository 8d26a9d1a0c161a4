"""Which files a run reads: the time-window rule of job bookmarks (awsglue 5). Pure: a listing in, a choice out.

    ----- settled -----|------------ band ------------|---- later ----
                 listed_at - band_ms              listed_at               -> time of modification

A file version is (path, time of modification). After a run, those up to the settled time are never looked at again; of
those after it the bookmark remembers the marks of what was read. So each version is read once, also when it turns up
late, as long as its time is inside the band.

A run reads what is neither settled nor remembered and not later than its own listing, oldest first. What a bound leaves
for a later run keeps the settled time from moving past it. The settled time never goes back, also when the clock or
maxBand does.

The listing is a stream: what is kept of it is what is read, the marks, and a few names.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from awsglue.bookmarks.state import MAX_BAND_MS, FileState, mark

#: Files of the band that one run reads at most when nothing is said: their marks take 0.7 MB.
MOST_IN_BAND = 20_000
#: The bound that no option sets.
ROOM = "the room that the job's bookmark, all contexts together, has for files of the last maxBand"
#: Names that are kept for the log.
_NAMES = 10
#: Files that are gathered before the oldest are looked for.
_LEAST_ROOM = 1024


class Version(Protocol):
    """What the rule needs to know of a file."""

    @property
    def path(self) -> str: ...
    @property
    def size(self) -> int:
        """Bytes."""
        ...

    @property
    def modified(self) -> int:
        """Milliseconds since 1970."""
        ...

    @property
    def changed(self) -> int:
        """When it came to where it is, in milliseconds since 1970, as far as that is known; 0 when it is not."""
        ...


V = TypeVar("V", bound=Version)


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What a source asks for."""

    band_ms: int = MAX_BAND_MS
    #: Files of the band that a run reads at most.
    most_in_band: int = MOST_IN_BAND
    #: Files and bytes that a run reads at most; the file with which the bytes are reached is among them.
    most_files: int | None = None
    most_bytes: int | None = None
    #: Marks that the state has room for; it goes before reading.
    most_marks: int = MOST_IN_BAND


@dataclass(kw_only=True)
class Names:
    """How many files, and the names of some of them."""

    count: int = 0
    some: list[str] = field(default_factory=list)

    def add(self, path: str) -> None:
        self.count += 1
        if len(self.some) < _NAMES:
            self.some.append(path)

    def __str__(self) -> str:
        rest = self.count - len(self.some)
        return ", ".join(sorted(self.some)) + (f" and {rest} more" if rest else "")


@dataclass(frozen=True, kw_only=True)
class Choice(Generic[V]):
    """What a run reads of a source, and the state that its commit stores."""

    files: list[V]
    state: FileState
    #: The time of the oldest file that a bound leaves for later runs; None when nothing is left.
    left_from: int | None
    #: The bound that leaves it; empty when nothing is left.
    left_because: str
    #: Whether the last listing is dated later than this one, as after a clock that was fast: files that come now may be
    #: settled before any run has seen them.
    is_behind: bool
    #: Files that came or changed after the last run with a time that was settled by then: no run reads them. When that
    #: cannot be told, because this run is behind, all that are settled.
    too_old: Names
    #: Files that are dated later than the listing; they are read when their time has come.
    ahead: Names


def choose(listing: Iterable[V], *, before: FileState | None, listed_at: int, rule: Rule, run: int) -> Choice[V]:
    """The files that a run reads, given the state `before` it, and the state after it.

    Of each file that is listed, what was done to it up to `listed_at` must be seen in the listing, and what is done
    later must give it a later time. `run` is the number that the state after it bears.
    """
    is_behind = before is not None and before.listed_at > listed_at
    listed_at = max(listed_at, before.listed_at) if before else listed_at
    unread = _Oldest[V](rule, listed_at - rule.band_ms)
    remembered: dict[int, int] = {}
    too_old, ahead = Names(), Names()
    for file in listing:
        if before and file.modified <= before.settled:
            if is_behind or file.changed > before.listed_at:
                too_old.add(file.path)
        elif before and (known := mark(file.path, file.modified)) in before.marks:
            if known not in remembered:
                unread.leave_room(file.modified)
            remembered[known] = file.modified
        elif file.modified > listed_at:
            ahead.add(file.path)
        else:
            unread.add(file)
    files, left_from = unread.taken()
    settled = listed_at - rule.band_ms
    if left_from is not None:
        settled = min(settled, left_from - 1)
    if before:
        settled = max(settled, before.settled)
    kept = {known for known, modified in remembered.items() if modified > settled}
    kept.update(mark(file.path, file.modified) for file in files if file.modified > settled)
    state = FileState(run=run, listed_at=listed_at, band_ms=listed_at - settled, marks=frozenset(kept))
    return Choice(
        files=files,
        state=state,
        left_from=left_from,
        left_because=unread.bound,
        is_behind=is_behind,
        too_old=too_old,
        ahead=ahead,
    )


def between(listing: Iterable[V], *, after: FileState | None, until: FileState | None) -> list[V]:
    """The files that were read by the state `until`, and not yet by the state `after`; None is before all runs."""
    chosen = {_age(file): file for file in listing if _is_read(file, until) and not _is_read(file, after)}
    return list(chosen.values())


def _is_read(file: Version, state: FileState | None) -> bool:
    return state is not None and (file.modified <= state.settled or mark(file.path, file.modified) in state.marks)


class _Oldest(Generic[V]):
    """The oldest of the files that are added, up to the rule's bounds. Holds a quarter more than it gives."""

    def __init__(self, rule: Rule, band: int) -> None:
        self._rule = rule
        self._band = band
        self._files: list[V] = []
        self._most = _LEAST_ROOM
        #: The times of files that are remembered.
        self._remembered: list[int] = []
        #: The first file that is left, by its age: what is younger is left, too.
        self._left: tuple[int, str] | None = None
        #: The bound that leaves it.
        self.bound = ""

    def add(self, file: V) -> None:
        if self._left is not None and self._left < (file.modified, file.path):
            return
        self._files.append(file)
        if len(self._files) >= self._most:
            self._cut()
            self._most = max(_LEAST_ROOM, len(self._files) * 5 // 4)

    def leave_room(self, modified: int) -> None:
        """A file of that time is remembered, and needs its mark."""
        self._remembered.append(modified)

    def taken(self) -> tuple[list[V], int | None]:
        """The files, oldest first, and the time of the oldest that is left."""
        self._cut()
        return self._files, None if self._left is None else self._left[0]

    def _cut(self) -> None:
        most_in_band = min(self._room(self._band + 1), self._rule.most_in_band)
        self._files.sort(key=_age)
        kept: list[V] = []
        size = in_band = 0
        for file in self._files:
            if kept and _age(file) == _age(kept[-1]):
                continue
            in_band += file.modified > self._band
            bound = self._full(len(kept), size)
            if not bound and in_band > most_in_band:
                bound = "maxFilesInBand" if most_in_band == self._rule.most_in_band else ROOM
            if bound:
                self._left, self.bound = _age(file), bound
                break
            kept.append(file)
            size += file.size
        if self._left is not None and self._left[0] <= self._band:
            self._part(kept, self._left[0])
        self._files = kept

    def _part(self, kept: list[V], time: int) -> None:
        """Leave files of one time that is partly left, and so not settled, when there is no room for their marks."""
        most = bisect_left(kept, time, key=lambda file: file.modified) + self._room(time)
        if len(kept) > most:
            self._left = _age(kept[most])
            del kept[most:]

    def _room(self, since: int) -> int:
        """The marks that there is room for, when all from that time on is remembered."""
        return max(0, self._rule.most_marks - sum(modified >= since for modified in self._remembered))

    def _full(self, count: int, size: int) -> str:
        """The bound that is reached with so many files and bytes."""
        if count == self._rule.most_files:
            return "boundedFiles"
        return "boundedSize" if self._rule.most_bytes is not None and size >= self._rule.most_bytes else ""


def _age(file: Version) -> tuple[int, str]:
    return file.modified, file.path
