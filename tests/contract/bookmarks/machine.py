"""Random stories of a folder and of the runs that read it, and what must be so after each step (see model).

Two sources read one folder under names of their own: `whole`, and `part`, whose bounds may be tight. The machine says
what a run does step by step, so that others may act between any two.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from tests.contract.bookmarks.model import Point, Source
from tests.contract.bookmarks.story import PART, WHOLE, Run, Story, refused
from tests.contract.bookmarks.world import ENDS, FAILURE, LOST, STOPPED, SUCCESS, WAYS

from awsglue.bookmarks.session import DISABLE, ENABLE, PAUSE

T = TypeVar("T")

SECOND, MINUTE, HOUR = 1000, 60_000, 3_600_000
NAMES = [f"{letter}.csv" for letter in "abcdefgh"]
names = st.sampled_from(NAMES)
#: What holds `part` back.
bounds = st.sampled_from(
    [Source(band=1, files=1), Source(band=1, files=2), Source(band=1, in_band=1), Source(band=1, in_band=2)]
)


class Machine(Story, RuleBasedStateMachine):
    """Over one world, in which nothing has happened yet."""

    #: Milliseconds of the bands, and those that may pass at a time.
    bands = (1, MINUTE, 15 * MINUTE)
    waits = (0, 1, SECOND, MINUTE, 14 * MINUTE, 16 * MINUTE, 2 * HOUR)

    @initialize(data=st.data())
    def begin(self, data: st.DataObject) -> None:
        self._begin()
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

    @precondition(lambda self: self.ever)
    @rule(data=st.data())
    def bring_back(self, data: st.DataObject) -> None:
        """A file of before, with the time that it had."""
        old = _one_of(data, sorted(self.ever))
        if self.files.get(old.name) != old:
            self.files[old.name] = self.world.write(old.name, old.modified)

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
            refused(begin)
            self._end(run, FAILURE)
        else:
            begin()
            run.since, run.until = ends

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
        run = self._start(self.world.start(), ENABLE, way)
        for _ in range(2):
            self._read(run, WHOLE)
            self._commit(run)
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
            said = refused(lambda: self.world.glue(operation, RunId=run_id))
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

    def _one(self, data: st.DataObject) -> Run:
        return _one_of(data, self._live())

    @invariant()
    def the_entry_says_what_has_happened(self) -> None:
        if hasattr(self, "book"):
            self.check_entry()

    def teardown(self) -> None:
        # What is wrong already would be told as something else.
        if hasattr(self, "book") and sys.exc_info()[0] is None:
            self.check_end(self.bands[-1])


def _one_of(data: st.DataObject, things: Sequence[T]) -> T:
    """By its place: ids are random, and the example could not be played again."""
    return things[data.draw(st.integers(0, len(things) - 1))]
