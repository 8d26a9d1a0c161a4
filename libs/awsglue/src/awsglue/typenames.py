"""How mappings and specs call types: `String`, `bigint`, `decimal(10,2)`."""

from __future__ import annotations

import re

from awsglue.gluetypes import ATOMIC_TYPES, DataType, DecimalType

_NAMES = {
    "bigint": "long",
    "binary": "binary",
    "bool": "boolean",
    "boolean": "boolean",
    "byte": "byte",
    "date": "date",
    "decimal": "decimal",
    "double": "double",
    "float": "float",
    "int": "int",
    "integer": "int",
    "long": "long",
    "null": "null",
    "short": "short",
    "smallint": "short",
    "string": "string",
    "timestamp": "timestamp",
    "timestamp_ntz": "timestamp_ntz",
    "tinyint": "byte",
    "varchar": "string",
}
_NESTED = ("array", "choice", "map", "set", "struct")
_DECIMAL = re.compile(r"decimal\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\)")


def is_nested(text: str) -> bool:
    """Whether the name is that of a type with members, which is passed on as it is: `array`, `struct<a:int>`."""
    return re.split(r"[<(]", text.strip().lower(), maxsplit=1)[0] in _NESTED


def atomic(text: str) -> DataType:
    """The simple type of that name, in any case of letters. ValueError when there is none."""
    name = text.strip().lower()
    decimal = _DECIMAL.fullmatch(name)
    if decimal:
        precision, scale = int(decimal[1]), int(decimal[2] or 0)
        if not (1 <= precision <= 38 and scale <= precision):
            raise ValueError(f"{text!r} is no decimal type: at most 38 digits, no more of them after the point")
        return DecimalType(precision, scale)
    if re.fullmatch(r"(var)?char\(\d+\)", name):
        name = "string"
    if name not in _NAMES:
        known = ", ".join([*sorted(_NAMES), "decimal(p,s)", *_NESTED])
        raise ValueError(f"{text!r} is no type that a DynamicFrame knows; there are: {known}")
    return ATOMIC_TYPES[_NAMES[name]]()
