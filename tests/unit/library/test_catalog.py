"""What definitions of the Data Catalog mean: types, and how files are written."""

from __future__ import annotations

from typing import Any

import pytest

from awsglue.catalog.definitions import new_table
from awsglue.catalog.hivetypes import hive_type, parsed
from awsglue.catalog.layouts import Layout, layout_of, partition_layout, s3_options
from awsglue.catalog.tables import Partition, Table
from awsglue.gluetypes import ChoiceType, DataType, Field, IntegerType, LongType, NullType, StringType, StructType
from awsglue.options import OptionError

HIVE = "org.apache.hadoop.hive.serde2"


def table(
    parameters: dict[str, str] | None = None,
    serde: str = "",
    serde_parameters: dict[str, str] | None = None,
    **storage: Any,
) -> Table:
    info = {"SerializationLibrary": serde, "Parameters": serde_parameters or {}}
    return Table(
        definition={
            "DatabaseName": "d",
            "Name": "t",
            "Parameters": parameters or {},
            "StorageDescriptor": {"SerdeInfo": info, **storage},
        }
    )


@pytest.mark.parametrize(
    ("text", "type_"),
    [
        ("bigint", "long"),
        ("VARCHAR(10)", "string"),
        ("decimal", "decimal(10,0)"),
        ("decimal(5, 2)", "decimal(5,2)"),
        ("array<struct<a:int,b c:map<string,double>>>", "array"),
    ],
)
def test_a_type_of_the_catalog_is_one_of_glue(text: str, type_: str):
    assert parsed(text).label() == type_


@pytest.mark.parametrize(
    "text", ["bigint", "decimal(5,2)", "array<struct<a:int,b c:map<string,double>>>", "struct<d:date,t:timestamp>"]
)
def test_a_type_goes_to_the_catalog_as_it_came(text: str):
    assert hive_type(parsed(text), "f") == text


@pytest.mark.parametrize(
    "text", ["", "number", "array<int", "int>", "struct<a>", "array<>", "map<int,int>", "list<int>"]
)
def test_what_is_no_type_is_refused(text: str):
    with pytest.raises(ValueError, match=r"is no type|whose keys are no strings"):
        parsed(text)


@pytest.mark.parametrize(
    ("type_", "words"),
    [
        (ChoiceType([IntegerType(), StringType()]), "the field f.g, a choice: resolve it first, with resolveChoice"),
        (NullType(), "the field f.g, a null: drop it or cast it first"),
    ],
)
def test_a_type_that_the_catalog_has_no_name_for_is_refused(type_: DataType, words: str):
    with pytest.raises(ValueError, match=words):
        hive_type(StructType([Field("g", type_)]), "f")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (table({"classification": "JSON"}), Layout(format="json", options={})),
        (table({"classification": "own"}, "org.openx.data.jsonserde.JsonSerDe"), Layout(format="json", options={})),
        (table(InputFormat="org.apache.hadoop.hive.ql.io.orc.OrcInputFormat"), Layout(format="orc", options={})),
        (table({"classification": "csv"}, f"{HIVE}.lazy.LazySimpleSerDe"), Layout(format="csv", options={})),
        (
            table({}, f"{HIVE}.lazy.LazySimpleSerDe"),
            Layout(format="csv", options={"separator": "\x01"}),
        ),
        (
            table({"classification": "csv", "delimiter": "|", "skip.header.line.count": "1"}),
            Layout(format="csv", options={"separator": "|"}, header_lines=1),
        ),
        (
            table({}, f"{HIVE}.OpenCSVSerde", {"separatorChar": "\\t", "quoteChar": '"', "escapeChar": '"'}),
            Layout(format="csv", options={"separator": "\t", "quoteChar": '"'}),
        ),
        (
            table({"classification": "csv"}, "", {"serialization.null.format": "", "escape.delim": "\\\\"}),
            Layout(format="csv", options={"escaper": "\\"}, null=""),
        ),
        (
            table({"classification": "xml", "rowTag": "a", "averageRecordSize": "7"}),
            Layout(format="xml", options={"rowTag": "a"}),
        ),
    ],
    ids=lambda value: repr(value)[:80],
)
def test_a_definition_says_how_files_are_written(given: Table, expected: Layout):
    assert layout_of(given) == expected


def test_a_partition_says_only_what_differs_from_its_table():
    given = table({"classification": "csv"}, f"{HIVE}.OpenCSVSerde", {"separatorChar": ";"})
    same = Partition(values=("1",), storage={"Location": "s3://b/x/", "SerdeInfo": {}, "InputFormat": ""})
    assert partition_layout(given, same) == layout_of(given)
    other = Partition(values=("1",), storage={"SerdeInfo": {"Parameters": {"separatorChar": "|"}}})
    assert partition_layout(given, other) == Layout(format="csv", options={"separator": "|"})


def test_a_header_is_a_number_of_lines():
    with pytest.raises(OptionError, match=r"the table d\.t: skip\.header\.line\.count is '-1', and it must be a whole"):
        layout_of(table({"classification": "csv", "skip.header.line.count": "-1"}))


def test_options_of_files_are_taken_from_a_table_and_nothing_else_is():
    parameters = {
        "groupFiles": "inPartition",
        "groupSize": "7",
        "compressionType": "none",
        "owner": "me",
        "exclusions": "",
    }
    assert s3_options(table(parameters)) == {"groupFiles": "inPartition", "groupSize": "7"}


def test_a_new_table_says_how_its_files_were_written():
    schema = StructType([Field("n", LongType()), Field("k", StringType())])
    options = {"separator": "|", "quoteChar": "", "writeHeader": True}
    made = new_table("t", schema, ["k"], "s3://b/t/", "csv", options)
    assert made["PartitionKeys"] == [{"Name": "k", "Type": "string"}]
    assert made["StorageDescriptor"]["Columns"] == [{"Name": "n", "Type": "bigint"}]
    again = Table(definition={**made, "DatabaseName": "d"})
    assert layout_of(again) == Layout(format="csv", options={"separator": "|", "quoteChar": "-1"}, header_lines=1)
