"""Unbox: records that a field carries as text or as an Avro file, put in that field's place (awsglue 3).

One pass in Python finds the exact types in them; a second one makes the values. What cannot be read makes its record an
error record.
"""

from __future__ import annotations

import functools
import json
import pickle
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from awsglue import errorrecords, formats
from awsglue.batches import column_writer
from awsglue.expressions import Member, Value, free_name, quoted
from awsglue.fieldpaths import ELEMENT, FieldPath, parse, text
from awsglue.formats import avro, csvtext
from awsglue.gluetypes import BinaryType, DataType, StringType, StructType
from awsglue.inference import Shape
from awsglue.options import check
from awsglue.plan import Records
from awsglue.reshape import find, rewritten

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame


@dataclass(frozen=True, kw_only=True)
class Box:
    """How values are packed."""

    #: A value out of what is packed; ValueError says why there is none.
    unpack: Callable[[Any], Any]
    #: The type of the field.
    field: type[DataType] = StringType
    #: The type that what is packed declares; without it, the types of the values count.
    declared: Callable[[Any], DataType] | None = None


def box(format_name: object, options: Mapping[str, Any]) -> Box:
    """How values of a format are packed. ValueError or NotImplementedError says what there is."""
    if format_name not in ("json", "csv", "avro"):
        formats.named(format_name)
        raise NotImplementedError(f"unbox of the format {format_name!r} is not built yet; there are: json, csv, avro")
    checked = check(options, formats.FORMATS[str(format_name)].options, what=f"{format_name} format", use="read")
    if format_name == "avro":
        return Box(
            unpack=functools.partial(_from_avro, version=checked["version"]),
            field=BinaryType,
            declared=functools.partial(avro.packed_schema, version=checked["version"]),
        )
    if format_name == "json":
        if checked["jsonPath"] is not None:
            raise NotImplementedError("unbox with jsonPath is not built yet: unbox the whole and select its fields")
        return Box(unpack=_from_json)
    from_csv = functools.partial(
        _from_csv,
        dialect=csvtext.Dialect(
            separator=checked["separator"], quote=checked["quoteChar"], escaper=checked["escaper"], multiline=True
        ),
        header=checked["withHeader"],
        skip=checked["skipFirst"],
    )
    return Box(unpack=from_csv)


def _from_avro(content: bytes, version: str) -> Any:
    try:
        return avro.packed_record(content, version)
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"error in Avro: {error}") from None


def _from_json(content: str) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"error in JSON: {error}") from None


def _from_csv(content: str, dialect: csvtext.Dialect, *, header: bool, skip: bool) -> dict[str, str]:
    found = list(csvtext.records(csvtext.lines(content), dialect))
    names = found.pop(0) if header and found else []
    if skip:
        del found[:1]
    if len(found) != 1:
        raise ValueError(f"error in CSV: {len(found)} records in a field that has one")
    names += [f"col{index}" for index in range(len(names), len(found[0]))]
    return dict(zip(names, found[0], strict=False))


def unboxed(records: Records, path: str, box: Box, info: str) -> Records:
    """The records with the value that is packed there in the field at `path`. A frame without any fields, as
    when a bookmark found nothing new, stays as it is.
    """
    steps = parse(path)
    if not records.schema.fields:
        return records.next(records.dataframe)
    column = _packed_at(records.schema, steps, box)
    shape, faulty = _look(records.dataframe.selectExpr(f"{column.sql} AS content"), box)
    type_ = shape.type()
    content, value, fault = (free_name(records.schema, name) for name in ("content", "value", "fault"))
    opened = _open(records, column, (content, value, fault), type_, box)
    good = opened.where(f"{quoted(fault)} IS NULL")
    shown = opened if box.field is StringType else opened.withColumn(content, _base64(opened[quoted(content)]))
    errors = errorrecords.error_frame(shown, site="unbox", info=info, msg=fault, text=content)

    def change(there: FieldPath, member: Member) -> list[Member]:
        if there != steps:
            return [member]
        return [Member(name=member.name, value=Value(sql=quoted(value), type=type_), absent=member.absent)]

    return records.next(good, errors=(errors,) if faulty else ()).reshaped(rewritten(records.schema, change))


def _packed_at(schema: StructType, steps: FieldPath, box: Box) -> Value:
    column = None if ELEMENT in steps else find(schema, steps)
    if column is None:
        raise ValueError(f"there is no field {text(steps)} to unbox; a field inside a list cannot be unboxed")
    if not isinstance(column.type, box.field):
        raise TypeError(
            f"the field {text(steps)} is of type {column.type.typeName()}, and only a {box.field.typeName()} is unboxed"
        )
    return column


def _base64(column: Any) -> Any:
    from pyspark.sql import functions

    return functions.base64(column)


def _look(packed: DataFrame, box: Box) -> tuple[Shape, int]:
    """What is packed, and how much of it cannot be read."""
    shape, faulty = Shape(), 0
    for one in packed.mapInArrow(functools.partial(_seen, box=box), "shape binary, faulty long").collect():
        shape.merge(pickle.loads(one.shape))  # noqa: S301 - it was pickled by our own worker
        faulty += one.faulty
    return shape, faulty


def _seen(batches: Iterator[pa.RecordBatch], box: Box) -> Iterator[pa.RecordBatch]:
    import pyarrow as pa

    shape, faulty = Shape(), 0
    for batch in batches:
        values, faults = _unpacked(batch.column(0), box)
        faulty += sum(fault is not None for fault in faults)
        if box.declared is None:
            shape.observe_all(values)
            continue
        for content, value in zip(batch.column(0).to_pylist(), values, strict=True):
            shape.observe_all([value], None if value is None else box.declared(content))
    yield pa.RecordBatch.from_pydict({"shape": [pickle.dumps(shape)], "faulty": [faulty]})


def _unpacked(packed: Any, box: Box) -> tuple[list[Any], list[str | None]]:
    values: list[Any] = []
    faults: list[str | None] = []
    for one in packed.to_pylist():
        value = fault = None
        try:
            value = None if one is None else box.unpack(one)
        except ValueError as error:
            fault = str(error)
        values.append(value)
        faults.append(fault)
    return values, faults


def _open(records: Records, column: Value, names: tuple[str, str, str], type_: DataType, box: Box) -> DataFrame:
    """The records with three more columns: what is packed, its value, and why there is none."""
    from pyspark.sql import types as spark

    from awsglue.sparktypes import to_spark

    content, value, fault = names
    given = records.dataframe.selectExpr("*", f"{column.sql} AS {quoted(content)}")
    # Under plain names: mapInArrow takes a dot in a name for a path.
    plain = given.toDF(*(f"field{index}" for index in range(len(given.columns))))
    return plain.mapInArrow(
        functools.partial(_opened, names=(value, fault), type_=type_, box=box),
        spark.StructType(
            [
                *(spark.StructField(field.name, field.dataType) for field in given.schema.fields),
                spark.StructField(value, to_spark(type_)),
                spark.StructField(fault, spark.StringType()),
            ]
        ),
    )


def _opened(
    batches: Iterator[pa.RecordBatch], names: tuple[str, str], type_: DataType, box: Box
) -> Iterator[pa.RecordBatch]:
    import pyarrow as pa

    write = column_writer(type_)
    for batch in batches:
        values, faults = _unpacked(batch.column(batch.num_columns - 1), box)
        columns = [*batch.columns, write(values), pa.array(faults, pa.string())]
        yield pa.RecordBatch.from_arrays(columns, [*batch.schema.names, *names])
