"""Bookmarks of jobs: every version, and what it remembers.

Whoever writes a version holds the job's row. Versions of a deleted job are gone with it.
"""

from __future__ import annotations

from dataclasses import fields

from sqlalchemy import and_, bindparam, delete, insert, or_, select

from openglue.model.bookmark import FIRST, Bookmark, Change, Version
from openglue.store.database import Row, Tx
from openglue.store.schema import IS_ACTIVE, bookmark_states, bookmarks, runs

_NAMES = tuple(field.name for field in fields(Version))
_VERSION = tuple(bookmarks.c[name] for name in _NAMES)
_CHANGE = _NAMES.index("change")
_SELECT = (
    select(*_VERSION, bookmark_states.c.state, bookmark_states.c.sources)
    .select_from(
        bookmarks.outerjoin(
            bookmark_states,
            and_(bookmark_states.c.job_id == bookmarks.c.job_id, bookmark_states.c.rev == bookmarks.c.rev),
        )
    )
    .where(bookmarks.c.job_id == bindparam("job_id"))
)
_NEWEST_FIRST = _SELECT.order_by(bookmarks.c.version.desc()).limit(1)
_LATEST = _NEWEST_FIRST
_NUMBERED = _SELECT.where(bookmarks.c.version == bindparam("version"))
_WRITTEN = _NEWEST_FIRST.where(bookmarks.c.author == bindparam("run_id"))
_COMMITTED = _WRITTEN.where(bookmarks.c.change == Change.COMMIT.value)
#: Of a run that is forgotten only the last version is left: it was before every run that there is.
_COMMITTED_UNTIL = _NEWEST_FIRST.where(
    bookmarks.c.change == Change.COMMIT.value,
    or_(
        ~select(runs.c.id).where(runs.c.id == bookmarks.c.author).exists(),
        select(runs.c.id).where(runs.c.id == bookmarks.c.author, runs.c.seq <= bindparam("seq")).exists(),
    ),
)
_MOVED_TO = select(*_VERSION).where(
    bookmarks.c.job_id == bindparam("job_id"),
    bookmarks.c.rev == bindparam("rev"),
    bookmarks.c.change != Change.BEGIN.value,
)
_PAGE = (
    select(*_VERSION)
    .where(bookmarks.c.job_id == bindparam("job_id"), bookmarks.c.version < bindparam("before"))
    .order_by(bookmarks.c.version.desc())
    .limit(bindparam("limit"))
)
_INSERT = insert(bookmarks)
_INSERT_STATE = insert(bookmark_states)
_FORGET = tuple(delete(table).where(table.c.job_id == bindparam("of_job")) for table in (bookmark_states, bookmarks))
_later = bookmarks.alias("later")
#: Neither a bookmark's last version, nor one of a run that may still commit.
_OLD = (
    select(bookmarks.c.job_id, bookmarks.c.version)
    .where(
        bookmarks.c.at < bindparam("before"),
        select(_later.c.version)
        .where(_later.c.job_id == bookmarks.c.job_id, _later.c.version > bookmarks.c.version)
        .exists(),
        ~select(runs.c.id).where(runs.c.id == bookmarks.c.author, IS_ACTIVE).exists(),
    )
    .order_by(bookmarks.c.at)
    .limit(bindparam("limit"))
)
_DELETE = delete(bookmarks).where(
    bookmarks.c.job_id == bindparam("of_job"), bookmarks.c.version == bindparam("of_version")
)
_DELETE_STATES = delete(bookmark_states).where(
    bookmark_states.c.job_id == bindparam("of_job"),
    bookmark_states.c.rev
    < select(bookmarks.c.rev)
    .where(bookmarks.c.job_id == bindparam("of_job"))
    .order_by(bookmarks.c.version)
    .limit(1)
    .scalar_subquery(),
)


def latest(tx: Tx, job_id: str) -> Bookmark | None:
    return _bookmark(tx.one(_LATEST, job_id=job_id))


def numbered(tx: Tx, job_id: str, version: int) -> Bookmark | None:
    return _bookmark(tx.one(_NUMBERED, job_id=job_id, version=version))


def written_by(tx: Tx, job_id: str, run_id: str) -> Bookmark | None:
    """The last version that a run wrote, beginning or committing."""
    return _bookmark(tx.one(_WRITTEN, job_id=job_id, run_id=run_id))


def committed_by(tx: Tx, job_id: str, run_id: str) -> Bookmark | None:
    """The last version that a run committed."""
    return _bookmark(tx.one(_COMMITTED, job_id=job_id, run_id=run_id))


def committed_until(tx: Tx, job_id: str, seq: int) -> Bookmark | None:
    """The last version that was committed by the run with that seq, or by one before it."""
    return _bookmark(tx.one(_COMMITTED_UNTIL, job_id=job_id, seq=seq))


def moved_to(tx: Tx, job_id: str, rev: int) -> Version | None:
    """The version with which the bookmark came to that rev."""
    row = tx.one(_MOVED_TO, job_id=job_id, rev=rev)
    return None if row is None else _version(row)


def page(tx: Tx, job_id: str, *, before: int, limit: int) -> list[Version]:
    """Versions, newest first, those below `before`."""
    return [_version(row) for row in tx.all(_PAGE, job_id=job_id, before=before, limit=limit)]


def add(tx: Tx, job_id: str, bookmark: Bookmark) -> None:
    """Add the next version of a bookmark; the job is locked."""
    values = {name: getattr(bookmark, name) for name in _NAMES}
    tx.run(_INSERT, job_id=job_id, **{**values, "change": bookmark.change.value})
    if bookmark.change is not Change.BEGIN:
        tx.run(_INSERT_STATE, job_id=job_id, rev=bookmark.rev, state=bookmark.state, sources=bookmark.sources)


def forget(tx: Tx, job_id: str) -> None:
    """Delete the bookmark of a job that is being deleted."""
    for statement in _FORGET:
        tx.run(statement, of_job=job_id)


def prune(tx: Tx, before: int, /, *, limit: int) -> int:
    """Delete versions that are older than `before`, `limit` at most, but none that is still needed; how many it was."""
    old = tx.all(_OLD, before=before, limit=limit)
    for job_id, version in old:
        tx.run(_DELETE, of_job=job_id, of_version=version)
    for job_id in sorted({row[0] for row in old}):
        tx.run(_DELETE_STATES, of_job=job_id)
    return len(old)


def _version(row: Row) -> Version:
    values = dict(zip(_NAMES, row, strict=True))
    return Version(**{**values, "change": Change(row[_CHANGE])})


def _bookmark(row: Row | None) -> Bookmark | None:
    if row is None:
        return None
    values = dict(zip(_NAMES, row, strict=False))
    # No run had committed anything when this version was written.
    state, sources = (FIRST.state, FIRST.sources) if row[-2] is None else row[-2:]
    return Bookmark(**{**values, "change": Change(row[_CHANGE]), "state": state, "sources": sources})
