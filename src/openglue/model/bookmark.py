"""A job's bookmark: what its runs have read, in versions, and what makes the next one of the last.

    begun      a run with job-bookmark-enable called Job.init      Attempt + 1 if the one before never committed
    committed  it called Job.commit                                Run + 1, Attempt 0, RunId and PreviousRunId shifted
    reset      ResetJobBookmark                                    as before the first run
    rewound    ResetJobBookmark with a RunId, RewindJobBookmark    as that version was
    imported   ImportJobBookmark                                   as the entry says

Each of them is a new version, and each but the first a new `rev`, by which a commit sees that the bookmark has moved
since its run began. Source: contract 7, whose counts were observed; what becomes of them after a reset is ours.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any


class Change(StrEnum):
    """What wrote a version."""

    BEGIN = "BEGIN"  #: Job.init of a run; remembers what the version before does
    COMMIT = "COMMIT"  #: Job.commit of a run
    RESET = "RESET"
    REWIND = "REWIND"
    IMPORT = "IMPORT"


@dataclass(frozen=True, kw_only=True)
class Version:
    """One version of a bookmark without what it remembers; `at` is epoch milliseconds."""

    version: int
    #: Moved by every change but BEGIN: versions of one rev remember the same.
    rev: int
    #: The number of the run that comes next: one more for each run that has committed.
    run: int
    #: Runs in a row that began since and did not commit, before the one that began last.
    attempt: int
    #: The run that committed last, and the one that had before it. An imported entry may name runs of elsewhere.
    run_id: str | None
    previous_run_id: str | None
    change: Change
    #: The run that wrote this version, if one did.
    author: str | None
    at: int


@dataclass(frozen=True, kw_only=True)
class Bookmark(Version):
    """A version with what it remembers; both are JSON text."""

    #: What the API calls JobBookmark: a state for each transformation_ctx.
    state: str
    #: Where each context reads from, as the run told that committed last: what a preview needs. Never in JobBookmark.
    sources: str

    def begun(self, run_id: str, *, now: int) -> Bookmark:
        attempt = self.attempt + 1 if self.change is Change.BEGIN else self.attempt
        return self._next(Change.BEGIN, rev=self.rev, attempt=attempt, author=run_id, now=now)

    def committed(self, run_id: str, *, state: str, sources: str, now: int) -> Bookmark:
        """A run that commits once more writes over what it had committed: it is still the same successful run."""
        if self.run_id == run_id:
            return self._next(Change.COMMIT, author=run_id, state=state, sources=sources, now=now)
        return self._next(
            Change.COMMIT,
            run=self.run + 1,
            run_id=run_id,
            previous_run_id=self.run_id,
            author=run_id,
            state=state,
            sources=sources,
            now=now,
        )

    def reset(self, *, now: int) -> Bookmark:
        """As before the first run; where the job reads from is not forgotten."""
        return self._next(Change.RESET, run=FIRST.run, run_id=None, previous_run_id=None, state=FIRST.state, now=now)

    def rewound(self, to: Bookmark, *, now: int) -> Bookmark:
        return self._next(
            Change.REWIND,
            run=to.run,
            run_id=to.run_id,
            previous_run_id=to.previous_run_id,
            state=to.state,
            now=now,
        )

    def imported(self, entry: Import, *, now: int) -> Bookmark:
        return self._next(
            Change.IMPORT,
            run=entry.run,
            run_id=entry.run_id,
            previous_run_id=entry.previous_run_id,
            state=entry.state,
            sources=self.sources if entry.sources is None else entry.sources,
            now=now,
        )

    def _next(self, change: Change, *, now: int, **fields: Any) -> Bookmark:
        moved = {"rev": self.rev + 1, "attempt": 0, "author": None, **fields}
        # Versions are in the order of time, whatever a clock does.
        return replace(self, version=self.version + 1, change=change, at=max(now, self.at), **moved)


@dataclass(frozen=True, kw_only=True)
class Import:
    """What an exported entry says that is to be a job's bookmark."""

    run: int
    run_id: str | None
    previous_run_id: str | None
    state: str
    #: None: the entry says nothing about them.
    sources: str | None


#: What a job has before anything is written: as after a reset.
FIRST = Bookmark(
    version=0,
    rev=0,
    run=1,
    attempt=0,
    run_id=None,
    previous_run_id=None,
    change=Change.RESET,
    author=None,
    at=0,
    state="{}",
    sources="{}",
)
