"""Tables of the Data Catalog.

Whoever adds a partition holds the table's row for reading until the end of the transaction, whoever updates or deletes
the table holds it alone.
"""

from __future__ import annotations

import msgspec
from sqlalchemy import bindparam, delete, select, update

# SQLite's form of ON CONFLICT is the same text, but SQLAlchemy compiles only this one for both.
from sqlalchemy.dialects.postgresql import insert

from openglue.model.catalog import Table
from openglue.store.database import Row, Tx
from openglue.store.schema import partitions, tables

_SELECT = select(
    tables.c.id,
    tables.c.database_name,
    tables.c.name,
    tables.c.version,
    tables.c.document,
    tables.c.partition_indexes,
    tables.c.created_on,
    tables.c.updated_on,
)
_GET = _SELECT.where(tables.c.database_name == bindparam("database"), tables.c.name == bindparam("name"))
_GET_LOCKED = _GET.with_for_update()
_GET_SHARED = _GET.with_for_update(read=True)
_PAGE = (
    _SELECT.where(tables.c.database_name == bindparam("database"), tables.c.name > bindparam("after"))
    .order_by(tables.c.name)
    .limit(bindparam("limit"))
)
_INSERT = (
    insert(tables)
    .values(
        id=bindparam("id"),
        database_name=bindparam("database"),
        name=bindparam("name"),
        version=bindparam("version"),
        document=bindparam("document"),
        partition_indexes=bindparam("partition_indexes"),
        created_on=bindparam("created_on"),
        updated_on=bindparam("updated_on"),
    )
    .on_conflict_do_nothing(index_elements=[tables.c.database_name, tables.c.name])
)
_UPDATE = (
    update(tables)
    .where(tables.c.id == bindparam("table_id"))
    .values(version=bindparam("version"), document=bindparam("document"), updated_on=bindparam("updated_on"))
)
_LOCK_ALL = (
    select(tables.c.id).where(tables.c.database_name == bindparam("database")).order_by(tables.c.name).with_for_update()
)
_EMPTY = delete(partitions).where(partitions.c.table_id == bindparam("of_table"))
_DELETE = delete(tables).where(tables.c.id == bindparam("table_id"))


def get(tx: Tx, database: str, name: str) -> Table | None:
    row = tx.one(_GET, database=database, name=name)
    return None if row is None else _table(row)


def get_locked(tx: Tx, database: str, name: str) -> Table | None:
    """The table, which nobody else can change or add partitions to until the transaction's end."""
    row = tx.one(_GET_LOCKED, database=database, name=name)
    return None if row is None else _table(row)


def get_shared(tx: Tx, database: str, name: str) -> Table | None:
    """The table, which nobody can change or delete until the transaction's end."""
    row = tx.one(_GET_SHARED, database=database, name=name)
    return None if row is None else _table(row)


def page(tx: Tx, *, database: str, after: str, limit: int) -> list[Table]:
    """Tables of a database by name, those after `after`."""
    return [_table(row) for row in tx.all(_PAGE, database=database, after=after, limit=limit)]


def add(tx: Tx, table: Table) -> bool:
    """Add a table to a database that is held; False if there is one of that name."""
    return bool(
        tx.run(
            _INSERT,
            id=table.id,
            database=table.database,
            name=table.name,
            version=table.version,
            document=msgspec.json.encode(table.definition).decode(),
            partition_indexes=msgspec.json.encode(table.indexes).decode(),
            created_on=table.created_on,
            updated_on=table.updated_on,
        )
    )


def replace(tx: Tx, table: Table) -> None:
    """Write another definition of a table that is locked."""
    document = msgspec.json.encode(table.definition).decode()
    tx.run(_UPDATE, table_id=table.id, version=table.version, document=document, updated_on=table.updated_on)


def remove(tx: Tx, table: Table) -> None:
    """Delete a table that is locked, with its partitions."""
    _remove(tx, table.id)


def clear(tx: Tx, database: str) -> None:
    """Delete all tables of a database that is locked, with their partitions."""
    for (table_id,) in tx.all(_LOCK_ALL, database=database):
        _remove(tx, table_id)


def _remove(tx: Tx, table_id: str) -> None:
    tx.run(_EMPTY, of_table=table_id)
    tx.run(_DELETE, table_id=table_id)


def _table(row: Row) -> Table:
    table_id, database, name, version, document, indexes, created_on, updated_on = row
    return Table(
        id=table_id,
        database=database,
        name=name,
        version=version,
        definition=msgspec.json.decode(document),
        indexes=msgspec.json.decode(indexes),
        created_on=created_on,
        updated_on=updated_on,
    )
