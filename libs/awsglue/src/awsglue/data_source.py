"""DataSource: a place to read from, with the format of what is there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from awsglue import connections
from awsglue.notices import notice
from awsglue.refusals import not_built

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

    getSampleFrame = not_built("DataSource.getSampleFrame", "use getFrame().toDF().limit")
