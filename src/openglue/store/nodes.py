"""Nodes: one per server, the owner of the runs on its machine."""

from __future__ import annotations

from sqlalchemy import bindparam, insert, update

from openglue.store.database import Tx
from openglue.store.schema import nodes

_UPDATE = (
    update(nodes)
    .where(nodes.c.id == bindparam("node_id"))
    .values(host=bindparam("host"), started_on=bindparam("now"), lease_until=bindparam("until"))
)
_INSERT = insert(nodes).values(
    id=bindparam("node_id"), host=bindparam("host"), started_on=bindparam("now"), lease_until=bindparam("until")
)


def register(tx: Tx, node_id: str, *, host: str, lease_ms: int, now: int) -> None:
    """A server of this node has started."""
    values = {"node_id": node_id, "host": host, "now": now, "until": tx.lease_now() + lease_ms}
    if tx.run(_UPDATE, **values) == 0:
        tx.run(_INSERT, **values)
