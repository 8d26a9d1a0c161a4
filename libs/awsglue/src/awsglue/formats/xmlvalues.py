"""What the values of XML records are to their types: empty elements, and texts where a schema was given."""

from __future__ import annotations

import datetime as dt
import decimal
from collections.abc import Callable
from typing import Any

from awsglue.formats.xmltext import EMPTY
from awsglue.gluetypes import ArrayType, ChoiceType, DataType, MapType, NullType, StringType, StructType


def without_empty(value: Any) -> Any:
    """The value with nulls for what is empty: an empty element says nothing of its type."""
    if isinstance(value, dict):
        return {name: without_empty(item) for name, item in value.items()}
    if isinstance(value, list):
        return [without_empty(item) for item in value]
    return None if value is EMPTY else value


def texts_for_nulls(type_: DataType) -> DataType:
    """The type with texts where only empty elements were seen."""
    if isinstance(type_, NullType):
        return StringType()
    if isinstance(type_, StructType):
        for field in type_:
            field.dataType = texts_for_nulls(field.dataType)
    elif isinstance(type_, ArrayType):
        type_.elementType = texts_for_nulls(type_.elementType)
    elif isinstance(type_, ChoiceType):
        for _, choice in type_.alternatives():
            texts_for_nulls(choice)
    return type_


def settled(value: Any, type_: DataType) -> Any:
    """The value with an empty text for what is empty where its field has texts, and with a null elsewhere."""
    if value is EMPTY:
        return "" if isinstance(type_, StringType) or "string" in _alternatives(type_) else None
    if isinstance(value, dict):
        struct = type_ if isinstance(type_, StructType) else _alternatives(type_)["struct"]
        return {name: settled(item, struct.getField(name).dataType) for name, item in value.items()}
    if isinstance(value, list):
        array = type_ if isinstance(type_, ArrayType) else _alternatives(type_)["array"]
        return [settled(item, array.elementType) for item in value]
    return value


def _alternatives(type_: DataType) -> dict[str, Any]:
    return dict(type_.alternatives()) if isinstance(type_, ChoiceType) else {}


def seen_as(value: Any, type_: DataType, value_tag: str) -> Any:
    """The value of an untyped record as a type that the script gave; null where it is none of that type.

    An element that stands alone is a list where the type has one; of an element with attributes a simple type has the
    text.
    """
    if value is None:
        return None
    if isinstance(type_, ArrayType):
        items = value if isinstance(value, list) else [value]
        return [seen_as(item, type_.elementType, value_tag) for item in items]
    if isinstance(value, list):
        value = value[-1]
    if isinstance(type_, StructType):
        fields = value if isinstance(value, dict) else {value_tag: value}
        return {field.name: seen_as(fields.get(field.name), field.dataType, value_tag) for field in type_}
    if isinstance(type_, MapType):
        fields = value if isinstance(value, dict) else {}
        return {name: seen_as(item, type_.valueType, value_tag) for name, item in fields.items()}
    if isinstance(value, dict):
        value = value.get(value_tag)
    return None if value is None else _cast(str(value), type_)


def _cast(text: str, type_: DataType) -> Any:
    convert = _CASTS.get(type_.typeName())
    if convert is None:
        return text
    try:
        return convert(text.strip())
    except (ValueError, ArithmeticError):
        return None


def _whole(bits: int) -> Callable[[str], int]:
    def convert(text: str) -> int:
        number = int(text)
        if not -(2 ** (bits - 1)) <= number < 2 ** (bits - 1):
            raise ValueError(text)
        return number

    return convert


def _fraction(text: str) -> decimal.Decimal:
    number = decimal.Decimal(text)
    if not number.is_finite():
        raise ValueError(text)
    return number


_CASTS: dict[str, Callable[[str], Any]] = {
    "boolean": lambda text: {"true": True, "1": True, "false": False, "0": False}.get(text.lower()),
    "byte": _whole(8),
    "short": _whole(16),
    "int": _whole(32),
    "long": _whole(64),
    "float": float,
    "double": float,
    "decimal": _fraction,
    "date": dt.date.fromisoformat,
    "timestamp": dt.datetime.fromisoformat,
    "timestamp_ntz": dt.datetime.fromisoformat,
    "binary": str.encode,
}
