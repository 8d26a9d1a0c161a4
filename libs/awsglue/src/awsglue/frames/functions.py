"""Functions of a script, over the records of a frame."""
# ruff: noqa: ARG002 - transformation_ctx is in Glue's signatures; it names a frame to job bookmarks

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Self

from awsglue import scripted
from awsglue.frames.frame import Frame
from awsglue.gluetypes import DynamicRecord


class Functions(Frame):
    """The part of a DynamicFrame that calls Python functions of the script."""

    def filter(
        self,
        f: Callable[[DynamicRecord], Any],
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
    ) -> Self:
        """The records for which `f` answers true. KeyError, ValueError and TypeError in it mean no; anything else that
        it raises makes the record an error record.
        """
        return self._then(lambda records: scripted.filtered(records, f, info), stageThreshold, totalThreshold)

    def map(
        self,
        f: Callable[[DynamicRecord], Any],
        preservesPartitioning: bool = False,
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
    ) -> Self:
        """What `f` makes of each record; a record for which it raises or answers nothing becomes an error record."""
        return self._then(lambda records: scripted.mapped(records, f, info), stageThreshold, totalThreshold)

    def mapPartitions(
        self,
        f: Callable[[Iterator[DynamicRecord]], Iterable[Any]],
        preservesPartitioning: bool = True,
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
    ) -> Self:
        """What `f` makes of the records of each partition; a result that is no record becomes an error record."""
        return self._then(
            lambda records: scripted.mapped_partitions(records, lambda _, part: f(part), "mapPartitions", info),
            stageThreshold,
            totalThreshold,
        )

    def mapPartitionsWithIndex(
        self,
        f: Callable[[int, Iterator[DynamicRecord]], Iterable[Any]],
        preservesPartitioning: bool = False,
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
    ) -> Self:
        """The same with a function that is told the partition's number, too."""
        return self._then(
            lambda records: scripted.mapped_partitions(records, f, "mapPartitionsWithIndex", info),
            stageThreshold,
            totalThreshold,
        )
