"""Bookmarking: the transactions in which a run goes on from its job's bookmark, and moves it.

The run's row is locked, then the job's; a client's reset and DeleteJob lock the job's, too. So of two that would move a
bookmark one comes first and the other sees it, and a commit moves it only from the `rev` that its run knows (promise
P4). Asked again, as after a lost answer, begin and commit answer the same and write nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from openglue.errors import ConcurrentModificationException, InvalidInputException
from openglue.model.bookmark import FIRST, Bookmark, Change, Version
from openglue.model.run import Run
from openglue.model.states import TERMINAL, Cause, RunState
from openglue.store import bookmarks, jobs, runs
from openglue.store.database import Tx

#: Who writes to the ledger of a run that commits.
ACTOR = "script"


@dataclass(frozen=True, kw_only=True)
class Range:
    """The input of the runs after `since`, up to and including `until`: ids of runs."""

    since: str
    until: str


@dataclass(frozen=True, kw_only=True)
class Begun:
    """What a run goes on from."""

    run: Run
    bookmark: Bookmark
    #: States at both ends of a range, where one was asked for.
    since: str | None = None
    until: str | None = None


def begin(tx: Tx, run_id: str, *, fence: int, now: int) -> Begun | None:
    """A run begins that is going to move the bookmark. None: it is over, or another fence's.

    Raises ConcurrentModificationException if its job was deleted or it is being stopped.
    """
    run = _executing(tx, run_id, fence)
    if run is None:
        return None
    known = bookmarks.written_by(tx, run.job_id, run.id)
    if known is not None:
        return Begun(run=run, bookmark=known)
    _check_not_stopping(run)
    begun = (bookmarks.latest(tx, run.job_id) or FIRST).begun(run.id, now=now)
    bookmarks.add(tx, run.job_id, begun)
    return Begun(run=run, bookmark=begun)


def look(tx: Tx, run_id: str, wanted: Range | None, *, fence: int) -> Begun | None:
    """A run begins that leaves the bookmark as it is; nothing is written. None as above.

    Raises ConcurrentModificationException if its job was deleted, InvalidInputException for a range that is none.
    """
    run = _executing(tx, run_id, fence)
    if run is None:
        return None
    bookmark = bookmarks.latest(tx, run.job_id) or FIRST
    if wanted is None:
        return Begun(run=run, bookmark=bookmark)
    first, last = _of_job(tx, run, wanted.since), _of_job(tx, run, wanted.until)
    if first.seq >= last.seq:
        raise InvalidInputException(f"job run {first.id} did not come before {last.id}: they are no range")
    return Begun(run=run, bookmark=bookmark, since=_state_after(tx, first), until=_state_after(tx, last))


def commit(tx: Tx, run_id: str, *, fence: int, rev: int, state: str, sources: str, now: int) -> Bookmark | None:
    """Move the bookmark from the `rev` that the run knows, or not at all. None as above.

    Raises ConcurrentModificationException if it has moved, if the job was deleted or the run is being stopped;
    InvalidInputException if the run has not begun.
    """
    run = _executing(tx, run_id, fence)
    if run is None:
        return None
    known = bookmarks.written_by(tx, run.job_id, run.id)
    if known is None:
        raise InvalidInputException(f"job run {run.id} has not begun with job-bookmark-enable: it moves no bookmark")
    if known.change is Change.COMMIT and (known.rev, known.state) == (rev + 1, state):
        return known
    _check_not_stopping(run)
    current = bookmarks.latest(tx, run.job_id) or FIRST
    if rev > current.rev:
        raise InvalidInputException(f"the bookmark of job {run.job_name} has no rev {rev}")
    if rev < current.rev:
        raise ConcurrentModificationException(_moved(run, bookmarks.moved_to(tx, run.job_id, current.rev)))
    committed = current.committed(run.id, state=state, sources=sources, now=now)
    bookmarks.add(tx, run.job_id, committed)
    detail = f"version {committed.version}"
    runs.note(tx, run, cause=Cause.BOOKMARK_COMMITTED, actor=ACTOR, now=now, detail=detail)
    return committed


def _executing(tx: Tx, run_id: str, fence: int) -> Run | None:
    """The run and its job, locked, if the run's code may execute under this fence."""
    run = runs.get_locked(tx, run_id)
    if run is None or run.fence != fence or run.state in TERMINAL:
        return None
    if not jobs.lock(tx, run.job_id):
        raise ConcurrentModificationException(
            f"job {run.job_name} was deleted after this run was started, and its bookmark with it"
        )
    return run


def _check_not_stopping(run: Run) -> None:
    if run.state is RunState.STOPPING:
        raise ConcurrentModificationException(f"job run {run.id} is being stopped: it moves no bookmark any more")


def _of_job(tx: Tx, run: Run, other_id: str) -> Run:
    """Another run of the same job."""
    other = runs.get(tx, other_id)
    if other is None or other.job_id != run.job_id:
        raise InvalidInputException(f"job run {other_id} is no run of job {run.job_name}")
    return other


def _state_after(tx: Tx, run: Run) -> str:
    """What was remembered once a run was over: what it committed, or the last run before it that did (contract 7)."""
    found = bookmarks.committed_until(tx, run.job_id, run.seq)
    if found is None:
        raise InvalidInputException(f"job run {run.id} has no bookmark, and no run of job {run.job_name} before it has")
    return found.state


def _moved(run: Run, by: Version | None) -> str:
    """Why a run that knows an older rev cannot move the bookmark; who did is forgotten if it was long ago."""
    what = "moved" if by is None else _WORDS[by.change].format(author=by.author)
    return f"the bookmark of job {run.job_name} was {what} after this run began"


_WORDS = {
    Change.COMMIT: "committed by run {author}",
    Change.RESET: "reset",
    Change.REWIND: "rewound",
    Change.IMPORT: "replaced by an import",
}
