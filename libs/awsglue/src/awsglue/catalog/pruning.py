"""Which partitions a predicate leaves: decided before any of their files is looked for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from awsglue.catalog.tables import Partition, Table
from awsglue.expressions import cast, members, quoted, row
from awsglue.gluetypes import Field, StringType, StructType
from awsglue.options import OptionError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def pruned(spark: SparkSession, table: Table, partitions: Iterable[Partition], predicate: str) -> list[Partition]:
    """The partitions for whose values the predicate is true, in the order of their values; all of them without one.

    It is a condition of Spark SQL over the partition keys, as their types (awsglue 4). OptionError for what is none.
    """
    given = sorted(partitions, key=lambda one: one.values)
    if not isinstance(predicate, str):
        raise OptionError(f"push_down_predicate: {predicate!r} will not do, it must be text")
    if not predicate.strip():
        return given
    chosen = _chosen(spark, table, given, predicate)
    return [given[number] for number in chosen]


def refuse_without_keys(table: Table, predicate: str) -> None:
    if predicate:
        raise _refused(table, predicate, "the table has no partition keys")


def _chosen(spark: SparkSession, table: Table, given: Sequence[Partition], predicate: str) -> list[int]:
    from pyspark.errors import AnalysisException, PySparkException

    keys = table.keys()
    texts = members(row(StructType(Field(f"value{number}", StringType()) for number in range(len(keys)))))
    rows = [(number, *one.labels()) for number, one in enumerate(given)]
    names = ", ".join(f"{text.name} string" for text in texts)
    values = spark.createDataFrame(rows, f"number int, {names}").selectExpr(
        "number",
        *(f"{cast(text.value, key.dataType).sql} AS {quoted(key.name)}" for text, key in zip(texts, keys, strict=True)),
    )
    try:
        return sorted(found.number for found in values.where(predicate).select("number").collect())
    except (AnalysisException, PySparkException) as error:
        # What a parser says begins with an empty line.
        raise _refused(table, predicate, str(error).lstrip().partition("\n")[0]) from None


def _refused(table: Table, predicate: str, reason: str) -> OptionError:
    # The beginning is as AWS has it.
    return OptionError(
        f"User's pushdown predicate: {predicate} can not be resolved against partition columns:"
        f" [{', '.join(table.key_names)}]. push_down_predicate must be a condition of Spark SQL over them: {reason}"
    )
