"""Tables and partitions of the Data Catalog, as AWS's operations give them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from awsglue.catalog.hivetypes import parsed
from awsglue.gluetypes import Field, StructType

#: What Hive and Spark write where a partition key has no value.
NULL_VALUE = "__HIVE_DEFAULT_PARTITION__"

#: Classifications of tables in databases.
_DATABASES = ("mysql", "postgresql", "oracle", "sqlserver", "redshift")

Document = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Table:
    #: The Table structure.
    definition: Document

    @property
    def name(self) -> str:
        """Database and name, for messages."""
        return f"{self.definition['DatabaseName']}.{self.definition['Name']}"

    @property
    def parameters(self) -> Mapping[str, str]:
        return self.definition.get("Parameters") or {}

    @property
    def storage(self) -> Document:
        return self.definition.get("StorageDescriptor") or {}

    @property
    def location(self) -> str:
        """Where its files are. ValueError when it does not say."""
        location = self.storage.get("Location") or ""
        if not location:
            raise ValueError(f"the table {self.name} has no Location: it has no files")
        return str(location)

    @property
    def database_kind(self) -> str:
        """The kind of database that the table is in; empty for a table of files."""
        kind = self.parameters.get("classification", "").lower()
        return kind if kind in _DATABASES else ""

    @property
    def key_names(self) -> list[str]:
        return [key["Name"] for key in self.definition.get("PartitionKeys") or ()]

    def keys(self) -> StructType:
        """The partition keys and their types."""
        return self._struct(self.definition.get("PartitionKeys") or ())

    def columns(self) -> StructType:
        """The columns and their types, without the partition keys."""
        return self._struct(self.storage.get("Columns") or ())

    def _struct(self, columns: Sequence[Document]) -> StructType:
        # A key without a type is text, as in Hive.
        try:
            return StructType(Field(one["Name"], parsed(one.get("Type") or "string")) for one in columns)
        except ValueError as error:
            raise ValueError(f"the columns of the table {self.name} cannot be read: {error}") from None


@dataclass(frozen=True, kw_only=True)
class Partition:
    #: One for each partition key.
    values: tuple[str, ...]
    storage: Document = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)
    #: When it came into the catalog, in milliseconds since 1970; 0 when that is not known.
    created: int = 0

    @property
    def location(self) -> str:
        """Where its files are; empty when it does not say."""
        return str(self.storage.get("Location") or "")

    def labels(self) -> tuple[str | None, ...]:
        """The values, None for null."""
        return tuple(None if value == NULL_VALUE else value for value in self.values)
