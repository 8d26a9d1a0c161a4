"""What job bookmarks promise, from the words of the rule (docs/concepts/bookmarks.md): the oracle of the machine.

It remembers by name and time every version of a file that was read; nothing of the library or of the service is used.

    B1  each version of a file is read by one committed run at most, from one reset to the next
    B2  a run reads all that is new to it, the oldest first, as far as its bounds let it; what is left, the next one
    B3  what comes too late to be read is named, and so is what is dated later than the listing
    B4  Version, Run, Attempt, RunId and PreviousRunId count what has happened
    B5  a live run that knows the bookmark moves it; no other does, and a refusal changes nothing
    B6  a state says how far it goes, and lists no more than the files of the band that were read
    B7  a preview is what the next run reads
    B8  nothing is lost: what is there was read, or was named as too late
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple


class FileVersion(NamedTuple):
    """A file as it was written once. In order: the oldest first."""

    modified: int
    name: str


@dataclass(frozen=True, kw_only=True)
class Source:
    """What a source is asked for; times are milliseconds."""

    band: int
    #: boundedFiles, maxFilesInBand
    files: int | None = None
    in_band: int = 20_000


@dataclass(frozen=True, kw_only=True)
class Memory:
    """What has been read of one source."""

    read: frozenset[FileVersion] = frozenset()
    #: The time up to which no file is looked at any more, and that of the last listing.
    settled: int = -1
    listed: int = -1

    def new(self, there: Collection[FileVersion], at: int) -> list[FileVersion]:
        """What a listing at that time shows that is to be read, now or later."""
        return sorted(one for one in there if self.settled < one.modified <= at and one not in self.read)

    def taken(self, there: Collection[FileVersion], at: int, source: Source) -> list[FileVersion]:
        """What of it one run reads."""
        taken: list[FileVersion] = []
        young = 0
        for one in self.new(there, at):
            young += one.modified > at - source.band
            if len(taken) == source.files or young > source.in_band:
                break
            taken.append(one)
        return taken

    def after(self, there: Collection[FileVersion], at: int, source: Source) -> Memory:
        """What will have been read when the run has committed."""
        taken = self.taken(there, at, source)
        left = self.new(there, at)[len(taken) :]
        settled = max(self.settled, min([at - source.band, *(one.modified - 1 for one in left[:1])]))
        # A file that went away is a new one if it comes back; but what is settled is not looked at.
        kept = {one for one in self.read if one in there or one.modified <= settled}
        return Memory(read=frozenset(kept.union(taken)), settled=settled, listed=at)

    def too_late(self, there: Mapping[FileVersion, int]) -> set[FileVersion]:
        """What a run names as too late to be read, of files that came to where they are at these times."""
        if self.listed < 0:
            return set()
        return {one for one, came in there.items() if one.modified <= self.settled and came > self.listed}

    def ahead(self, there: Collection[FileVersion], at: int) -> set[FileVersion]:
        """What a run names as dated later than its listing."""
        return {one for one in there if one.modified > max(at, self.settled) and one not in self.read}

    def covers(self, one: FileVersion) -> bool:
        """Whether a version is behind this point: it was read, or passed by."""
        return one in self.read or one.modified <= self.settled


NOTHING = Memory()


@dataclass(frozen=True, kw_only=True)
class Point:
    """What a bookmark remembers at one rev."""

    run: int = 1
    run_id: str | None = None
    previous: str | None = None
    memories: Mapping[str, Memory] = field(default_factory=dict)
    #: The states that stand for them, as they were committed.
    states: Mapping[str, Any] = field(default_factory=dict)

    def memory(self, ctx: str) -> Memory:
        return self.memories.get(ctx, NOTHING)


@dataclass(frozen=True, kw_only=True)
class Committed:
    """A commit of a run, which is the `seq`th of its job."""

    seq: int
    run_id: str
    point: Point


@dataclass(kw_only=True)
class Book:
    """A job's bookmark."""

    version: int = 0
    #: How often it was moved; a commit is good for one who knows how often.
    moves: int = 0
    #: Runs that have begun since it was moved.
    begun: int = 0
    point: Point = field(default_factory=Point)
    commits: list[Committed] = field(default_factory=list)
    #: What the runs that committed have told of their sources.
    sources: dict[str, Source] = field(default_factory=dict)

    def begin(self) -> None:
        self.version += 1
        self.begun += 1

    def commit(self, seq: int, run_id: str, memories: Mapping[str, Memory], states: Mapping[str, Any]) -> None:
        point = replace(self.point, memories=memories, states=states)
        if point.run_id != run_id:
            point = replace(point, run=point.run + 1, run_id=run_id, previous=point.run_id)
        self.move(point)
        self.commits.append(Committed(seq=seq, run_id=run_id, point=point))

    def move(self, to: Point) -> None:
        """Also by a reset, a rewind or an import."""
        self.version += 1
        self.moves += 1
        self.begun = 0
        self.point = to

    def committed_by(self, run_id: str) -> Point | None:
        return next((one.point for one in reversed(self.commits) if one.run_id == run_id), None)

    def after(self, seq: int) -> Point | None:
        """What was remembered after a run: what it committed, or the last one before it that did."""
        return next((one.point for one in reversed(self.commits) if one.seq <= seq), None)

    def entry(self) -> dict[str, Any]:
        """What GetJobBookmark says of it, but for the state."""
        return {
            "Version": self.version,
            "Run": self.point.run,
            "Attempt": max(0, self.begun - 1),
            "RunId": self.point.run_id,
            "PreviousRunId": self.point.previous,
        }
