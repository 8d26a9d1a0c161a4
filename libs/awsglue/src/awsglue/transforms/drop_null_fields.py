from __future__ import annotations

from typing import TYPE_CHECKING

from awsglue import reshape
from awsglue.transforms.transform import GlueTransform

if TYPE_CHECKING:
    from awsglue.dynamicframe import DynamicFrame


class DropNullFields(GlueTransform):
    """Without the fields whose type is null: those that no record has a value for. Prints their names."""

    def __call__(
        self,
        frame: DynamicFrame,
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
    ) -> DynamicFrame:
        gone = reshape.null_fields(frame.schema())
        print("null_fields", gone)
        return frame.drop_fields(gone, transformation_ctx, info, stageThreshold, totalThreshold)
