"""Glue types and Spark types, both ways. A choice is a struct of its alternatives in Spark."""

from __future__ import annotations

from typing import Any

from pyspark.sql import types as spark

from awsglue import gluetypes as glue

_SPARK = {
    "binary": spark.BinaryType,
    "boolean": spark.BooleanType,
    "byte": spark.ByteType,
    "date": spark.DateType,
    "double": spark.DoubleType,
    "enum": spark.StringType,
    "float": spark.FloatType,
    "int": spark.IntegerType,
    "long": spark.LongType,
    "null": spark.NullType,
    "short": spark.ShortType,
    "string": spark.StringType,
    "timestamp": spark.TimestampType,
    "timestamp_ntz": spark.TimestampNTZType,
    "unknown": spark.NullType,
}
_GLUE = {class_: glue.ATOMIC_TYPES[name] for name, class_ in _SPARK.items() if name not in {"enum", "unknown"}}


def to_spark(type_: glue.DataType) -> Any:
    """The physical type of a Glue type."""
    if isinstance(type_, glue.StructType):
        return spark.StructType([spark.StructField(field.name, to_spark(field.dataType)) for field in type_])
    if isinstance(type_, glue.ChoiceType):
        return spark.StructType([spark.StructField(name, to_spark(one)) for name, one in type_.alternatives()])
    if isinstance(type_, glue.ArrayType):
        return spark.ArrayType(to_spark(type_.elementType))
    if isinstance(type_, glue.MapType):
        return spark.MapType(spark.StringType(), to_spark(type_.valueType))
    if isinstance(type_, glue.DecimalType):
        return spark.DecimalType(type_.precision, type_.scale)
    return _SPARK[type_.typeName()]()


def from_spark(type_: Any) -> glue.DataType:
    """The Glue type of a Spark type. TypeError for one that no DynamicFrame can hold."""
    if isinstance(type_, spark.StructType):
        return struct_from_spark(type_)
    if isinstance(type_, spark.ArrayType):
        return glue.ArrayType(from_spark(type_.elementType))
    if isinstance(type_, spark.MapType) and isinstance(type_.keyType, spark.StringType):
        return glue.MapType(from_spark(type_.valueType))
    if isinstance(type_, spark.DecimalType):
        return glue.DecimalType(type_.precision, type_.scale)
    if isinstance(type_, spark.VarcharType | spark.CharType):
        return glue.StringType()
    if type(type_) in _GLUE:
        return _GLUE[type(type_)]()
    raise TypeError(f"a DynamicFrame cannot hold a column of Spark type {type_.simpleString()}: cast it first")


def struct_from_spark(type_: Any) -> glue.StructType:
    names = [field.name for field in type_.fields]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"a record has each field once, and these columns are there twice: {', '.join(twice)}")
    return glue.StructType(glue.Field(field.name, from_spark(field.dataType)) for field in type_.fields)
