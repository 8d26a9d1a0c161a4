"""Fires, and the actions that each of them asks for.

A fire is written with all its actions in the transaction of what caused it, and its key is unique: it is there once, as
a whole, or not at all. What the actions ask for is done afterwards, each in a transaction of its own.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence

import msgspec
from sqlalchemy import bindparam, delete, select, tuple_, update

# SQLite's form of the clause is the same text, but SQLAlchemy compiles only this one for both.
from sqlalchemy.dialects.postgresql import insert

from openglue.model.trigger import Action, Fire, Trigger, run_request
from openglue.store.database import Row, Tx
from openglue.store.schema import IS_PENDING, actions, fires

_FIRE = (fires.c.id, fires.c.trigger_id, fires.c.fire_key, fires.c.root_fire, fires.c.at, fires.c.note)
_ACTION = (
    actions.c.fire_id,
    actions.c.number,
    actions.c.trigger_name,
    actions.c.job_name,
    actions.c.request,
    actions.c.predecessors,
    actions.c.root_fire,
    actions.c.at,
    actions.c.run_id,
    actions.c.note,
)
#: Touches no row when the trigger has fired for the key before.
_INSERT = insert(fires).values({column.name: bindparam(column.name) for column in _FIRE}).on_conflict_do_nothing()
_INSERT_ACTION = insert(actions).values({column.name: bindparam(column.name) for column in _ACTION[:-2]})
_NEWEST = (
    select(*_FIRE)
    .where(fires.c.trigger_id == bindparam("trigger_id"))
    .order_by(fires.c.at.desc(), fires.c.id.desc())
    .limit(bindparam("limit"))
)
_ACTIONS_OF = select(*_ACTION).where(actions.c.fire_id == bindparam("fire_id")).order_by(actions.c.number)
_PENDING = (
    select(*_ACTION)
    .where(
        IS_PENDING,
        tuple_(actions.c.at, actions.c.fire_id, actions.c.number)
        > tuple_(bindparam("after_at"), bindparam("after_fire"), bindparam("after_number")),
    )
    .order_by(actions.c.at, actions.c.fire_id, actions.c.number)
    .limit(bindparam("limit"))
)
#: What another server is doing is left to it.
_TAKE = (
    select(*_ACTION)
    .where(IS_PENDING, actions.c.fire_id == bindparam("fire_id"), actions.c.number == bindparam("number"))
    .with_for_update(skip_locked=True)
)
_SETTLE = (
    update(actions)
    .where(actions.c.fire_id == bindparam("of_fire"), actions.c.number == bindparam("of_number"))
    .values(run_id=bindparam("run_id"), note=bindparam("note"))
)
_OLDEST = (
    select(fires.c.id, fires.c.at)
    .where(~select(actions.c.number).where(IS_PENDING, actions.c.fire_id == fires.c.id).exists())
    .order_by(fires.c.at, fires.c.id)
    .limit(bindparam("limit"))
)
_FORGET_ACTIONS = delete(actions).where(actions.c.fire_id == bindparam("of_fire"))
_FORGET = delete(fires).where(fires.c.id == bindparam("of_fire"))


def add(
    tx: Tx,
    trigger: Trigger,
    *,
    at: int,
    key: str | None = None,
    root_fire: str | None = None,
    predecessors: Sequence[Mapping[str, str]] = (),
    note: str | None = None,
    starts: bool = True,
) -> Fire | None:
    """The trigger fires; None, and nothing is written, if it has fired for that key before.

    Without a key it fires for nothing but itself; without a root it begins a chain of its own. A fire that `starts`
    nothing only says, in its note, why.
    """
    fire_id = "fire_" + secrets.token_hex(16)
    fire = Fire(id=fire_id, trigger_id=trigger.id, key=key or fire_id, root_fire=root_fire or fire_id, at=at, note=note)
    if not tx.run(
        _INSERT,
        id=fire.id,
        trigger_id=fire.trigger_id,
        fire_key=fire.key,
        root_fire=fire.root_fire,
        at=fire.at,
        note=fire.note,
    ):
        return None
    said = msgspec.json.encode(predecessors).decode()
    for number, action in enumerate(trigger.definition["Actions"] if starts else ()):
        tx.run(
            _INSERT_ACTION,
            fire_id=fire.id,
            number=number,
            trigger_name=trigger.name,
            job_name=action["JobName"],
            request=msgspec.json.encode(run_request(action)).decode(),
            predecessors=said,
            root_fire=fire.root_fire,
            at=at,
        )
    return fire


def newest(tx: Tx, trigger_id: str, *, limit: int) -> list[tuple[Fire, list[Action]]]:
    """The last fires of a trigger with what they asked for, the newest first."""
    found = [_fire(row) for row in tx.all(_NEWEST, trigger_id=trigger_id, limit=limit)]
    return [(fire, [_action(row) for row in tx.all(_ACTIONS_OF, fire_id=fire.id)]) for fire in found]


def pending(tx: Tx, *, limit: int, after: Action | None = None) -> list[Action]:
    """Actions that have not been done, the oldest first; those behind `after`, if that is given."""
    at, fire_id, number = (-1, "", -1) if after is None else (after.at, after.fire_id, after.number)
    rows = tx.all(_PENDING, after_at=at, after_fire=fire_id, after_number=number, limit=limit)
    return [_action(row) for row in rows]


def take(tx: Tx, action: Action) -> Action | None:
    """An action that is still to be done, locked until the transaction's end; None if somebody else does it."""
    row = tx.one(_TAKE, fire_id=action.fire_id, number=action.number)
    return None if row is None else _action(row)


def settle(tx: Tx, action: Action, *, run_id: str | None = None, note: str | None = None) -> None:
    """An action that is taken has been done: the run that it has led to, or why there is none."""
    tx.run(_SETTLE, of_fire=action.fire_id, of_number=action.number, run_id=run_id, note=note)


def forget(tx: Tx, before: int, /, *, limit: int) -> int:
    """Forget the oldest fires whose actions have all been done, `limit` at most; how many they were."""
    old = [fire_id for fire_id, at in tx.all(_OLDEST, limit=limit) if at < before]
    for fire_id in old:
        tx.run(_FORGET_ACTIONS, of_fire=fire_id)
        tx.run(_FORGET, of_fire=fire_id)
    return len(old)


def _fire(row: Row) -> Fire:
    fire_id, trigger_id, key, root_fire, at, note = row
    return Fire(id=fire_id, trigger_id=trigger_id, key=key, root_fire=root_fire, at=at, note=note)


def _action(row: Row) -> Action:
    fire_id, number, trigger_name, job_name, request, predecessors, root_fire, at, run_id, note = row
    return Action(
        fire_id=fire_id,
        number=number,
        trigger_name=trigger_name,
        job_name=job_name,
        request=msgspec.json.decode(request),
        predecessors=msgspec.json.decode(predecessors),
        root_fire=root_fire,
        at=at,
        run_id=run_id,
        note=note,
    )
