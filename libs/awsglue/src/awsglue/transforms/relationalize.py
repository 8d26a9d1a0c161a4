from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from awsglue import utils
from awsglue.transforms.transform import GlueTransform

if TYPE_CHECKING:
    from awsglue.dynamicframe import DynamicFrame, DynamicFrameCollection


class Relationalize(GlueTransform):
    """The frame as flat tables: the root, and one for each array."""

    def __call__(
        self,
        frame: DynamicFrame,
        staging_path: str | None = None,
        name: str = "roottable",
        options: Mapping[str, Any] | None = None,
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
    ) -> DynamicFrameCollection:
        staging_path = staging_path or utils._global_args.get("TempDir")  # noqa: SLF001 - Glue's name for it
        if not staging_path:
            raise RuntimeError(
                "Relationalize has no staging_path: pass one, or start the job with --TempDir and ask for it with"
                " getResolvedOptions"
            )
        return frame.relationalize(
            name, staging_path, options or {}, transformation_ctx, info, stageThreshold, totalThreshold
        )
