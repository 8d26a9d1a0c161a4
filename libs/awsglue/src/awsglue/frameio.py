"""`create_dynamic_frame` and `write_dynamic_frame` of a GlueContext."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from awsglue.refusals import not_built

if TYPE_CHECKING:
    from awsglue.context import GlueContext
    from awsglue.dynamicframe import DynamicFrame
    from awsglue.framecollection import DynamicFrameCollection


class DynamicFrameReader:
    """Makes frames from data that is somewhere else."""

    def __init__(self, glue_context: GlueContext) -> None:
        self._glue_context = glue_context

    def from_options(
        self,
        connection_type: str,
        connection_options: Mapping[str, Any] = {},
        format: str | None = None,
        format_options: Mapping[str, Any] = {},
        transformation_ctx: str = "",
        push_down_predicate: str = "",
    ) -> DynamicFrame:
        return self._glue_context.create_dynamic_frame_from_options(
            connection_type, connection_options, format, format_options, transformation_ctx, push_down_predicate
        )

    def from_rdd(
        self, data: Any, name: str, schema: Any = None, sampleRatio: float | None = None, transformation_ctx: str = ""
    ) -> DynamicFrame:
        return self._glue_context.create_dynamic_frame_from_rdd(data, name, schema, sampleRatio, transformation_ctx)

    from_catalog = not_built(
        "create_dynamic_frame.from_catalog", "read the table's files with create_dynamic_frame.from_options"
    )


class DynamicFrameWriter:
    """Brings frames to where they shall be kept."""

    def __init__(self, glue_context: GlueContext) -> None:
        self._glue_context = glue_context

    def from_options(
        self,
        frame: DynamicFrame | DynamicFrameCollection,
        connection_type: str,
        connection_options: Mapping[str, Any] = {},
        format: str | None = None,
        format_options: Mapping[str, Any] = {},
        transformation_ctx: str = "",
    ) -> DynamicFrame | DynamicFrameCollection:
        return self._glue_context.write_from_options(
            frame, connection_type, connection_options, format, format_options, transformation_ctx
        )

    from_catalog = not_built(
        "write_dynamic_frame.from_catalog", "write the table's files with write_dynamic_frame.from_options"
    )
    from_jdbc_conf = not_built(
        "write_dynamic_frame.from_jdbc_conf", "use toDF().write.jdbc with the database's URL and driver"
    )
