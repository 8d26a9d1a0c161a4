"""Out of a frame: written whole, or a sample of it on the way."""
# ruff: noqa: ARG002 - transformation_ctx is in Glue's signatures; it names a frame to job bookmarks

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

from awsglue import samples
from awsglue.frames.frame import Frame


class Output(Frame):
    """The part of a DynamicFrame that brings records to where they shall be kept."""

    def write(
        self,
        connection_type: str,
        connection_options: Mapping[str, Any] = {},
        format: str | None = None,
        format_options: Mapping[str, Any] = {},
        accumulator_size: int = 0,
    ) -> Self:
        rest: Self = self.glue_ctx.write_dynamic_frame_from_options(
            self,  # type: ignore[arg-type]  # a part of a DynamicFrame, which it cannot name
            connection_type,
            connection_options,
            format,
            format_options,
        )
        return rest

    def spigot(
        self,
        path: str,
        options: Mapping[str, Any] = {},
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
    ) -> Self:
        """The same records; when they are first needed, a sample of them is written to `path` as lines of JSON."""
        sample = samples.sample(options)
        return self._then(
            lambda records: samples.taken(records, path, sample, self.name), stageThreshold, totalThreshold
        )
