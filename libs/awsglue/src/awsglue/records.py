"""Records as Python objects: from a Spark row to what a script's function gets, and back to a row.

Runs in Spark's Python workers, once per record, so a schema is turned into a chain of small functions first.
"""

from __future__ import annotations

import decimal
import json
from collections.abc import Callable, Sequence
from typing import Any

from awsglue.gluetypes import (
    ArrayType,
    ChoiceType,
    DataType,
    DecimalType,
    DoubleType,
    DynamicRecord,
    MapType,
    NullType,
    StringType,
    StructType,
    TimestampType,
)
from awsglue.inference import UnknownValueError, fitting, kind

Convert = Callable[[Any], Any]


def record_reader(schema: StructType) -> Callable[[Sequence[Any]], DynamicRecord]:
    """A function from a row of `schema` to its record: a choice is its value, a missing field is left out.

    Structs directly in the record are DynamicRecords too, deeper ones are plain dicts (awsglue 1).
    """
    return _struct_reader(schema, depth=0)


def _reader(type_: DataType, depth: int) -> Convert:
    if isinstance(type_, StructType):
        return _struct_reader(type_, depth)
    if isinstance(type_, ChoiceType):
        readers = [_reader(choice, depth) for _, choice in type_.alternatives()]
        return lambda row: next(
            (read(value) for read, value in zip(readers, row, strict=True) if value is not None), None
        )
    if isinstance(type_, ArrayType):
        element = _nullable(_reader(type_.elementType, depth + 1))
        return lambda values: [element(value) for value in values]
    if isinstance(type_, MapType):
        entry = _nullable(_reader(type_.valueType, depth + 1))
        return lambda values: {key: entry(value) for key, value in values.items()}
    return lambda value: value


def _struct_reader(type_: StructType, depth: int) -> Callable[[Sequence[Any]], Any]:
    fields = [(field.name, field.absent, _nullable(_reader(field.dataType, depth + 1))) for field in type_]
    make = DynamicRecord if depth <= 1 else dict

    def read(row: Sequence[Any]) -> Any:
        return make(
            (name, convert(value))
            for (name, absent, convert), value in zip(fields, row, strict=True)
            if not (absent and value is None)
        )

    return read


def _nullable(convert: Convert) -> Convert:
    return lambda value: None if value is None else convert(value)


def row_writer(schema: StructType) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """A function from a record to its row as a dict, in the physical form, as Arrow takes it: a choice is a struct with
    one member set, a map is a list of pairs, a moment has its zone.
    """
    return _struct_writer(schema)


def value_writer(type_: DataType) -> Convert:
    """A function from a value of a record to its physical form."""
    return _nullable(_writer(type_))


def _writer(type_: DataType) -> Convert:
    if isinstance(type_, StructType):
        return _struct_writer(type_)
    if isinstance(type_, ChoiceType):
        return _choice_writer(type_)
    if isinstance(type_, ArrayType):
        element = _nullable(_writer(type_.elementType))
        return lambda values: [element(value) for value in values]
    if isinstance(type_, MapType):
        entry = _nullable(_writer(type_.valueType))
        return lambda values: [(str(key), entry(value)) for key, value in values.items()]
    if isinstance(type_, TimestampType):
        # Without a zone it is this machine's clock that speaks, as in Spark's own conversions.
        return lambda value: value if value.tzinfo else value.astimezone()
    if isinstance(type_, NullType):
        return lambda _: None
    if isinstance(type_, StringType):
        return _clean_text
    if isinstance(type_, DoubleType):
        return float
    if isinstance(type_, DecimalType):
        quantum = decimal.Decimal(1).scaleb(-type_.scale)
        context = decimal.Context(prec=38)
        return lambda value: decimal.Decimal(value).quantize(quantum, context=context)
    return lambda value: value


def _struct_writer(type_: StructType) -> Callable[[dict[str, Any]], dict[str, Any]]:
    fields = [(field.name, value_writer(field.dataType)) for field in type_]
    return lambda record: {name: convert(record.get(name)) for name, convert in fields}


def _choice_writer(type_: ChoiceType) -> Convert:
    writers = {name: _writer(choice) for name, choice in type_.alternatives()}

    def write(value: Any) -> dict[str, Any]:
        name = fitting(value, kind(value), writers)
        if name not in writers:
            raise UnknownValueError(f"a value of type {name} where the choice has only {', '.join(writers)}")
        return {other: convert(value) if other == name else None for other, convert in writers.items()}

    return write


def _clean_text(value: str) -> str:
    """Half of a surrogate pair, which JSON can spell, cannot be stored: it becomes a question mark, as in Spark."""
    if value.isascii():
        return value
    return value.encode("utf-8", "replace").decode("utf-8")


def record_text(record: dict[str, Any]) -> str:
    """The record as one line of JSON, as show() prints it."""
    return json.dumps(record, ensure_ascii=False, default=_plain)


def _plain(value: Any) -> Any:
    if isinstance(value, decimal.Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, bytes | bytearray):
        return value.hex()
    return str(value)
