"""Frames put side by side by key: Join and mergeDynamicFrame (awsglue 3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from awsglue.expressions import Member, Value, conform, members, quoted, row
from awsglue.fieldpaths import parse
from awsglue.gluetypes import ArrayType, ChoiceType, MapType, StructType, mergeDataTypes
from awsglue.plan import Records, empty
from awsglue.reshape import find
from awsglue.twins import told_apart
from awsglue.unions import stacked

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


@dataclass(frozen=True, kw_only=True)
class _Pair:
    """A name that both sides have."""

    name: str
    left: Value
    right: Value


def joined(left: Records, right: Records, keys1: Sequence[str], keys2: Sequence[str]) -> Records:
    """The inner join on equal keys, with the fields of both sides.

    Where a record would get a field twice, the right one is called `.name`; a field that only one side of a record has
    is one field. Null keys match nothing, and a frame without fields has none: so has what is joined with it.
    """
    if not keys1 or len(keys1) != len(keys2):
        raise ValueError(f"join needs as many keys on each side, and one at least: {list(keys1)} and {list(keys2)}")
    if not left.schema.fields or not right.schema.fields:
        # As after a bookmark that found nothing new, which must not fail the run.
        return left.with_earlier(right).next(empty(left.dataframe.sparkSession).dataframe, StructType())
    left_fields, left_side = _prepared(left, keys1, "l")
    right_fields, right_side = _prepared(right, keys2, "r")
    condition = " AND ".join(f"l_key{index} = r_key{index}" for index in range(len(keys1)))
    from pyspark.sql import functions as F  # noqa: N812 - the name that PySpark's documentation uses

    both = told_apart(left_side.dataframe, right.schema).join(right_side.dataframe, F.expr(condition), "inner")
    pairs = _pairs(left_fields, right_fields)
    doubled = _doubled(both, pairs)
    by_name = {pair.name: pair for pair in pairs}
    fields = [_merged(by_name[one.name]) if one.name in by_name else one for one in left_fields]
    for one in right_fields:
        if one.name not in by_name:
            fields.append(one)
        elif one.name in doubled:
            fields.append(_second(by_name[one.name]))
    records = left_side.with_earlier(right_side).next(both, StructType())
    return records.select(fields)


def _prepared(side: Records, keys: Sequence[str], prefix: str) -> tuple[list[Member], Records]:
    """The side's fields under names that are free, with the keys beside them; and its fields as seen from there."""
    given = members(row(side.schema))
    moved = [Member(name=f"{prefix}{index}", value=one.value) for index, one in enumerate(given)]
    found = [_key(side.schema, key) for key in keys]
    key_members = [Member(name=f"{prefix}_key{index}", value=value) for index, value in enumerate(found)]
    fields = [
        Member(name=one.name, value=Value(sql=quoted(other.name), type=one.value.type), absent=one.absent)
        for one, other in zip(given, moved, strict=True)
    ]
    return fields, side.select([*moved, *key_members])


def _key(schema: StructType, name: str) -> Value:
    value = find(schema, parse(name))
    if value is None:
        raise ValueError(f"the key {name} is no field of the frame: {', '.join(field.name for field in schema)}")
    if isinstance(value.type, ChoiceType | StructType | ArrayType | MapType):
        raise TypeError(
            f"the key {name} is of type {value.type.typeName()}, which cannot be compared: resolve it first"
        )
    return value


def _pairs(left: list[Member], right: list[Member]) -> list[_Pair]:
    there = {one.name: one.value for one in right}
    return [_Pair(name=one.name, left=one.value, right=there[one.name]) for one in left if one.name in there]


def _doubled(both: DataFrame, pairs: list[_Pair]) -> set[str]:
    """The names that at least one joined record has on both sides. Costs a pass, and only when names collide."""
    if not pairs:
        return set()
    tests = [f"coalesce(max({pair.left.sql} IS NOT NULL AND {pair.right.sql} IS NOT NULL), false)" for pair in pairs]
    answers = both.selectExpr(*tests).first()
    return {pair.name for pair, answer in zip(pairs, answers, strict=True) if answer}


def _merged(pair: _Pair) -> Member:
    type_ = mergeDataTypes(pair.left.type, pair.right.type)
    sql = f"coalesce({conform(pair.left, type_).sql}, {conform(pair.right, type_).sql})"
    return Member(name=pair.name, value=Value(sql=sql, type=type_), absent=True)


def _second(pair: _Pair) -> Member:
    sql = f"CASE WHEN {pair.left.sql} IS NOT NULL THEN {pair.right.sql} END"
    return Member(name=f".{pair.name}", value=Value(sql=sql, type=pair.right.type), absent=True)


def merged(source: Records, stage: Records, keys: Sequence[str]) -> Records:
    """The records of `source` whose keys are not in `stage`, and all of `stage`. Nothing is de-duplicated."""
    from pyspark.sql import functions as F  # noqa: N812 - the name that PySpark's documentation uses

    if not keys:
        raise ValueError("mergeDynamicFrame needs at least one primary key")
    if not source.schema.fields or not stage.schema.fields:
        return stacked([source, stage])
    fields, source_side = _prepared(source, keys, "l")
    _, stage_side = _prepared(stage, keys, "r")
    condition = " AND ".join(f"l_key{index} = r_key{index}" for index in range(len(keys)))
    untouched = source_side.dataframe.join(stage_side.dataframe, F.expr(condition), "left_anti")
    return stacked([source_side.next(untouched, StructType()).select(fields), stage])
