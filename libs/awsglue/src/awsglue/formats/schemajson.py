"""Glue schemas as JSON, as the jsonValue() of a type gives them: what the option withSchema takes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from awsglue.gluetypes import (
    ATOMIC_TYPES,
    ArrayType,
    ChoiceType,
    DataType,
    DecimalType,
    Field,
    MapType,
    StructType,
)


def struct_from_json(text: Any) -> StructType:
    """The struct that JSON describes. ValueError or TypeError when it describes none."""
    type_ = _type(json.loads(text) if isinstance(text, str) else text)
    if not isinstance(type_, StructType):
        raise TypeError(f"a {type_.typeName()} is no struct")
    return type_


def _type(value: Any) -> DataType:
    if not isinstance(value, Mapping) or not isinstance(value.get("dataType"), str):
        raise TypeError(f"{value!r} describes no type")
    name = value["dataType"]
    try:
        if name == "struct":
            return StructType(
                Field(one["name"], _type(one["container"]), one.get("properties")) for one in value["fields"]
            )
        if name in {"array", "set"}:
            return ArrayType(_type(value["elementType"]))
        if name == "map":
            return MapType(_type(value["valueType"]))
        if name == "choice":
            return ChoiceType([_type(one) for one in value["choices"]])
        if name == "decimal":
            return DecimalType(value.get("precision", 10), value.get("scale", 2))
        return ATOMIC_TYPES[name]()
    except KeyError as missing:
        raise ValueError(f"{value!r} describes no type: {missing} is missing or unknown") from None
