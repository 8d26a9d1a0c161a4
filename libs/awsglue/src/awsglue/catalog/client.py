"""The Data Catalog through boto3: the run's environment says where its calls go."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from typing import Any

from awsglue.catalog.tables import Document, Partition, Table

#: Members of a Table structure that a TableInput has, too.
_INPUT = (
    "Name",
    "Description",
    "Owner",
    "LastAccessTime",
    "LastAnalyzedTime",
    "Retention",
    "StorageDescriptor",
    "PartitionKeys",
    "ViewOriginalText",
    "ViewExpandedText",
    "TableType",
    "Parameters",
)
#: Partitions that one call creates, deletes (the service model).
_CREATED, _DELETED = 100, 25


class Catalog:
    """One catalog: the account's own, or that of `catalog_id`. What AWS refuses raises boto3's ClientError."""

    def __init__(self, catalog_id: str | None = None) -> None:
        self.id = catalog_id
        self._of = {"CatalogId": catalog_id} if catalog_id else {}

    @functools.cached_property
    def _client(self) -> Any:
        import boto3
        from botocore.config import Config

        # About a minute: a server that starts again harms no run.
        return boto3.client("glue", config=Config(retries={"mode": "standard", "total_max_attempts": 10}))

    def table(self, database: str, name: str) -> Table:
        answer = self._client.get_table(DatabaseName=database, Name=name, **self._of)
        return Table(definition=answer["Table"])

    def connection(self, name: str) -> Document:
        """The Connection structure, with its passwords."""
        connection: Document = self._client.get_connection(Name=name, HidePassword=False, **self._of)["Connection"]
        return connection

    def find(self, database: str, name: str) -> Table | None:
        """The table; None when it is not there, though its database is."""
        try:
            return self.table(database, name)
        except self._client.exceptions.EntityNotFoundException:
            self._client.get_database(Name=database, **self._of)
            return None

    def partitions(self, table: Table, expression: str = "", *, columns: bool = False) -> Iterator[Partition]:
        """The table's partitions, those that a catalog expression chooses; with `columns` each with its own."""
        pages = self._client.get_paginator("get_partitions").paginate(
            **self._named(table),
            ExcludeColumnSchema=not columns,
            **({"Expression": expression} if expression else {}),
        )
        for page in pages:
            for one in page["Partitions"]:
                yield Partition(
                    values=tuple(one["Values"]),
                    storage=one.get("StorageDescriptor") or {},
                    parameters=one.get("Parameters") or {},
                    created=int(one["CreationTime"].timestamp() * 1000) if "CreationTime" in one else 0,
                )

    def create(self, database: str, table: Document) -> bool:
        """Create a table of a TableInput; False when another one was quicker."""
        try:
            self._client.create_table(DatabaseName=database, TableInput=table, **self._of)
        except self._client.exceptions.AlreadyExistsException:
            return False
        return True

    def replace_columns(self, table: Table, columns: list[Document]) -> bool:
        """Give the table other columns; False when somebody has changed it since it was read."""
        given = {name: value for name, value in table.definition.items() if name in _INPUT}
        given["StorageDescriptor"] = {**table.storage, "Columns": columns}
        try:
            self._client.update_table(
                DatabaseName=table.definition["DatabaseName"],
                TableInput=given,
                **({"VersionId": version} if (version := table.definition.get("VersionId")) else {}),
                **self._of,
            )
        except self._client.exceptions.ConcurrentModificationException:
            return False
        return True

    def add_partitions(self, table: Table, partitions: Iterable[Partition]) -> None:
        """Add partitions; those that are there already stay as they are."""
        given = [{"Values": list(one.values), "StorageDescriptor": dict(one.storage)} for one in partitions]
        for start in range(0, len(given), _CREATED):
            answer = self._client.batch_create_partition(
                **self._named(table), PartitionInputList=given[start : start + _CREATED]
            )
            self._raise_for(table, answer, but="AlreadyExistsException")

    def remove_partitions(self, table: Table, partitions: Iterable[Partition]) -> None:
        """Remove partitions, those that are there."""
        gone = [{"Values": list(one.values)} for one in partitions]
        for start in range(0, len(gone), _DELETED):
            answer = self._client.batch_delete_partition(
                **self._named(table), PartitionsToDelete=gone[start : start + _DELETED]
            )
            self._raise_for(table, answer, but="EntityNotFoundException")

    def _named(self, table: Table) -> dict[str, str]:
        return {"DatabaseName": table.definition["DatabaseName"], "TableName": table.definition["Name"], **self._of}

    def _raise_for(self, table: Table, answer: Document, *, but: str) -> None:
        for error in answer.get("Errors") or ():
            detail = error["ErrorDetail"]
            if detail["ErrorCode"] != but:
                values = ", ".join(error["PartitionValues"])
                raise RuntimeError(
                    f"the partition {values} of the table {table.name} was refused:"
                    f" {detail['ErrorMessage']} ({detail['ErrorCode']})"
                )
