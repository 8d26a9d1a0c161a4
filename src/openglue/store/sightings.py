"""Sightings: the ended runs that satisfy a condition of a CONDITIONAL trigger, until a fire has consumed them.

What is consumed stays, with its fire, so that it can be told what a run has led to.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import bindparam, delete, insert, select, update

from openglue.model.states import RunState
from openglue.model.trigger import End
from openglue.store.database import Row, Tx
from openglue.store.schema import IS_UNCONSUMED, sightings

_COLUMNS = (
    sightings.c.run_id,
    sightings.c.job_name,
    sightings.c.state,
    sightings.c.root_fire,
    sightings.c.trigger_name,
    sightings.c.ended_on,
)
_INSERT = insert(sightings).values(
    trigger_id=bindparam("trigger_id"), **{column.name: bindparam(column.name) for column in _COLUMNS}
)
_WAITING = select(*_COLUMNS).where(IS_UNCONSUMED, sightings.c.trigger_id == bindparam("trigger_id"))
_OF_ROOT = _WAITING.where(sightings.c.root_fire == bindparam("root_fire"))
_NEWEST = _WAITING.order_by(sightings.c.ended_on.desc(), sightings.c.run_id).limit(bindparam("limit"))
_FIRE_OF = select(sightings.c.fire_id).where(
    sightings.c.trigger_id == bindparam("trigger_id"), sightings.c.run_id == bindparam("run_id")
)
_CONSUME = (
    update(sightings)
    .where(sightings.c.trigger_id == bindparam("of_trigger"), sightings.c.run_id == bindparam("of_run"))
    .values(fire_id=bindparam("fire_id"))
)
_CLEAR = delete(sightings).where(IS_UNCONSUMED, sightings.c.trigger_id == bindparam("of_trigger"))
_OLD = (
    select(sightings.c.trigger_id, sightings.c.run_id)
    .where(sightings.c.ended_on < bindparam("before"))
    .order_by(sightings.c.ended_on, sightings.c.trigger_id, sightings.c.run_id)
    .limit(bindparam("limit"))
)
_FORGET = delete(sightings).where(
    sightings.c.trigger_id == bindparam("of_trigger"), sightings.c.run_id == bindparam("of_run")
)


def add(tx: Tx, trigger_id: str, end: End) -> None:
    """A run has ended in a way that a condition of the trigger waits for."""
    tx.run(
        _INSERT,
        trigger_id=trigger_id,
        run_id=end.run_id,
        job_name=end.job_name,
        state=end.state.value,
        root_fire=end.root_fire,
        trigger_name=end.trigger_name,
        ended_on=end.ended_on,
    )


def of_root(tx: Tx, trigger_id: str, root_fire: str) -> list[End]:
    """The runs of one root that no fire has consumed yet."""
    return [_end(row) for row in tx.all(_OF_ROOT, trigger_id=trigger_id, root_fire=root_fire)]


def waiting(tx: Tx, trigger_id: str, *, limit: int) -> list[End]:
    """The runs that no fire has consumed yet, of every root, the newest first."""
    return [_end(row) for row in tx.all(_NEWEST, trigger_id=trigger_id, limit=limit)]


def fire_of(tx: Tx, trigger_id: str, run_id: str) -> tuple[bool, str | None]:
    """Whether the trigger has seen a run, and the fire that has consumed it."""
    row = tx.one(_FIRE_OF, trigger_id=trigger_id, run_id=run_id)
    return row is not None, None if row is None else row[0]


def consume(tx: Tx, trigger_id: str, run_ids: Iterable[str], *, fire_id: str) -> None:
    """The trigger has fired for these runs, and fires for none of them again."""
    for run_id in run_ids:
        tx.run(_CONSUME, of_trigger=trigger_id, of_run=run_id, fire_id=fire_id)


def clear(tx: Tx, trigger_id: str) -> None:
    """Forget the runs that wait for partners."""
    tx.run(_CLEAR, of_trigger=trigger_id)


def forget(tx: Tx, before: int, /, *, limit: int) -> int:
    """Forget runs that ended before that time, `limit` at most; how many they were."""
    rows = tx.all(_OLD, before=before, limit=limit)
    return sum(tx.run(_FORGET, of_trigger=trigger_id, of_run=run_id) for trigger_id, run_id in rows)


def _end(row: Row) -> End:
    run_id, job_name, state, root_fire, trigger_name, ended_on = row
    return End(
        run_id=run_id,
        job_name=job_name,
        state=RunState(state),
        root_fire=root_fire,
        trigger_name=trigger_name,
        ended_on=ended_on,
    )
