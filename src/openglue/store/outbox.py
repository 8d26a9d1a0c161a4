"""The outbox: events, written in the transaction of what they tell and numbered in the order in which it came true."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import bindparam, insert, select

from openglue.store.database import Tx
from openglue.store.schema import outbox


@dataclass(frozen=True, kw_only=True)
class Event:
    seq: int
    #: detail-type of the event.
    kind: str
    run_id: str
    detail: Mapping[str, Any]
    #: Epoch milliseconds.
    at: int


_INSERT = insert(outbox)
_AFTER = (
    select(outbox.c.seq, outbox.c.kind, outbox.c.run_id, outbox.c.detail, outbox.c.at)
    .where(outbox.c.seq > bindparam("seq"))
    .order_by(outbox.c.seq)
    .limit(bindparam("limit"))
)


def add(tx: Tx, *, seq: int, kind: str, run_id: str, detail: Mapping[str, Any], at: int) -> None:
    """Write an event; `seq` comes from the account's row in the same transaction."""
    tx.run(_INSERT, seq=seq, kind=kind, run_id=run_id, detail=msgspec.json.encode(detail).decode(), at=at)


def after(tx: Tx, seq: int, *, limit: int) -> list[Event]:
    """The events behind `seq`, in order, `limit` at most."""
    return [
        Event(seq=number, kind=kind, run_id=run_id, detail=msgspec.json.decode(detail), at=at)
        for number, kind, run_id, detail, at in tx.all(_AFTER, seq=seq, limit=limit)
    ]
