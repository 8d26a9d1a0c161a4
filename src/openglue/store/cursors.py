"""Cursors: how far each reader of the outbox has come, and which server moves a reader's cursor.

Of several servers on one database one alone reads for a cursor, under a lease in lease time (design 5). The lease is a
row of its own, `<cursor> held by <owner>`, whose number is when it ends; whoever takes it holds the lock of the
cursor's row. A server that starts again has the same name and needs not wait for the lease that it held before.
"""

from __future__ import annotations

from sqlalchemy import bindparam, delete, insert, select, update

from openglue.store.database import Tx
from openglue.store.schema import account, cursors

_GET = select(cursors.c.seq).where(cursors.c.name == bindparam("cursor"))
_LOCK = _GET.with_for_update()
#: There is no row yet that could be locked; the account's is always there.
_LOCK_EVENTS = select(account.c.events).with_for_update()
_INSERT = insert(cursors).values(name=bindparam("cursor"), seq=bindparam("number"))
_UPDATE = update(cursors).where(cursors.c.name == bindparam("cursor")).values(seq=bindparam("number"))
_ADVANCE = _UPDATE.where(cursors.c.seq < bindparam("number"))
_DELETE = delete(cursors).where(cursors.c.name == bindparam("cursor"))
_ALL = select(cursors.c.name, cursors.c.seq)

_HELD = " held by "


def begin(tx: Tx, cursor: str) -> int:
    """Where a reader is; a new one begins behind the last event that there is."""
    row = tx.one(_LOCK_EVENTS)
    assert row is not None  # noqa: S101 - the migration that makes the table makes its row
    found = get(tx, cursor)
    if found is not None:
        return found
    tx.run(_INSERT, cursor=cursor, number=row[0])
    return int(row[0])


def get(tx: Tx, cursor: str) -> int | None:
    """Number of the last event that the reader is done with."""
    row = tx.one(_GET, cursor=cursor)
    return None if row is None else int(row[0])


def lock(tx: Tx, cursor: str) -> int:
    """The same of a cursor that is there, locked until the transaction's end: one server at a time goes on reading."""
    row = tx.one(_LOCK, cursor=cursor)
    assert row is not None  # noqa: S101 - its caller's part
    return int(row[0])


def advance(tx: Tx, cursor: str, seq: int) -> None:
    """The reader is done with the event `seq`. It never goes back, whoever says so."""
    tx.run(_ADVANCE, cursor=cursor, number=seq)


def hold(tx: Tx, cursor: str, *, owner: str, lease_ms: int) -> bool:
    """Take or renew the lease on a cursor for `lease_ms` from now; False while another owner holds it."""
    tx.one(_LOCK, cursor=cursor)
    now = tx.lease_now()
    mine = _lease(cursor, owner)
    others = [(name, until) for name, until in tx.all(_ALL) if name.startswith(_lease(cursor, "")) and name != mine]
    # Lease time may begin anew with the machine: a lease that ends later than any can is one of before.
    if any(now < until <= now + lease_ms for _, until in others):
        return False
    for name, _ in others:
        tx.run(_DELETE, cursor=name)
    if tx.run(_UPDATE, cursor=mine, number=now + lease_ms) == 0:
        tx.run(_INSERT, cursor=mine, number=now + lease_ms)
    return True


def let_go(tx: Tx, cursor: str, *, owner: str) -> None:
    """End the owner's lease, so that another need not wait for its end."""
    tx.run(_DELETE, cursor=_lease(cursor, owner))


def _lease(cursor: str, owner: str) -> str:
    return f"{cursor}{_HELD}{owner}"
