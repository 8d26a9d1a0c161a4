"""What the catalog is told of a table or partition that a write has made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import unquote

from awsglue import utils
from awsglue.catalog.hivetypes import hive_type
from awsglue.catalog.tables import Document, Partition, Table
from awsglue.gluetypes import StructType
from awsglue.options import OptionError

_TEXT = (
    "org.apache.hadoop.mapred.TextInputFormat",
    "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
)
_PARQUET = (
    "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
    "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
    "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
)
#: Format -> Hive's classes for it: input format, output format, SerDe. These are the formats that AWS lists.
_CLASSES = {
    "avro": (
        "org.apache.hadoop.hive.ql.io.avro.AvroContainerInputFormat",
        "org.apache.hadoop.hive.ql.io.avro.AvroContainerOutputFormat",
        "org.apache.hadoop.hive.serde2.avro.AvroSerDe",
    ),
    "csv": (*_TEXT, "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"),
    "glueparquet": _PARQUET,
    "json": (*_TEXT, "org.openx.data.jsonserde.JsonSerDe"),
    "parquet": _PARQUET,
}


def check_format(name: str) -> None:
    """Refuse a format of which AWS writes no tables into the catalog."""
    if name not in _CLASSES:
        raise OptionError(
            f"enableUpdateCatalog is not for the format {name!r}, it must be one of {', '.join(_CLASSES)}"
        )


def columns_of(schema: StructType, keys: Sequence[str]) -> list[dict[str, str]]:
    """The columns of a frame without its partition keys. ValueError for a type that the catalog has no name for."""
    return [
        {"Name": field.name, "Type": hive_type(field.dataType, field.name)}
        for field in schema
        if field.name not in keys
    ]


def new_table(
    name: str, schema: StructType, keys: Sequence[str], path: str, format_: str, options: Mapping[str, Any]
) -> dict[str, Any]:
    """The TableInput of a table over files that were written with a format and its options."""
    read, written, serde = _CLASSES[format_]
    parameters = {"classification": format_, **_made_by()}
    said = {"serialization.format": "1"}
    if format_ == "parquet":
        # What AWS asks of a table that its own writer shall go on with.
        parameters["useGlueParquetWriter"] = "true"
    if format_ == "csv":
        said = {"field.delim": options["separator"], "quoteChar": options["quoteChar"] or "-1"}
        if options["writeHeader"]:
            parameters["skip.header.line.count"] = "1"
    types = {field.name: hive_type(field.dataType, field.name) for field in schema}
    return {
        "Name": name,
        "TableType": "EXTERNAL_TABLE",
        "Parameters": parameters,
        "PartitionKeys": [{"Name": key, "Type": types[key]} for key in keys],
        "StorageDescriptor": {
            "Columns": columns_of(schema, keys),
            "Location": path,
            "InputFormat": read,
            "OutputFormat": written,
            "SerdeInfo": {"SerializationLibrary": serde, "Parameters": said},
        },
    }


def _made_by() -> dict[str, str]:
    """The job and run that make a table, as AWS notes them; nothing outside of a run."""
    known = utils._global_args  # noqa: SLF001 - Glue's own name for the arguments of the script
    said = {"CreatedByJob": known.get("JOB_NAME"), "CreatedByJobRun": known.get("JOB_RUN_ID")}
    return {name: value for name, value in said.items() if value}


def partition_at(table: Table, columns: Sequence[Document], files: Iterable[str]) -> list[Partition]:
    """The partitions that files are in, by the folders `key=value` that they are in."""
    folders = {file.rpartition("/")[0] for file in files}
    found = []
    for folder in sorted(folders):
        names = folder.split("/")[-len(table.key_names) :]
        values = tuple(unquote(name.partition("=")[2]) for name in names)
        storage = {**table.storage, "Columns": list(columns), "Location": f"{folder}/"}
        found.append(Partition(values=values, storage=storage))
    return found
