"""Random stories of a folder and of the runs that read it, and what must be so after each step (see model).

Two sources read one folder under names of their own: `whole`, and `part`, whose bounds may be tight. The machine says
what a run does step by step, so that others may act between any two.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from tests.contract.bookmarks.model import Book, FileVersion, Memory, Point, Source
from tests.contract.bookmarks.world import (
    ENDS,
    FAILURE,
    FINE,
    LOST,
    STOPPED,
    SUCCESS,
    WAYS,
    Reading,
    Script,
    World,
)

from awsglue.bookmarks.service import BookmarkError
from awsglue.bookmarks.session import DISABLE, ENABLE, PAUSE
from openglue.errors import GlueError

T = TypeVar("T")

SECOND, MINUTE, HOUR = 1000, 60_000, 3_600_000
NAMES = [f"{letter}.csv" for letter in "abcdefgh"]
WHOLE, PART = "whole", "part"
names = st.sampled_from(NAMES)
#: What holds `part` back.
bounds = st.sampled_from(
    [Source(band=1, files=1), Source(band=1, files=2), Source(band=1, in_band=1), Source(band=1, in_band=2)]
)


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


class Machine(RuleBasedStateMachine):
    """Over one world; `begin` makes it new."""

    #: Milliseconds of the bands, and those that may pass at a time.
    bands = (1, MINUTE, 15 * MINUTE)
    waits = (0, 1, SECOND, MINUTE, 14 * MINUTE, 16 * MINUTE, 2 * HOUR)

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world = world

    @initialize(data=st.data())
    def begin(self, data: st.DataObject) -> None:
        self.book = Book()
        self.files: dict[str, FileVersion] = {}
        #: When each file came to where it is; and every version that there was.
        self.came: dict[FileVersion, int] = {}
        self.runs: list[Run] = []
        self.exported: list[tuple[dict[str, Any], Point]] = []
        #: Who has read each version since the last reset, as it is now; and what was named as too late.
        self.readers: dict[tuple[str, FileVersion], str] = {}
        self.named: set[tuple[str, FileVersion]] = set()
        self.sources = {}
        self._ask(data)

    # Files.

    @rule(name=names)
    def write(self, name: str) -> None:
        """Add a file, or modify it."""
        self._write(name, None)

    @precondition(lambda self: self.files)
    @rule(data=st.data())
    def modify_within_the_second(self, data: st.DataObject) -> None:
        old = self.files[_one_of(data, sorted(self.files))]
        self._write(old.name, min(self.world.now(), old.modified + 1))

    @rule(name=names, age=st.sampled_from([1, SECOND, MINUTE, 5 * MINUTE, 15 * MINUTE, 20 * MINUTE, HOUR]))
    def arrive_late(self, name: str, age: int) -> None:
        self._write(name, self.world.now() - age)

    @rule(data=st.data(), count=st.integers(2, 4))
    def arrive_together(self, data: st.DataObject, count: int) -> None:
        """With one time, which may be that at which the band begins."""
        modified = self.world.now() - data.draw(st.sampled_from([0, *self.bands]))
        for name in NAMES[-count:]:
            self._write(name, modified)

    @rule(name=names, minutes=st.sampled_from([10, 100]))
    def arrive_from_the_future(self, name: str, minutes: int) -> None:
        self._write(name, self.world.now() + minutes * MINUTE)

    @precondition(lambda self: self.files)
    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        name = _one_of(data, sorted(self.files))
        self.world.delete(name)
        del self.files[name]

    @precondition(lambda self: self.came)
    @rule(data=st.data())
    def bring_back(self, data: st.DataObject) -> None:
        """A file of before, with the time that it had."""
        old = _one_of(data, sorted(self.came))
        if self.files.get(old.name) != old:
            self.files[old.name] = self.world.write(old.name, old.modified)
            self.came[old] = self.world.now()

    def _write(self, name: str, modified: int | None) -> None:
        # With a name and a time of before, nobody could tell it from what was there.
        if modified is not None and FileVersion(modified, name) in self.came:
            return
        version = self.world.write(name, modified)
        if self.files.get(name) != version:
            self.files[name] = version
            self.came[version] = self.world.now()

    @rule(data=st.data())
    def wait(self, data: st.DataObject) -> None:
        self.world.wait(data.draw(st.sampled_from(self.waits)))

    # Runs, step by step.

    @rule(data=st.data())
    def ask_for_other_options(self, data: st.DataObject) -> None:
        self._ask(data)

    def _ask(self, data: st.DataObject) -> None:
        band, source = data.draw(st.sampled_from(self.bands)), data.draw(bounds)
        self.sources = {WHOLE: Source(band=band), PART: replace(source, band=band)}

    @rule(option=st.sampled_from([ENABLE, ENABLE, ENABLE, PAUSE, DISABLE]), way=st.sampled_from(WAYS))
    def start(self, option: str, way: str) -> None:
        if len(self._live()) < 3:
            self._start(self.world.start(), option, way)

    @precondition(lambda self: len(self.book.commits) > 0 and len(self._live()) < 3)
    @rule(data=st.data())
    def start_with_a_range(self, data: st.DataObject) -> None:
        since, until = (_one_of(data, self.runs).script for _ in range(2))
        ends = [self.book.after(one.seq) for one in (since, until)]
        run = self._run(self.world.start(), PAUSE)

        def begin() -> None:
            run.script.bookmarks.begin(run.script.service, PAUSE, since.run_id, until.run_id)

        if since.seq >= until.seq or None in ends:
            _refused(begin)
            self._end(run, FAILURE)
        else:
            begin()
            run.since, run.until = ends

    def _run(self, script: Script, option: str) -> Run:
        run = Run(
            script=script,
            option=option,
            sources=self.sources,
            moves=self.book.moves,
            point=self.book.point,
            number=self.book.point.run,
        )  # fmt: skip
        self.runs.append(run)
        return run

    def _start(self, script: Script, option: str, way: str = FINE) -> Run:
        run = self._run(script, option)
        self.world.call(way, lambda: script.bookmarks.begin(script.service, option))
        if option == ENABLE:
            self.book.begin()
        return run

    @precondition(lambda self: self._live())
    @rule(data=st.data(), ctx=st.sampled_from([WHOLE, WHOLE, PART]))
    def read(self, data: st.DataObject, ctx: str) -> None:
        self._read(self._one(data), ctx)

    @precondition(lambda self: self._live())
    @rule(data=st.data(), ctx=st.sampled_from([WHOLE, PART]), name=names, gone=st.booleans())
    def read_while_a_file_changes(self, data: st.DataObject, ctx: str, name: str, gone: bool) -> None:  # noqa: FBT001
        def change() -> None:
            if gone and name in self.files:
                self.world.delete(name)
                del self.files[name]
            else:
                self._write(name, None)

        self._read(self._one(data), ctx, change)

    @precondition(lambda self: self._live())
    @rule(data=st.data(), way=st.sampled_from(WAYS))
    def commit(self, data: st.DataObject, way: str) -> None:
        self._commit(self._one(data), way)

    @precondition(lambda self: self._live())
    @rule(data=st.data())
    def stop(self, data: st.DataObject) -> None:
        run = self._one(data)
        if not run.stopping:
            self.world.ask_stop(run.script)
            run.stopping = True

    @precondition(lambda self: self._live())
    @rule(data=st.data(), how=st.sampled_from(ENDS))
    def end(self, data: st.DataObject, how: str) -> None:
        self._end(self._one(data), how)

    # All steps of a run at once, as most runs go.

    @rule(way=st.sampled_from(WAYS), how=st.sampled_from([SUCCESS, SUCCESS, FAILURE]))
    def run(self, way: str, how: str) -> None:
        self._go(ENABLE, way, how)

    @rule(option=st.sampled_from([ENABLE, PAUSE, DISABLE]), how=st.sampled_from([FAILURE, STOPPED, LOST]))
    def run_without_a_commit(self, option: str, how: str) -> None:
        run = self._start(self.world.start(), option)
        for ctx in (WHOLE, PART):
            self._read(run, ctx)
        self._end(run, how)

    @rule(way=st.sampled_from(WAYS), name=names)
    def run_that_commits_twice(self, way: str, name: str) -> None:
        run = self._start(self.world.start(), ENABLE)
        for _ in range(2):
            self._read(run, WHOLE)
            self._commit(run, way)
            self._write(name, None)
        self._end(run, SUCCESS)

    @precondition(lambda self: len(self._live()) < 2)
    @rule(name=names, first=st.booleans())
    def two_runs_at_once(self, name: str, first: bool) -> None:  # noqa: FBT001 - drawn
        both = [self._start(self.world.start(), ENABLE) for _ in range(2)]
        for run in both:
            self._read(run, PART)
            self._write(name, None)
        for run in both if first else reversed(both):
            self._commit(run)
            self._end(run, SUCCESS)

    def _go(self, option: str, way: str = FINE, how: str = SUCCESS) -> None:
        run = self._start(self.world.start(), option)
        for ctx in (WHOLE, PART):
            self._read(run, ctx)
        self._commit(run, way)
        self._end(run, how)

    # Users.

    @precondition(lambda self: self.book.version)
    @rule()
    def reset(self) -> None:
        self.world.glue("ResetJobBookmark")
        self._move(Point())

    @precondition(lambda self: self.runs and self.book.version)
    @rule(data=st.data(), ours=st.booleans())
    def rewind(self, data: st.DataObject, ours: bool) -> None:  # noqa: FBT001 - drawn
        run_id = _one_of(data, self.runs).script.run_id
        to = self.book.committed_by(run_id)
        operation = "RewindJobBookmark" if ours else "ResetJobBookmark"
        if to is None:
            said = _refused(lambda: self.world.glue(operation, RunId=run_id))
            assert "has committed no bookmark" in said, f"B5: {said}"
        else:
            self.world.glue(operation, RunId=run_id)
            self._move(to)

    @precondition(lambda self: self.book.version)
    @rule()
    def export(self) -> None:
        self.exported.append((self.world.glue("GetJobBookmark")["JobBookmarkEntry"], self.book.point))

    @precondition(lambda self: self.exported)
    @rule(data=st.data())
    def import_(self, data: st.DataObject) -> None:
        entry, point = _one_of(data, self.exported)
        self.world.glue("ImportJobBookmark", JobBookmarkEntry=entry)
        self._move(point)

    # The model.

    def _live(self) -> list[Run]:
        return [run for run in self.runs if not run.over]

    def _one(self, data: st.DataObject) -> Run:
        return _one_of(data, self._live())

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
            run.script.bookmarks.commit()
            return
        if run.over or run.stopping or run.moves != self.book.moves:
            said = _refused(lambda: self.world.call(way, run.script.bookmarks.commit))
            words = "after this run began" if not run.over and not run.stopping else "is (over|being stopped)"
            assert re.search(words, said), f"B5: {said}"
            return
        try:
            self.world.call(way, run.script.bookmarks.commit)
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

    @invariant()
    def the_entry_says_what_has_happened(self) -> None:
        if not hasattr(self, "book"):
            return
        if not self.book.version:
            assert "Continuation for job" in _refused(lambda: self.world.glue("GetJobBookmark"))
            return
        self._check_entry(self.world.glue("GetJobBookmark")["JobBookmarkEntry"])

    def _check_entry(self, entry: Mapping[str, Any]) -> None:
        said = {name: entry.get(name) for name in self.book.entry()}
        assert said == self.book.entry(), f"B4: {said} is not {self.book.entry()}"
        assert json.loads(entry["JobBookmark"]) == self.book.point.states, "B5: not what was committed last"

    def teardown(self) -> None:
        """At the end runs read what is left, and nothing has been lost."""
        if not hasattr(self, "book") or sys.exc_info()[0] is not None:
            return
        for run in self._live():
            self._end(run, STOPPED)
        for name, version in [*self.files.items()]:
            if version.modified > self.world.now():
                self.world.delete(name)
                del self.files[name]
        self.sources = {ctx: Source(band=self.bands[-1]) for ctx in (WHOLE, PART)}
        self._go(ENABLE)
        point = self.book.point
        for ctx in (WHOLE, PART):
            memory = point.memory(ctx)
            lost = {
                one for one in self.files.values() if one not in memory.read and (ctx, one) not in self.named
            }  # fmt: skip
            assert not lost, f"B8: {lost} was neither read nor named by {ctx}"


def _one_of(data: st.DataObject, things: Sequence[T]) -> T:
    """By its place: ids are random, and the example could not be played again."""
    return things[data.draw(st.integers(0, len(things) - 1))]


def _refused(call: Callable[[], object]) -> str:
    """The reason why the service refuses a call."""
    try:
        call()
    except (BookmarkError, GlueError) as refused:
        return str(refused)
    raise AssertionError("B5: the call is not refused")
