"""Partitions of the Data Catalog's tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec
from sqlalchemy import bindparam, delete, select, update

# SQLite's form of ON CONFLICT is the same text, but SQLAlchemy compiles only this one for both.
from sqlalchemy.dialects.postgresql import insert

from openglue.model.catalog import Partition, partition_key
from openglue.store.database import Row, Tx
from openglue.store.schema import partitions

_SELECT = select(partitions.c.key, partitions.c.value_list, partitions.c.document, partitions.c.created_on)
_OF_TABLE = _SELECT.where(partitions.c.table_id == bindparam("table_id"))
_GET = _OF_TABLE.where(partitions.c.key == bindparam("key"))
_GET_LOCKED = _GET.with_for_update()
_PAGE = (
    _OF_TABLE.where(partitions.c.key > bindparam("after"), partitions.c.key < bindparam("before"))
    .order_by(partitions.c.key)
    .limit(bindparam("limit"))
)
_ANY = select(partitions.c.key).where(partitions.c.table_id == bindparam("table_id")).limit(1)
_INSERT = (
    insert(partitions)
    .values(
        table_id=bindparam("table_id"),
        key=bindparam("key"),
        value_list=bindparam("value_list"),
        document=bindparam("document"),
        created_on=bindparam("created_on"),
    )
    .on_conflict_do_nothing()
)
_ONE = (partitions.c.table_id == bindparam("of_table"), partitions.c.key == bindparam("of_key"))
_UPDATE = update(partitions).where(*_ONE).values(document=bindparam("document"))
_DELETE = delete(partitions).where(*_ONE)


class Stored(NamedTuple):
    """A partition as it is stored: its definition is still text, for those that nobody asks for."""

    key: str
    values: list[str]
    document: str
    created_on: int

    def partition(self) -> Partition:
        return Partition(values=self.values, definition=msgspec.json.decode(self.document), created_on=self.created_on)


def get(tx: Tx, table_id: str, values: Sequence[str]) -> Partition | None:
    row = tx.one(_GET, table_id=table_id, key=partition_key(values))
    return None if row is None else _stored(row).partition()


def get_locked(tx: Tx, table_id: str, values: Sequence[str]) -> Partition | None:
    """The partition, locked until the transaction's end."""
    row = tx.one(_GET_LOCKED, table_id=table_id, key=partition_key(values))
    return None if row is None else _stored(row).partition()


def page(tx: Tx, *, table_id: str, after: str, before: str, limit: int) -> list[Stored]:
    """Partitions of a table with keys between two texts, in the order of their keys."""
    return [_stored(row) for row in tx.all(_PAGE, table_id=table_id, after=after, before=before, limit=limit)]


def exist(tx: Tx, table_id: str) -> bool:
    """Whether a table has any partition."""
    return tx.one(_ANY, table_id=table_id) is not None


def add(tx: Tx, table_id: str, given: Iterable[Partition]) -> list[int]:
    """Add partitions to a table that is held; the places of those that were there already, or are given twice."""
    # In one order, whatever the request's is: two transactions that add the same would wait for each other.
    placed = sorted((partition_key(one.values), place, one) for place, one in enumerate(given))
    there = [
        place
        for key, place, one in placed
        if not tx.run(
            _INSERT,
            table_id=table_id,
            key=key,
            value_list=msgspec.json.encode(one.values).decode(),
            document=msgspec.json.encode(one.definition).decode(),
            created_on=one.created_on,
        )
    ]
    return sorted(there)


def replace(tx: Tx, table_id: str, partition: Partition) -> None:
    """Write another definition of a partition that is locked."""
    document = msgspec.json.encode(partition.definition).decode()
    tx.run(_UPDATE, of_table=table_id, of_key=partition_key(partition.values), document=document)


def remove(tx: Tx, table_id: str, values: Sequence[str]) -> bool:
    """Delete a partition; False if there is none of these values."""
    return bool(tx.run(_DELETE, of_table=table_id, of_key=partition_key(values)))


def _stored(row: Row) -> Stored:
    key, value_list, document, created_on = row
    return Stored(key, msgspec.json.decode(value_list), document, created_on)
