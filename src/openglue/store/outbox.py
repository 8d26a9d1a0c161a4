"""The outbox: events, written in the transaction of what they tell and numbered in the order in which it came true."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from sqlalchemy import bindparam, delete, insert, select

from openglue.model.event import Event
from openglue.store.database import Row, Tx
from openglue.store.schema import account, outbox

_INSERT = insert(outbox)
_SELECT = select(outbox.c.seq, outbox.c.kind, outbox.c.run_id, outbox.c.detail, outbox.c.at)
_AFTER = _SELECT.where(outbox.c.seq > bindparam("seq")).order_by(outbox.c.seq).limit(bindparam("limit"))
_BEFORE = _SELECT.where(outbox.c.seq < bindparam("seq")).order_by(outbox.c.seq.desc()).limit(bindparam("limit"))
#: Not the outbox's largest: that may have been pruned.
_NEWEST = select(account.c.events)
_OLDEST = select(outbox.c.seq, outbox.c.at).order_by(outbox.c.seq).limit(bindparam("limit"))
_PRUNE = delete(outbox).where(outbox.c.seq <= bindparam("through"))


def add(tx: Tx, *, seq: int, kind: str, run_id: str, detail: Mapping[str, Any], at: int) -> None:
    """Write an event; `seq` comes from the account's row in the same transaction."""
    tx.run(_INSERT, seq=seq, kind=kind, run_id=run_id, detail=msgspec.json.encode(detail).decode(), at=at)


def after(tx: Tx, seq: int, *, limit: int) -> list[Event]:
    """The events behind `seq`, in order, `limit` at most."""
    return [_event(row) for row in tx.all(_AFTER, seq=seq, limit=limit)]


def before(tx: Tx, seq: int, *, limit: int) -> list[Event]:
    """The events in front of `seq`, the last one first, `limit` at most."""
    return [_event(row) for row in tx.all(_BEFORE, seq=seq, limit=limit)]


def newest(tx: Tx) -> int:
    """Number of the last event, whether it is still kept or not; 0 before there was one."""
    row = tx.one(_NEWEST)
    assert row is not None  # noqa: S101 - the migration that makes the table makes its row
    return int(row[0])


def prune(tx: Tx, before: int, /, *, limit: int, through: int | None = None) -> int:
    """Forget the oldest events, those from before that time (epoch milliseconds), `limit` at most; how many they were.

    In the order of their numbers, so that what is kept has no gaps; none behind `through`, if that is given.
    """
    last = None
    count = 0
    for seq, at in tx.all(_OLDEST, limit=limit):
        if at >= before or (through is not None and seq > through):
            break
        last = seq
        count += 1
    if last is not None:
        tx.run(_PRUNE, through=last)
    return count


def _event(row: Row) -> Event:
    seq, kind, run_id, detail, at = row
    return Event(seq=seq, kind=kind, run_id=run_id, detail=msgspec.json.decode(detail), at=at)
