"""A database of the Data Catalog for one case, whose tables have their files in the case's lake."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import boto3

from .lake import Lake


class Shelf:
    def __init__(self, lake: Lake) -> None:
        self.lake = lake
        self.client = boto3.client("glue")
        self.database = re.sub(r"\W", "_", lake.uri("").split("//")[1]).strip("_")
        self.client.create_database(DatabaseInput={"Name": self.database})

    def table(
        self,
        name: str,
        columns: Mapping[str, str],
        *,
        keys: Mapping[str, str] | None = None,
        classification: str = "",
        parameters: Mapping[str, str] | None = None,
        serde: str = "",
        serde_parameters: Mapping[str, str] | None = None,
        input_format: str = "",
        location: str | None = None,
        kind: str = "EXTERNAL_TABLE",
    ) -> None:
        """Create a table over the lake's folder of its name."""
        info = {"SerializationLibrary": serde, "Parameters": dict(serde_parameters or {})}
        self.client.create_table(
            DatabaseName=self.database,
            TableInput={
                "Name": name,
                "TableType": kind,
                "Parameters": {**({"classification": classification} if classification else {}), **(parameters or {})},
                "PartitionKeys": _columns(keys or {}),
                "StorageDescriptor": {
                    "Columns": _columns(columns),
                    "Location": self.lake.uri(f"{name}/") if location is None else location,
                    "InputFormat": input_format,
                    **({"SerdeInfo": info} if serde else {}),
                },
            },
        )

    def partition(
        self,
        table: str,
        values: Sequence[str],
        folder: str,
        *,
        columns: Mapping[str, str] | None = None,
        parameters: Mapping[str, str] | None = None,
    ) -> None:
        """Add a partition with its files in a folder of the lake."""
        storage = {"Location": self.lake.uri(folder), **({"Columns": _columns(columns)} if columns else {})}
        self.client.create_partition(
            DatabaseName=self.database,
            TableName=table,
            PartitionInput={"Values": list(values), "StorageDescriptor": storage, "Parameters": dict(parameters or {})},
        )

    def read(self, table: str, **arguments: Any) -> Any:
        return self.lake.glue.create_dynamic_frame.from_catalog(self.database, table, **arguments)

    def definition(self, table: str) -> dict[str, Any]:
        answer: dict[str, Any] = self.client.get_table(DatabaseName=self.database, Name=table)["Table"]
        return answer

    def partitions(self, table: str) -> dict[tuple[str, ...], str]:
        """The locations of the table's partitions below the lake, by their values."""
        pages = self.client.get_paginator("get_partitions").paginate(DatabaseName=self.database, TableName=table)
        return {
            tuple(one["Values"]): one["StorageDescriptor"]["Location"].removeprefix(self.lake.uri(""))
            for page in pages
            for one in page["Partitions"]
        }


def _columns(types: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Name": name, "Type": type_} for name, type_ in types.items()]
