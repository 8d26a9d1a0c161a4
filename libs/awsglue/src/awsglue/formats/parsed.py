"""Records that Python parses: their types in one pass, then rows and error records in another.

A format gives a parser, which makes pieces of records and faults out of what a task gets. Only the parser knows the
format.
"""

from __future__ import annotations

import contextlib
import functools
import gc
import pickle
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from awsglue import errorrecords
from awsglue.batches import batch_writer
from awsglue.expressions import free_name, quoted
from awsglue.formats import origins
from awsglue.gluetypes import StructType
from awsglue.inference import Shape
from awsglue.plan import Records
from awsglue.twins import told_apart

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame

#: Rows of a batch that goes back to Spark; a file may hold any number of records.
_BATCH = 10_000


@dataclass(kw_only=True)
class Parsed:
    """What a piece of a file holds, or several that have no faults."""

    pieces: int = 1
    records: list[dict[str, Any]] = field(default_factory=list)
    #: Why the piece, or a part of it, is no record; empty when all of it is.
    fault: str = ""
    #: The piece at fault, or its beginning.
    text: str = ""
    #: Whether Spark's own reader finds the same records in it.
    simple: bool = True
    #: The file that it is in; empty where nobody asks.
    path: str = ""


#: Makes pieces out of what a task gets.
Parser = Callable[[Iterator["pa.RecordBatch"]], Iterator[Parsed]]


@dataclass(kw_only=True)
class Scan:
    """What one pass over the pieces found."""

    shape: Shape = field(default_factory=Shape)
    pieces: int = 0
    faulty: int = 0
    fault: str = ""
    simple: bool = True

    def take(self, parsed: Parsed) -> None:
        self.pieces += parsed.pieces
        self.simple = self.simple and parsed.simple
        if parsed.fault:
            self.faulty += 1
            self.fault = self.fault or parsed.fault
        self.shape.observe(parsed.records)

    def merge(self, other: Scan) -> None:
        self.shape.merge(other.shape)
        self.pieces += other.pieces
        self.faulty += other.faulty
        self.fault = self.fault or other.fault
        self.simple = self.simple and other.simple


def scan(given: DataFrame, parser: Parser) -> Scan:
    """One pass over everything, in Spark's workers."""
    whole = Scan()
    for one in given.mapInArrow(functools.partial(_scan, parser=parser), "scan binary").collect():
        whole.merge(pickle.loads(one.scan))  # noqa: S301 - it was pickled by our own worker
    return whole


def _scan(batches: Iterator[pa.RecordBatch], parser: Parser) -> Iterator[pa.RecordBatch]:
    import pyarrow as pa

    found = Scan()
    with _no_garbage():
        for parsed in parser(batches):
            found.take(parsed)
    yield pa.RecordBatch.from_pydict({"scan": [pickle.dumps(found)]}, pa.schema([("scan", pa.binary())]))


@contextlib.contextmanager
def _no_garbage() -> Iterator[None]:
    """Records come in thousands and refer to nothing that refers to them: Python's garbage collector, which looks for
    such circles whenever there are many new objects, takes longer than all the rest.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def rows(given: DataFrame, parser: Parser, schema: StructType, *, site: str, faulty: bool) -> Records:
    """The records as rows of the schema; the pieces at fault as error records, where `faulty` says that there may be
    some.
    """
    from pyspark.sql.types import StringType, StructField
    from pyspark.sql.types import StructType as SparkStructType

    from awsglue.sparktypes import to_spark

    fault, text = (free_name(schema, name) for name in ("fault", "text"))
    extra = [StructField(fault, StringType()), StructField(text, StringType())]
    parsed = given.mapInArrow(
        functools.partial(_rows, parser=parser, schema=schema, extra=(fault, text)),
        SparkStructType([*to_spark(schema).fields, *extra]),
    )
    parsed = told_apart(parsed, schema)
    good = parsed.where(f"{quoted(fault)} IS NULL").select(*(quoted(one.name) for one in schema))
    errors = errorrecords.error_frame(parsed, site=site, info="from_options", msg=fault, text=text)
    return Records(dataframe=good, schema=schema, stage_errors=(errors,) if faulty else ())


def _rows(
    batches: Iterator[pa.RecordBatch], parser: Parser, schema: StructType, extra: tuple[str, str]
) -> Iterator[pa.RecordBatch]:
    import pyarrow as pa

    write = batch_writer(schema)
    names = [*(one.name for one in schema), *extra]

    def good(some: list[dict[str, Any]]) -> Any:
        columns = write(some).columns if len(schema) else []
        return pa.RecordBatch.from_arrays([*columns, *(pa.nulls(len(some), pa.string()) for _ in extra)], names)

    types = [one.type for one in write([]).schema]
    waiting: list[dict[str, Any]] = []
    with_origin = schema.hasField(origins.ORIGIN)
    with _no_garbage():
        for parsed in parser(batches):
            if with_origin:
                origins.mark(parsed.records, parsed.path)
            waiting += parsed.records
            if parsed.fault:
                nothing = [pa.nulls(1, type_) for type_ in types]
                yield pa.RecordBatch.from_arrays([*nothing, pa.array([parsed.fault]), pa.array([parsed.text])], names)
            while len(waiting) >= _BATCH:
                yield good(waiting[:_BATCH])
                del waiting[:_BATCH]
        if waiting:
            yield good(waiting)
