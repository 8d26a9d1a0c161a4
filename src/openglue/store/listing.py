"""Finding runs whatever their job: the newest, those that are not over, those whose ids begin in some way."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, or_

from openglue.model.run import Run
from openglue.store.database import Tx
from openglue.store.runs import SELECT, from_row
from openglue.store.schema import IS_OWNED, IS_UNOWNED, IS_WAITING, Big, runs


def _after(statement: Select[Any], started_on: ColumnElement[int]) -> Select[Any]:
    """What comes after a place in the order of newness; what started in the same millisecond goes by id."""
    place = bindparam("started_on", type_=Big)
    return (
        statement.where(started_on <= place, or_(started_on < place, runs.c.id < bindparam("run_id")))
        .order_by(started_on.desc(), runs.c.id.desc())
        .limit(bindparam("limit"))
    )


NEWEST = _after(SELECT, runs.c.started_on)
#: Each has an index of its own, and together they are all that is not over. As a sum the time is in no index: SQLite
#: would go through the whole history by its order instead.
ACTIVE = tuple(
    _after(SELECT.where(predicate), runs.c.started_on + 0) for predicate in (IS_OWNED, IS_UNOWNED, IS_WAITING)
)
BETWEEN = (
    SELECT.where(runs.c.id >= bindparam("first"), runs.c.id <= bindparam("last"))
    .order_by(runs.c.id)
    .limit(bindparam("limit"))
)


def newest(tx: Tx, *, started_on: int, run_id: str, limit: int) -> list[Run]:
    """Runs of all jobs, newest first: those that come after the run `run_id`, which started then."""
    return [from_row(row) for row in tx.all(NEWEST, started_on=started_on, run_id=run_id, limit=limit)]


def active(tx: Tx, *, started_on: int, run_id: str, limit: int) -> list[Run]:
    """The same of the runs that are not over. They are few, however long the history is."""
    found = [
        from_row(row)
        for statement in ACTIVE
        for row in tx.all(statement, started_on=started_on, run_id=run_id, limit=limit)
    ]
    return sorted(found, key=lambda run: (run.started_on, run.id), reverse=True)[:limit]


def beginning(tx: Tx, prefix: str, *, limit: int) -> list[Run]:
    """Runs whose ids begin with `prefix`, in the order of their ids.

    Ids are `jr_`, hex digits, and for a retry `_attempt_` and its number: none has a z, which comes after all of that
    in every collation.
    """
    rows = tx.all(BETWEEN, first=prefix, last=f"{prefix}z", limit=limit)
    return [run for run in map(from_row, rows) if run.id.startswith(prefix)]
