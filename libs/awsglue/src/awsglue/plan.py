"""What a DynamicFrame is made of: records, worked out when they are first needed.

A Plan is lazy, because typing JSON costs a pass over the data and a script may never ask. Records is what comes out: a
Spark DataFrame, the Glue schema over it, and what could not be read or computed on the way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from awsglue.causes import unreadable_files
from awsglue.expressions import Member, quoted
from awsglue.gluetypes import StructType
from awsglue.twins import told_apart

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


@dataclass(frozen=True, kw_only=True)
class Records:
    """Columns and schema agree in names and order; a choice is a struct of alternatives in the DataFrame."""

    dataframe: DataFrame
    schema: StructType
    #: Error records (see errorrecords) of the stages before the last one, and of the last one.
    earlier_errors: tuple[DataFrame, ...] = ()
    stage_errors: tuple[DataFrame, ...] = ()

    @property
    def errors(self) -> tuple[DataFrame, ...]:
        return self.earlier_errors + self.stage_errors

    def select(self, fields: Iterable[Member]) -> Records:
        """The next stage: the same records with these fields."""
        reshaped = self.reshaped(fields)
        return self.next(reshaped.dataframe, reshaped.schema)

    def reshaped(self, fields: Iterable[Member]) -> Records:
        """The same stage with these fields."""
        fields = list(fields)
        dataframe = self.dataframe.selectExpr(*(f"{one.value.sql} AS {quoted(one.name)}" for one in fields))
        return replace(self, dataframe=dataframe, schema=StructType(one.field() for one in fields))

    def next(
        self, dataframe: DataFrame, schema: StructType | None = None, *, errors: tuple[DataFrame, ...] = ()
    ) -> Records:
        """The next stage: other records, the errors so far kept."""
        return Records(
            dataframe=dataframe,
            schema=self.schema if schema is None else schema,
            earlier_errors=self.errors,
            stage_errors=errors,
        )

    def with_earlier(self, *others: Records) -> Records:
        """The same records, which also come from `others`: their errors count."""
        return replace(self, earlier_errors=sum((other.errors for other in others), self.earlier_errors))


def empty(spark: SparkSession) -> Records:
    """No records and no fields."""
    return Records(dataframe=spark.range(0).select(), schema=StructType())


class Plan:
    """A way to get Records, taken once."""

    def __init__(self, compute: Callable[[], Records]) -> None:
        self._compute = compute
        self._records: Records | None = None

    def records(self) -> Records:
        if self._records is None:
            with unreadable_files():
                records = self._compute()
                self._records = replace(records, dataframe=told_apart(records.dataframe, records.schema))
        return self._records

    def first(self, most: int) -> Plan:
        """The plan for at most so many of the records."""
        return Plan(lambda: replace(self.records(), dataframe=self.records().dataframe.limit(most)))

    def then(self, step: Callable[[Records], Records]) -> Plan:
        """The plan that goes on from here with one more step."""
        return Plan(lambda: step(self.records()))
