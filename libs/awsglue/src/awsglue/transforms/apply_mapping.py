from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from awsglue.transforms.transform import GlueTransform

if TYPE_CHECKING:
    from awsglue.dynamicframe import DynamicFrame


class ApplyMapping(GlueTransform):
    """Fields chosen, renamed and cast by a list of mappings."""

    def __call__(
        self,
        frame: DynamicFrame,
        mappings: Iterable[tuple[str, ...]],
        case_sensitive: bool = False,
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
    ) -> DynamicFrame:
        return frame.apply_mapping(mappings, case_sensitive, transformation_ctx, info, stageThreshold, totalThreshold)
