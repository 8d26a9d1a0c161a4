"""Names of fields that are more than a file or Spark can hold."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from awsglue.gluetypes import ArrayType, ChoiceType, DataType, MapType, StructType

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


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


def refuse_twins(spark: SparkSession, schema: StructType) -> None:
    """Raise for fields of one struct whose names differ only in case, unless the session tells those apart."""
    if spark.conf.get("spark.sql.caseSensitive") != "true":
        _refuse_twins(schema)


def _refuse_twins(type_: DataType) -> None:
    if isinstance(type_, StructType):
        seen: dict[str, str] = {}
        for field in type_:
            twin = seen.setdefault(field.name.lower(), field.name)
            if twin != field.name:
                raise ValueError(
                    f"the records have fields {twin!r} and {field.name!r}, which Spark takes for one:"
                    " set spark.sql.caseSensitive to true"
                )
            _refuse_twins(field.dataType)
    elif isinstance(type_, ArrayType):
        _refuse_twins(type_.elementType)
    elif isinstance(type_, ChoiceType):
        for _, choice in type_.alternatives():
            _refuse_twins(choice)
