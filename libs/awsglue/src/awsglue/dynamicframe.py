"""DynamicFrame: records that are typed one by one, over a Spark DataFrame."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from awsglue.framecollection import DynamicFrameCollection
from awsglue.frameio import DynamicFrameReader, DynamicFrameWriter
from awsglue.frames.errors import Errors
from awsglue.frames.fields import Fields
from awsglue.frames.functions import Functions
from awsglue.frames.tables import Tables
from awsglue.gluetypes import DynamicRecord
from awsglue.refusals import not_built
from awsglue.resolveoption import ResolveOption

__all__ = [
    "DynamicFrame",
    "DynamicFrameCollection",
    "DynamicFrameReader",
    "DynamicFrameWriter",
    "DynamicRecord",
    "ResolveOption",
]

_WITH_SPARK = "use toDF(), Spark and DynamicFrame.fromDF"


class DynamicFrame(Fields, Functions, Tables, Errors):
    """Records with a schema that is found in them. Every method leaves its frame as it is and answers a new one."""

    def write(
        self,
        connection_type: str,
        connection_options: Mapping[str, Any] = {},
        format: str | None = None,
        format_options: Mapping[str, Any] = {},
        accumulator_size: int = 0,  # noqa: ARG002 - Glue's signature
    ) -> DynamicFrame:
        frame: DynamicFrame = self.glue_ctx.write_dynamic_frame_from_options(
            self, connection_type, connection_options, format, format_options
        )
        return frame

    simplify_ddb_json = not_built("DynamicFrame.simplify_ddb_json", _WITH_SPARK)
    spigot = not_built("DynamicFrame.spigot", "write a sample with toDF().limit(n).write.json")
    unbox = not_built("DynamicFrame.unbox", f"{_WITH_SPARK} with from_json")
    unnest_ddb_json = not_built("DynamicFrame.unnest_ddb_json", _WITH_SPARK)
