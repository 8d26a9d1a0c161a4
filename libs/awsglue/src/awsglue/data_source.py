"""DataSource: a place to read from, with the format of what is there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from awsglue import connections
from awsglue.connections import s3
from awsglue.connections.scope import sample_count, sample_size
from awsglue.notices import notice

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from awsglue.context import GlueContext
    from awsglue.dynamicframe import DynamicFrame


class DataSource:
    def __init__(
        self,
        glue_context: GlueContext,
        connection_type: str,
        options: Mapping[str, Any],
        format: str | None,
        transformation_ctx: str = "",
    ) -> None:
        self._glue_context = glue_context
        self._transformation_ctx = transformation_ctx
        self._connection = connections.named(connection_type)
        self._options = options
        self._format = format
        self._format_options: dict[str, Any] = {}

    def setFormat(self, format: str | None, **options: Any) -> None:
        self._format = format
        self._format_options = options

    def getFrame(self, **options: Any) -> DynamicFrame:
        """The frame of what is there. minPartitions and targetPartitions are accepted."""
        from awsglue.dynamicframe import DynamicFrame

        for name in options:
            notice(f"the option {name} of getFrame has no effect: Spark decides into how many partitions it reads")
        plan = self._connection.read(
            self._glue_context.spark_session,
            self._options,
            self._format,
            self._format_options,
            transformation_ctx=self._transformation_ctx,
        )
        return DynamicFrame(plan, self._glue_context)

    def getDataFrame(self) -> DataFrame:
        return self.getFrame().toDF()

    def getSampleFrame(self, num: int | None = None, **options: Any) -> DynamicFrame:
        """A frame of the first `num` records, out of a few files: the options are maxSamplePartitions, how many paths
        are looked at, and maxSampleFilesPerPartition.
        """
        from awsglue.dynamicframe import DynamicFrame

        most, size = sample_count(num), sample_size(options)
        given = (self._glue_context.spark_session, self._options, self._format, self._format_options)
        # Only files are few or many; of a database's rows the first ones are asked for.
        plan = s3.read(*given, sample=size) if self._connection is s3 else self._connection.read(*given)
        return DynamicFrame(plan.first(most), self._glue_context)
