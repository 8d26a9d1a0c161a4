from __future__ import annotations

from typing import TYPE_CHECKING, Any

from awsglue.transforms.transform import GlueTransform

if TYPE_CHECKING:
    from awsglue.dynamicframe import DynamicFrame, DynamicFrameCollection


class FlatMap(GlueTransform):
    """A transform applied to each frame of a collection; `frame_name` is what the transform calls its frame."""

    def __call__(
        self,
        dfc: DynamicFrameCollection,
        BaseTransform: type[GlueTransform] | GlueTransform,
        frame_name: str,
        transformation_ctx: str = "",
        **base_kwargs: Any,
    ) -> DynamicFrameCollection:
        def apply(frame: DynamicFrame, _: str) -> Any:
            return BaseTransform.apply(**{frame_name: frame}, **base_kwargs)

        return dfc.flatmap(apply, transformation_ctx)
