"""Triggers: their rows, and the jobs that they watch.

Whoever lets a trigger fire, moves it or replaces its definition holds its row until the end of the transaction: a fire
uses one definition, and an update waits for a fire that is being written. The account's row, where both are needed,
comes first.
"""

from __future__ import annotations

import msgspec
from sqlalchemy import bindparam, delete, func, insert, null, select, update

from openglue.model.job import Document
from openglue.model.trigger import Trigger, TriggerState, TriggerType, watched_jobs
from openglue.store import outbox
from openglue.store import sightings as seen
from openglue.store.database import Row, Tx
from openglue.store.schema import IS_SCHEDULED, fires, sightings, triggers, watches

_COLUMNS = (
    triggers.c.id,
    triggers.c.name,
    triggers.c.type,
    triggers.c.state,
    triggers.c.document,
    triggers.c.next_fire,
    triggers.c.created_on,
    triggers.c.last_modified_on,
)
_SELECT = select(*_COLUMNS)
_LIVE = _SELECT.where(triggers.c.deleted_on.is_(None))
_BY_NAME = _LIVE.where(triggers.c.name == bindparam("name"))
_BY_NAME_LOCKED = _BY_NAME.with_for_update()
_BY_ID_LOCKED = _LIVE.where(triggers.c.id == bindparam("trigger_id")).with_for_update()
_PAGE = _LIVE.where(triggers.c.name > bindparam("after")).order_by(triggers.c.name).limit(bindparam("limit"))
_OF_TYPE = select(triggers.c.name, triggers.c.document).where(
    triggers.c.deleted_on.is_(None), triggers.c.type == bindparam("of_type")
)
_COUNT = select(func.count()).select_from(triggers).where(triggers.c.deleted_on.is_(None))
#: What another server is firing is left to it.
_DUE = (
    _SELECT.where(IS_SCHEDULED, triggers.c.next_fire <= bindparam("now"))
    .order_by(triggers.c.next_fire, triggers.c.id)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True)
)
_SCHEDULED = (
    _SELECT.where(IS_SCHEDULED, triggers.c.id > bindparam("after")).order_by(triggers.c.id).limit(bindparam("limit"))
)
_NEXT = select(func.min(triggers.c.next_fire)).where(IS_SCHEDULED)
_INSERT = insert(triggers).values(
    id=bindparam("id"),
    name=bindparam("name"),
    type=bindparam("type"),
    state=bindparam("state"),
    document=bindparam("document"),
    next_fire=bindparam("next_fire"),
    created_on=bindparam("created_on"),
    last_modified_on=bindparam("last_modified_on"),
)
_UPDATE = (
    update(triggers)
    .where(triggers.c.id == bindparam("trigger_id"))
    .values(
        state=bindparam("state"),
        document=bindparam("document"),
        next_fire=bindparam("next_fire"),
        last_modified_on=bindparam("last_modified_on"),
    )
)
_SCHEDULE = update(triggers).where(triggers.c.id == bindparam("trigger_id")).values(next_fire=bindparam("next_fire"))
_DELETE = (
    update(triggers)
    .where(triggers.c.id == bindparam("trigger_id"))
    .values(deleted_on=bindparam("now"), next_fire=null())
)
_FORGET = delete(triggers).where(
    triggers.c.deleted_on < bindparam("before"),
    ~select(fires.c.id).where(fires.c.trigger_id == triggers.c.id).exists(),
    ~select(sightings.c.run_id).where(sightings.c.trigger_id == triggers.c.id).exists(),
)
_WATCH = insert(watches).values(
    job_name=bindparam("job_name"), trigger_id=bindparam("trigger_id"), after_event=bindparam("after_event")
)
_UNWATCH = delete(watches).where(watches.c.trigger_id == bindparam("of_trigger"))
_WATCHING = (
    select(watches.c.trigger_id)
    .where(watches.c.job_name == bindparam("job_name"), watches.c.after_event < bindparam("event"))
    .order_by(watches.c.trigger_id)
)
_FIRST_WATCHED = select(func.min(watches.c.after_event))
_AFTER_EVENT = select(watches.c.after_event).where(
    watches.c.trigger_id == bindparam("trigger_id"), watches.c.job_name == bindparam("job_name")
)


def get(tx: Tx, name: str) -> Trigger | None:
    row = tx.one(_BY_NAME, name=name)
    return None if row is None else _trigger(row)


def get_locked(tx: Tx, name: str) -> Trigger | None:
    """The trigger, locked until the transaction's end."""
    row = tx.one(_BY_NAME_LOCKED, name=name)
    return None if row is None else _trigger(row)


def lock(tx: Tx, trigger_id: str) -> Trigger | None:
    """The same by its id; None if it was deleted."""
    row = tx.one(_BY_ID_LOCKED, trigger_id=trigger_id)
    return None if row is None else _trigger(row)


def page(tx: Tx, *, after: str, limit: int) -> list[Trigger]:
    """Triggers by name, those after `after`."""
    return [_trigger(row) for row in tx.all(_PAGE, after=after, limit=limit)]


def conditional(tx: Tx) -> list[tuple[str, Document]]:
    """Names and definitions of all CONDITIONAL triggers."""
    rows = tx.all(_OF_TYPE, of_type=TriggerType.CONDITIONAL.value)
    return [(str(name), msgspec.json.decode(document)) for name, document in rows]


def count(tx: Tx) -> int:
    """Triggers that exist."""
    row = tx.one(_COUNT)
    return 0 if row is None else int(row[0])


def add(tx: Tx, trigger: Trigger) -> None:
    tx.run(
        _INSERT,
        id=trigger.id,
        name=trigger.name,
        type=trigger.type.value,
        created_on=trigger.created_on,
        **_moving(trigger),
    )
    _watch(tx, trigger)


def replace(tx: Tx, before: Trigger, after: Trigger) -> None:
    """Write what an operation made of a trigger that is locked.

    If it waits for the same as before, what it has seen stays, and so do the ends that nobody has looked at yet;
    otherwise it forgets them and waits for runs that end from now on.
    """
    tx.run(_UPDATE, trigger_id=after.id, **_moving(after))
    if _awaited(before) != _awaited(after):
        _unwatch(tx, before)
        _watch(tx, after)


def delete_trigger(tx: Tx, trigger: Trigger, *, now: int) -> None:
    """Delete a trigger that is locked. What it has fired for goes on."""
    _unwatch(tx, trigger)
    tx.run(_DELETE, trigger_id=trigger.id, now=now)


def due(tx: Tx, *, now: int, limit: int) -> list[Trigger]:
    """Triggers whose time has come, those that wait longest first, locked until the transaction's end."""
    return [_trigger(row) for row in tx.all(_DUE, now=now, limit=limit)]


def scheduled(tx: Tx, *, after: str, limit: int) -> list[Trigger]:
    """Triggers that wait for a time, by their ids, those after `after`."""
    return [_trigger(row) for row in tx.all(_SCHEDULED, after=after, limit=limit)]


def next_fire(tx: Tx) -> int | None:
    """The time of the next scheduled fire of all; None if there is none."""
    row = tx.one(_NEXT)
    return None if row is None or row[0] is None else int(row[0])


def schedule(tx: Tx, trigger: Trigger, next_fire: int | None) -> None:
    """Say when a trigger that is locked fires next."""
    tx.run(_SCHEDULE, trigger_id=trigger.id, next_fire=next_fire)


def watching(tx: Tx, job_name: str, *, event: int) -> list[str]:
    """Ids of the triggers that wait for runs of a job, and did so before that event."""
    return [str(row[0]) for row in tx.all(_WATCHING, job_name=job_name, event=event)]


def watched_after(tx: Tx) -> int | None:
    """The event behind which the first one is that any trigger waits for; None if none waits."""
    row = tx.one(_FIRST_WATCHED)
    return None if row is None or row[0] is None else int(row[0])


def is_watching(tx: Tx, trigger: Trigger, job_name: str, *, event: int) -> bool:
    """The same of one trigger that is locked: it may have been stopped, or wait for something else by now."""
    row = tx.one(_AFTER_EVENT, trigger_id=trigger.id, job_name=job_name)
    return row is not None and int(row[0]) < event


def forget(tx: Tx, before: int, /) -> int:
    """Delete for good the triggers that were deleted before that time and have no fire left; how many they were."""
    return tx.run(_FORGET, before=before)


def _awaited(trigger: Trigger) -> Document | None:
    """The predicate of a trigger that waits for runs to end."""
    waits = trigger.type is TriggerType.CONDITIONAL and trigger.state is TriggerState.ACTIVATED
    return trigger.definition["Predicate"] if waits else None


def _watch(tx: Tx, trigger: Trigger) -> None:
    if _awaited(trigger) is not None:
        after_event = outbox.newest(tx)
        for job_name in watched_jobs(trigger.definition):
            tx.run(_WATCH, job_name=job_name, trigger_id=trigger.id, after_event=after_event)


def _unwatch(tx: Tx, trigger: Trigger) -> None:
    if _awaited(trigger) is not None:
        tx.run(_UNWATCH, of_trigger=trigger.id)
        seen.clear(tx, trigger.id)


def _moving(trigger: Trigger) -> dict[str, str | int | None]:
    return {
        "state": trigger.state.value,
        "document": msgspec.json.encode(trigger.definition).decode(),
        "next_fire": trigger.next_fire,
        "last_modified_on": trigger.last_modified_on,
    }


def _trigger(row: Row) -> Trigger:
    trigger_id, name, kind, state, document, next_fire, created_on, last_modified_on = row
    return Trigger(
        id=trigger_id,
        name=name,
        type=TriggerType(kind),
        state=TriggerState(state),
        definition=msgspec.json.decode(document),
        next_fire=next_fire,
        created_on=created_on,
        last_modified_on=last_modified_on,
    )
