"""DataSink: a place to write to, with the format of what shall be there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from awsglue import connections
from awsglue.framecollection import DynamicFrameCollection
from awsglue.plan import Plan, empty
from awsglue.refusals import not_built

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from awsglue.context import GlueContext
    from awsglue.dynamicframe import DynamicFrame


class DataSink:
    def __init__(
        self, glue_context: GlueContext, connection_type: str, options: Mapping[str, Any], format: str | None
    ) -> None:
        self._glue_context = glue_context
        self._connection = connections.named(connection_type)
        self._options = dict(options)
        self._format = format
        self._format_options: dict[str, Any] = {}

    def setFormat(self, format: str | None, **options: Any) -> None:
        self._format = format
        self._format_options = options

    def setAccumulableSize(self, size: int) -> None:
        """How many error records the sink keeps; there are none, because a write that fails raises."""

    def writeFrame(self, dynamic_frame: DynamicFrame, info: str = "") -> DynamicFrame:  # noqa: ARG002 - Glue's signature
        """Write the frame; what comes back is the frame of records that could not be written, which has none."""
        from awsglue.dynamicframe import DynamicFrame

        dynamic_frame.assertErrorThreshold()
        spark = self._glue_context.spark_session
        self._connection.write(
            spark,
            dynamic_frame._plan.records(),  # noqa: SLF001 - a frame shows its records to the library only
            self._options,
            self._format,
            self._format_options,
            name=dynamic_frame.name,
        )
        return DynamicFrame(Plan(lambda: empty(spark)), self._glue_context, f"{dynamic_frame.name}_errors")

    def writeDataFrame(self, data_frame: DataFrame, glue_context: GlueContext) -> DynamicFrame:
        from awsglue.dynamicframe import DynamicFrame

        return self.writeFrame(DynamicFrame.fromDF(data_frame, glue_context))

    def write(self, dynamic_frame_or_dfc: Any, info: str = "") -> Any:
        """Write a frame, or each frame of a collection to a place of its own name."""
        from awsglue.dynamicframe import DynamicFrame

        if isinstance(dynamic_frame_or_dfc, DynamicFrame):
            return self.writeFrame(dynamic_frame_or_dfc, info)
        if not isinstance(dynamic_frame_or_dfc, DynamicFrameCollection):
            raise TypeError(
                "a sink takes a DynamicFrame or a DynamicFrameCollection,"
                f" not a {type(dynamic_frame_or_dfc).__name__}; DynamicFrame.fromDF makes a frame of a DataFrame"
            )
        self._options["useFrameName"] = True
        return DynamicFrameCollection(
            [self.writeFrame(frame, info) for frame in dynamic_frame_or_dfc.values()], self._glue_context
        )

    setCatalogInfo = not_built("DataSink.setCatalogInfo", "register the table with boto3 after writing")
