"""Avro files and schemas, without Spark."""

from __future__ import annotations

import io
from typing import Any

import pytest

from awsglue import gluetypes as glue
from awsglue.formats.avrofile import AvroFileError, Block, block_bytes, blocks, header_bytes, number_bytes, read_header
from awsglue.formats.avroschema import plain_schema, schema_of, struct_of

MARK = b"0123456789abcdef"
SCHEMA = {"type": "record", "name": "r", "fields": [{"name": "n", "type": "int"}]}


def file(*contents: tuple[int, bytes], codec: str = "null") -> bytes:
    parts = [header_bytes(SCHEMA, codec), *(block_bytes(count, content, codec) for count, content in contents)]
    return MARK.join([*parts, b""])


@pytest.mark.parametrize(
    ("number", "data"),
    [(0, b"\x00"), (-1, b"\x01"), (1, b"\x02"), (-64, b"\x7f"), (64, b"\x80\x01"), (2**31, b"\x80\x80\x80\x80\x10")],
)
def test_numbers_are_zigzag_in_groups_of_seven_bits(number: int, data: bytes):
    assert number_bytes(number) == data


@pytest.mark.parametrize("codec", ["null", "deflate", "xz"])
def test_blocks_come_back_as_they_were_written(codec: str):
    stream = io.BytesIO(file((2, b"ab" * 500), (1, b"c"), codec=codec))
    header = read_header(stream)
    assert (header.schema, header.codec, header.mark) == (SCHEMA, codec, MARK)
    assert list(blocks(stream, header)) == [Block(count=2, content=b"ab" * 500), Block(count=1, content=b"c")]


def test_a_block_that_cannot_be_unpacked_is_an_error_in_its_place():
    data = bytearray(file((1, b"first"), (1, b"second"), codec="deflate"))
    place = data.index(MARK) + len(MARK) + 2
    data[place] ^= 0xFF
    stream = io.BytesIO(bytes(data))
    broken, whole = blocks(stream, read_header(stream))
    assert str(broken).startswith("block 1 cannot be unpacked: ")
    assert whole == Block(count=1, content=b"second")


def test_a_block_without_its_mark_ends_the_file():
    data = bytearray(file((1, b"first"), (1, b"second")))
    data[data.index(b"first") + len(b"first")] ^= 0xFF
    stream = io.BytesIO(bytes(data))
    (error,) = blocks(stream, read_header(stream))
    assert str(error) == "block 1 does not end where it should; the rest of the file is left out"


@pytest.mark.parametrize("lost", range(1, len(MARK) + 9))
def test_a_file_that_ends_too_early_says_so(lost: int):
    data = file((1, b"first"), (1, b"second"))
    stream = io.BytesIO(data[:-lost])
    *_, last = blocks(stream, read_header(stream))
    if lost < len(MARK) + len(block_bytes(1, b"second", "null")):
        assert str(last) == "block 2 ends before it should"
    else:
        assert last == Block(count=1, content=b"first")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "it does not begin as an Avro file"),
        (b"PAR1", "it does not begin as an Avro file"),
        (b"Obj\x01", "ends before it should"),
        (b"Obj\x01\x00" + MARK, "its header has no schema"),
        (b"Obj\x01\x02\x03", "has a length that cannot be"),
        (b"Obj\x01" + b"\xff" * 20, "has a number without an end"),
        (file(codec="null").replace(b"\x08null", b"\x08LZ77"), "its codec is 'LZ77', and there are null, deflate, "),
    ],
    ids=repr,
)
def test_what_is_no_avro_file_is_refused_with_the_reason(data: bytes, reason: str):
    with pytest.raises(AvroFileError) as refused:
        read_header(io.BytesIO(data))
    assert str(refused.value).startswith(reason)


def record(**types: Any) -> dict[str, Any]:
    return {"type": "record", "name": "r", "fields": [{"name": name, "type": type_} for name, type_ in types.items()]}


@pytest.mark.parametrize(
    ("schema", "version", "expected"),
    [
        ("int", "1.7", glue.IntegerType()),
        (["null", "long"], "1.7", glue.LongType()),
        (["string", "int"], "1.7", glue.ChoiceType([glue.IntegerType(), glue.StringType()])),
        ({"type": "map", "values": ["null", "float"]}, "1.7", glue.MapType(glue.FloatType())),
        ({"type": "array", "items": {"type": "string"}}, "1.7", glue.ArrayType(glue.StringType())),
        ({"type": "int", "logicalType": "date"}, "1.7", glue.IntegerType()),
        ({"type": "int", "logicalType": "date"}, "1.8", glue.DateType()),
        ({"type": "long", "logicalType": "timestamp-millis"}, "1.8", glue.TimestampType()),
        ({"type": "long", "logicalType": "timestamp-micros"}, "1.8", glue.LongType()),
        ({"type": "string", "logicalType": "uuid"}, "1.8", glue.StringType()),
        (["null", {"type": "bytes", "logicalType": "decimal", "precision": 5}], "1.8", glue.DecimalType(5, 0)),
        ({"type": {"type": "fixed", "name": "f", "size": 3}}, "1.8", glue.BinaryType()),
    ],
    ids=repr,
)
def test_a_schema_has_the_types_of_its_version(schema: Any, version: str, expected: glue.DataType):
    assert struct_of(plain_schema(record(v=schema), version)) == glue.StructType([glue.Field("v", expected)])


def test_types_are_known_by_their_names():
    inner = {"type": "record", "name": "inner", "namespace": "x.y", "fields": [{"name": "a", "type": "int"}]}
    schema = record(one=inner, two=["null", "x.y.inner"], three={"type": "array", "items": "x.y.inner"})
    struct = struct_of(schema)
    assert struct.getField("two").dataType == struct.getField("one").dataType
    assert struct.getField("three").dataType == glue.ArrayType(struct.getField("one").dataType)
    with pytest.raises(ValueError, match="speaks of a type 'other'"):
        struct_of(record(v="other"))


def test_a_frame_that_avro_cannot_hold_is_refused():
    with pytest.raises(ValueError, match="the field 'a b' cannot be written as Avro"):
        schema_of(glue.StructType([glue.Field("a b", glue.IntegerType())]), "1.7")
    choice = glue.ChoiceType([glue.IntegerType(), glue.DateType()])
    with pytest.raises(ValueError, match="the values in when are of types that Avro does not tell apart"):
        schema_of(glue.StructType([glue.Field("when", choice)]), "1.8")
    assert schema_of(glue.StructType([glue.Field("when", choice)]), "1.7")["fields"][0]["type"] == [
        "null",
        "string",
        "int",
    ]
