"""Databases of the Data Catalog.

Whoever creates a table holds its database's row for reading until the end of the transaction, whoever deletes the
database holds it alone: no table is left without one. These rows are locked before those of tables.
"""

from __future__ import annotations

import msgspec
from sqlalchemy import bindparam, delete, select, update

# SQLite's form of ON CONFLICT is the same text, but SQLAlchemy compiles only this one for both.
from sqlalchemy.dialects.postgresql import insert

from openglue.model.catalog import Database
from openglue.store import tables
from openglue.store.database import Row, Tx
from openglue.store.schema import databases

_SELECT = select(databases.c.name, databases.c.document, databases.c.created_on)
_GET = _SELECT.where(databases.c.name == bindparam("name"))
_GET_LOCKED = _GET.with_for_update()
_GET_SHARED = _GET.with_for_update(read=True)
_PAGE = _SELECT.where(databases.c.name > bindparam("after")).order_by(databases.c.name).limit(bindparam("limit"))
_INSERT = (
    insert(databases)
    .values(name=bindparam("name"), document=bindparam("document"), created_on=bindparam("created_on"))
    .on_conflict_do_nothing()
)
_UPDATE = update(databases).where(databases.c.name == bindparam("of_name")).values(document=bindparam("document"))
_DELETE = delete(databases).where(databases.c.name == bindparam("of_name"))


def get(tx: Tx, name: str) -> Database | None:
    row = tx.one(_GET, name=name)
    return None if row is None else _database(row)


def get_locked(tx: Tx, name: str) -> Database | None:
    """The database, which nobody else can change or fill until the transaction's end."""
    row = tx.one(_GET_LOCKED, name=name)
    return None if row is None else _database(row)


def get_shared(tx: Tx, name: str) -> Database | None:
    """The database, which nobody can delete until the transaction's end."""
    row = tx.one(_GET_SHARED, name=name)
    return None if row is None else _database(row)


def page(tx: Tx, *, after: str, limit: int) -> list[Database]:
    """Databases by name, those after `after`."""
    return [_database(row) for row in tx.all(_PAGE, after=after, limit=limit)]


def add(tx: Tx, database: Database) -> bool:
    """Add a database; False if there is one of that name."""
    return bool(
        tx.run(_INSERT, name=database.name, document=_document(database), created_on=database.created_on),
    )


def replace(tx: Tx, database: Database) -> None:
    """Write another definition of a database that is locked."""
    tx.run(_UPDATE, of_name=database.name, document=_document(database))


def remove(tx: Tx, database: Database) -> None:
    """Delete a database that is locked, with its tables and their partitions."""
    tables.clear(tx, database.name)
    tx.run(_DELETE, of_name=database.name)


def _document(database: Database) -> str:
    return msgspec.json.encode(database.definition).decode()


def _database(row: Row) -> Database:
    name, document, created_on = row
    return Database(name=name, definition=msgspec.json.decode(document), created_on=created_on)
