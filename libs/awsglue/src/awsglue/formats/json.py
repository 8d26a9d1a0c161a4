"""JSON: records on lines or across them, each typed by itself.

Reading takes two steps, the first only when the schema is needed. One pass in Python finds the exact Glue types
(`inference`). If no field is a choice and every text is a plain record, Spark's own reader does the rest with that
schema; otherwise the records are parsed in Python and choices are stored as structs of alternatives.
"""

from __future__ import annotations

import functools
import pickle
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from awsglue import errorrecords
from awsglue.expressions import Member, Value, alternatives, members, quoted, row, to_json
from awsglue.files import File, content
from awsglue.formats.format import Format, Sink, Source
from awsglue.formats.jsontext import JsonPath, parse
from awsglue.formats.names import refuse_twins
from awsglue.gluetypes import ArrayType, ChoiceType, DataType, MapType, StructType
from awsglue.inference import Shape
from awsglue.notices import notice
from awsglue.options import BOOLEAN, Kind, Option
from awsglue.plan import Records, empty
from awsglue.records import row_writer

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame

#: Up to so many bytes in so many files are typed here: that is done before a Python worker has started.
_SMALL, _FEW = 4 * 1024 * 1024, 50
#: What ends a line for Spark's text reader.
_LINE_END = re.compile(rb"\r\n|\n|\r")
#: Rows of a batch that goes back to Spark; a whole file may hold any number of records.
_BATCH = 10_000

JSON_PATH = Kind(expects="a JSONPath of .name, ['name'], [0] and [*]", convert=JsonPath)

OPTIONS = (
    Option(name="jsonPath", kind=JSON_PATH, uses=("read",)),
    Option(name="multiLine", kind=BOOLEAN, default=False, aliases=("multiline",), uses=("read",)),
    Option(
        name="optimizePerformance",
        kind=BOOLEAN,
        default=False,
        uses=("read",),
        no_effect="records without conflicts are always read by Spark's own reader",
    ),
)


@dataclass(kw_only=True)
class _Scan:
    """What one pass over the texts found."""

    shape: Shape
    texts: int = 0
    faulty: int = 0
    fault: str = ""
    simple: bool = True

    def merge(self, other: _Scan) -> None:
        self.shape.merge(other.shape)
        self.texts += other.texts
        self.faulty += other.faulty
        self.fault = self.fault or other.fault
        self.simple = self.simple and other.simple


def read(source: Source) -> Records:
    files = source.files
    if not files:
        return empty(source.spark)
    multiline, path = source.options["multiLine"], source.options["jsonPath"]
    texts = source.reader().text(source.paths, wholetext=multiline).selectExpr("CAST(value AS BINARY) AS value")
    small = _small_texts(source, files, multiline=multiline)
    scan = _scan(texts, path) if small is None else _scan_texts(small, path)
    if scan.faulty:
        _tell(source, scan, multiline=multiline)
    schema = scan.shape.struct()
    refuse_twins(source.spark, schema)
    if scan.simple and path is None and schema.fields and not _has_choice(schema):
        return _read_plain(source, schema)
    return _read_exactly(texts, schema, path, faulty=scan.faulty > 0)


def _scan(texts: DataFrame, path: JsonPath | None) -> _Scan:
    rows = texts.mapInArrow(functools.partial(_scan_batches, path=path), "scan binary").collect()
    whole = _Scan(shape=Shape())
    for one in rows:
        whole.merge(pickle.loads(one.scan))  # noqa: S301 - it was pickled by our own worker
    return whole


def _scan_batches(batches: Iterator[pa.RecordBatch], path: JsonPath | None) -> Iterator[pa.RecordBatch]:
    import pyarrow as pa

    scan = _scan_texts(_texts(batches), path)
    yield pa.RecordBatch.from_pydict({"scan": [pickle.dumps(scan)]}, pa.schema([("scan", pa.binary())]))


def _scan_texts(texts: Iterable[bytes], path: JsonPath | None) -> _Scan:
    scan = _Scan(shape=Shape())
    for text in texts:
        parsed = parse(text, path)
        scan.texts += 1
        scan.simple = scan.simple and parsed.simple
        if parsed.fault:
            scan.faulty += 1
            scan.fault = scan.fault or parsed.fault
        for record in parsed.records:
            scan.shape.observe(record)
    return scan


def _texts(batches: Iterator[pa.RecordBatch]) -> Iterator[bytes]:
    for batch in batches:
        for text in batch.column(0).to_pylist():
            if text.strip():
                yield text


def _small_texts(source: Source, files: list[File], *, multiline: bool) -> list[bytes] | None:
    """The texts when they are few; None when they are not."""
    left = _SMALL
    if len(files) > _FEW or sum(file.size for file in files) > left:
        return None
    texts: list[bytes] = []
    for file in files:
        data = content(source.spark, file, left)
        if data is None:
            return None
        left -= len(data)
        texts += (text for text in ([data] if multiline else _LINE_END.split(data)) if text.strip())
    return texts


def _tell(source: Source, scan: _Scan, *, multiline: bool) -> None:
    """Nothing is left out without a word: faulty texts raise, or the log says how many there are."""
    unit = "file" if multiline else "line"
    message = (
        f"{scan.faulty} of {scan.texts} {unit}s below {', '.join(source.found)} could not be read as JSON records"
        f" ({scan.fault})"
    )
    if not multiline and scan.faulty == scan.texts:
        message += "; records that span lines need format_options={'multiline': True}"
    if source.fail_fast:
        raise ValueError(message)
    notice(f"{message}; they are error records of the frame")


def _has_choice(type_: DataType) -> bool:
    if isinstance(type_, ChoiceType):
        return True
    if isinstance(type_, StructType):
        return any(_has_choice(field.dataType) for field in type_)
    if isinstance(type_, ArrayType):
        return _has_choice(type_.elementType)
    return isinstance(type_, MapType) and _has_choice(type_.valueType)


def _read_plain(source: Source, schema: StructType) -> Records:
    from awsglue.sparktypes import to_spark

    reader = (
        source.reader()
        .schema(to_spark(schema))
        .option("multiLine", source.options["multiLine"])
        # Spark fills a column of this name itself, and its usual name may be one of the records' own.
        .option("columnNameOfCorruptRecord", "\x00")
    )
    return Records(dataframe=reader.json(source.paths), schema=schema)


def _read_exactly(texts: DataFrame, schema: StructType, path: JsonPath | None, *, faulty: bool) -> Records:
    from pyspark.sql.pandas.types import to_arrow_schema
    from pyspark.sql.types import StringType, StructField
    from pyspark.sql.types import StructType as SparkStructType

    from awsglue.sparktypes import to_spark

    fault, text = _free_names(schema)
    extra = [StructField(fault, StringType()), StructField(text, StringType())]
    physical = SparkStructType([*to_spark(schema).fields, *extra])
    parsed = texts.mapInArrow(
        functools.partial(
            _parse_batches, path=path, schema=schema, arrow=to_arrow_schema(physical), fault=fault, text=text
        ),
        physical,
    )
    good = parsed.where(f"{quoted(fault)} IS NULL").select(*(quoted(field.name) for field in schema))
    errors = errorrecords.error_frame(parsed, site="json", info="from_options", msg=fault, text=text)
    return Records(dataframe=good, schema=schema, stage_errors=(errors,) if faulty else ())


def _free_names(schema: StructType) -> tuple[str, str]:
    """Names of two columns beside the records' own."""
    taken = {field.name.lower() for field in schema}
    suffix = ""
    while {f"fault{suffix}", f"text{suffix}"} & taken:
        suffix += "_"
    return f"fault{suffix}", f"text{suffix}"


def _parse_batches(  # the arguments are what a worker needs to know
    batches: Iterator[pa.RecordBatch],
    path: JsonPath | None,
    schema: StructType,
    arrow: pa.Schema,
    fault: str,
    text: str,
) -> Iterator[pa.RecordBatch]:
    import pyarrow as pa

    to_row = row_writer(schema)
    rows: list[dict[str, Any]] = []
    for raw in _texts(batches):
        parsed = parse(raw, path)
        rows += map(to_row, parsed.records)
        if parsed.fault:
            rows.append({fault: parsed.fault, text: raw.decode("utf-8", "replace")})
        while len(rows) >= _BATCH:
            yield pa.RecordBatch.from_pylist(rows[:_BATCH], schema=arrow)
            del rows[:_BATCH]
    if rows:
        yield pa.RecordBatch.from_pylist(rows, schema=arrow)


def write(records: Records, sink: Sink) -> None:
    """A record on each line; null fields are left out, and a choice is the value that its record has."""
    if not _has_choice(records.schema):
        with sink.writer(records.dataframe) as writer:
            writer.json(sink.path, ignoreNullFields=True)
        return
    fields = members(row(records.schema))
    keys = [one for one in fields if one.name in sink.partition_keys]
    text = _object([one for one in fields if one not in keys])
    (text_name, _) = _free_names(records.schema)
    lines = records.dataframe.selectExpr(*(one.value.sql for one in keys), f"{to_json(text)} AS {quoted(text_name)}")
    with sink.writer(lines) as writer:
        writer.text(sink.path)


def _object(fields: list[Member]) -> str:
    """A struct for to_json(). A choice is several members of one name, of which it writes the one that is not null."""
    parts = [
        f"{_plain(part.value, one.name)} AS {quoted(one.name)}"
        for one in fields
        for part in (alternatives(one.value) if isinstance(one.value.type, ChoiceType) else [one])
    ]
    return f"struct({', '.join(parts)})"


def _plain(value: Value, name: str) -> str:
    type_ = value.type
    if not _has_choice(type_):
        return value.sql
    if isinstance(type_, StructType):
        return f"CASE WHEN {value.sql} IS NULL THEN NULL ELSE {_object(members(value))} END"
    if isinstance(type_, ArrayType) and not isinstance(type_.elementType, ChoiceType):
        return f"transform({value.sql}, `e` -> {_plain(Value(sql='`e`', type=type_.elementType), name)})"
    if isinstance(type_, MapType) and not isinstance(type_.valueType, ChoiceType):
        return f"transform_values({value.sql}, (`k`, `e`) -> {_plain(Value(sql='`e`', type=type_.valueType), name)})"
    raise ValueError(
        f"the values in {name} are of several types, which cannot be written as JSON yet:"
        f" resolve them first, for example with resolveChoice(specs=[('{name}[]', 'cast:string')])"
    )


FORMAT = Format(
    name="json",
    options=OPTIONS,
    read=read,
    write=write,
    codecs={"gzip": "gzip", "bzip2": "bzip2", "none": "none", "uncompressed": "none"},
)
