"""JSON: records on lines or across them, each typed by itself.

Reading takes two steps, the first only when the schema is needed. One pass in Python finds the exact Glue types
(`inference`). If no field is a choice or differs from another in case only, and every text is a plain record, Spark's
own reader does the rest with that schema; otherwise the records are parsed in Python and choices are stored as structs
of alternatives.
"""

from __future__ import annotations

import functools
import itertools
import operator
from collections.abc import Iterator
from typing import TYPE_CHECKING

from awsglue.expressions import Member, Value, alternatives, free_name, members, quoted, row, to_json
from awsglue.files import content
from awsglue.formats import blocks, origins, parsed, texts
from awsglue.formats.blocks import Blocks
from awsglue.formats.format import TEXT_CODECS, Format, Sink, Source
from awsglue.formats.jsontext import JsonPath, parse_all
from awsglue.formats.parsed import Parsed, Scan
from awsglue.gluetypes import ArrayType, ChoiceType, DataType, MapType, StructType
from awsglue.notices import notice
from awsglue.options import BOOLEAN, Kind, Option
from awsglue.plan import Records, empty
from awsglue.twins import twins

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame

#: Up to so many bytes in so many files are typed here: that is done before a Python worker has started.
_SMALL, _FEW = 4 * 1024 * 1024, 50

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


def read(source: Source) -> Records:
    if not source.files:
        return empty(source.spark)
    multiline, path = source.options["multiLine"], source.options["jsonPath"]
    found = _scan(source, path, multiline=multiline)
    if found.faulty:
        _tell(source, found, multiline=multiline)
    schema = found.shape.struct()
    given = texts.texts(source, whole=multiline)
    plain = found.simple and path is None and schema.fields and not has_choice(schema) and not twins(schema)
    # Of what workers hand to it, Spark's reader does not know the file.
    if plain and not (source.by_workers and source.origins):
        return _read_plain(source, given, schema)
    if source.origins:
        marked, schema = functools.partial(_parsed_by_file, path=path), origins.asked(source, schema)
        return parsed.rows(given, marked, schema, site="json", faulty=found.faulty > 0)
    parser = functools.partial(_parsed, get=blocks.column, path=path)
    return parsed.rows(given, parser, schema, site="json", faulty=found.faulty > 0)


def _parsed(batches: Iterator[pa.RecordBatch], get: Blocks, path: JsonPath | None) -> Iterator[Parsed]:
    for some in get(batches):
        yield from parse_all(some, path)


def _parsed_by_file(batches: Iterator[pa.RecordBatch], path: JsonPath | None) -> Iterator[Parsed]:
    for batch in batches:
        rows = zip(batch.column(1).to_pylist(), batch.column(0).to_pylist(), strict=True)
        for file, some in itertools.groupby(rows, operator.itemgetter(0)):
            for one in parse_all([text for _, text in some], path):
                one.path = file
                yield one


def _scan(source: Source, path: JsonPath | None, *, multiline: bool) -> Scan:
    """One pass over all texts."""
    small = _small_texts(source, multiline=multiline)
    if small is None:
        given, get = blocks.blocks(source, whole=multiline)
        return parsed.scan(given, functools.partial(_parsed, get=get, path=path))
    found = Scan()
    for some in parse_all(small, path):
        found.take(some)
    return found


def _small_texts(source: Source, *, multiline: bool) -> list[bytes] | None:
    """The texts when they are few; None when they are not."""
    files, left = source.files, _SMALL
    if len(files) > _FEW or sum(file.size for file in files) > left:
        return None
    small: list[bytes] = []
    for file in files:
        data = content(source.spark, file, left, source.compression)
        if data is None:
            return None
        left -= len(data)
        small += (text for text in (texts.as_whole if multiline else texts.lines)(data) if text.strip())
    return small


def _tell(source: Source, found: Scan, *, multiline: bool) -> None:
    """Nothing is left out without a word: faulty texts raise, or the log says how many there are."""
    unit = "file" if multiline else "line"
    message = (
        f"{found.faulty} of {found.pieces} {unit}s below {', '.join(source.found)} could not be read as JSON records"
        f" ({found.fault})"
    )
    if not multiline and found.faulty == found.pieces:
        message += "; records that span lines need format_options={'multiline': True}"
    if source.fail_fast:
        raise ValueError(message)
    notice(f"{message}; they are error records of the frame")


def has_choice(type_: DataType) -> bool:
    """Whether there is a choice anywhere in the type."""
    if isinstance(type_, ChoiceType):
        return True
    if isinstance(type_, StructType):
        return any(has_choice(field.dataType) for field in type_)
    if isinstance(type_, ArrayType):
        return has_choice(type_.elementType)
    return isinstance(type_, MapType) and has_choice(type_.valueType)


def _read_plain(source: Source, given: DataFrame, schema: StructType) -> Records:
    from pyspark.sql import DataFrame

    from awsglue.sparktypes import to_spark

    reader = (
        source.reader()
        .schema(to_spark(schema))
        .option("multiLine", source.options["multiLine"])
        # Spark fills a column of this name itself, and its usual name may be one of the records' own.
        .option("columnNameOfCorruptRecord", "\x00")
    )
    if source.by_workers:
        jvm_frame = reader._jreader.json(texts.strings(given))  # noqa: SLF001 - PySpark takes only an RDD in place of files
        return Records(dataframe=DataFrame(jvm_frame, source.spark), schema=schema)
    scanned = reader.json(source.paths)
    if source.origins:
        scanned = scanned.selectExpr("*", origins.sql(scanned))
    return Records(dataframe=scanned, schema=origins.asked(source, schema))


def write(records: Records, sink: Sink) -> None:
    """A record on each line; null fields are left out, and a choice is the value that its record has."""
    if not has_choice(records.schema):
        with sink.writer(records.dataframe) as writer:
            writer.json(sink.path, ignoreNullFields=True)
        return
    fields = members(row(records.schema))
    keys = [one for one in fields if one.name in sink.partition_keys]
    text = _object([one for one in fields if one not in keys])
    text_name = free_name(records.schema, "text")
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
    if not has_choice(type_):
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
    codecs=TEXT_CODECS,
    groups=True,
)
