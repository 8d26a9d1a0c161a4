"""Several frames under names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from awsglue.plan import Plan, empty

if TYPE_CHECKING:
    from awsglue.context import GlueContext
    from awsglue.dynamicframe import DynamicFrame
    from awsglue.frames.frame import Frame


class DynamicFrameCollection:
    """Frames by name. As on AWS it is no dict: there is no items(), no iteration and no `in`."""

    def __init__(self, dynamic_frames: Mapping[str, Frame] | Iterable[Frame], glue_ctx: GlueContext) -> None:
        named = (
            dynamic_frames.items()
            if isinstance(dynamic_frames, Mapping)
            else ((frame.name, frame) for frame in dynamic_frames)
        )
        #: DynamicFrames, which the parts that a DynamicFrame is made of cannot name.
        self._frames: dict[str, Any] = dict(named)
        self._glue_ctx = glue_ctx

    def __getitem__(self, key: str) -> DynamicFrame:
        frame: DynamicFrame = self._frames[key]
        return frame

    # Without it Python would iterate by calling __getitem__ with 0, 1, 2 ...
    __iter__ = None

    def __len__(self) -> int:
        return len(self._frames)

    def keys(self) -> Iterable[str]:
        return self._frames.keys()

    def values(self) -> Iterable[DynamicFrame]:
        return self._frames.values()

    def select(self, key: str, transformation_ctx: str = "") -> DynamicFrame:  # noqa: ARG002 - Glue's signature
        """The frame of that name; an empty frame when there is none."""
        from awsglue.dynamicframe import DynamicFrame

        if key in self._frames:
            return self[key]
        spark = self._glue_ctx.spark_session
        return DynamicFrame(Plan(lambda: empty(spark)), self._glue_ctx, key)

    def map(
        self, callable: Callable[[DynamicFrame, str], DynamicFrame], transformation_ctx: str = ""
    ) -> DynamicFrameCollection:
        """The collection of what the function makes of each frame, under the same names."""
        frames = {name: callable(frame, transformation_ctx) for name, frame in self._frames.items()}
        return DynamicFrameCollection(frames, self._glue_ctx)

    def flatmap(self, f: Callable[[DynamicFrame, str], Any], transformation_ctx: str = "") -> DynamicFrameCollection:
        """The same, and where the function makes a collection its frames are there as `<name>_<their name>`."""
        frames: dict[str, Any] = {}
        for name, frame in self._frames.items():
            made = f(frame, transformation_ctx)
            if isinstance(made, DynamicFrameCollection):
                frames |= {f"{name}_{inner}": made[inner] for inner in made.keys()}  # noqa: SIM118 - it is no dict
            else:
                frames[name] = made
        return DynamicFrameCollection(frames, self._glue_ctx)
