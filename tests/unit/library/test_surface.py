"""The names that scripts use, and the arguments that they pass by name or by place (awsglue 1)."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

import awsglue
from awsglue import gluetypes, job, transforms, utils
from awsglue.dataframereader import DataFrameReader
from awsglue.dataframewriter import DataFrameWriter
from awsglue.dynamicframe import (
    DynamicFrame,
    DynamicFrameCollection,
    DynamicFrameReader,
    DynamicFrameWriter,
    DynamicRecord,
    ResolveOption,
)
from awsglue.plan import Plan
from awsglue.transforms import TRANSFORMS, describe_transform, get_transform, get_transforms

#: What most methods and transforms take at their end.
COMMON = "transformation_ctx info stageThreshold totalThreshold"

METHODS = {
    "applyMapping": "args kwargs",
    "apply_mapping": f"mappings case_sensitive {COMMON}",
    "assertErrorThreshold": "",
    "coalesce": f"num_partitions shuffle {COMMON}",
    "count": "",
    "drop_fields": f"paths {COMMON}",
    "errorsAsDynamicFrame": "",
    "errorsCount": "",
    "filter": f"f {COMMON}",
    "fromDF": "dataframe glue_ctx name",
    "getNumPartitions": "",
    "join": f"paths1 paths2 frame2 {COMMON}",
    "map": f"f preservesPartitioning {COMMON}",
    "mapPartitions": f"f preservesPartitioning {COMMON}",
    "mapPartitionsWithIndex": f"f preservesPartitioning {COMMON}",
    "mergeDynamicFrame": (
        "stage_dynamic_frame primary_keys transformation_ctx options info stageThreshold totalThreshold"
    ),
    "printSchema": "",
    "relationalize": f"root_table_name staging_path options {COMMON}",
    "rename_field": f"oldName newName {COMMON}",
    "repartition": f"num_partitions {COMMON}",
    "resolveChoice": f"specs choice database table_name {COMMON} catalog_id",
    "schema": "",
    "select_fields": f"paths {COMMON}",
    "show": "num_rows",
    "simplify_ddb_json": COMMON,
    "spigot": f"path options {COMMON}",
    "split_fields": f"paths name1 name2 {COMMON}",
    "split_rows": f"comparison_dict name1 name2 {COMMON}",
    "stageErrorsCount": "",
    "toDF": "options",
    "unbox": f"path format {COMMON} options",
    "union": f"other_frame {COMMON}",
    "unnest": COMMON,
    "unnest_ddb_json": COMMON,
    "with_frame_schema": "schema",
    "write": "connection_type connection_options format format_options accumulator_size",
}

CALLS = {
    "ApplyMapping": f"frame mappings case_sensitive {COMMON}",
    "Coalesce": f"frame num_partitions shuffle {COMMON}",
    "DropFields": f"frame paths {COMMON}",
    "DropNullFields": f"frame {COMMON}",
    "ErrorsAsDynamicFrame": "frame",
    "Filter": f"frame f {COMMON}",
    "FlatMap": "dfc BaseTransform frame_name transformation_ctx base_kwargs",
    "Join": "frame1 frame2 keys1 keys2 transformation_ctx",
    "Map": f"frame f preservesPartitioning {COMMON}",
    "MapToCollection": "dfc callable transformation_ctx",
    "Relationalize": f"frame staging_path name options {COMMON}",
    "RenameField": f"frame old_name new_name {COMMON}",
    "Repartition": f"frame num_partitions {COMMON}",
    "ResolveChoice": f"frame specs choice database table_name {COMMON}",
    "SelectFields": f"frame paths {COMMON}",
    "SelectFromCollection": "dfc key transformation_ctx",
    "Spigot": "frame path options transformation_ctx",
    "SplitFields": f"frame paths name1 name2 {COMMON}",
    "SplitRows": f"frame comparison_dict name1 name2 {COMMON}",
    "Unbox": f"frame path format {COMMON} options",
    "Union": f"frame1 frame2 {COMMON}",
    "UnnestFrame": f"frame {COMMON}",
}


def arguments(function: Any) -> str:
    return " ".join(name for name in inspect.signature(function).parameters if name != "self")


@pytest.mark.parametrize("name", METHODS)
def test_a_method_of_a_frame_takes_what_glue_documents(name: str):
    assert arguments(getattr(DynamicFrame, name)) == METHODS[name]


@pytest.mark.parametrize("name", CALLS)
def test_a_transform_takes_what_glue_documents(name: str):
    transform = getattr(transforms, name)
    assert arguments(transform.__call__) == CALLS[name]
    assert get_transform(name) is get_transform(name.lower()) is transform


def test_a_star_gives_the_transforms_and_nothing_else():
    assert sorted(transforms.__all__) == sorted(CALLS)
    names: dict[str, Any] = {}
    exec("from awsglue.transforms import *", names)  # noqa: S102 - what scripts write
    assert sorted(set(names) - {"__builtins__"}) == sorted(CALLS)


@pytest.mark.parametrize("transform", TRANSFORMS)
def test_a_transform_describes_itself(transform: type[transforms.GlueTransform]):
    described = describe_transform(transform.name())["transform"]
    assert described["name"] == transform.__name__
    assert described["description"] == transform.describeTransform()
    assert described["description"].endswith(".")
    assert [one["name"] for one in described["args"]] == CALLS[transform.name()].split()
    assert described["returns"]["type"].startswith("DynamicFrame")
    assert described["raises"] == transform.describeErrors() == []
    assert describe_transform(transform) == transform.describe()


def test_transforms_are_found_by_name_only_when_they_are_there():
    assert get_transforms() == list(TRANSFORMS)
    with pytest.raises(ValueError, match="there is no transform 'Unknown'; there are: ApplyMapping, "):
        get_transform("Unknown")


def test_defaults_are_those_of_glue():
    split = inspect.signature(transforms.SplitRows.__call__).parameters
    assert (split["name1"].default, split["name2"].default) == ("frame1", "frame2")
    tables = inspect.signature(transforms.Relationalize.__call__).parameters
    assert (tables["staging_path"].default, tables["name"].default) == (None, "roottable")
    assert inspect.signature(DynamicFrame.mapPartitions).parameters["preservesPartitioning"].default is True
    assert inspect.signature(DynamicFrame.map).parameters["preservesPartitioning"].default is False
    assert inspect.signature(DynamicFrame.show).parameters["num_rows"].default == 20


@pytest.mark.parametrize(
    ("class_", "names"),
    [
        (DynamicFrameCollection, "__getitem__ __len__ keys values select map flatmap"),
        (DynamicFrameReader, "from_rdd from_options from_catalog"),
        (DynamicFrameWriter, "from_options from_catalog from_jdbc_conf"),
        (DataFrameReader, "from_catalog from_options"),
        (DataFrameWriter, "from_catalog"),
        (ResolveOption, "__init__"),
        (
            job.Job,
            (
                "init isInitialized commit continuation_options job_bookmark_options job_bookmark_range_options"
                " id_params encryption_type_options data_lineage_options"
            ),
        ),
        (gluetypes.StructType, "add hasField getField __iter__ jsonValue"),
        (
            utils,
            "getResolvedOptions GlueArgumentError makeOptions callsite iteritems iterkeys itervalues _global_args",
        ),
        (
            gluetypes,
            (
                "DataType AtomicType BinaryType BooleanType ByteType DateType DecimalType DoubleType EnumType FloatType"
                " IntegerType LongType NullType ShortType StringType TimestampType TimestampNTZType UnknownType"
                " ArrayType SetType MapType ChoiceType Field StructType EntityType DynamicRecord mergeDataTypes"
            ),
        ),
    ],
)
def test_the_names_that_scripts_use_are_there(class_: Any, names: str):
    assert [name for name in names.split() if not hasattr(class_, name)] == []


def test_a_collection_is_no_dictionary():
    assert [name for name in ("items", "__contains__", "get") if hasattr(DynamicFrameCollection, name)] == []
    assert DynamicFrameCollection.__iter__ is None


def test_a_frame_is_imported_from_the_package_too():
    assert awsglue.DynamicFrame is DynamicFrame
    assert issubclass(DynamicRecord, dict)


def test_the_machine_learning_transforms_refuse_when_they_are_imported():
    with pytest.raises(NotImplementedError, match=r"awsglueml\.transforms is not built: .* only AWS"):
        __import__("awsglueml.transforms")


def test_a_frame_has_no_java_object():
    frame = DynamicFrame(Plan(lambda: pytest.fail("nobody needs records")), None, "name", 1, 2)
    assert frame.name == "name"
    with pytest.raises(NotImplementedError, match="a DynamicFrame has no Java object here: use toDF"):
        _ = frame._jdf
