"""How the files of a table are written: its classification, or what its SerDe stands for, and the options for it.

A table's classification counts first, as in AWS Glue; without one that is known, the names of Hive's classes do.
Options of a format stand in the table's parameters or in those of its SerDe.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from awsglue.catalog.tables import Document, Partition, Table
from awsglue.options import OptionError

#: Classification -> format.
_CLASSIFIED = {
    "avro": "avro",
    "csv": "csv",
    "glueparquet": "parquet",
    "json": "json",
    "orc": "orc",
    "parquet": "parquet",
    "text": "text",
    "xml": "xml",
}
#: Ends of the names of Hive's SerDes and input formats -> format.
_CLASSES = {
    "LazySimpleSerDe": "csv",
    "OpenCSVSerde": "csv",
    "JsonSerDe": "json",
    "ParquetHiveSerDe": "parquet",
    "OrcSerde": "orc",
    "AvroSerDe": "avro",
    "MapredParquetInputFormat": "parquet",
    "OrcInputFormat": "orc",
    "AvroContainerInputFormat": "avro",
}
_OPEN = {
    "iceberg": "use spark.table and the Iceberg packages",
    "hudi": "use spark.read.format('hudi') and the Hudi packages",
    "delta": "use spark.read.format('delta') and the Delta Lake packages",
}
#: Format -> options that a table's parameters may have. There are parameters of all kinds, so they are named here.
_PROPERTIES = {
    "csv": ("separator", "quoteChar", "escaper", "multiLine", "multiline"),
    "json": ("jsonPath", "multiLine", "multiline"),
    "orc": ("mergeSchema",),
    "parquet": ("mergeSchema",),
    "xml": (
        "rowTag",
        "encoding",
        "excludeAttribute",
        "treatEmptyValuesAsNulls",
        "attributePrefix",
        "valueTag",
        "ignoreSurroundingSpaces",
        "withSchema",
    ),
}
#: Options of the s3 connection that a table's parameters may have.
_S3_PROPERTIES = (
    "boundedFiles",
    "boundedSize",
    "compressionType",
    "excludeStorageClasses",
    "exclusions",
    "groupFiles",
    "groupSize",
    "recurse",
)
#: Names of Hive's SerDes for the options of csv.
_CSV = {
    "separatorChar": "separator",
    "field.delim": "separator",
    "delimiter": "separator",
    "escapeChar": "escaper",
    "escape.delim": "escaper",
}
#: Characters that definitions spell out.
_SPELLED = {"\\t": "\t", "\\001": "\x01", "\\u0001": "\x01", "\\\\": "\\"}
#: What separates values for Hive when nothing is said.
_HIVE_SEPARATOR = "\x01"


@dataclass(frozen=True, kw_only=True)
class Layout:
    format: str
    #: The options of the format.
    options: Mapping[str, Any]
    #: For csv: lines at the beginning of each file that are no records.
    header_lines: int = 0
    #: For csv: the text that stands for null.
    null: str | None = None


def layout_of(table: Table) -> Layout:
    """The layout of a table's files. ValueError or NotImplementedError says why they cannot be read as such."""
    return _layout(table, table.parameters, table.storage)


def partition_layout(table: Table, partition: Partition) -> Layout:
    """The layout of a partition's files; what it does not say its table does."""
    own = {name: value for name, value in partition.storage.items() if value}
    whole, part = table.storage.get("SerdeInfo") or {}, own.get("SerdeInfo") or {}
    serde = {**whole, **part, "Parameters": {**(whole.get("Parameters") or {}), **(part.get("Parameters") or {})}}
    return _layout(table, {**table.parameters, **partition.parameters}, {**table.storage, **own, "SerdeInfo": serde})


def s3_options(table: Table) -> dict[str, Any]:
    """The options of the s3 connection that the table itself has."""
    found = {name: table.parameters[name] for name in _S3_PROPERTIES if table.parameters.get(name)}
    if str(found.get("compressionType", "")).lower() in {"none", "uncompressed"}:
        del found["compressionType"]
    return found


def _layout(table: Table, parameters: Mapping[str, str], storage: Document) -> Layout:
    serde = storage.get("SerdeInfo") or {}
    said = {**parameters, **(serde.get("Parameters") or {})}
    format_ = _format(table, parameters, storage)
    options = {name: said[name] for name in _PROPERTIES.get(format_, ()) if name in said}
    if format_ != "csv":
        return Layout(format=format_, options=options)
    return _csv_layout(table, said, options, hive=_is_hive(parameters, serde))


def _format(table: Table, parameters: Mapping[str, str], storage: Document) -> str:
    _refuse_what_is_no_file(table)
    for name in ("table_type", "spark.sql.sources.provider", "classification"):
        kind = parameters.get(name, "").lower()
        if kind in _OPEN:
            raise NotImplementedError(f"the table {table.name} is of the format {kind}, not built yet: {_OPEN[kind]}")
    classification = parameters.get("classification", "")
    if classification.lower() in _CLASSIFIED:
        return _CLASSIFIED[classification.lower()]
    serde = str((storage.get("SerdeInfo") or {}).get("SerializationLibrary") or "")
    for name in (serde, str(storage.get("InputFormat") or "")):
        for end, format_ in _CLASSES.items():
            if name.endswith(end):
                return format_
    raise ValueError(
        f"how the files of the table {table.name} are written is not known: its classification is"
        f" {classification!r}, its SerDe {serde!r}. There are the classifications {', '.join(_CLASSIFIED)}, and SerDes"
        f" and input formats that end in {', '.join(_CLASSES)}"
    )


def _refuse_what_is_no_file(table: Table) -> None:
    if table.definition.get("TableType") == "VIRTUAL_VIEW":
        raise NotImplementedError(f"{table.name} is a view, and views are not built yet: read the tables behind it")
    if table.database_kind:
        raise ValueError(
            f"the table {table.name} is in a database of the kind {table.database_kind} and names no connection to it,"
            " which is its parameter connectionName"
        )
    for parameters in (table.parameters, table.storage.get("Parameters") or {}):
        if parameters.get("typeOfData", "").lower() in {"kinesis", "kafka"}:
            raise NotImplementedError(f"the table {table.name} is a stream, and streams are not built yet")


def _is_hive(parameters: Mapping[str, str], serde: Document) -> bool:
    """Whether it is a table of Hive's own, which says nothing to AWS Glue."""
    library = str(serde.get("SerializationLibrary", ""))
    return not parameters.get("classification") and library.endswith("LazySimpleSerDe")


def _csv_layout(table: Table, said: Mapping[str, str], options: dict[str, Any], *, hive: bool) -> Layout:
    for name, option in _CSV.items():
        if said.get(name):
            options.setdefault(option, said[name])
    options = {name: _SPELLED.get(value, value) for name, value in options.items()}
    if hive:
        options.setdefault("separator", _HIVE_SEPARATOR)
    # A quote in a quoted value is doubled: that is no escaping.
    if options.get("escaper") == options.get("quoteChar", '"'):
        del options["escaper"]
    lines = said.get("skip.header.line.count") or "0"
    if not lines.isdecimal():
        raise OptionError(
            f"the table {table.name}: skip.header.line.count is {lines!r}, and it must be a whole number of lines"
        )
    return Layout(format="csv", options=options, header_lines=int(lines), null=said.get("serialization.null.format"))
