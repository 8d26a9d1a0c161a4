"""Jobs and their definitions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import Text, bindparam, cast, func, insert, select, update

from openglue.model.job import Job, serialise
from openglue.store.database import Row, Tx
from openglue.store.schema import definitions, jobs

_JOIN = jobs.join(definitions, definitions.c.sha == jobs.c.definition_sha)
_COLUMNS = (jobs.c.id, jobs.c.name, jobs.c.definition_sha, jobs.c.created_on, jobs.c.last_modified_on)
_SELECT = select(*_COLUMNS, definitions.c.document).select_from(_JOIN)
_LIVE = _SELECT.where(jobs.c.deleted_on.is_(None))
_BY_NAME = _LIVE.where(jobs.c.name == bindparam("name"))
# Locks read the job's row alone. A statement that has waited for a lock on PostgreSQL sees the locked row as it is then
# and everything else as it was before: the definition that an update has just brought would not be there.
_LOCK = select(jobs.c.id).where(jobs.c.name == bindparam("name"), jobs.c.deleted_on.is_(None)).with_for_update()
_LOCK_ID = select(jobs.c.id).where(jobs.c.id == bindparam("job_id"), jobs.c.deleted_on.is_(None)).with_for_update()
_PAGE = _LIVE.where(jobs.c.name > bindparam("after")).order_by(jobs.c.name).limit(bindparam("limit"))
_INSERT = insert(jobs).values(
    id=bindparam("id"),
    name=bindparam("name"),
    definition_sha=bindparam("definition_sha"),
    created_on=bindparam("now"),
    last_modified_on=bindparam("now"),
    next_seq=1,
)
_UPDATE = (
    update(jobs)
    .where(jobs.c.id == bindparam("job_id"))
    .values(definition_sha=bindparam("definition_sha"), last_modified_on=bindparam("now"))
)
_DELETE = (
    update(jobs)
    .where(jobs.c.name == bindparam("job_name"), jobs.c.deleted_on.is_(None))
    .values(deleted_on=bindparam("now"))
)
#: Taking a number and a slot is also taking the job's lock, on both databases.
_TAKE = (
    update(jobs)
    .where(jobs.c.name == bindparam("job_name"), jobs.c.deleted_on.is_(None))
    .values(next_seq=jobs.c.next_seq + 1, slots=jobs.c.slots + 1)
    .returning(*_COLUMNS, jobs.c.next_seq - 1, jobs.c.slots - 1)
)
_TAKE_AGAIN = (
    update(jobs)
    .where(jobs.c.id == bindparam("job_id"), jobs.c.deleted_on.is_(None))
    .values(next_seq=jobs.c.next_seq + 1, slots=jobs.c.slots + 1)
    .returning(jobs.c.next_seq - 1)
)
_TAKE_DELETED = (
    update(jobs)
    .where(
        jobs.c.id
        == select(jobs.c.id)
        .where(jobs.c.name == bindparam("job_name"), jobs.c.deleted_on.is_not(None))
        .order_by(jobs.c.deleted_on.desc(), jobs.c.id)
        .limit(1)
        .scalar_subquery()
    )
    .values(next_seq=jobs.c.next_seq + 1, slots=jobs.c.slots + 1)
    .returning(*_COLUMNS, jobs.c.next_seq - 1, jobs.c.slots - 1)
)
_SLOTS = (
    update(jobs)
    .where(jobs.c.id == bindparam("job_id"))
    .values(slots=jobs.c.slots + bindparam("more"))
    .returning(jobs.c.slots)
)
_SLOTS_OF = select(jobs.c.slots, definitions.c.document).select_from(_JOIN).where(jobs.c.id == bindparam("job_id"))
_COUNT = select(func.count()).select_from(jobs).where(jobs.c.deleted_on.is_(None))
_DEFINITION = select(definitions.c.document).where(definitions.c.sha == bindparam("sha"))
#: Content-hashed: keeping what is kept already changes nothing.
_DEFINITION_KEEP = insert(definitions).from_select(
    ["sha", "document"],
    select(cast(bindparam("sha"), Text), cast(bindparam("document"), Text)).where(
        ~select(definitions.c.sha).where(definitions.c.sha == bindparam("sha")).exists()
    ),
)


def get(tx: Tx, name: str) -> Job | None:
    row = tx.one(_BY_NAME, name=name)
    return None if row is None else _job(row, row[5])


def get_locked(tx: Tx, name: str) -> Job | None:
    """The job, locked until the transaction's end."""
    return None if tx.one(_LOCK, name=name) is None else get(tx, name)


def lock(tx: Tx, job_id: str) -> bool:
    """Lock the job until the transaction's end; False, and nothing is locked, if it was deleted."""
    return tx.one(_LOCK_ID, job_id=job_id) is not None


@dataclass(frozen=True, kw_only=True)
class Taken:
    """A job that is locked for a run to be let in."""

    job: Job
    #: The seq that the run gets.
    seq: int
    #: Slots that were taken before; one more is taken now.
    slots: int


def take(tx: Tx, name: str) -> Taken | None:
    """Lock the job until the transaction's end and take a seq and a slot of it; None if there is no such job.

    A run that is not let in gives the slot back with `change_slots`; a transaction that is rolled back gives both back.
    """
    row = tx.one(_TAKE, job_name=name)
    return None if row is None else Taken(job=_taken(tx, row), seq=int(row[5]), slots=int(row[6]))


def take_again(tx: Tx, job_id: str) -> int | None:
    """The same for the retry of a run: a seq and a slot of this very job; None if it was deleted."""
    row = tx.one(_TAKE_AGAIN, job_id=job_id)
    return None if row is None else int(row[0])


def take_deleted(tx: Tx, name: str) -> Taken | None:
    """The same of the job of that name that was deleted last, for a run that is over as it begins."""
    row = tx.one(_TAKE_DELETED, job_name=name)
    return None if row is None else Taken(job=_taken(tx, row), seq=int(row[5]), slots=int(row[6]))


def change_slots(tx: Tx, job_id: str, more: int) -> int:
    """Take (+1) or give back (-1) a slot, under the job's lock; the slots that are taken then."""
    row = tx.one(_SLOTS, job_id=job_id, more=more)
    assert row is not None  # noqa: S101 - a run's foreign key points here
    return int(row[0])


def slots(tx: Tx, job_id: str) -> tuple[int, Mapping[str, Any]]:
    """The slots of a job that are taken, and its definition as it is now."""
    row = tx.one(_SLOTS_OF, job_id=job_id)
    assert row is not None  # noqa: S101 - a run's foreign key points here
    return int(row[0]), msgspec.json.decode(row[1])


def count(tx: Tx) -> int:
    """Jobs that exist."""
    row = tx.one(_COUNT)
    return 0 if row is None else int(row[0])


def page(tx: Tx, *, after: str, limit: int) -> list[Job]:
    """Jobs by name, those after `after`."""
    return [_job(row, row[5]) for row in tx.all(_PAGE, after=after, limit=limit)]


def insert_job(tx: Tx, *, job_id: str, name: str, definition: Mapping[str, Any], now: int) -> None:
    tx.run(_INSERT, id=job_id, name=name, definition_sha=_keep(tx, definition), now=now)


def replace_definition(tx: Tx, job: Job, *, definition: Mapping[str, Any], now: int) -> None:
    tx.run(_UPDATE, job_id=job.id, definition_sha=_keep(tx, definition), now=now)


def delete(tx: Tx, name: str, *, now: int) -> bool:
    """Delete the job of that name, if there is one. Its runs stay readable by id."""
    return tx.run(_DELETE, job_name=name, now=now) > 0


def definition(tx: Tx, sha: str) -> Mapping[str, Any]:
    """A definition by its hash; runs keep the one that they were accepted with."""
    found: Mapping[str, Any] = msgspec.json.decode(_document(tx, sha))
    return found


def _keep(tx: Tx, document: Mapping[str, Any]) -> str:
    sha, text = serialise(document)
    tx.run(_DEFINITION_KEEP, sha=sha, document=text)
    return sha


def _taken(tx: Tx, row: Row) -> Job:
    """The job in a row of a statement that has locked it."""
    return _job(row, _document(tx, row[2]))


def _document(tx: Tx, sha: str) -> str:
    row = tx.one(_DEFINITION, sha=sha)
    assert row is not None  # noqa: S101 - a foreign key points here
    return str(row[0])


def _job(row: Row, document: str) -> Job:
    job_id, name, sha, created_on, last_modified_on = row[:5]
    return Job(
        id=job_id,
        name=name,
        definition_sha=sha,
        definition=msgspec.json.decode(document),
        created_on=created_on,
        last_modified_on=last_modified_on,
    )
