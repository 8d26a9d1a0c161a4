"""Numbers about a dataset, all of them in as few passes as Spark needs.

One aggregate gives every Aggregate, one more with a grouping for each set of columns gives every Frequency, whatever
the number of rules; a Statement is a query of its own.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


@dataclass(frozen=True, kw_only=True)
class Constant:
    """What the schema alone says."""

    value: float


@dataclass(frozen=True, kw_only=True)
class Aggregate:
    #: An aggregate expression in SQL.
    sql: str


class Measure(StrEnum):
    """What the frequencies of values tell. Rows whose columns are all null have no value, except for VALUES."""

    UNIQUENESS = "Uniqueness"  #: values that occur once, by rows
    UNIQUE_VALUE_RATIO = "UniqueValueRatio"  #: values that occur once, by values
    VALUES = "DistinctValuesCount"  #: values, a null being one
    ENTROPY = "Entropy"  #: in nats


@dataclass(frozen=True, kw_only=True)
class Frequency:
    measure: Measure
    #: Columns in SQL whose values are taken together.
    columns: tuple[str, ...]
    #: Which rows count, in SQL; empty for all.
    where: str = ""


@dataclass(frozen=True, kw_only=True)
class Statement:
    """A query of the user that answers one number."""

    sql: str


Source = Constant | Aggregate | Frequency | Statement


class NoNumberError(ValueError):
    """A statement answered something else than one number; the message says what."""


#: None where there is no value to make a number of.
Numbers = dict[Source, float | NoNumberError | None]


def compute(dataframe: DataFrame, sources: Iterable[Source], others: Mapping[str, DataFrame]) -> Numbers:
    """The number of each source.

    `others` are further datasets that statements may name, beside `primary`.
    """
    wanted = list(dict.fromkeys(sources))
    return {
        **{one: one.value for one in wanted if isinstance(one, Constant)},
        **_aggregates(dataframe, [one for one in wanted if isinstance(one, Aggregate)]),
        **_frequencies(dataframe, [one for one in wanted if isinstance(one, Frequency)]),
        **_statements({**others, "primary": dataframe}, [one for one in wanted if isinstance(one, Statement)]),
    }


def _number(value: Any) -> float | None:
    return None if value is None or math.isnan(value) else float(value)


def _aggregates(dataframe: DataFrame, aggregates: list[Aggregate]) -> Numbers:
    if not aggregates:
        return {}
    made = dataframe.selectExpr(*(f"CAST({one.sql} AS DOUBLE) AS m{at}" for at, one in enumerate(aggregates)))
    row = made.collect()[0]
    return {one: _number(row[at]) for at, one in enumerate(aggregates)}


def _frequencies(dataframe: DataFrame, frequencies: list[Frequency]) -> Numbers:
    """A row once for each set of columns, with those columns alone; the same values of the same set are one group."""
    sets = list(dict.fromkeys((one.columns, one.where) for one in frequencies))
    if not sets:
        return {}
    keys = [(at, column) for at, (columns, _) in enumerate(sets) for column in columns]
    names = [f"k{number}" for number in range(len(keys))]
    copies = []
    for at, (columns, where) in enumerate(sets):
        mine = [f"if({'true' if owner == at else 'false'}, {column}, NULL)" for owner, column in keys]
        counts = f"if({where}, {at}, NULL)" if where else str(at)
        empty = " AND ".join(f"{column} IS NULL" for column in columns)
        fields = [f"{counts} AS s", f"({empty}) AS e"]
        fields += [f"{value} AS {name}" for name, value in zip(names, mine, strict=True)]
        copies.append(f"struct({', '.join(fields)})")
    groups = (
        dataframe.selectExpr(f"inline(array({', '.join(copies)}))")
        .where("s IS NOT NULL")
        .groupBy("s", "e", *names)
        .count()
    )
    rows = (
        groups.groupBy("s")
        .agg(
            *_expressions(
                "sum(count) AS total",
                "count(*) AS groups",
                "count_if(NOT e) AS distinct",
                "count_if(NOT e AND count = 1) AS once",
                "coalesce(sum(count) FILTER (WHERE NOT e), 0) AS filled",
                "coalesce(sum(count * ln(count)) FILTER (WHERE NOT e), 0D) AS spread",
            )
        )
        .collect()
    )
    by_set = {row["s"]: row.asDict() for row in rows}
    return {one: _measured(one.measure, by_set.get(sets.index((one.columns, one.where)))) for one in frequencies}


def _expressions(*texts: str) -> list[Any]:
    from pyspark.sql import functions as F  # noqa: N812 - the name that PySpark's documentation uses

    return [F.expr(text) for text in texts]


def _measured(measure: Measure, counts: Mapping[str, Any] | None) -> float | None:
    if counts is None:
        return 0.0 if measure is Measure.VALUES else None
    if measure is Measure.VALUES:
        return float(counts["groups"])
    if measure is Measure.UNIQUENESS:
        return float(counts["once"] / counts["total"])
    if not counts["distinct"]:
        return None
    if measure is Measure.UNIQUE_VALUE_RATIO:
        return float(counts["once"] / counts["distinct"])
    return float((math.log(counts["total"]) * counts["filled"] - counts["spread"]) / counts["total"])


def _statements(datasets: Mapping[str, DataFrame], statements: list[Statement]) -> Numbers:
    if not statements:
        return {}
    spark = datasets["primary"].sparkSession
    before = {name: spark.table(name) for name in datasets if _is_view(spark, name)}
    try:
        for name, dataset in datasets.items():
            dataset.createOrReplaceTempView(name)
        return {one: _answer(spark, one) for one in statements}
    finally:
        for name in datasets:
            spark.catalog.dropTempView(name)
        for name, view in before.items():
            view.createOrReplaceTempView(name)


def _is_view(spark: Any, name: str) -> bool:
    return any(table.isTemporary and table.name == name.lower() for table in spark.catalog.listTables())


def _answer(spark: Any, statement: Statement) -> float | NoNumberError | None:
    from pyspark.errors import PySparkException

    try:
        rows = spark.sql(statement.sql).take(2)
    except PySparkException as error:
        return NoNumberError(f"the statement failed: {str(error).splitlines()[0]}")
    if len(rows) != 1 or len(rows[0]) != 1:
        return NoNumberError("the statement must answer one row with one number")
    try:
        return _number(rows[0][0])
    except (TypeError, ValueError):
        return NoNumberError(f"the statement must answer a number, not {rows[0][0]!r}")
