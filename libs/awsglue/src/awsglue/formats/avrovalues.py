"""Values of a frame as fastavro takes them: of a choice the value that is set, maps as dictionaries, and texts for what
version 1.7 has no type for.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from awsglue.gluetypes import ArrayType, ChoiceType, DataType, DecimalType, MapType, StructType

Convert = Callable[[Any], Any]

#: Python cannot tell these apart in a union by themselves; fastavro takes them with their names.
_NAMED = {
    "boolean": "boolean",
    "byte": "int",
    "double": "double",
    "float": "float",
    "int": "int",
    "long": "long",
    "short": "int",
    "string": "string",
}


def converter(type_: DataType, version: str) -> Convert | None:
    """A function from a value, as Arrow gives it to Python, to what is written; None when it stays as it is."""
    convert = _converter(type_, version)
    return None if convert is None else lambda value: None if value is None else convert(value)


def _converter(type_: DataType, version: str) -> Convert | None:
    if isinstance(type_, StructType):
        fields = {field.name: convert for field in type_ if (convert := converter(field.dataType, version))}
        if not fields:
            return None
        return lambda record: record | {name: convert(record[name]) for name, convert in fields.items()}
    if isinstance(type_, ChoiceType):
        return _chosen(type_, version)
    if isinstance(type_, ArrayType):
        return _listed(converter(type_.elementType, version))
    if isinstance(type_, MapType):
        entry = converter(type_.valueType, version) or (lambda value: value)
        return lambda pairs: {key: entry(value) for key, value in pairs}
    if version == "1.7":
        if isinstance(type_, DecimalType):
            return lambda value: format(value, "f")
        return _AS_TEXT.get(type_.typeName())
    return None


def _listed(element: Convert | None) -> Convert | None:
    if element is None:
        return None
    return lambda values: [element(value) for value in values]


def _chosen(type_: ChoiceType, version: str) -> Convert:
    converters = {name: _converter(one, version) or (lambda value: value) for name, one in type_.alternatives()}

    def chosen(alternatives: dict[str, Any]) -> Any:
        for name, value in alternatives.items():
            if value is not None:
                converted = converters[name](value)
                return (_NAMED[name], converted) if name in _NAMED else converted
        return None

    return chosen


def _moment(value: Any) -> str:
    """As Spark writes a moment as text, in the session's time zone."""
    text: str = value.replace(tzinfo=None).isoformat(sep=" ")
    return text.rstrip("0") if "." in text else text


_AS_TEXT: dict[str, Convert] = {"date": str, "timestamp": _moment, "timestamp_ntz": _moment}
