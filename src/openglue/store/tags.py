"""Tags of jobs and triggers, by ARN resource such as `job/nightly`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import bindparam, delete, insert, select

from openglue.store.database import Tx
from openglue.store.schema import tags

_GET = select(tags.c.key, tags.c.value).where(tags.c.resource == bindparam("resource")).order_by(tags.c.key)
_INSERT = insert(tags).values(resource=bindparam("resource"), key=bindparam("key"), value=bindparam("value"))
_DELETE = delete(tags).where(tags.c.resource == bindparam("of_resource"), tags.c.key == bindparam("of_key"))
_CLEAR = delete(tags).where(tags.c.resource == bindparam("of_resource"))


def get(tx: Tx, resource: str) -> dict[str, str]:
    return dict(tx.all(_GET, resource=resource))


def put(tx: Tx, resource: str, values: Mapping[str, str]) -> None:
    """Set tags; a key that is there gets the new value."""
    for key, value in values.items():
        tx.run(_DELETE, of_resource=resource, of_key=key)
        tx.run(_INSERT, resource=resource, key=key, value=value)


def remove(tx: Tx, resource: str, names: Iterable[str]) -> None:
    for key in names:
        tx.run(_DELETE, of_resource=resource, of_key=key)


def clear(tx: Tx, resource: str) -> None:
    tx.run(_CLEAR, of_resource=resource)
