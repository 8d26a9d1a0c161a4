"""DynamoDB's JSON, in which every value carries its type: {"id": {"N": "1"}} (awsglue 3).

An export has the attributes of an item below a field `Item`; they become the record's own fields.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator

from awsglue.expressions import Member, Value, conform, each, members, null_of, row, struct
from awsglue.gluetypes import ArrayType, DataType, NullType, StructType, mergeDataTypes

_ITEM = "Item"
_MAP, _LIST, _NULL = "M", "L", "NULL"
_TAGS = frozenset({"S", "N", "B", "BOOL", _NULL, _MAP, _LIST, "SS", "NS", "BS"})


def simplified(schema: StructType) -> list[Member]:
    """The attributes with plain values: maps are structs, and lists have plain elements where all are of one type that
    is no map.
    """
    return [Member(name=one.name, value=_plain(one.value), absent=one.absent) for one in _attributes(schema)]


def unnested(schema: StructType) -> list[Member]:
    """The attributes with plain values, those of maps under dotted names; the elements of lists stay as they are."""
    return list(_dotted(_attributes(schema), ""))


def _attributes(schema: StructType) -> list[Member]:
    fields = members(row(schema))
    found: dict[str, Member] = {}
    for field in fields:
        inside = isinstance(field.value.type, StructType) and field.name == _ITEM and not _is_typed(field.value.type)
        for one in members(field.value) if inside else [field]:
            found.setdefault(one.name, one)
    return list(found.values())


def _dotted(attributes: list[Member], prefix: str) -> Iterator[Member]:
    for one in attributes:
        maps = _tagged(one.value, _MAP)
        if maps is not None and isinstance(maps.type, StructType) and _only(one.value, _MAP):
            yield from _dotted(members(maps), f"{prefix}{one.name}.")
        else:
            yield Member(name=prefix + one.name, value=_plain(one.value, lists=False), absent=one.absent)


def _is_typed(type_: DataType) -> bool:
    return isinstance(type_, StructType) and len(type_) > 0 and all(field.name in _TAGS for field in type_)


def _tagged(value: Value, tag: str) -> Value | None:
    if not _is_typed(value.type):
        return None
    return next((one.value for one in members(value) if one.name == tag), None)


def _only(value: Value, tag: str) -> bool:
    """Whether no record has the value with another tag, but for nulls."""
    return all(one.name in {tag, _NULL} for one in members(value))


def _plain(value: Value, *, lists: bool = True) -> Value:
    """The value without its type's name; values of several types are a choice."""
    if not _is_typed(value.type):
        return value
    found = [_by_tag(one, lists=lists) for one in members(value) if one.name != _NULL]
    if not found:
        return null_of(NullType())
    type_ = functools.reduce(mergeDataTypes, (one.type for one in found))
    sqls = [conform(one, type_).sql for one in found]
    return Value(sql=sqls[0] if len(sqls) == 1 else f"coalesce({', '.join(sqls)})", type=type_)


def _by_tag(one: Member, *, lists: bool) -> Value:
    type_ = one.value.type
    if one.name == _MAP and isinstance(type_, StructType):
        inner = [
            Member(name=each_.name, value=_plain(each_.value, lists=lists), absent=True) for each_ in members(one.value)
        ]
        return struct(inner, null_with=one.value) if inner else one.value
    if one.name == _LIST and lists and isinstance(type_, ArrayType) and _simple(type_.elementType):
        return each(one.value, _plain)
    return one.value


def _simple(type_: DataType) -> bool:
    """Whether the elements of a list are of one type that is no map."""
    return isinstance(type_, StructType) and _is_typed(type_) and len(type_) == 1 and type_.fields[0].name != _MAP
