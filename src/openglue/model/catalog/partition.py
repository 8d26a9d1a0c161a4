"""A partition of a table: the part of its data with certain values of the partition keys."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from openglue.errors import InvalidInputException
from openglue.model.catalog.table import Table, storage_members
from openglue.model.job import Document


@dataclass(frozen=True, kw_only=True)
class Partition:
    #: One for each partition key of the table, in their order.
    values: Sequence[str]
    #: The members of PartitionInput, but for Values.
    definition: Document
    #: Epoch milliseconds.
    created_on: int


@dataclass(frozen=True, kw_only=True)
class Segment:
    """One of several parts of a table's partitions that are read beside each other. The whole is one of one."""

    number: int = 0
    total: int = 1

    def __post_init__(self) -> None:
        if self.number >= self.total:
            raise InvalidInputException(
                f"SegmentNumber {self.number} is not valid: less than TotalSegments ({self.total}) is expected"
            )

    @property
    def bounds(self) -> tuple[str, str]:
        """Between which two texts the keys of its partitions are. Keys are hashes, so that segments are alike."""
        low, high = (f"{0x10000 * number // self.total:04x}" for number in (self.number, self.number + 1))
        return low, high if self.number + 1 < self.total else "g"


def partition_key(values: Sequence[str]) -> str:
    """What a partition is found by: a hash of its values, in hex digits."""
    return hashlib.sha256(msgspec.json.encode(list(values))).hexdigest()


def new_partition(table: Table, given: Document, *, now: int) -> Partition:
    """The partition that a PartitionInput describes. Raises InvalidInputException."""
    values = given.get("Values") or []
    check_values(table, values)
    definition = {member: value for member, value in given.items() if member != "Values"}
    return Partition(values=values, definition=definition, created_on=now)


def updated_partition(table: Table, partition: Partition, given: Document) -> Partition:
    """The partition with another definition as a whole. Its values stay: they say which one it is."""
    if list(given.get("Values") or partition.values) != list(partition.values):
        raise InvalidInputException("The values of a partition cannot be changed: delete it and create another one")
    return new_partition(table, {**given, "Values": partition.values}, now=partition.created_on)


def check_values(table: Table, values: Sequence[str]) -> None:
    """Refuse values that are not one for each partition key."""
    if not values or len(values) != len(table.partition_keys):
        # Observed, to the full stop that is not there.
        raise InvalidInputException("The number of partition keys do not match the number of partition values")


def partition_members(partition: Partition, table: Table, account: str, *, columns: bool) -> dict[str, Any]:
    """The Partition structure; without `columns` its storage does not name its columns."""
    members: dict[str, Any] = {
        **partition.definition,
        "Values": list(partition.values),
        "DatabaseName": table.database,
        "TableName": table.name,
        "CreationTime": partition.created_on / 1000,
        "CatalogId": account,
    }
    if "StorageDescriptor" in members:
        storage = storage_members(members["StorageDescriptor"])
        members["StorageDescriptor"] = {
            member: value for member, value in storage.items() if columns or member != "Columns"
        }
    return members
