"""Avro schemas and Glue types, both ways, by AWS's tables for the versions 1.7 and 1.8 of its reader and writer.

Version 1.7 knows no logical types: it reads what they are made of, and writes dates, moments and decimals as texts.
"""

from __future__ import annotations

import functools
import re
from typing import Any

from awsglue.gluetypes import (
    ArrayType,
    BinaryType,
    BooleanType,
    ChoiceType,
    DataType,
    DateType,
    DecimalType,
    DoubleType,
    Field,
    FloatType,
    IntegerType,
    LongType,
    MapType,
    NullType,
    StringType,
    StructType,
    TimestampType,
    mergeDataTypes,
)

VERSIONS = ("1.7", "1.8")
_PRIMITIVES: dict[str, type[DataType]] = {
    "null": NullType,
    "boolean": BooleanType,
    "int": IntegerType,
    "long": LongType,
    "float": FloatType,
    "double": DoubleType,
    "bytes": BinaryType,
    "string": StringType,
    "enum": StringType,
    "fixed": BinaryType,
}
#: Logical types that version 1.8 reads as more than what they are made of.
_LOGICAL = {"decimal": ("bytes", "fixed"), "date": ("int",), "timestamp-millis": ("long",)}
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def plain_schema(schema: Any, version: str) -> Any:
    """The schema without the logical types that a version does not read."""
    if isinstance(schema, list):
        return [plain_schema(branch, version) for branch in schema]
    if not isinstance(schema, dict):
        return schema
    logical = schema.get("logicalType")
    kept = version == "1.8" and schema["type"] in _LOGICAL.get(str(logical), ())
    plain = {name: value for name, value in schema.items() if kept or name != "logicalType"}
    for name in ("type", "items", "values"):
        if name in plain:
            plain[name] = plain_schema(plain[name], version)
    if "fields" in plain:
        plain["fields"] = [{**one, "type": plain_schema(one["type"], version)} for one in plain["fields"]]
    return plain


def struct_of(schema: Any) -> StructType:
    """The struct that a plain schema's records are. TypeError or ValueError when it describes none."""
    type_ = _Types().type(schema, "")
    if not isinstance(type_, StructType):
        raise TypeError(f"its values are no records but of type {type_.typeName()}")
    return type_


class _Types:
    """The types of a schema, whose named types may be spoken of by their names."""

    def __init__(self) -> None:
        self._named: dict[str, DataType | None] = {}

    def type(self, schema: Any, space: str) -> DataType:
        if isinstance(schema, list):
            return self._union(schema, space)
        if isinstance(schema, str):
            if schema in _PRIMITIVES:
                return _PRIMITIVES[schema]()
            return self._known(schema if "." in schema or not space else f"{space}.{schema}", schema)
        kind = schema["type"]
        if not isinstance(kind, str) or (kind not in _PRIMITIVES and kind not in {"record", "error", "array", "map"}):
            return self.type(kind, space)
        if kind == "array":
            return ArrayType(self.type(schema["items"], space))
        if kind == "map":
            return MapType(self.type(schema["values"], space))
        if kind not in {"record", "error", "enum", "fixed"}:
            return _simple(schema)
        name, space = _full_name(schema, space)
        self._named[name] = None
        if kind in {"enum", "fixed"}:
            type_ = _simple(schema)
        else:
            type_ = StructType(Field(one["name"], self.type(one["type"], space)) for one in schema["fields"])
        self._named[name] = type_
        return type_

    def _known(self, name: str, short: str) -> DataType:
        name = name if name in self._named else short
        if name not in self._named:
            raise ValueError(f"its schema speaks of a type {name!r} that it does not describe")
        type_ = self._named[name]
        if type_ is None:
            raise ValueError(f"its records of type {name!r} have records of that type in them, which no frame can hold")
        return type_

    def _union(self, branches: list[Any], space: str) -> DataType:
        types = [self.type(branch, space) for branch in branches]
        return functools.reduce(mergeDataTypes, types) if types else NullType()


def _full_name(schema: dict[str, Any], space: str) -> tuple[str, str]:
    name = str(schema["name"])
    if "." in name:
        return name, name.rpartition(".")[0]
    space = schema.get("namespace", space)
    return (f"{space}.{name}" if space else name), space


def _simple(schema: dict[str, Any]) -> DataType:
    logical = schema.get("logicalType")
    if logical == "decimal":
        return DecimalType(schema["precision"], schema.get("scale", 0))
    if logical == "date":
        return DateType()
    if logical == "timestamp-millis":
        return TimestampType()
    return _PRIMITIVES[schema["type"]]()


def schema_of(struct: StructType, version: str) -> dict[str, Any]:
    """The schema that records of the struct are written with. ValueError for what Avro has no name or type for."""
    return _record(struct, "record", version)


def _record(struct: StructType, name: str, version: str) -> dict[str, Any]:
    fields = []
    for field in struct:
        if not _NAME.fullmatch(field.name):
            raise ValueError(
                f"the field {field.name!r} cannot be written as Avro, whose names have only letters without accents,"
                " digits and _: rename it"
            )
        branches = _branches(field.dataType, f"{name}_{field.name}", version)
        fields.append({"name": field.name, "type": branches, "default": None})
    return {"type": "record", "name": name, "fields": fields}


def _branches(type_: DataType, name: str, version: str) -> list[Any]:
    """The union of null and what a value of the type may be."""
    if isinstance(type_, ChoiceType):
        found = [_schema(one, f"{name}_{kind}", version) for kind, one in type_.alternatives()]
    else:
        found = [_schema(type_, name, version)]
    union: list[Any] = ["null"]
    for schema in found:
        if schema in union:
            continue
        if _kind(schema) in {_kind(one) for one in union}:
            raise ValueError(
                f"the values in {name.partition('_')[2]} are of types that Avro does not tell apart in one field:"
                " resolve the choice first"
            )
        union.append(schema)
    return union


def _kind(schema: Any) -> str:
    """What a union may have once only."""
    return schema if isinstance(schema, str) else schema["name"] if schema["type"] == "record" else schema["type"]


def _schema(type_: DataType, name: str, version: str) -> Any:
    if isinstance(type_, StructType):
        return _record(type_, name, version)
    if isinstance(type_, ArrayType):
        return {"type": "array", "items": _branches(type_.elementType, f"{name}_element", version)}
    if isinstance(type_, MapType):
        return {"type": "map", "values": _branches(type_.valueType, f"{name}_value", version)}
    if version == "1.8":
        if isinstance(type_, DecimalType):
            return {"type": "bytes", "logicalType": "decimal", "precision": type_.precision, "scale": type_.scale}
        if type_.typeName() in _WRITTEN:
            kind, logical = _WRITTEN[type_.typeName()]
            return {"type": kind, "logicalType": logical}
    return _WRITTEN_PLAIN.get(type_.typeName(), "string")


_WRITTEN = {
    "date": ("int", "date"),
    "timestamp": ("long", "timestamp-micros"),
    "timestamp_ntz": ("long", "local-timestamp-micros"),
}
#: Types by their names; all others are texts.
_WRITTEN_PLAIN = {
    "binary": "bytes",
    "boolean": "boolean",
    "byte": "int",
    "double": "double",
    "float": "float",
    "int": "int",
    "long": "long",
    "null": "null",
    "short": "int",
    "unknown": "null",
}
