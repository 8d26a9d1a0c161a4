from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from awsglue.transforms.transform import GlueTransform

if TYPE_CHECKING:
    from awsglue.dynamicframe import DynamicFrame, DynamicFrameCollection


class SplitFields(GlueTransform):
    """Two frames: one with these fields, the other with the rest."""

    def __call__(
        self,
        frame: DynamicFrame,
        paths: Iterable[str],
        name1: str | None = None,
        name2: str | None = None,
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
    ) -> DynamicFrameCollection:
        base = frame.name or "frame"
        return frame.split_fields(
            paths,
            f"{base}1" if name1 is None else name1,
            f"{base}2" if name2 is None else name2,
            transformation_ctx,
            info,
            stageThreshold,
            totalThreshold,
        )
