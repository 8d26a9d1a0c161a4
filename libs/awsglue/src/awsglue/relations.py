"""Relationalize: nested records as flat tables that refer to each other (awsglue 3).

Structs become fields with dotted names. An array becomes a table of its own, `<root>_<path>`, with the fields `id`,
`index` and `<path>.val`, or one field `<path>.val.<name>` for each field of a struct; in its place in the parent stands
its id, or null where there was no array. The id is the number of the parent's row, counted from 1, or on from where the
runs before this one came to.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from awsglue.bookmarks.numbers import Numbers
from awsglue.expressions import Member, Value, alternatives, free_name, members, quoted, row
from awsglue.gluetypes import ArrayType, ChoiceType, Field, IntegerType, LongType, StructType
from awsglue.plan import Plan, Records

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

#: monotonically_increasing_id() puts the partition above so many bits, and the row's number in it below.
_PARTITION_BITS = 33


def tables(plan: Plan, root: str, numbers: Numbers) -> dict[str, Plan]:
    """The tables of a frame by name, the root first. Needs the schema; the records are read when a table is."""
    return dict(_tables(plan, plan.records().schema, root, root, numbers))


def _tables(plan: Plan, schema: StructType, name: str, root: str, numbers: Numbers) -> Iterator[tuple[str, Plan]]:
    fields = list(_flat(members(row(schema)), ""))
    arrays = [one for one in fields if isinstance(one.value.type, ArrayType)]
    if not arrays:
        yield name, plan.then(lambda records: records.select(fields))
        return
    numbered = _Numbered(plan, free_name(schema, "key"), functools.partial(numbers.take, name))
    yield name, Plan(lambda: numbered.parent(fields))
    for array in arrays:
        child = numbered.child(array)
        yield from _tables(Plan(child.records), child.schema, f"{root}_{array.name}", root, numbers)


def _flat(fields: Iterable[Member], prefix: str) -> Iterator[Member]:
    """The fields without structs. A choice stays one, unless an alternative is nested: then each is a field."""
    for member in fields:
        type_ = member.value.type
        if isinstance(type_, StructType):
            yield from _flat(members(member.value), f"{prefix}{member.name}.")
        elif isinstance(type_, ChoiceType) and any(_nested(one) for _, one in type_.alternatives()):
            yield from _flat(alternatives(member.value), f"{prefix}{member.name}.")
        else:
            yield Member(name=prefix + member.name, value=member.value, absent=member.absent)


def _nested(type_: object) -> bool:
    return isinstance(type_, StructType | ArrayType)


class _Numbered:
    """The records of a parent with the numbers of its rows. They are kept, so that all tables see the same numbers."""

    def __init__(self, plan: Plan, key: str, take: Callable[[int], int]) -> None:
        self._plan = plan
        self._key = key
        self._take = take
        self._kept = Plan(self._keep)

    def _keep(self) -> Records:
        from pyspark import StorageLevel
        from pyspark.sql import functions as F  # noqa: N812 - the name that PySpark's documentation uses

        records = self._plan.records()
        rows = records.dataframe.withColumn(self._key, F.monotonically_increasing_id())
        rows = rows.persist(StorageLevel.MEMORY_AND_DISK)
        return records.next(_dense(rows, self._key, self._take))

    def parent(self, fields: Iterable[Member]) -> Records:
        return self._kept.records().select(self._with_id(one) for one in fields)

    def _with_id(self, member: Member) -> Member:
        if not isinstance(member.value.type, ArrayType):
            return member
        key = f"CASE WHEN {member.value.sql} IS NULL THEN NULL ELSE {quoted(self._key)} END"
        return Member(name=member.name, value=Value(sql=key, type=LongType()), absent=member.absent)

    def child(self, array: Member) -> _Child:
        return _Child(self._kept, self._key, array)


class _Child:
    """The elements of an array, each with its parent's id and its place."""

    def __init__(self, parent: Plan, key: str, array: Member) -> None:
        if not isinstance(array.value.type, ArrayType):
            raise TypeError(f"{array.name} is no array")
        self._parent = parent
        self._key = key
        self._array = array
        self._column = f"{array.name}.val"
        self.schema = StructType(
            [Field("id", LongType()), Field("index", IntegerType()), Field(self._column, array.value.type.elementType)]
        )

    def records(self) -> Records:
        parent = self._parent.records()
        elements = f"posexplode({self._array.value.sql}) AS (`index`, {quoted(self._column)})"
        return parent.next(parent.dataframe.selectExpr(f"{quoted(self._key)} AS id", elements), self.schema)


def _dense(rows: DataFrame, key: str, take: Callable[[int], int]) -> DataFrame:
    """The same rows numbered one after the other in the column `key`, where Spark leaves gaps between partitions.

    `take` is given how many there are, and gives the number before the first.
    """
    from pyspark.sql import functions as F  # noqa: N812 - the name that PySpark's documentation uses

    partition = F.shiftright(F.col(key), _PARTITION_BITS)
    counts = {int(one[0]): one[1] for one in rows.groupBy(partition).count().collect()}
    before, offsets = 1 + take(sum(counts.values())), []
    for number in range(max(counts, default=0) + 1):
        offsets.append(F.lit(before).cast("bigint"))
        before += counts.get(number, 0)
    within = F.col(key).bitwiseAND(F.lit(2**_PARTITION_BITS - 1))
    offset = F.element_at(F.array(*offsets), partition.cast("int") + 1)
    return rows.withColumn(key, within + offset)
