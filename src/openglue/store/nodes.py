"""Nodes: one per server, the owner of the runs on its machine, and what it has."""

from __future__ import annotations

from sqlalchemy import bindparam, func, insert, select, update

from openglue.model.run import Run
from openglue.store.database import Tx
from openglue.store.runs import SELECT, from_row
from openglue.store.schema import IS_OWNED, IS_UNOWNED, nodes, runs

_UPDATE = (
    update(nodes)
    .where(nodes.c.id == bindparam("node_id"))
    .values(host=bindparam("host"), started_on=bindparam("now"), lease_until=bindparam("until"))
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


def runs_of(tx: Tx, node_id: str) -> list[Run]:
    """The runs that a node has, oldest first."""
    return [from_row(row) for row in tx.all(_RUNS, node=node_id)]


def untaken(tx: Tx) -> int:
    """How many runs have been let in and are no node's yet."""
    row = tx.one(_UNTAKEN)
    return 0 if row is None else int(row[0])
