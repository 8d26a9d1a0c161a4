"""Names of fields: some are more than a file can hold."""

from __future__ import annotations

from collections.abc import Iterator

from awsglue.gluetypes import ArrayType, ChoiceType, DataType, MapType, StructType


def names(type_: DataType) -> Iterator[str]:
    """The names of all fields of a type, at any depth."""
    if isinstance(type_, StructType):
        for field in type_:
            yield field.name
            yield from names(field.dataType)
    elif isinstance(type_, ArrayType):
        yield from names(type_.elementType)
    elif isinstance(type_, MapType):
        yield from names(type_.valueType)
    elif isinstance(type_, ChoiceType):
        for _, choice in type_.alternatives():
            yield from names(choice)
