"""A table of the catalog: where its data is, in which form, with which columns."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from openglue.errors import InvalidInputException
from openglue.model.catalog.names import folded
from openglue.model.catalog.refusals import refuse
from openglue.model.job import Document

#: What AWS always says of a table and of its storage, whether it was given or not (observed).
_TABLE_SAYS: Document = {"Retention": 0, "IsRegisteredWithLakeFormation": False}
_STORAGE_SAYS: Document = {"Compressed": False, "NumberOfBuckets": 0, "StoredAsSubDirectories": False}


@dataclass(frozen=True, kw_only=True)
class Table:
    #: What partitions refer to; a table that is made again under the same name has another one.
    id: str
    #: In lower case, both.
    database: str
    name: str
    #: 0 for a new table, one higher with every update.
    version: int
    #: The members of TableInput, but for Name.
    definition: Document
    #: Partition indexes, as CreateTable has them.
    indexes: Sequence[Document]
    #: Epoch milliseconds.
    created_on: int
    updated_on: int

    @property
    def partition_keys(self) -> list[tuple[str, str]]:
        """Names and types of the partition keys, in their order; a type that was not given is string."""
        return [(key["Name"], key.get("Type") or "string") for key in self.definition.get("PartitionKeys") or ()]


def new_table(database: str, given: Document, indexes: Sequence[Document], *, now: int) -> Table:
    """The table that a TableInput describes, with its partition indexes. Raises InvalidInputException."""
    table = Table(
        id=f"t_{secrets.token_hex(16)}",
        database=folded(database),
        name=folded(given["Name"]),
        version=0,
        definition=_definition(given),
        indexes=indexes,
        created_on=now,
        updated_on=now,
    )
    known = {folded(name) for name, _ in table.partition_keys}
    for index in indexes:
        if not {folded(key) for key in index["Keys"]} <= known:
            # Observed, to the full stop.
            raise InvalidInputException(
                "IndexKeys not a part of PartitionColumns. Verify the indexKeys : "
                f"[{', '.join(key for key in index['Keys'] if folded(key) not in known)}]"
            )
    return table


def updated_table(table: Table, given: Document, *, now: int) -> Table:
    """The table with another definition as a whole, and the next version. Raises InvalidInputException."""
    return replace(table, definition=_definition(given), version=table.version + 1, updated_on=now)


def table_members(table: Table, account: str) -> dict[str, Any]:
    """The Table structure."""
    members: dict[str, Any] = {
        **_TABLE_SAYS,
        **table.definition,
        "Name": table.name,
        "DatabaseName": table.database,
        "CreateTime": table.created_on / 1000,
        "UpdateTime": table.updated_on / 1000,
        "CatalogId": account,
        "VersionId": str(table.version),
    }
    if "StorageDescriptor" in members:
        members["StorageDescriptor"] = storage_members(members["StorageDescriptor"])
    return members


def storage_members(storage: Document) -> dict[str, Any]:
    """The StorageDescriptor structure of a table or partition."""
    return {**_STORAGE_SAYS, **storage}


def selected(members: dict[str, Any], attributes: Iterable[str] | None) -> dict[str, Any]:
    """What AttributesToGet leaves of a table: all without it, and with DEFAULT in it."""
    if attributes is None or "DEFAULT" in attributes:
        return members
    wanted = {"Name", "DatabaseName", "CatalogId", *(["TableType"] if "TABLE_TYPE" in attributes else [])}
    return {member: value for member, value in members.items() if member in wanted}


def index_members(table: Table) -> list[dict[str, Any]]:
    """The PartitionIndexDescriptor structures of a table."""
    kinds = {folded(name): (name, kind) for name, kind in table.partition_keys}
    return [
        {
            "IndexName": index["IndexName"],
            "Keys": [dict(zip(("Name", "Type"), kinds[folded(key)], strict=True)) for key in index["Keys"]],
            "IndexStatus": "ACTIVE",
        }
        for index in table.indexes
    ]


def _definition(given: Document) -> Document:
    refuse(given)
    keys = [folded(key["Name"]) for key in given.get("PartitionKeys") or ()]
    twice = sorted({key for key in keys if keys.count(key) > 1})
    if twice:
        raise InvalidInputException(f"PartitionKeys name {', '.join(twice)} more than once")
    return {member: value for member, value in given.items() if member != "Name"}
