"""The time-window rule: which files a run reads, and what it remembers."""

from __future__ import annotations

import random
import tracemalloc
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from awsglue.bookmarks.state import FileState, mark
from awsglue.bookmarks.window import MOST_IN_BAND, ROOM, Choice, Rule, between, choose

MINUTE = 60_000
BAND = 15 * MINUTE
NOON = 1_700_000_000_000


@dataclass(frozen=True)
class File:
    path: str
    modified: int
    size: int = 10
    changed: int = 0


def run(
    files: list[File], before: FileState | None = None, *, at: int = NOON, **asked: int
) -> tuple[list[str], Choice[File]]:
    choice = choose(files, before=before, listed_at=at, rule=Rule(**asked), run=1)
    return [file.path for file in choice.files], choice


def test_the_first_run_reads_all_oldest_first_and_remembers_those_inside_the_band():
    old, edge, young = File("old", NOON - BAND - 1), File("edge", NOON - BAND), File("young", NOON - BAND + 1)
    read, choice = run([young, old, edge])
    assert read == ["old", "edge", "young"]
    assert choice.state == FileState(
        run=1, listed_at=NOON, band_ms=BAND, marks=frozenset({mark("young", young.modified)})
    )


def test_a_file_is_read_once_and_again_when_it_is_modified():
    first = [File("a", NOON - BAND), File("b", NOON - MINUTE)]
    state = run(first)[1].state
    assert run(first, state, at=NOON + 1)[0] == []
    modified = [File("a", NOON + MINUTE), File("b", NOON - MINUTE + 1)]
    assert run(modified, state, at=NOON + MINUTE)[0] == ["b", "a"]


def test_a_late_file_is_read_inside_the_band_and_named_outside_of_it():
    state = run([])[1].state
    late = File("late", NOON - BAND + 1, changed=NOON + 1)
    too_late = File("too-late", NOON - BAND, changed=NOON + 1)
    known = File("known", NOON - BAND, changed=NOON)
    read, choice = run([late, too_late, known], state, at=NOON + MINUTE)
    assert read == ["late"]
    assert (choice.too_old.count, str(choice.too_old)) == (1, "too-late")
    assert run([late, too_late, known], choice.state, at=NOON + 2 * MINUTE)[1].too_old.count == 0, "named once"


def test_few_of_many_names_are_kept():
    state = run([])[1].state
    old = [File(f"f{number:03}", 1, changed=NOON + 1) for number in range(100)]
    names = run(old, state, at=NOON + MINUTE)[1].too_old
    assert str(names) == "f000, f001, f002, f003, f004, f005, f006, f007, f008, f009 and 90 more"


def test_a_file_that_is_dated_later_than_the_listing_waits():
    ahead = File("ahead", NOON + 1)
    read, choice = run([ahead])
    assert (read, str(choice.ahead)) == ([], "ahead")
    assert run([ahead], choice.state, at=NOON + 1)[0] == ["ahead"]


def test_a_clock_that_goes_back_neither_repeats_nor_loses_a_file():
    first = [File("a", NOON - MINUTE)]
    state = run(first)[1].state
    read, choice = run([*first, File("b", NOON - 2 * MINUTE)], state, at=NOON - 60 * MINUTE)
    assert read == ["b"]
    assert choice.state.listed_at == NOON


def test_a_run_behind_the_bookmark_names_all_that_its_date_hides():
    state = run([])[1].state
    read, choice = run([File("new", NOON - 60 * MINUTE, changed=NOON - 60 * MINUTE)], state, at=NOON - 30 * MINUTE)
    assert (read, choice.is_behind, str(choice.too_old)) == ([], True, "new")
    assert not run([], choice.state, at=NOON)[1].is_behind


@pytest.mark.parametrize(
    ("asked", "bound"),
    [
        ({"most_files": 1}, "boundedFiles"),
        ({"most_bytes": 1}, "boundedSize"),
        ({"most_in_band": 1}, "maxFilesInBand"),
        ({"most_marks": 1}, ROOM),
        ({}, ""),
    ],
)
def test_what_is_left_is_left_for_the_bound_that_was_reached(asked: dict[str, int], bound: str):
    assert run([File("a", NOON - 1), File("b", NOON - 1)], **asked)[1].left_because == bound


@pytest.mark.parametrize("band", [MINUTE, 60 * MINUTE])
def test_another_max_band_repeats_no_file(band: int):
    files = [File(f"f{minutes:02}", NOON - minutes * MINUTE) for minutes in range(40)]
    state = run(files)[1].state
    read, choice = run(files, state, at=NOON + 1, band_ms=band)
    assert read == []
    assert run(files, choice.state, at=NOON + 2, band_ms=band)[0] == []
    assert choice.state.settled >= state.settled


def test_a_bound_takes_the_oldest_and_the_next_runs_go_on_from_there():
    files = [File(f"f{hours}", NOON - hours * 60 * MINUTE) for hours in range(5)]
    state, seen = None, []
    for number in range(4):
        read, choice = run(files, state, at=NOON + number, most_files=2)
        state = choice.state
        seen.append(read)
        assert choice.left_from == (None if number > 1 else files[2 - 2 * number].modified)
    assert seen == [["f4", "f3"], ["f2", "f1"], ["f0"], []]


def test_files_of_one_time_are_taken_in_order_of_their_names():
    files = [File(name, 5) for name in "dbca"]
    state, seen = None, []
    for _ in range(3):
        read, choice = run(files, state, most_files=2)
        state = choice.state
        seen.append(read)
    assert seen == [["a", "b"], ["c", "d"], []]


def test_the_file_that_reaches_the_bytes_is_taken_too():
    files = [File("a", 1, size=10), File("b", 2, size=10), File("c", 3, size=10)]
    assert run(files, most_bytes=1)[0] == ["a"]
    assert run(files, most_bytes=10)[0] == ["a"]
    assert run(files, most_bytes=11)[0] == ["a", "b"]
    assert run(files, most_bytes=99)[0] == ["a", "b", "c"]


def test_what_is_too_much_of_the_band_is_read_by_the_next_run():
    old = [File(f"old{number}", number) for number in range(5)]
    young = [File(f"young{number}", NOON - MINUTE + number) for number in range(5)]
    state, seen = None, []
    for number in range(4):
        read, choice = run([*young, *old], state, at=NOON + number, most_in_band=2)
        state = choice.state
        seen.append(read)
    assert seen == [[*(file.path for file in old), "young0", "young1"], ["young2", "young3"], ["young4"], []]


def test_a_state_has_no_more_marks_than_there_is_room_for():
    young = [File(f"young{number}", NOON - MINUTE + number) for number in range(5)]
    read, choice = run(young, most_marks=3)
    assert (len(read), len(choice.state.marks)) == (3, 3)
    read, choice = run(young, choice.state, at=NOON + 1, most_marks=3)
    assert (read, len(choice.state.marks)) == ([], 3)
    assert run(young, choice.state, at=NOON + BAND, most_marks=3)[0] == ["young3", "young4"]


def test_old_files_of_one_time_are_parted_only_as_far_as_there_is_room_for_their_marks():
    files = [File("older", 4), *(File(f"f{number}", 5) for number in range(9))]
    read, choice = run(files, most_files=8, most_marks=3)
    assert (read, len(choice.state.marks)) == (["older", "f0", "f1", "f2"], 3)
    for bound in (1, 5):
        more, full = run(files, choice.state, most_files=bound, most_marks=3)
        assert (more, full.state.marks, full.left_from) == ([], choice.state.marks, 5)
    rest, last = run(files, choice.state, most_files=6, most_marks=3)
    assert (rest, len(last.state.marks)) == (["f3", "f4", "f5", "f6", "f7", "f8"], 0)


def test_a_file_that_is_found_twice_is_read_once():
    files = [File("a", NOON - MINUTE), File("b", NOON - MINUTE)]
    assert run([*files, *files], most_files=2)[0] == ["a", "b"]


def test_a_range_is_what_one_state_has_read_and_the_other_not():
    a, b, c = File("a", NOON - 2), File("b", NOON - 1), File("c", NOON + MINUTE)
    one = run([a])[1].state
    two = run([a, b], one, at=NOON + 1)[1].state
    three = run([a, b, c], two, at=NOON + MINUTE)[1].state
    everything = [a, b, c, File("later", NOON + 2 * MINUTE), File("a", NOON + 3 * MINUTE)]
    assert between([*everything, *everything], after=one, until=three) == [b, c]
    assert between(everything, after=None, until=two) == [a, b]
    assert between(everything, after=two, until=None) == []


@pytest.mark.parametrize("asked", [{}, {"most_files": 100}, {"most_bytes": 1000}])
def test_a_listing_of_any_length_takes_the_same_memory(asked: dict[str, int]):
    """Thousands of files that the bookmark has, or that a bound leaves; a few are new."""
    before = None if asked else FileState(run=1, listed_at=NOON, band_ms=BAND, marks=frozenset())

    def listing(count: int) -> Iterator[File]:
        for number in range(count):
            yield File(f"f{number}", number)
        yield File("new", NOON + 1)

    def peak(count: int) -> int:
        tracemalloc.start()
        choose(listing(count), before=before, listed_at=NOON + 2, rule=Rule(**asked), run=1)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    assert peak(20_000) < 2 * peak(2_500)


class Runs(RuleBasedStateMachine):
    """Files that come, change and go, in time and late, and runs that read them: each version is read by exactly one
    committed run between two resets, or is named as one that came too late.
    """

    @initialize(band=st.sampled_from([0, 3, BAND]))
    def begin(self, band: int) -> None:
        self.now = NOON
        self.files: dict[str, File] = {}
        self.state: FileState | None = None
        #: The states that committed runs left, with what each of them had read by then.
        self.history: list[tuple[FileState | None, set[File]]] = [(None, set())]
        self.read: set[File] = set()
        self.too_late: set[File] = set()
        self.ever: set[File] = set()
        self.band = band
        self.random = random.Random(0)  # noqa: S311 - names are no secrets

    def put(self, name: str, modified: int) -> None:
        file = File(name, modified, size=self.random.randint(1, 30), changed=self.now)
        known = self.files.get(name)
        if known and known.modified == modified:
            return
        self.files[name] = file
        self.ever.add(file)

    @rule(name=st.sampled_from("abcdefgh"))
    def add_or_modify(self, name: str) -> None:
        self.put(name, self.now)

    @rule(name=st.sampled_from("abcdefgh"), age=st.integers(1, 40))
    def arrive_late(self, name: str, age: int) -> None:
        version = (name, self.now - age * MINUTE)
        # What was there before with the very same time is the same file to anybody.
        if all((file.path, file.modified) != version for file in self.ever):
            self.put(*version)

    @rule(name=st.sampled_from("abcdefgh"))
    def delete(self, name: str) -> None:
        self.files.pop(name, None)

    @rule(minutes=st.sampled_from([0, 1, 5, 14, 16, 60]))
    def wait(self, minutes: int) -> None:
        self.now += minutes * MINUTE + 1

    def choose(self, asked: dict[str, int]) -> Choice[File]:
        listing = [*self.files.values()]
        self.random.shuffle(listing)
        self.now += 1
        listed_at, self.now = self.now, self.now + 1
        return choose(listing, before=self.state, listed_at=listed_at, rule=Rule(**asked), run=1)

    bounds = st.fixed_dictionaries(
        {},
        optional={
            "most_files": st.integers(1, 3),
            "most_in_band": st.integers(1, 3),
            "most_marks": st.integers(1, 3),
            "band_ms": st.sampled_from([0, MINUTE, BAND, 60 * MINUTE]),
        },
    )

    @rule(asked=bounds)
    def commit(self, asked: dict[str, int]) -> None:
        choice = self.choose({"band_ms": self.band, **asked})
        read = set(choice.files)
        assert len(read) == len(choice.files)
        assert not read & self.read, "read twice"
        assert len(read) <= asked.get("most_files", len(read))
        assert choice.state.settled >= (self.state.settled if self.state else 0)
        known = len(self.state.marks) if self.state else 0
        assert len(choice.state.marks) <= max(known, asked.get("most_marks", MOST_IN_BAND))
        self.read |= read
        self.too_late |= {file for file in self.files.values() if file.path in choice.too_old.some} - self.read
        self.state = choice.state
        self.history.append((self.state, {*self.read}))

    @rule(size=st.integers(1, 60))
    def commit_so_many_bytes(self, size: int) -> None:
        self.commit({"most_bytes": size})

    @rule(asked=bounds)
    def fail_or_pause(self, asked: dict[str, int]) -> None:
        assert not set(self.choose({"band_ms": self.band, **asked}).files) & self.read

    @rule()
    def reset(self) -> None:
        self.state, self.read, self.too_late = None, set(), set()
        self.history = [(None, set())]

    @precondition(lambda self: len(self.history) > 1)
    @rule(data=st.data())
    def rewind(self, data: st.DataObject) -> None:
        kept = data.draw(st.integers(0, len(self.history) - 1))
        self.history = self.history[: kept + 1]
        state, read = self.history[-1]
        self.state, self.read = state, {*read}

    @precondition(lambda self: len(self.history) > 1)
    @rule(data=st.data())
    def read_a_range(self, data: st.DataObject) -> None:
        first = data.draw(st.integers(0, len(self.history) - 2))
        last = data.draw(st.integers(first + 1, len(self.history) - 1))
        (after, before), (until, by) = self.history[first], self.history[last]
        chosen = set(between(self.files.values(), after=after, until=until))
        assert {file for file in chosen if file in self.ever and file in by} == {
            file for file in self.files.values() if file in by - before
        }

    @invariant()
    def nothing_is_lost(self) -> None:
        """What is there now has been read, was named as too late, or is read by the runs to come."""
        if not hasattr(self, "files"):
            return
        now, before, read, named = self.now, self.state, {*self.read}, {*self.too_late}
        for _ in range(2):
            choice = self.choose({"band_ms": self.band})
            read |= {*choice.files}
            named |= {file for file in self.files.values() if file.path in choice.too_old.some}
            self.state = choice.state
        self.now, self.state = now, before
        assert {*self.files.values()} <= read | named
        assert len(choice.state.marks) <= MOST_IN_BAND


TestRuns = Runs.TestCase
TestRuns.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
