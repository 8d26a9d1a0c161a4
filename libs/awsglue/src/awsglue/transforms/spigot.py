from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from awsglue.transforms.transform import GlueTransform

if TYPE_CHECKING:
    from awsglue.dynamicframe import DynamicFrame


class Spigot(GlueTransform):
    """The same records, with a sample of them written on the way."""

    def __call__(
        self, frame: DynamicFrame, path: str, options: Mapping[str, Any] = {}, transformation_ctx: str = ""
    ) -> DynamicFrame:
        return frame.spigot(path, options, transformation_ctx)
