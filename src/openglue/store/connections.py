"""Connections of the Data Catalog. Their passwords are kept as they are given."""

from __future__ import annotations

import msgspec
from sqlalchemy import bindparam, delete, select, update

# SQLite's form of ON CONFLICT is the same text, but SQLAlchemy compiles only this one for both.
from sqlalchemy.dialects.postgresql import insert

from openglue.model.catalog import Connection
from openglue.store.database import Row, Tx
from openglue.store.schema import connections

_SELECT = select(connections.c.name, connections.c.document, connections.c.created_on, connections.c.updated_on)
_GET = _SELECT.where(connections.c.name == bindparam("name"))
_GET_LOCKED = _GET.with_for_update()
_PAGE = _SELECT.where(connections.c.name > bindparam("after")).order_by(connections.c.name).limit(bindparam("limit"))
_INSERT = (
    insert(connections)
    .values(
        name=bindparam("name"),
        document=bindparam("document"),
        created_on=bindparam("created_on"),
        updated_on=bindparam("updated_on"),
    )
    .on_conflict_do_nothing()
)
_UPDATE = (
    update(connections)
    .where(connections.c.name == bindparam("of_name"))
    .values(document=bindparam("document"), updated_on=bindparam("updated_on"))
)
_DELETE = delete(connections).where(connections.c.name == bindparam("of_name"))


def get(tx: Tx, name: str) -> Connection | None:
    row = tx.one(_GET, name=name)
    return None if row is None else _connection(row)


def get_locked(tx: Tx, name: str) -> Connection | None:
    """The connection, locked until the transaction's end."""
    row = tx.one(_GET_LOCKED, name=name)
    return None if row is None else _connection(row)


def page(tx: Tx, *, after: str, limit: int) -> list[Connection]:
    """Connections by name, those after `after`."""
    return [_connection(row) for row in tx.all(_PAGE, after=after, limit=limit)]


def add(tx: Tx, connection: Connection) -> bool:
    """Add a connection; False if there is one of that name."""
    return bool(
        tx.run(
            _INSERT,
            name=connection.name,
            document=_document(connection),
            created_on=connection.created_on,
            updated_on=connection.updated_on,
        )
    )


def replace(tx: Tx, connection: Connection) -> None:
    """Write another definition of a connection that is locked."""
    tx.run(_UPDATE, of_name=connection.name, document=_document(connection), updated_on=connection.updated_on)


def remove(tx: Tx, name: str) -> bool:
    """Delete a connection; False if there is none of that name."""
    return bool(tx.run(_DELETE, of_name=name))


def _document(connection: Connection) -> str:
    return msgspec.json.encode(connection.definition).decode()


def _connection(row: Row) -> Connection:
    name, document, created_on, updated_on = row
    return Connection(name=name, definition=msgspec.json.decode(document), created_on=created_on, updated_on=updated_on)
