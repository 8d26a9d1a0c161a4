"""Bookmarks: how the counts go on from one version to the next (contract 7)."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from openglue.model.bookmark import FIRST, Bookmark, Change, Import
from openglue.model.bookmark_entry import entry


def counts(bookmark: Bookmark) -> tuple[int, int, int, str | None, str | None]:
    return bookmark.version, bookmark.run, bookmark.attempt, bookmark.run_id, bookmark.previous_run_id


def successful(bookmark: Bookmark, run_id: str) -> Bookmark:
    return bookmark.begun(run_id, now=1).committed(run_id, state="{}", sources="{}", now=2)


@pytest.mark.contract("7.6")
def test_two_successful_runs_count_as_they_were_seen_to_on_aws() -> None:
    first = successful(FIRST, "jr_1")
    assert counts(first) == (2, 2, 0, "jr_1", None)
    assert counts(successful(first, "jr_2")) == (4, 3, 0, "jr_2", "jr_1")
    members = entry("gha_job1", first)
    assert {name: members[name] for name in ("Version", "Run", "Attempt", "RunId")} == {
        "Version": 2,
        "Run": 2,
        "Attempt": 0,
        "RunId": "jr_1",
    }
    assert "PreviousRunId" not in members


def test_a_run_that_never_commits_is_an_attempt_for_the_next_one() -> None:
    failed = FIRST.begun("jr_1", now=1)
    assert counts(failed) == (1, 1, 0, None, None)
    second = failed.begun("jr_2", now=2)
    assert counts(second) == (2, 1, 1, None, None)
    assert counts(second.committed("jr_2", state="{}", sources="{}", now=3)) == (3, 2, 0, "jr_2", None)


def test_a_run_that_commits_twice_counts_once() -> None:
    once = successful(successful(FIRST, "jr_1"), "jr_2")
    twice = once.committed("jr_2", state='{"c":{}}', sources="{}", now=9)
    assert counts(twice) == (once.version + 1, once.run, 0, "jr_2", "jr_1")
    assert (twice.rev, twice.state) == (once.rev + 1, '{"c":{}}')


def test_after_a_reset_a_bookmark_is_as_new_and_its_versions_go_on() -> None:
    read = successful(FIRST, "jr_1").committed("jr_1", state='{"c":{}}', sources='{"c":{"kind":"s3"}}', now=3)
    again = read.begun("jr_2", now=4).reset(now=5)
    assert counts(again) == (read.version + 2, 1, 0, None, None)
    assert (again.state, again.sources) == ("{}", '{"c":{"kind":"s3"}}')
    assert again.begun("jr_3", now=6).attempt == 0


def test_a_rewound_bookmark_remembers_what_it_did_then() -> None:
    first = FIRST.begun("jr_1", now=1).committed("jr_1", state='{"c":{"RUN":"1"}}', sources="{}", now=2)
    second = first.begun("jr_2", now=3).committed("jr_2", state='{"c":{"RUN":"2"}}', sources="{}", now=4)
    back = second.rewound(first, now=5)
    assert counts(back) == (5, 2, 0, "jr_1", None)
    assert (back.state, back.rev) == (first.state, second.rev + 1)


def test_versions_are_in_the_order_of_time_when_a_clock_is_set_back() -> None:
    assert FIRST.begun("jr_1", now=100).reset(now=50).at == 100


class Bookmarks(RuleBasedStateMachine):
    """Any sequence of changes, beside the plainest account of what it must come to."""

    def __init__(self) -> None:
        super().__init__()
        self.versions: list[Bookmark] = [FIRST]
        self.begun = 0
        self.runs = 0

    @property
    def last(self) -> Bookmark:
        return self.versions[-1]

    @rule()
    def begin(self) -> None:
        self.runs += 1
        self.begun += 1
        self.versions.append(self.last.begun(f"jr_{self.runs}", now=len(self.versions)))
        assert self.last.attempt == self.begun - 1

    @rule(again=st.booleans())
    def commit(self, *, again: bool) -> None:
        run_id = self.last.run_id if again and self.last.run_id else f"jr_{self.runs}"
        state = json.dumps({"c": {"n": str(len(self.versions))}})
        before = self.last
        self.versions.append(before.committed(run_id, state=state, sources="{}", now=len(self.versions)))
        assert self.last.run == before.run + (before.run_id != run_id)
        assert self.last.state == state
        self.begun = 0

    @rule()
    def reset(self) -> None:
        self.versions.append(self.last.reset(now=len(self.versions)))
        assert replace(self.last, version=0, rev=0, at=0, sources="{}") == FIRST
        self.begun = 0

    @rule(data=st.data())
    def rewind(self, data: st.DataObject) -> None:
        to = data.draw(st.sampled_from(self.versions))
        self.versions.append(self.last.rewound(to, now=len(self.versions)))
        assert (self.last.state, self.last.run, self.last.run_id) == (to.state, to.run, to.run_id)
        self.begun = 0

    @rule(run=st.integers(0, 9))
    def import_(self, run: int) -> None:
        given = Import(run=run, run_id="jr_aws", previous_run_id=None, state='{"aws":{}}', sources=None)
        self.versions.append(self.last.imported(given, now=len(self.versions)))
        assert (self.last.run, self.last.state) == (run, '{"aws":{}}')
        self.begun = 0

    @invariant()
    def versions_rise_by_one_and_revs_with_what_is_remembered(self) -> None:
        if len(self.versions) < 2:
            return
        before, after = self.versions[-2:]
        assert after.version == before.version + 1
        assert after.at >= before.at
        if after.change is Change.BEGIN:
            assert (after.rev, after.state, after.sources) == (before.rev, before.state, before.sources)
        else:
            assert (after.rev, after.attempt) == (before.rev + 1, 0)


TestBookmarks = Bookmarks.TestCase
