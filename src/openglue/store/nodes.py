"""Nodes: one per server, the owner of the runs on its machine, and what it has."""

from __future__ import annotations

from sqlalchemy import bindparam, func, insert, or_, select, update

from openglue.model.run import Run
from openglue.store.database import Tx
from openglue.store.runs import SELECT, from_row
from openglue.store.schema import IS_OWNED, IS_UNOWNED, nodes, runs

_UPDATE = (
    update(nodes)
    .where(nodes.c.id == bindparam("node_id"))
    .values(host=bindparam("host"), started_on=bindparam("now"), lease_until=bindparam("until"))
)
_ENTER_AGAIN = _UPDATE.where(
    nodes.c.started_on == bindparam("was"),
    or_(nodes.c.lease_until <= bindparam("lease_now"), bindparam("may_be_alive") == 1),
)
_RENEW = (
    update(nodes)
    .where(nodes.c.id == bindparam("node_id"), nodes.c.started_on == bindparam("entered_on"))
    .values(lease_until=bindparam("until"))
)
_KNOWN = select(nodes.c.id).where(nodes.c.id == bindparam("node_id"))
_CAP_LEASES = (
    update(runs)
    .where(IS_OWNED, runs.c.owner != bindparam("node"), runs.c.lease_until > bindparam("until"))
    .values(lease_until=bindparam("until"))
)
_INSERT = insert(nodes).values(
    id=bindparam("node_id"), host=bindparam("host"), started_on=bindparam("now"), lease_until=bindparam("until")
)
_RUNS = SELECT.where(IS_OWNED, runs.c.owner == bindparam("node")).order_by(runs.c.started_on, runs.c.seq)
_UNTAKEN = select(func.count()).select_from(runs).where(IS_UNOWNED)


def register(tx: Tx, node_id: str, *, host: str, lease_ms: int, now: int) -> None:
    """A server of this node has started."""
    values = {"node_id": node_id, "host": host, "now": now, "until": tx.lease_now() + lease_ms}
    if tx.run(_UPDATE, **values) == 0:
        tx.run(_INSERT, **values)


def enter_again(tx: Tx, node_id: str, *, host: str, lease_ms: int, was: int, now: int, may_be_alive: bool) -> bool:
    """A server of this node has started, whose last entry `was` at that moment; False if another server has its id.

    That is so if there was an entry since, or if its lease is not over, unless it `may_be_alive`.
    """
    lease_now = tx.lease_now()
    values = {"node_id": node_id, "host": host, "now": now, "until": lease_now + lease_ms}
    if tx.run(_ENTER_AGAIN, **values, was=was, lease_now=lease_now, may_be_alive=int(may_be_alive)):
        return True
    if tx.one(_KNOWN, node_id=node_id) is not None:
        return False
    tx.run(_INSERT, **values)
    return True


def renew(tx: Tx, node_id: str, *, entered_on: int, lease_ms: int) -> bool:
    """The node's lease begins anew; False if it was entered since `entered_on`."""
    return tx.run(_RENEW, node_id=node_id, entered_on=entered_on, until=tx.lease_now() + lease_ms) > 0


def cap_leases(tx: Tx, node_id: str, *, lease_ms: int) -> None:
    """In a database with one server: runs that it does not have are given a lease's time and no more.

    Lease time is then boot time, and theirs may be that of a machine which had been on for months.
    """
    tx.run(_CAP_LEASES, node=node_id, until=tx.lease_now() + lease_ms)


def runs_of(tx: Tx, node_id: str) -> list[Run]:
    """The runs that a node has, oldest first."""
    return [from_row(row) for row in tx.all(_RUNS, node=node_id)]


def untaken(tx: Tx) -> int:
    """How many runs have been let in and are no node's yet."""
    row = tx.one(_UNTAKEN)
    return 0 if row is None else int(row[0])
