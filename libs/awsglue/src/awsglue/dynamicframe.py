"""DynamicFrame: records that are typed one by one, over a Spark DataFrame."""
# ruff: noqa: ARG002 - transformation_ctx is in Glue's signatures; it names a frame to job bookmarks

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from awsglue import choices, errorrecords, joins, reshape, rowtests, scripted, unions
from awsglue.expressions import Member
from awsglue.fieldpaths import parse_all
from awsglue.framecollection import DynamicFrameCollection
from awsglue.frameio import DynamicFrameReader, DynamicFrameWriter
from awsglue.gluetypes import DynamicRecord, StructType
from awsglue.mappings import mapped, mapping
from awsglue.notices import notice
from awsglue.plan import Plan, Records, empty
from awsglue.records import record_reader, record_text
from awsglue.refusals import not_built
from awsglue.resolveoption import ResolveOption

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from awsglue.context import GlueContext

__all__ = [
    "DynamicFrame",
    "DynamicFrameCollection",
    "DynamicFrameReader",
    "DynamicFrameWriter",
    "DynamicRecord",
    "ResolveOption",
]


def _names(names: str | Iterable[str]) -> list[str]:
    return [names] if isinstance(names, str) else list(names)


_WITH_SPARK = "use toDF(), Spark and DynamicFrame.fromDF"


class DynamicFrame:
    """Records with a schema that is found in them. Every method leaves its frame as it is and answers a new one."""

    def __init__(
        self, jdf: Plan, glue_ctx: GlueContext, name: str = "", stageThreshold: int = 0, totalThreshold: int = 0
    ) -> None:
        if not isinstance(jdf, Plan):
            raise TypeError(
                "make a DynamicFrame with DynamicFrame.fromDF(dataframe, glue_ctx, name)"
                " or with create_dynamic_frame, not with its constructor"
            )
        self._plan = jdf
        self.glue_ctx = glue_ctx
        self.name = name
        self._stage_threshold = stageThreshold
        self._total_threshold = totalThreshold

    @classmethod
    def fromDF(cls, dataframe: DataFrame, glue_ctx: GlueContext, name: str = "") -> DynamicFrame:
        """The frame of a DataFrame's rows; types stay as they are."""
        from awsglue.sparktypes import struct_from_spark

        schema = struct_from_spark(dataframe.schema)
        # The same columns without the DataFrame's aliases, which would get between a struct and its fields.
        plain = dataframe.toDF(*(field.name for field in schema)) if schema.fields else dataframe
        return cls(Plan(lambda: Records(dataframe=plain, schema=schema)), glue_ctx, name)

    def _then(
        self, step: Callable[[Records], Records], stage: int = 0, total: int = 0, name: str | None = None
    ) -> DynamicFrame:
        name = self.name if name is None else name
        return DynamicFrame(self._plan.then(step), self.glue_ctx, name, stage, total)

    def _select(
        self, shape: Callable[[StructType], list[Member]], stage: int, total: int, name: str | None = None
    ) -> DynamicFrame:
        return self._then(lambda records: records.select(shape(records.schema)), stage, total, name)

    # What is in the frame

    def toDF(self, options: Iterable[ResolveOption] | None = None) -> DataFrame:
        """The records as a DataFrame; a choice is a struct with a member for each type."""
        records = self._plan.records()
        if options:
            records = records.select(choices.resolved(records.schema, [option.spec() for option in options]))
        return records.dataframe

    def schema(self) -> StructType:
        return self._plan.records().schema

    def printSchema(self) -> None:
        print(self.schema().tree())

    def show(self, num_rows: int = 20) -> None:
        """Print records, each as a line of JSON."""
        read = record_reader(self.schema())
        for row in self.toDF().take(num_rows):
            print(record_text(read(row)))

    def count(self) -> int:
        return self.toDF().count()

    def getNumPartitions(self) -> int:
        return self.toDF().rdd.getNumPartitions()

    def repartition(
        self,
        num_partitions: int,
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
    ) -> DynamicFrame:
        return self._then(
            lambda records: records.next(records.dataframe.repartition(num_partitions)), stageThreshold, totalThreshold
        )

    def coalesce(
        self,
        num_partitions: int,
        shuffle: bool = False,
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
    ) -> DynamicFrame:
        if shuffle:
            return self.repartition(num_partitions, transformation_ctx, info, stageThreshold, totalThreshold)
        return self._then(
            lambda records: records.next(records.dataframe.coalesce(num_partitions)), stageThreshold, totalThreshold
        )

    # Fields

    def select_fields(
        self,
        paths: str | Iterable[str],
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
    ) -> DynamicFrame:
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
    ) -> DynamicFrame:
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
    ) -> DynamicFrame:
        """With the field at one path moved to another; unchanged when it is not there."""
        parse_all([oldName, newName])
        return self._select(lambda schema: reshape.renamed(schema, oldName, newName), stageThreshold, totalThreshold)

    def apply_mapping(
        self,
        mappings: Iterable[tuple[str, ...]],
        case_sensitive: bool = False,
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
    ) -> DynamicFrame:
        """Only what the mappings name, in their order, under their names and as their types."""
        parsed = [mapping(entry) for entry in mappings]
        return self._select(
            lambda schema: mapped(schema, parsed, case_sensitive=case_sensitive), stageThreshold, totalThreshold
        )

    def applyMapping(self, *args: Any, **kwargs: Any) -> DynamicFrame:
        return self.apply_mapping(*args, **kwargs)

    def unnest(
        self, transformation_ctx: str = "", info: str = "", stageThreshold: int = 0, totalThreshold: int = 0
    ) -> DynamicFrame:
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
    ) -> DynamicFrame:
        """With choices turned into fields of one type: those that `specs` names, or with `choice` all of them."""
        if specs is None and not choice:
            raise ValueError("Parameter specs and option are both missing, add one.")
        if specs is not None and choice:
            raise ValueError("Parameter specs and option are both specified, choose one.")
        if specs is None:
            choices.action(choice)
            return self._select(lambda schema: choices.resolved_all(schema, choice), stageThreshold, totalThreshold)
        pairs = [specs] if isinstance(specs, tuple) and isinstance(specs[0], str) else list(specs)
        choices.parsed(pairs)
        return self._select(lambda schema: choices.resolved(schema, pairs), stageThreshold, totalThreshold)

    # Records

    def filter(
        self,
        f: Callable[[DynamicRecord], Any],
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
    ) -> DynamicFrame:
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
    ) -> DynamicFrame:
        """What `f` makes of each record; a record for which it raises or answers nothing becomes an error record."""
        return self._then(lambda records: scripted.mapped(records, f, info), stageThreshold, totalThreshold)

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
        """Two frames: one with these top-level fields, the other with the rest."""
        parts = parse_all(paths)
        if any(len(path) > 1 for path in parts):
            raise NotImplementedError(
                "DynamicFrame.split_fields on paths inside a struct is not built yet: unnest() the frame first"
            )
        first = self._select(lambda schema: reshape.selected(schema, parts), stageThreshold, totalThreshold, name1)
        second = self._select(lambda schema: reshape.dropped(schema, parts), stageThreshold, totalThreshold, name2)
        return DynamicFrameCollection({name1: first, name2: second}, self.glue_ctx)

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
        frames = {
            name: self._then(
                lambda records, matches=matches: rowtests.matching(records, tests, matches=matches),
                stageThreshold,
                totalThreshold,
                name,
            )
            for name, matches in ((name1, True), (name2, False))
        }
        return DynamicFrameCollection(frames, self.glue_ctx)

    # Several frames

    def join(
        self,
        paths1: str | Iterable[str],
        paths2: str | Iterable[str],
        frame2: DynamicFrame,
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
    ) -> DynamicFrame:
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
        other_frame: DynamicFrame,
        transformation_ctx: str = "",
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
    ) -> DynamicFrame:
        """All records of both, by name; where the types differ the field becomes a choice."""
        return self._then(
            lambda records: unions.stacked([records, other_frame._plan.records()]), stageThreshold, totalThreshold
        )

    def mergeDynamicFrame(
        self,
        stage_dynamic_frame: DynamicFrame,
        primary_keys: Iterable[str],
        transformation_ctx: str = "",
        options: Mapping[str, Any] = {},
        info: str = "",
        stageThreshold: int = 0,
        totalThreshold: int = 0,
    ) -> DynamicFrame:
        """The records whose keys are not in the stage frame, and all of the stage frame."""
        keys = _names(primary_keys)
        for option in options:
            notice(f"the mergeDynamicFrame option {option} has no effect: Spark joins the keys")
        return self._then(
            lambda source: joins.merged(source, stage_dynamic_frame._plan.records(), keys),
            stageThreshold,
            totalThreshold,
        )

    # Errors

    def errorsCount(self) -> int:
        """How many records could not be read or computed on the way to this frame."""
        return sum(errors.count() for errors in self._plan.records().errors)

    def stageErrorsCount(self) -> int:
        """How many of them the last step made."""
        return sum(errors.count() for errors in self._plan.records().stage_errors)

    def errorsAsDynamicFrame(self) -> DynamicFrame:
        """The error records, each with what went wrong in its field `error`."""

        def step(records: Records) -> Records:
            if not records.errors:
                return empty(records.dataframe.sparkSession)
            return Records(dataframe=errorrecords.union(records.errors), schema=errorrecords.SCHEMA)

        return self._then(step)

    def assertErrorThreshold(self) -> None:
        """Raise when there are more errors than the frame's thresholds allow; a threshold of 0 allows any number."""
        for what, allowed, count in (
            ("stageThreshold", self._stage_threshold, self.stageErrorsCount),
            ("totalThreshold", self._total_threshold, self.errorsCount),
        ):
            if allowed and (errors := count()) > allowed:
                raise RuntimeError(
                    f"{errors} error records are more than the {what} of {allowed} in frame {self.name!r}"
                )

    # Out of the frame

    def write(
        self,
        connection_type: str,
        connection_options: Mapping[str, Any] = {},
        format: str | None = None,
        format_options: Mapping[str, Any] = {},
        accumulator_size: int = 0,
    ) -> DynamicFrame:
        return self.glue_ctx.write_dynamic_frame_from_options(
            self, connection_type, connection_options, format, format_options
        )

    mapPartitions = not_built("DynamicFrame.mapPartitions", "use toDF().rdd.mapPartitions and createDataFrame")
    mapPartitionsWithIndex = not_built(
        "DynamicFrame.mapPartitionsWithIndex", "use toDF().rdd.mapPartitionsWithIndex and createDataFrame"
    )
    relationalize = not_built("DynamicFrame.relationalize", f"{_WITH_SPARK} with explode")
    simplify_ddb_json = not_built("DynamicFrame.simplify_ddb_json", _WITH_SPARK)
    spigot = not_built("DynamicFrame.spigot", "write a sample with toDF().limit(n).write.json")
    unbox = not_built("DynamicFrame.unbox", f"{_WITH_SPARK} with from_json")
    unnest_ddb_json = not_built("DynamicFrame.unnest_ddb_json", _WITH_SPARK)
    with_frame_schema = not_built("DynamicFrame.with_frame_schema", "use apply_mapping")
