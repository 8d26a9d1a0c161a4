"""Records in Arrow batches: how they come to a script's function in a Python worker, and how they go back.

The same records as in `records`, column by column instead of row by row, because a worker's time goes into single
values.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from awsglue.gluetypes import (
    ArrayType,
    BinaryType,
    BooleanType,
    ByteType,
    ChoiceType,
    DataType,
    DateType,
    DoubleType,
    DynamicRecord,
    FloatType,
    IntegerType,
    LongType,
    MapType,
    ShortType,
    StringType,
    StructType,
    TimestampType,
)
from awsglue.records import value_writer

if TYPE_CHECKING:
    import pyarrow as pa

Values = list[Any]
#: A column of a batch as Python values.
Read = Callable[[Any], Values]

_NUMBERS = (ByteType, ShortType, IntegerType, LongType, FloatType, DoubleType, BooleanType)


def batch_reader(schema: StructType) -> Callable[[pa.RecordBatch], list[DynamicRecord]]:
    """A function from a batch, whose first columns are those of `schema`, to its records."""
    read = _struct_reader(schema, depth=0)

    def records(batch: pa.RecordBatch) -> list[DynamicRecord]:
        return read([batch.column(index) for index in range(len(schema))], batch.num_rows)

    return records


def _struct_reader(type_: StructType, depth: int) -> Callable[[Sequence[Any], int], Values]:
    names = [field.name for field in type_]
    readers = [_reader(field.dataType, depth + 1) for field in type_]
    missing = {field.name for field in type_ if field.absent}
    make: Callable[..., Any] = DynamicRecord if depth <= 1 else dict

    def read(columns: Sequence[Any], count: int) -> Values:
        if not names:
            return [make() for _ in range(count)]
        rows = zip(*(one(column) for one, column in zip(readers, columns, strict=True)), strict=True)
        if not missing:
            return [make(zip(names, row)) for row in rows]  # noqa: B905 - a row has a value for every name
        return [
            make((name, value) for name, value in zip(names, row) if value is not None or name not in missing)  # noqa: B905
            for row in rows
        ]

    return read


def _reader(type_: DataType, depth: int) -> Read:
    if isinstance(type_, StructType):
        struct = _struct_reader(type_, depth)
        return lambda column: _with_nulls(column, struct(_children(column), len(column)))
    if isinstance(type_, ChoiceType):
        readers = [_reader(choice, depth) for _, choice in type_.alternatives()]
        return lambda column: _chosen([read(part) for read, part in zip(readers, _children(column), strict=True)])
    if isinstance(type_, ArrayType):
        element = _reader(type_.elementType, depth + 1)
        return lambda column: _with_nulls(column, _slices(column, element(column.values)))
    if isinstance(type_, MapType):
        entry = _reader(type_.valueType, depth + 1)
        return lambda column: _with_nulls(column, _maps(column, entry))
    return _atomic_reader(type_)


def _atomic_reader(type_: DataType) -> Read:
    if isinstance(type_, _NUMBERS):
        return _numbers
    if isinstance(type_, StringType):
        # NumPy's objects are the texts themselves, None among them.
        return lambda column: column.to_numpy(zero_copy_only=False).tolist()
    if isinstance(type_, TimestampType):
        return lambda column: _with_nulls(column, [_local(value) for value in _microseconds(column)])
    if isinstance(type_, BinaryType):
        return lambda column: [None if value is None else bytearray(value) for value in column.to_pylist()]
    return lambda column: column.to_pylist()


def _numbers(column: Any) -> Values:
    if not column.null_count:
        return column.to_numpy(zero_copy_only=False).tolist()  # type: ignore[no-any-return]
    return _with_nulls(column, column.fill_null(False if str(column.type) == "bool" else 0).to_numpy(False).tolist())


def _with_nulls(column: Any, values: Values) -> Values:
    if column.null_count:
        for index in column.is_null().to_numpy(zero_copy_only=False).nonzero()[0].tolist():
            values[index] = None
    return values


def _children(column: Any) -> list[Any]:
    return [column.field(index) for index in range(column.type.num_fields)]


def _chosen(parts: list[Values]) -> Values:
    values = parts[0]
    for part in parts[1:]:
        values = [one if one is not None else other for one, other in zip(values, part, strict=True)]
    return values


def _slices(column: Any, elements: Values) -> Values:
    ends = column.offsets.to_numpy().tolist()
    return [elements[start:end] for start, end in itertools.pairwise(ends)]


def _maps(column: Any, entry: Read) -> Values:
    pairs = list(zip(column.keys.to_pylist(), entry(column.items), strict=True))
    return [dict(one) for one in _slices(column, pairs)]


def _microseconds(column: Any) -> list[int]:
    return column.cast("int64").fill_null(0).to_numpy().tolist()  # type: ignore[no-any-return]


def _local(microseconds: int) -> dt.datetime:
    """The moment as Spark gives it to Python: on this machine's clock, without a zone."""
    seconds, rest = divmod(microseconds, 1_000_000)
    return dt.datetime.fromtimestamp(seconds).replace(microsecond=rest)  # noqa: DTZ006 - see above


def batch_writer(schema: StructType) -> Callable[[Sequence[dict[str, Any]]], pa.RecordBatch]:
    """A function from records to their batch in the physical form, where a choice is a struct with one member set."""
    import pyarrow as pa
    from pyspark.sql.pandas.types import to_arrow_schema

    from awsglue.sparktypes import to_spark

    arrow = to_arrow_schema(to_spark(schema))
    makers = [_maker(field.dataType) for field in schema]

    def write(records: Sequence[dict[str, Any]]) -> pa.RecordBatch:
        columns = [
            make([record.get(field.name) for record in records], field.type)
            for make, field in zip(makers, arrow, strict=True)
        ]
        return pa.RecordBatch.from_arrays(columns, schema=arrow)

    return write


def column_writer(type_: DataType) -> Callable[[Values], pa.Array]:
    """A function from values to their column in the physical form."""
    from pyspark.sql.pandas.types import to_arrow_type

    from awsglue.sparktypes import to_spark

    make, arrow = _maker(type_), to_arrow_type(to_spark(type_))
    return lambda values: make(values, arrow)


def _maker(type_: DataType) -> Callable[[Values, Any], Any]:
    """A function from values and their Arrow type to a column. Values are converted only where Arrow needs it."""
    import pyarrow as pa

    convert, plain = value_writer(type_), _is_plain(type_)

    def make(values: Values, arrow: Any) -> Any:
        if plain:
            try:
                return pa.array(values, arrow)
            except (pa.ArrowException, UnicodeEncodeError, OverflowError):
                pass  # a text with half of a surrogate pair, or a number that only a double holds
        return pa.array([convert(value) for value in values], arrow)

    return make


def _is_plain(type_: DataType) -> bool:
    """Whether Arrow takes these values from Python as they are."""
    if isinstance(type_, StructType):
        return all(_is_plain(field.dataType) for field in type_)
    if isinstance(type_, ArrayType):
        return _is_plain(type_.elementType)
    return isinstance(type_, (*_NUMBERS, StringType, BinaryType, DateType))
