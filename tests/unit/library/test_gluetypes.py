"""Glue's types: their JSON, their tree, and how two of them merge."""

from __future__ import annotations

import pytest

from awsglue.gluetypes import (
    ATOMIC_TYPES,
    ArrayType,
    BinaryType,
    ChoiceType,
    DataType,
    DecimalType,
    DoubleType,
    DynamicRecord,
    EnumType,
    Field,
    IntegerType,
    LongType,
    MapType,
    NullType,
    SetType,
    StringType,
    StructType,
    UnknownType,
    mergeDataTypes,
)

PERSON = StructType(
    [
        Field("provider id", ChoiceType([StringType(), LongType()])),
        Field("address", StructType([Field("zip", StringType())])),
        Field("charges", ArrayType(StructType([Field("total", DecimalType(10, 2))]))),
        Field("tags", MapType(IntegerType())),
    ]
)


def test_the_tree_of_a_schema_is_what_print_schema_shows():
    assert PERSON.tree() == (
        "root\n"
        "|-- provider id: choice\n"
        "|    |-- long\n"
        "|    |-- string\n"
        "|-- address: struct\n"
        "|    |-- zip: string\n"
        "|-- charges: array\n"
        "|    |-- element: struct\n"
        "|    |    |-- total: decimal(10,2)\n"
        "|-- tags: map\n"
        "|    |-- keyType: string\n"
        "|    |-- valueType: int\n"
    )


def test_the_tree_of_a_choice_shows_what_is_in_an_alternative():
    schema = StructType([Field("x", ChoiceType([StringType(), StructType([Field("y", IntegerType())])]))])
    assert schema.tree() == "root\n|-- x: choice\n|    |-- string\n|    |-- struct\n|    |    |-- y: int\n"


def test_an_empty_schema_is_just_the_root():
    assert StructType().tree() == "root\n"


def test_the_json_of_a_type_names_it_and_its_parts():
    assert Field("a", ArrayType(IntegerType()), {"p": 1}).jsonValue() == {
        "name": "a",
        "container": {"dataType": "array", "properties": {}, "elementType": {"dataType": "int", "properties": {}}},
        "properties": {"p": 1},
    }
    assert MapType(StringType()).jsonValue()["valueType"] == {"dataType": "string", "properties": {}}
    assert [one["dataType"] for one in ChoiceType([StringType(), LongType()]).jsonValue()["choices"]] == [
        "long",
        "string",
    ]
    assert [one["name"] for one in PERSON.jsonValue()["fields"]] == ["provider id", "address", "charges", "tags"]


def test_a_decimal_has_ten_digits_and_two_behind_the_point_unless_told():
    assert (DecimalType().precision, DecimalType().scale) == (10, 2)


@pytest.mark.parametrize(("name", "class_"), ATOMIC_TYPES.items())
def test_every_simple_type_is_equal_to_another_of_its_kind(name: str, class_: type):
    assert class_.typeName() == name
    assert class_() == class_()
    assert class_() != BinaryType({"p": 1})


def test_a_struct_finds_its_fields_by_name():
    assert PERSON.hasField("tags")
    assert not PERSON.hasField("nothing")
    assert PERSON.getField("tags").dataType == MapType(IntegerType())
    assert [field.name for field in PERSON] == ["provider id", "address", "charges", "tags"]
    with pytest.raises(ValueError, match="a field tags already"):
        PERSON.add(Field("tags", StringType()))


def test_a_choice_has_each_type_once():
    with pytest.raises(ValueError, match="an alternative int already"):
        ChoiceType([IntegerType(), IntegerType()])


STRUCT_A = StructType([Field("a", IntegerType())])
STRUCT_B = StructType([Field("b", StringType())])


@pytest.mark.parametrize(
    ("one", "other", "merged"),
    [
        (IntegerType(), IntegerType(), IntegerType()),
        (IntegerType(), NullType(), IntegerType()),
        (UnknownType(), STRUCT_A, STRUCT_A),
        (IntegerType(), LongType(), ChoiceType([IntegerType(), LongType()])),
        (IntegerType(), DoubleType(), ChoiceType([IntegerType(), DoubleType()])),
        (
            ChoiceType([IntegerType(), StringType()]),
            LongType(),
            ChoiceType([IntegerType(), LongType(), StringType()]),
        ),
        (ChoiceType([IntegerType(), StringType()]), StringType(), ChoiceType([IntegerType(), StringType()])),
        (STRUCT_A, STRUCT_B, StructType([Field("a", IntegerType()), Field("b", StringType())])),
        (STRUCT_A, StringType(), ChoiceType([STRUCT_A, StringType()])),
        (
            ChoiceType([STRUCT_A, StringType()]),
            STRUCT_B,
            ChoiceType([StringType(), StructType([Field("a", IntegerType()), Field("b", StringType())])]),
        ),
        (ArrayType(IntegerType()), ArrayType(StringType()), ArrayType(ChoiceType([IntegerType(), StringType()]))),
        (SetType(NullType()), SetType(StringType()), SetType(StringType())),
        (MapType(NullType()), MapType(StringType()), MapType(StringType())),
        (DecimalType(10, 2), DecimalType(12, 4), DecimalType(12, 4)),
        (DecimalType(38, 0), DecimalType(10, 5), DecimalType(38, 5)),
        (EnumType(["a"]), EnumType(["b", "a"]), EnumType(["a", "b"])),
    ],
    ids=repr,
)
def test_two_types_merge(one: DataType, other: DataType, merged: DataType):
    assert mergeDataTypes(one, other) == merged


def test_a_field_that_one_side_has_may_be_absent():
    merged = mergeDataTypes(STRUCT_A, STRUCT_B)
    assert [field.absent for field in merged] == [True, True]


def test_a_record_is_a_dictionary_with_attributes():
    record = DynamicRecord(name="Sally", age=23)
    record.city = "Berlin"
    del record.age
    assert (record.name, record["city"], dict(record)) == ("Sally", "Berlin", {"name": "Sally", "city": "Berlin"})
    with pytest.raises(AttributeError, match="no field age"):
        _ = record.age
    with pytest.raises(AttributeError, match="no field age"):
        del record.age
