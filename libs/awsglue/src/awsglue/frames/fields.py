"""Choosing, renaming, typing and flattening the fields of a frame."""
# ruff: noqa: ARG002 - transformation_ctx is in Glue's signatures; it names a frame to job bookmarks

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Self

from awsglue import choices, reshape
from awsglue.fieldpaths import parse_all
from awsglue.framecollection import DynamicFrameCollection
from awsglue.frames.frame import Frame
from awsglue.gluetypes import StructType
from awsglue.mappings import mapped, mapping


def _columns(database: str | None, table_name: str | None, catalog_id: str | None) -> StructType:
    """What a table of the Data Catalog says of its columns, partition keys among them."""
    from awsglue.catalog.client import Catalog

    if not database or not table_name:
        raise ValueError(
            "resolveChoice with match_catalog needs database and table_name: the table whose types it takes"
        )
    table = Catalog(catalog_id).table(database, table_name)
    return StructType([*table.columns(), *table.keys()])


class Fields(Frame):
    """The part of a DynamicFrame that changes which fields its records have, and as what."""

    def select_fields(
        self,
        paths: str | Iterable[str],
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
    ) -> Self:
        """Only these top-level fields; missing names are ignored."""
        wanted = parse_all(paths)
        return self._select(lambda schema: reshape.selected(schema, wanted), stageThreshold, totalThreshold)

    def drop_fields(
        self,
        paths: str | Iterable[str],
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
    ) -> Self:
        """Without the fields at these paths, also inside structs and arrays; unknown paths are ignored."""
        gone = parse_all(paths)
        return self._select(lambda schema: reshape.dropped(schema, gone), stageThreshold, totalThreshold)

    def rename_field(
        self,
        oldName: str,
        newName: str,
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
    ) -> Self:
        """With the field at one path moved to another; unchanged when it is not there."""
        parse_all([oldName, newName])
        return self._select(lambda schema: reshape.renamed(schema, oldName, newName), stageThreshold, totalThreshold)

    def split_fields(
        self,
        paths: Iterable[str],
        name1: str,
        name2: str,
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
    ) -> DynamicFrameCollection:
        """Two frames: one with the fields at these paths, the other with the rest; a split struct is in both."""
        parts = parse_all(paths)
        first = self._select(lambda schema: reshape.kept(schema, parts), stageThreshold, totalThreshold, name1)
        second = self._select(lambda schema: reshape.dropped(schema, parts), stageThreshold, totalThreshold, name2)
        return DynamicFrameCollection({name1: first, name2: second}, self.glue_ctx)

    def apply_mapping(
        self,
        mappings: Iterable[tuple[str, ...]],
        case_sensitive: bool = False,
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
    ) -> Self:
        """Only what the mappings name, in their order, under their names and as their types."""
        parsed = [mapping(entry) for entry in mappings]
        return self._select(
            lambda schema: mapped(schema, parsed, case_sensitive=case_sensitive), stageThreshold, totalThreshold
        )

    def applyMapping(self, *args: Any, **kwargs: Any) -> Self:
        return self.apply_mapping(*args, **kwargs)

    def unnest(
        self, transformation_ctx: str = "", info: str = "", stageThreshold: int = 0, totalThreshold: int = 0
    ) -> Self:
        """Structs as top-level fields with dotted names; arrays stay arrays."""
        return self._select(reshape.unnested, stageThreshold, totalThreshold)

    def resolveChoice(
        self,
        specs: Iterable[tuple[str, str]] | tuple[str, str] | None = None,
        choice: str = "",
        database: str | None = None,
        table_name: str | None = None,
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
        catalog_id: str | None = None,
    ) -> Self:
        """With choices turned into fields of one type: those that `specs` names, or with `choice` all of them."""
        if specs is None and not choice:
            raise ValueError("Parameter specs and option are both missing, add one.")
        if specs is not None and choice:
            raise ValueError("Parameter specs and option are both specified, choose one.")
        if specs is None and choice.strip().lower() == choices.MATCH_CATALOG:
            columns = _columns(database, table_name, catalog_id)
            return self._select(lambda schema: choices.resolved_as(schema, columns), stageThreshold, totalThreshold)
        if specs is None:
            choices.action(choice)
            return self._select(lambda schema: choices.resolved_all(schema, choice), stageThreshold, totalThreshold)
        pairs: Any = [specs] if isinstance(specs, tuple) and isinstance(specs[0], str) else list(specs)
        choices.parsed(pairs)
        return self._select(lambda schema: choices.resolved(schema, pairs), stageThreshold, totalThreshold)
