"""A story of files and runs as the model has it, and what each step of it must have led to (see model)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.contract.bookmarks.model import Book, FileVersion, Memory, Point, Source
from tests.contract.bookmarks.world import FAILURE, FINE, LOST, STOPPED, SUCCESS, Reading, Script, World

from awsglue.bookmarks.service import BookmarkError
from awsglue.bookmarks.session import DISABLE, ENABLE, PAUSE
from openglue.errors import GlueError

#: The sources of a run: two names for one folder; the second one may be held back.
WHOLE, PART = "whole", "part"


@dataclass(kw_only=True)
class Run:
    """A run as the model has it."""

    script: Script
    option: str
    sources: dict[str, Source]
    #: How often the bookmark had been moved when it last heard of it, and what it had of it then.
    moves: int
    point: Point
    #: The number that its states bear.
    number: int
    #: The range that it reads, if it reads one.
    since: Point | None = None
    until: Point | None = None
    #: The sources that it has made frames of.
    told: dict[str, Source] = field(default_factory=dict)
    #: What it has read since, and what that makes of the bookmark.
    found: dict[str, Reading] = field(default_factory=dict)
    after: dict[str, Memory] = field(default_factory=dict)
    stopping: bool = False
    over: bool = False


class Story:
    """Happens in one world."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world = world

    def _begin(self) -> None:
        self.book = Book()
        self.files: dict[str, FileVersion] = {}
        #: Every version that there was.
        self.ever: set[FileVersion] = set()
        self.runs: list[Run] = []
        self.exported: list[tuple[dict[str, Any], Point]] = []
        #: Who has read each version since the last reset, as it is now; and what was named as too late.
        self.readers: dict[tuple[str, FileVersion], str] = {}
        self.named: set[tuple[str, FileVersion]] = set()
        self.sources: dict[str, Source] = {}

    def _write(self, name: str, modified: int | None) -> None:
        # With a name and a time of before, nobody could tell it from what was there.
        if modified is not None and FileVersion(modified, name) in self.ever:
            return
        version = self.world.write(name, modified)
        self.files[name] = version
        self.ever.add(version)

    # Runs.

    def _run(self, script: Script, option: str) -> Run:
        run = Run(
            script=script,
            option=option,
            sources=self.sources,
            moves=self.book.moves,
            point=self.book.point,
            number=self.book.point.run,
        )
        self.runs.append(run)
        return run

    def _start(self, script: Script, option: str, way: str = FINE) -> Run:
        run = self._run(script, option)
        self.world.call(way, "begin", lambda: script.bookmarks.begin(script.service, option))
        if option == ENABLE:
            self.book.begin()
        return run

    def _go(self, option: str, way: str = FINE, how: str = SUCCESS) -> None:
        run = self._start(self.world.start(), option)
        for ctx in (WHOLE, PART):
            self._read(run, ctx)
        self._commit(run, way)
        self._end(run, how)

    def _live(self) -> list[Run]:
        return [run for run in self.runs if not run.over]

    def _move(self, to: Point) -> None:
        self.book.move(to)
        kept = {(ctx, one) for ctx, memory in to.memories.items() for one in memory.read}
        self.readers = {key: reader for key, reader in self.readers.items() if key in kept}

    def _end(self, run: Run, how: str) -> None:
        if how == STOPPED and not run.stopping:
            self.world.ask_stop(run.script)
            run.stopping = True
        if run.stopping:
            how = STOPPED
            self._commit(run)
        self.world.end(run.script, how)
        run.over = True
        # A script may outlive its runner.
        self._commit(run)
        retry = self.world.retry(run.script) if how in {FAILURE, LOST} else None
        if retry is not None:
            self._start(retry, run.option if run.since is None else DISABLE)

    def _read(self, run: Run, ctx: str, meanwhile: Callable[[], None] | None = None) -> None:
        source = run.sources[ctx]
        knows = run.option in {ENABLE, PAUSE} and run.since is None and ctx not in run.found
        as_told = knows and run.point == self.book.point and self.book.sources.get(ctx) == source
        preview = self.world.preview(ctx) if as_told and meanwhile is None else None
        reading = self.world.read(run.script, ctx, source, meanwhile)
        assert len({*reading.files}) == len(reading.files), "B1: a file twice in one frame"
        files = {*reading.files}
        if run.option == DISABLE:
            assert files == {*reading.there}, "B2: without a bookmark everything is read"
        elif ctx in run.found:
            assert files == {*run.found[ctx].files}, "B2: a source has other files than before, without a commit"
        elif run.since is not None and run.until is not None:
            since, until = run.since.memory(ctx), run.until.memory(ctx)
            ranged = {one for one in reading.there if until.covers(one) and not since.covers(one)}
            assert files == ranged, "B2: not what the runs of the range have passed"
        else:
            self._check_reading(run, ctx, source, reading)
            run.after[ctx] = run.point.memory(ctx).after(reading.there, self._listed(run, ctx, reading), source)
        assert preview is None or preview == files, f"B7: {preview} was to be read, and {files} was"
        run.found[ctx] = run.found.get(ctx, reading)
        run.told[ctx] = source

    def _listed(self, run: Run, ctx: str, reading: Reading) -> int:
        """When the files were listed, which never goes back."""
        listed, before = reading.listed, run.point.memory(ctx).listed
        assert before <= listed, "B6: a listing before the last one"
        assert listed == before or reading.began <= listed <= reading.looked, "B6: not the time before the listing"
        return listed

    def _check_reading(self, run: Run, ctx: str, source: Source, reading: Reading) -> None:
        memory, there, files = run.point.memory(ctx), reading.there, {*reading.files}
        listed = self._listed(run, ctx, reading)
        taken = memory.taken(there, listed, source)
        assert not files & memory.read, f"B1: read again: {files & memory.read}"
        assert files == {*taken}, f"B2: {files} is read, {taken} is to be"
        too_late = {one.name for one in memory.too_late(there)}
        assert reading.named("not reading") == too_late, f"B3: {too_late} came too late; {reading.log}"
        ahead = {one.name for one in memory.ahead(there, listed)}
        assert reading.named("a later run reads") == ahead, f"B3: {ahead} is later; {reading.log}"
        left = memory.new(there, listed)[len(taken) :]
        assert ("are left for later runs" in reading.log) == bool(left), f"B3: {left}; {reading.log}"
        after = memory.after(there, listed, source)
        assert reading.state is not None
        stamps = reading.state["timestamps"]
        assert reading.listed - int(stamps["HIGH_BAND"]) == after.settled, f"B6: {stamps} is not {after}"
        marks = [mark for mark in stamps["INCLUDE_LIST"].split(",") if mark]
        assert len(marks) == sum(one.modified > after.settled for one in after.read), f"B6: {marks} for {after}"
        assert stamps["RUN"] == str(run.number), "B6: another run's number"

    def _commit(self, run: Run, way: str = FINE) -> None:
        if run.option != ENABLE:
            if not run.over:
                run.script.bookmarks.commit()
            return
        if run.over or run.stopping or run.moves != self.book.moves:
            said = refused(lambda: self.world.call(way, "commit", run.script.bookmarks.commit))
            words = "after this run began" if not run.over and not run.stopping else "is (over|being stopped)"
            assert re.search(words, said), f"B5: {said}"
            return
        try:
            self.world.call(way, "commit", run.script.bookmarks.commit)
        except BookmarkError as error:
            raise AssertionError(f"B5: a good commit is refused: {error}") from error
        memories = {**run.point.memories, **run.after}
        states = {**run.point.states, **{ctx: found.state for ctx, found in run.found.items() if ctx in run.after}}
        self._note(run)
        self.book.commit(run.script.seq, run.script.run_id, memories, states)
        self.book.sources = {**run.told}
        run.moves, run.point, run.found, run.after = self.book.moves, self.book.point, {}, {}

    def _note(self, run: Run) -> None:
        """Who has read what, as a commit makes it count."""
        for ctx, reading in run.found.items():
            gone = run.point.memory(ctx).read - run.after[ctx].read
            self.readers = {key: who for key, who in self.readers.items() if key[0] != ctx or key[1] not in gone}
            self.named |= {(ctx, one) for one in run.point.memory(ctx).too_late(reading.there)}
            for one in reading.files:
                assert (ctx, one) not in self.readers, f"B1: {one} was read by {self.readers[ctx, one]} already"
                self.readers[ctx, one] = run.script.run_id

    # At any time, and at the end.

    def check_entry(self) -> None:
        """What GetJobBookmark says of all that has happened."""
        if not self.book.version:
            assert "Continuation for job" in refused(lambda: self.world.glue("GetJobBookmark"))
            return
        entry = self.world.glue("GetJobBookmark")["JobBookmarkEntry"]
        said = {name: entry.get(name) for name in self.book.entry()}
        assert said == self.book.entry(), f"B4: {said} is not {self.book.entry()}"
        assert json.loads(entry["JobBookmark"]) == self.book.point.states, "B5: not what was committed last"

    def check_end(self, band: int) -> None:
        """Runs read what is left, and nothing has been lost."""
        for run in self._live():
            self._end(run, STOPPED)
        for name, version in [*self.files.items()]:
            if version.modified > self.world.now():
                self.world.delete(name)
                del self.files[name]
        self.sources = {ctx: Source(band=band) for ctx in (WHOLE, PART)}
        self._go(ENABLE)
        point = self.book.point
        for ctx in (WHOLE, PART):
            memory = point.memory(ctx)
            seen = {one for one in self.files.values() if one in memory.read or (ctx, one) in self.named}
            lost = {*self.files.values()} - seen
            assert not lost, f"B8: {lost} was neither read nor named by {ctx}"


def refused(call: Callable[[], object]) -> str:
    """The reason why the service refuses a call."""
    try:
        call()
    except (BookmarkError, GlueError) as refused:
        return str(refused)
    raise AssertionError("B5: the call is not refused")
