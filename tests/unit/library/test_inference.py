"""Types of records, found one value at a time; and records on their way to rows and back."""

from __future__ import annotations

import datetime as dt
import pickle
from decimal import Decimal

import pytest
from hypothesis import given, strategies

from awsglue.gluetypes import (
    ArrayType,
    ByteType,
    ChoiceType,
    DataType,
    DecimalType,
    DoubleType,
    Field,
    FloatType,
    IntegerType,
    LongType,
    MapType,
    NullType,
    ShortType,
    StringType,
    StructType,
    TimestampType,
)
from awsglue.inference import Shape, UnknownValueError, kind
from awsglue.records import record_reader, record_text, row_writer


def shape_of(*records: dict, known: StructType | None = None) -> Shape:
    shape = Shape()
    for record in records:
        shape.observe_all([record], known)
    return shape


def type_of(*values: object, known: DataType | None = None) -> DataType:
    schema = None if known is None else StructType([Field("x", known)])
    return shape_of(*({"x": value} for value in values), known=schema).struct().getField("x").dataType


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (True, "boolean"),
        (2**31 - 1, "int"),
        (-(2**31), "int"),
        (2**31, "long"),
        (-(2**31) - 1, "long"),
        (2**63 - 1, "long"),
        (2**63, "decimal"),
        (10**38, "double"),
        (1.0, "double"),
        ("1", "string"),
        (None, "null"),
        ({}, "struct"),
        ([], "array"),
        ((1, 2), "array"),
        (Decimal("1.5"), "decimal"),
        (dt.date(2026, 1, 1), "date"),
        (dt.datetime(2026, 1, 1), "timestamp"),  # noqa: DTZ001 - Spark's are naive
        (b"x", "binary"),
    ],
)
def test_a_value_has_one_type(value: object, name: str):
    assert kind(value) == name


def test_an_object_that_is_no_value_is_named():
    with pytest.raises(UnknownValueError, match="a record holds a complex"):
        kind(1j)


@pytest.mark.parametrize(
    ("values", "type_"),
    [
        ([1, 2], IntegerType()),
        ([1, 3_000_000_000], ChoiceType([IntegerType(), LongType()])),
        ([1, 2.5], ChoiceType([IntegerType(), DoubleType()])),
        ([1, None, "x"], ChoiceType([IntegerType(), StringType()])),
        ([None, None], NullType()),
        ([[], [1], ["x"]], ArrayType(ChoiceType([IntegerType(), StringType()]))),
        ([[]], ArrayType(NullType())),
        ([{"a": 1}, "x"], ChoiceType([StructType([Field("a", IntegerType())]), StringType()])),
        ([2**64], DecimalType(38, 0)),
        ([Decimal("1.5")], DecimalType(38, 18)),
    ],
    ids=repr,
)
def test_a_field_has_the_types_that_its_values_have(values: list, type_: DataType):
    assert type_of(*values) == type_


@pytest.mark.parametrize(
    ("known", "values", "type_"),
    [
        (LongType(), [1, 2**40], LongType()),
        (ShortType(), [1], ShortType()),
        (ShortType(), [1, 100_000], ChoiceType([ShortType(), IntegerType()])),
        (ByteType(), [200], IntegerType()),
        (FloatType(), [1.5], FloatType()),
        (DecimalType(10, 2), [Decimal("1.50")], DecimalType(10, 2)),
        (MapType(StringType()), [{"k": "v"}], MapType(StringType())),
        (ChoiceType([LongType(), StringType()]), [1, "x"], ChoiceType([LongType(), StringType()])),
        (LongType(), ["x"], StringType()),
        (StringType(), [1], IntegerType()),
    ],
    ids=repr,
)
def test_a_value_keeps_the_type_that_its_field_had_when_python_cannot_tell(
    known: DataType, values: list, type_: DataType
):
    assert type_of(*values, known=known) == type_


def test_a_field_that_a_record_lacks_may_be_absent_and_one_that_is_null_may_not():
    records = {"a": 1, "b": None, "d": None}, {"a": None, "b": 2}, {"a": 3, "c": 4, "b": 1}
    # d is both, which a row cannot tell apart: it is taken for null.
    assert {field.name: field.absent for field in shape_of(*records).struct()} == {
        "a": False,
        "b": False,
        "d": False,
        "c": True,
    }


def test_fields_come_in_the_order_in_which_they_were_seen():
    assert [field.name for field in shape_of({"b": 1, "a": 1}, {"c": 1, "a": 1}).struct()] == ["b", "a", "c"]


def test_the_shapes_of_two_parts_merge_also_after_a_journey():
    one = shape_of({"a": 1, "l": [1]}, {"a": 2})
    other = shape_of({"a": "x", "n": {"k": 1}, "l": [None]})
    one.merge(pickle.loads(pickle.dumps(other)))  # noqa: S301 - our own
    assert one.struct() == shape_of({"a": 1, "l": [1]}, {"a": 2}, {"a": "x", "n": {"k": 1}, "l": [None]}).struct()
    assert one.struct().getField("n").absent


def test_a_name_that_is_no_text_is_refused():
    with pytest.raises(UnknownValueError, match="a field of a record is named 1"):
        shape_of({1: "x"}).struct()


VALUES = strategies.recursive(
    strategies.none()
    | strategies.booleans()
    | strategies.integers()
    | strategies.sampled_from([2**31, -(2**31) - 1, 2**63, 10**40, 0])
    | strategies.floats()
    | strategies.text(max_size=1)
    | strategies.decimals(allow_nan=False, allow_infinity=False),
    lambda inner: (
        strategies.lists(inner, max_size=3) | strategies.dictionaries(strategies.sampled_from("abc"), inner, max_size=3)
    ),
    max_leaves=8,
)
KNOWN = [
    None, LongType(), ShortType(), DecimalType(20, 3), ChoiceType([IntegerType(), LongType()]), FloatType(),
    MapType(LongType()), StructType([Field("a", LongType())]), ArrayType(ByteType()),
]  # fmt: skip


@given(strategies.lists(VALUES, max_size=12), strategies.sampled_from(KNOWN))
def test_values_looked_at_together_have_the_type_of_each_for_itself(values: list, known: DataType | None):
    together, apart = Shape(), Shape()
    together.observe_all(values, known)
    for value in values:
        one = Shape()
        one.observe_all([value], known)
        apart.merge(one)
    assert together.type() == apart.type()
    assert repr(together.type()) == repr(apart.type())


@given(strategies.lists(VALUES, max_size=12), strategies.integers(1, 5))
def test_values_that_come_some_at_a_time_have_the_type_of_all_together(values: list, size: int):
    together, some = Shape(), Shape()
    together.observe_all(values)
    for start in range(0, len(values), size):
        some.observe(values[start : start + size])
    assert repr(some.type()) == repr(together.type())


RECORDS = [
    {"id": 1, "price": 1.5, "s": {"k": 1}, "l": [1, "x"], "deep": {"a": {"b": 1}}},
    {"id": 3_000_000_000, "price": "n/a", "s": {"k": "t"}, "l": None},
    {"id": 2},
]


def test_records_become_rows_and_rows_the_same_records():
    schema = shape_of(*RECORDS).struct()
    write, read = row_writer(schema), record_reader(schema)

    def as_tuple(value: object) -> object:
        """A row as Spark hands it over: structs are tuples."""
        if isinstance(value, dict):
            return tuple(as_tuple(item) for item in value.values())
        return [as_tuple(item) for item in value] if isinstance(value, list) else value

    rows = [write(record) for record in RECORDS]
    assert rows[0]["id"] == {"int": 1, "long": None}
    assert rows[1]["price"] == {"double": None, "string": "n/a"}
    assert rows[0]["l"] == [{"int": 1, "string": None}, {"int": None, "string": "x"}]
    assert [read(as_tuple(row)) for row in rows] == [
        RECORDS[0],
        RECORDS[1],
        # The list is null in the record before and missing here: both are taken for null.
        {**RECORDS[2], "l": None},
    ]


def test_only_structs_directly_in_a_record_have_attributes():
    record = record_reader(shape_of(RECORDS[0]).struct())((1, 1.5, (1,), [(1, None), (None, "x")], ((1,),)))
    assert record.deep["a"] == {"b": 1}
    assert record.s.k == 1
    assert not hasattr(record.deep["a"], "b")


def test_a_value_that_no_alternative_takes_is_refused():
    write = row_writer(StructType([Field("x", ChoiceType([LongType(), StringType()]))]))
    assert write({"x": 5}) == {"x": {"long": 5, "string": None}}
    with pytest.raises(UnknownValueError, match="a value of type boolean"):
        write({"x": True})


def test_maps_and_moments_become_what_arrow_takes():
    schema = StructType([Field("m", MapType(StringType())), Field("t", TimestampType())])
    when = dt.datetime(2026, 1, 2, 3, tzinfo=dt.UTC)
    here = when.astimezone().replace(tzinfo=None)
    write = row_writer(schema)
    assert write({"m": {"k": "v", 2: None}, "t": when}) == {"m": [("k", "v"), ("2", None)], "t": when}
    assert write({"t": here}) == {"m": None, "t": when}


def test_text_that_cannot_be_stored_gets_a_question_mark():
    assert row_writer(shape_of({"x": "y"}).struct())({"x": "ä\ud800"}) == {"x": "ä?"}


def test_a_record_is_shown_as_a_line_of_json():
    record = {"id": 1, "name": "Käthe", "when": dt.date(2026, 1, 2), "n": None, "d": Decimal("1.50"), "i": Decimal(3)}
    assert record_text(record) == ('{"id": 1, "name": "Käthe", "when": "2026-01-02", "n": null, "d": 1.5, "i": 3}')
