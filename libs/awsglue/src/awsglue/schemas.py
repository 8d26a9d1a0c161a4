"""Seeing a frame's records as a schema that the script brings."""

from __future__ import annotations

from collections.abc import Iterable

from awsglue.expressions import Member, Value, cast, conform, each, members, null_of, row, struct
from awsglue.gluetypes import ArrayType, AtomicType, DataType, StructType, mergeDataTypes


def seen_as(given: StructType, wanted: StructType) -> list[Member]:
    """The row with exactly the fields of `wanted`: cast where the type differs, null where there is none."""
    return _fields(members(row(given)), wanted)


def _fields(given: Iterable[Member], wanted: StructType) -> list[Member]:
    there = {member.name: member.value for member in given}
    return [
        Member(
            name=field.name,
            value=_as(there[field.name], field.dataType) if field.name in there else null_of(field.dataType),
            absent=field.absent or field.name not in there,
        )
        for field in wanted
    ]


def _as(value: Value, wanted: DataType) -> Value:
    if isinstance(value.type, StructType) and isinstance(wanted, StructType):
        return struct(_fields(members(value), wanted), null_with=value)
    if isinstance(value.type, ArrayType) and isinstance(wanted, ArrayType):
        return each(value, lambda element: _as(element, wanted.elementType))
    if isinstance(wanted, AtomicType):
        return cast(value, wanted)
    if mergeDataTypes(value.type, wanted) == wanted:
        return conform(value, wanted)
    raise ValueError(f"a field of type {value.type.typeName()} cannot be seen as type {wanted.typeName()}")
