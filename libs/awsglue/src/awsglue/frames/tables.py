"""Frames out of frames: joined, stacked, split by rows, pivoted."""
# ruff: noqa: ARG002 - transformation_ctx is in Glue's signatures; it names a frame to job bookmarks

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Self

from awsglue import joins, relations, rowtests, unions
from awsglue.bookmarks import session
from awsglue.bookmarks.numbers import Numbers
from awsglue.framecollection import DynamicFrameCollection
from awsglue.frames.frame import Frame
from awsglue.notices import notice


def _names(names: str | Iterable[str]) -> list[str]:
    return [names] if isinstance(names, str) else list(names)


class Tables(Frame):
    """The part of a DynamicFrame that takes in other frames, or becomes several."""

    def join(
        self,
        paths1: str | Iterable[str],
        paths2: str | Iterable[str],
        frame2: Tables,
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
    ) -> Self:
        """The inner join on equal keys, with all fields of both; what a record has twice is `.name` the second time."""
        keys1, keys2 = _names(paths1), _names(paths2)
        return self._then(
            lambda left: joins.joined(left, frame2._plan.records(), keys1, keys2),
            stageThreshold,
            totalThreshold,
            self.name + frame2.name,
        )

    def union(
        self,
        other_frame: Tables,
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
    ) -> Self:
        """All records of both, by name; where the types differ the field becomes a choice."""
        return self._then(
            lambda records: unions.stacked([records, other_frame._plan.records()]), stageThreshold, totalThreshold
        )

    def mergeDynamicFrame(
        self,
        stage_dynamic_frame: Tables,
        primary_keys: Iterable[str],
        transformation_ctx: str = "",
        options: Mapping[str, Any] = {},
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
    ) -> Self:
        """The records whose keys are not in the stage frame, and all of the stage frame."""
        keys = _names(primary_keys)
        for option in options:
            notice(f"the mergeDynamicFrame option {option} has no effect: Spark joins the keys")
        return self._then(
            lambda source: joins.merged(source, stage_dynamic_frame._plan.records(), keys),
            stageThreshold,
            totalThreshold,
        )

    def split_rows(
        self,
        comparison_dict: Mapping[str, Mapping[str, Any]],
        name1: str,
        name2: str,
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
    ) -> DynamicFrameCollection:
        """Two frames: the records that fit all comparisons, and the others, those with nulls among them."""
        tests = rowtests.parse(comparison_dict)

        def frame(name: str, *, matches: bool) -> Frame:
            return self._then(
                lambda records: rowtests.matching(records, tests, matches=matches), stageThreshold, totalThreshold, name
            )

        return DynamicFrameCollection(
            {name1: frame(name1, matches=True), name2: frame(name2, matches=False)}, self.glue_ctx
        )

    def relationalize(
        self,
        root_table_name: str,
        staging_path: str,
        options: Mapping[str, Any] = {},
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
    ) -> DynamicFrameCollection:
        """The frame as flat tables: the root, and one for each array, whose key stands in the array's place. With a
        transformation_ctx, in a run with job bookmarks, keys go on after those of the runs before.
        """
        notice(f"the staging_path {staging_path} has no effect: Spark keeps the records while the tables are made")
        for option in options:
            notice(f"the relationalize option {option} has no effect")
        bookmark = session.of(self.glue_ctx.spark_session)
        numbers = Numbers(bookmark.context(transformation_ctx, {"kind": "relationalize", "root": root_table_name}))
        frames = {
            name: type(self)(plan, self.glue_ctx, name, stageThreshold, totalThreshold)
            for name, plan in relations.tables(self._plan, root_table_name, numbers).items()
        }
        return DynamicFrameCollection(frames, self.glue_ctx)
