"""What every part of a DynamicFrame builds on: its plan, its name, and looking at what is in it."""
# ruff: noqa: ARG002 - transformation_ctx is in Glue's signatures; it names a frame to job bookmarks

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, NoReturn, Self

from awsglue import choices, schemas
from awsglue.causes import unreadable_files
from awsglue.expressions import Member
from awsglue.gluetypes import StructType
from awsglue.plan import Plan, Records
from awsglue.records import record_reader, record_text
from awsglue.resolveoption import ResolveOption
from awsglue.twins import given_back

if TYPE_CHECKING:
    from pyspark import SparkContext
    from pyspark.sql import DataFrame

    from awsglue.context import GlueContext


class Frame:
    """A plan with a name and thresholds for errors."""

    def __init__(
        self, jdf: Plan, glue_ctx: GlueContext, name: str = "", stageThreshold: int = 0, totalThreshold: int = 0
    ) -> None:
        if not isinstance(jdf, Plan):
            raise TypeError(
                "make a DynamicFrame with DynamicFrame.fromDF(dataframe, glue_ctx, name)"
                " or with create_dynamic_frame, not with its constructor"
            )
        self._plan = jdf
        self.glue_ctx = glue_ctx
        self.name = name
        self._stage_threshold = stageThreshold
        self._total_threshold = totalThreshold

    @property
    def _sc(self) -> SparkContext:
        return self.glue_ctx.spark_session.sparkContext

    @property
    def _jdf(self) -> NoReturn:
        raise NotImplementedError("a DynamicFrame has no Java object here: use toDF(), or the methods of the frame")

    @classmethod
    def fromDF(cls, dataframe: DataFrame, glue_ctx: GlueContext, name: str = "") -> Self:
        """The frame of a DataFrame's rows; types stay as they are."""
        from pyspark.sql import DataFrame

        from awsglue.sparktypes import struct_from_spark

        if not isinstance(dataframe, DataFrame):
            raise TypeError(f"DynamicFrame.fromDF takes a DataFrame, not a {type(dataframe).__name__}")
        schema = struct_from_spark(dataframe.schema)
        # The same columns without the DataFrame's aliases, which would get between a struct and its fields.
        plain = dataframe.toDF(*(field.name for field in schema)) if schema.fields else dataframe
        return cls(Plan(lambda: Records(dataframe=plain, schema=schema)), glue_ctx, name)

    def _then(
        self, step: Callable[[Records], Records], stage: int = 0, total: int = 0, name: str | None = None
    ) -> Self:
        name = self.name if name is None else name
        return type(self)(self._plan.then(step), self.glue_ctx, name, stage, total)

    def _select(
        self, shape: Callable[[StructType], list[Member]], stage: int, total: int, name: str | None = None
    ) -> Self:
        return self._then(lambda records: records.select(shape(records.schema)), stage, total, name)

    def toDF(self, options: Iterable[ResolveOption] | None = None) -> DataFrame:
        """The records as a DataFrame; a choice is a struct with a member for each type."""
        records = self._plan.records()
        if options:
            records = records.select(choices.resolved(records.schema, [option.spec() for option in options]))
        return given_back(records.dataframe)

    def schema(self) -> StructType:
        return self._plan.records().schema

    def with_frame_schema(self, schema: StructType) -> Self:
        """The records seen as `schema`: exactly its fields, a value that is not of its field's type turned into it."""
        if not isinstance(schema, StructType):
            raise TypeError(f"a frame's schema is an awsglue.gluetypes.StructType, not a {type(schema).__name__}")
        return self._select(lambda given: schemas.seen_as(given, schema), self._stage_threshold, self._total_threshold)

    def printSchema(self) -> None:
        print(self.schema().tree())

    def show(self, num_rows: int = 20) -> None:
        """Print records, each as a line of JSON."""
        read = record_reader(self.schema())
        with unreadable_files():
            rows = self.toDF().take(num_rows)
        for row in rows:
            print(record_text(read(row)))

    def count(self) -> int:
        with unreadable_files():
            return int(self.toDF().count())

    def getNumPartitions(self) -> int:
        return int(self.toDF().rdd.getNumPartitions())

    def repartition(
        self,
        num_partitions: int,
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
    ) -> Self:
        return self._then(
            lambda records: records.next(records.dataframe.repartition(num_partitions)), stageThreshold, totalThreshold
        )

    def coalesce(
        self,
        num_partitions: int,
        shuffle: bool = False,
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
    ) -> Self:
        if shuffle:
            return self.repartition(num_partitions, transformation_ctx, info, stageThreshold, totalThreshold)
        return self._then(
            lambda records: records.next(records.dataframe.coalesce(num_partitions)), stageThreshold, totalThreshold
        )
