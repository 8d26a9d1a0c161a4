"""Values inside a row as SQL text: how frames are reshaped without reading a record in Python.

A Value is an expression together with its Glue type. A choice is stored as a struct with one member per alternative,
named by type and at most one of them set; that struct is also what toDF() shows. Pure text: nothing here needs Spark.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from awsglue.gluetypes import (
    ArrayType,
    ChoiceType,
    DataType,
    DecimalType,
    EnumType,
    Field,
    MapType,
    NullType,
    StringType,
    StructType,
    UnknownType,
)


@dataclass(frozen=True, kw_only=True)
class Value:
    #: The expression; empty for the row itself.
    sql: str
    type: DataType


@dataclass(frozen=True, kw_only=True)
class Member:
    """A named value in a struct or in the row; `absent` as in gluetypes.Field."""

    name: str
    value: Value
    absent: bool = False

    def field(self) -> Field:
        return Field(self.name, self.value.type, absent=self.absent)


def row(schema: StructType) -> Value:
    return Value(sql="", type=schema)


def quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def free_name(schema: StructType, wanted: str) -> str:
    """A name for one more column of the row, in any case of letters unlike those of its fields."""
    taken = {field.name.lower() for field in schema}
    while wanted.lower() in taken:
        wanted += "_"
    return wanted


_CHAIN = re.compile(r"(?:`(?:[^`]|``)+`\.?)+")


def part(value: Value, name: str, type_: DataType) -> Value:
    """The member `name` of a row, a struct or a choice."""
    if not value.sql:
        return Value(sql=quoted(name), type=type_)
    base = value.sql if _CHAIN.fullmatch(value.sql) else f"({value.sql})"
    return Value(sql=f"{base}.{quoted(name)}", type=type_)


def members(value: Value) -> list[Member]:
    """The fields of a row or struct, in order."""
    if not isinstance(value.type, StructType):
        raise TypeError(f"{value.type!r} has no fields")
    return [
        Member(name=field.name, value=part(value, field.name, field.dataType), absent=field.absent)
        for field in value.type
    ]


def alternatives(value: Value) -> list[Member]:
    """The alternatives of a choice, each null where a record chose another; the value itself where it is no choice."""
    if isinstance(value.type, ChoiceType):
        return [Member(name=name, value=part(value, name, type_)) for name, type_ in value.type.alternatives()]
    return [Member(name=value.type.typeName(), value=value)]


def struct(fields: Iterable[Member], *, null_with: Value | None = None) -> Value:
    """A struct of the members; null where `null_with` is null, if it is given."""
    fields = list(fields)
    made = "struct(" + ", ".join(f"{member.value.sql} AS {quoted(member.name)}" for member in fields) + ")"
    type_ = StructType(member.field() for member in fields)
    if null_with is None:
        return Value(sql=made, type=type_)
    return Value(sql=_unless_null(null_with, made), type=type_)


def _unless_null(value: Value, sql: str) -> str:
    return f"CASE WHEN {value.sql} IS NULL THEN NULL ELSE {sql} END"


def each(value: Value, change: Callable[[Value], Value]) -> Value:
    """An array with every element changed; the same value when `change` leaves the element as it is."""
    if not isinstance(value.type, ArrayType):
        raise TypeError(f"{value.type!r} has no elements")
    # An inner lambda may reuse the name: its body speaks of its own element only.
    element = Value(sql="`e`", type=value.type.elementType)
    changed = change(element)
    if changed is element:
        return value
    return Value(sql=f"transform({value.sql}, `e` -> {changed.sql})", type=type(value.type)(changed.type))


_SQL_NAMES = {
    "binary": "BINARY",
    "boolean": "BOOLEAN",
    "byte": "TINYINT",
    "date": "DATE",
    "double": "DOUBLE",
    "enum": "STRING",
    "float": "FLOAT",
    "int": "INT",
    "long": "BIGINT",
    "null": "VOID",
    "short": "SMALLINT",
    "string": "STRING",
    "timestamp": "TIMESTAMP",
    "timestamp_ntz": "TIMESTAMP_NTZ",
    "unknown": "VOID",
}


def sql_type(type_: DataType) -> str:
    """The physical type in SQL's words."""
    if isinstance(type_, DecimalType):
        return f"DECIMAL({type_.precision},{type_.scale})"
    if isinstance(type_, StructType):
        return "STRUCT<" + ", ".join(f"{quoted(field.name)}: {sql_type(field.dataType)}" for field in type_) + ">"
    if isinstance(type_, ChoiceType):
        return "STRUCT<" + ", ".join(f"{quoted(name)}: {sql_type(one)}" for name, one in type_.alternatives()) + ">"
    if isinstance(type_, ArrayType):
        return f"ARRAY<{sql_type(type_.elementType)}>"
    if isinstance(type_, MapType):
        return f"MAP<STRING, {sql_type(type_.valueType)}>"
    return _SQL_NAMES[type_.typeName()]


def null_of(type_: DataType) -> Value:
    return Value(sql=f"CAST(NULL AS {sql_type(type_)})", type=type_)


_NUMBERS = {"byte", "short", "int", "long", "float", "double", "decimal"}
#: What a value can be turned into; anything else gives null, as a value that does not parse does.
_CASTABLE = {
    **{number: {*_NUMBERS, "string", "boolean", "timestamp"} for number in _NUMBERS},
    "string": {*_NUMBERS, "boolean", "date", "timestamp", "timestamp_ntz", "binary"},
    "boolean": {*_NUMBERS, "string"},
    "date": {"string", "timestamp", "timestamp_ntz"},
    "timestamp": {*_NUMBERS, "string", "date", "timestamp_ntz"},
    "timestamp_ntz": {"string", "date", "timestamp"},
    "binary": {"string"},
}


def cast(value: Value, target: DataType) -> Value:
    """The value as another type; null where it does not parse or does not fit (awsglue 3).

    Of a choice, whichever alternative is set is cast. A struct, array or map becomes text as JSON.
    """
    source = value.type
    if isinstance(source, EnumType):
        source = StringType()
    if source == target:
        return replace(value, type=target)
    if isinstance(source, ChoiceType):
        casts = [cast(member.value, target).sql for member in alternatives(value)]
        return Value(sql=f"coalesce({', '.join(casts)})", type=target)
    if isinstance(target, StringType) and isinstance(source, StructType | ArrayType | MapType):
        return Value(sql=_unless_null(value, to_json(value.sql)), type=target)
    if target.typeName() not in _CASTABLE.get(source.typeName(), {source.typeName()}) and not _both_decimals(
        source, target
    ):
        return null_of(target)
    return Value(sql=f"try_cast({value.sql} AS {sql_type(target)})", type=target)


def to_json(sql: str) -> str:
    """A struct, array or map as JSON; null fields are left out, whatever the session's default is."""
    return f"to_json({sql}, map('ignoreNullFields', 'true'))"


def _both_decimals(source: DataType, target: DataType) -> bool:
    return isinstance(source, DecimalType) and isinstance(target, DecimalType)


def conformed(fields: Iterable[Member], target: StructType) -> list[Member]:
    """The fields in the physical form of a struct that their own was merged into; null where there is none."""
    given = {member.name: member.value for member in fields}
    return [
        Member(
            name=field.name,
            value=conform(given[field.name], field.dataType) if field.name in given else null_of(field.dataType),
            absent=field.absent,
        )
        for field in target
    ]


def conform(value: Value, target: DataType) -> Value:
    """The value in the physical form of `target`, a type that its own was merged into (gluetypes.mergeDataTypes)."""
    source = value.type
    if sql_type(source) == sql_type(target):
        return replace(value, type=target)
    if isinstance(source, NullType | UnknownType):
        return null_of(target)
    if isinstance(target, ChoiceType):
        given = {member.name: member.value for member in alternatives(value)}
        parts = [
            Member(name=name, value=conform(given[name], type_) if name in given else null_of(type_))
            for name, type_ in target.alternatives()
        ]
        return replace(struct(parts, null_with=value), type=target)
    if isinstance(source, StructType) and isinstance(target, StructType):
        return replace(struct(conformed(members(value), target), null_with=value), type=target)
    if isinstance(source, ArrayType) and isinstance(target, ArrayType):
        return replace(each(value, lambda element: conform(element, target.elementType)), type=target)
    if isinstance(source, MapType) and isinstance(target, MapType):
        entry = conform(Value(sql="`e`", type=source.valueType), target.valueType)
        return Value(sql=f"transform_values({value.sql}, (`k`, `e`) -> {entry.sql})", type=target)
    return Value(sql=f"CAST({value.sql} AS {sql_type(target)})", type=target)
