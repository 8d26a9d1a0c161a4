"""XML text taken apart into records."""

from __future__ import annotations

from typing import Any

import pytest

from awsglue import gluetypes as glue
from awsglue.formats.schemajson import struct_from_json
from awsglue.formats.xmltext import EMPTY, Reading
from awsglue.formats.xmlvalues import seen_as


def found(text: str, **options: Any) -> list[Any]:
    return [one.fault or one.records[0] for one in Reading(row_tag="r", **options).records(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("<l/>", []),
        ("<r><a>1</a></r>", [{"a": 1}]),
        ("<r/><r a='1'/>", [{}, {"_a": 1}]),
        ("<r>text</r>", [{"_VALUE": "text"}]),
        ("<r><a/></r>", [{"a": EMPTY}]),
        ("<r><a>1</a><a>2</a><a>3</a></r>", [{"a": [1, 2, 3]}]),
        ("<r a='>'><b>2</b></r>", [{"_a": ">", "b": 2}]),
        ("<r><r><a>1</a></r></r><r/>", [{"r": {"a": 1}}, {}]),
        ("<r><b c='1'>x</b></r>", [{"b": {"_c": 1, "_VALUE": "x"}}]),
        ("<r>before<b>1</b>after</r>", [{"b": 1, "_VALUE": "beforeafter"}]),
        ("<rs><row/><r-x/><r><a>1</a></r></rs>", [{"a": 1}]),
        ("<!-- <r/> --><r><![CDATA[</r>]]></r>", [{"_VALUE": "</r>"}]),
        ("<n:r/><r><n:a>1</n:a></r>", [{"n:a": 1}]),
    ],
)
def test_elements_of_the_name_are_records(text: str, expected: list[Any]):
    assert found(text) == expected


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1),
        ("-7", -7),
        ("+7", 7),
        ("007", 7),
        ("3000000000", 3_000_000_000),
        ("9" * 40, "9" * 40),
        ("1.0", 1.0),
        (".5", 0.5),
        ("1e3", 1000.0),
        ("1.2.3", "1.2.3"),
        ("NaN", "NaN"),
        ("true", True),
        ("True", "True"),
        ("2026-01-02", "2026-01-02"),
        (" 1", " 1"),
        ("\u0661", "\u0661"),
    ],
)
def test_texts_have_the_type_that_they_look_like(text: str, value: Any):
    (record,) = found(f"<r><a>{text}</a></r>")
    assert record == {"a": value}
    assert type(record["a"]) is type(value)


def test_a_faulty_record_spoils_no_other():
    first, second, third, last = found("<r><a>1</a></r><r><a></r><r><a>2</a></r><r>")
    assert (first, third) == ({"a": 1}, {"a": 2})
    assert second.startswith("error in XML: mismatched tag")
    assert last == "error in XML: an element r has no end"


@pytest.mark.parametrize(
    ("value", "type_", "expected"),
    [
        ("1", glue.IntegerType(), 1),
        (" 1 ", glue.LongType(), 1),
        ("3000000000", glue.IntegerType(), None),
        ("x", glue.DoubleType(), None),
        ("1", glue.BooleanType(), True),
        ("maybe", glue.BooleanType(), None),
        ("NaN", glue.DecimalType(5, 2), None),
        (EMPTY, glue.IntegerType(), None),
        (EMPTY, glue.StringType(), ""),
        ("1", glue.ArrayType(glue.IntegerType()), [1]),
        (["1", "x"], glue.ArrayType(glue.IntegerType()), [1, None]),
        (["1", "2"], glue.IntegerType(), 2),
        ({"_u": "cm", "_VALUE": "5"}, glue.IntegerType(), 5),
        ("5", glue.StructType([glue.Field("_VALUE", glue.IntegerType())]), {"_VALUE": 5}),
        ({"a": "1"}, glue.MapType(glue.IntegerType()), {"a": 1}),
        (None, glue.StringType(), None),
    ],
    ids=repr,
)
def test_texts_are_seen_as_the_type_that_is_given(value: Any, type_: glue.DataType, expected: Any):
    assert seen_as(value, type_, "_VALUE") == expected


def test_a_schema_comes_back_from_its_json():
    struct = glue.StructType(
        [
            glue.Field("a", glue.DecimalType(8, 2)),
            glue.Field("b", glue.ArrayType(glue.ChoiceType([glue.IntegerType(), glue.StringType()]))),
            glue.Field("c", glue.MapType(glue.StructType([glue.Field("d", glue.DateType())]))),
        ]
    )
    assert struct_from_json(struct.jsonValue()) == struct


@pytest.mark.parametrize(
    "given", ["", "[]", "{}", '{"dataType": "int"}', '{"dataType": "struct"}', '{"dataType": "list"}']
)
def test_what_is_no_schema_is_refused(given: str):
    with pytest.raises((TypeError, ValueError)):
        struct_from_json(given)
