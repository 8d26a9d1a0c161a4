"""Fields that carry records in a form of their own: text, Avro, or DynamoDB's JSON."""
# ruff: noqa: ARG002 - transformation_ctx is in Glue's signatures; it names a frame to job bookmarks

from __future__ import annotations

from typing import Any, Self

from awsglue import dynamodbjson, unboxing
from awsglue.fieldpaths import parse
from awsglue.frames.frame import Frame


class Nested(Frame):
    """The part of a DynamicFrame that takes packed fields apart."""

    def unbox(
        self,
        path: str,
        format: str,
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
        **options: Any,
    ) -> Self:
        """With what is packed in the field at `path` in its place; a record in which it cannot be read is an error
        record.
        """
        parse(path)
        box = unboxing.box(format, options)
        return self._then(lambda records: unboxing.unboxed(records, path, box, info), stageThreshold, totalThreshold)

    def simplify_ddb_json(
        self, transformation_ctx: str = "", info: str = "", stageThreshold: int = 0, totalThreshold: int = 0
    ) -> Self:
        """DynamoDB's JSON with plain values; maps stay structs."""
        return self._select(dynamodbjson.simplified, stageThreshold, totalThreshold)

    def unnest_ddb_json(
        self, transformation_ctx: str = "", info: str = "", stageThreshold: int = 0, totalThreshold: int = 0
    ) -> Self:
        """DynamoDB's JSON with plain values under dotted names; lists stay as they are."""
        return self._select(dynamodbjson.unnested, stageThreshold, totalThreshold)
