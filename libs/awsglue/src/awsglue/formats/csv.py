"""CSV: every value is text, as in Glue, unless a catalog says otherwise.

Spark's reader does the work, one schema at a time: files with different headers are read apart and put one below the
other. What that reader cannot do (an escape character, skipping a line that is no header) is done in Python, file by
file.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from awsglue.expressions import Member, Value, cast, members, quoted, row
from awsglue.files import File, beginning, first_lines
from awsglue.formats import csvtext, origins, texts
from awsglue.formats.csvtext import Dialect
from awsglue.formats.format import TEXT_CODECS, Columns, Format, Sink, Source
from awsglue.formats.typedtext import typed
from awsglue.gluetypes import ArrayType, Field, MapType, StringType, StructType
from awsglue.notices import notice
from awsglue.options import BOOLEAN, CHARACTER, Kind, Option
from awsglue.plan import Records, empty
from awsglue.twins import told_apart, twins
from awsglue.unions import stacked

if TYPE_CHECKING:
    import pyarrow as pa

#: Rows of a batch that goes back to Spark; a file may hold any number of records.
_BATCH = 10_000
#: Bytes of all files together that are looked at for what is no UTF-8, those of one file at least, and files at most:
#: the driver does it, before anything else begins.
_LOOKED_AT = 1024 * 1024
_LEAST_LOOKED_AT = 4 * 1024
_FILES_LOOKED_AT = 1000
#: A character that no text holds, for what Spark's CSV must be told and Glue does not have.
_NEVER = "\x00"


def _escaper(value: Any) -> str:
    """The escaping character; empty for the word none, as AWS spells the default."""
    return "" if value == "none" else str(CHARACTER.convert(value))


def _quote(value: Any) -> str:
    """The quoting character; empty for -1, which turns quoting off."""
    return "" if value in (-1, "-1") else str(CHARACTER.convert(value))


OPTIONS = (
    Option(name="separator", kind=CHARACTER, default=","),
    Option(name="quoteChar", kind=Kind(expects="one character, or -1 for no quoting", convert=_quote), default='"'),
    Option(name="escaper", kind=Kind(expects="one character, or none", convert=_escaper), default="", uses=("read",)),
    Option(name="multiLine", kind=BOOLEAN, default=False, aliases=("multiline",), uses=("read",)),
    Option(name="withHeader", kind=BOOLEAN, default=False, uses=("read",)),
    Option(name="skipFirst", kind=BOOLEAN, default=False, uses=("read",)),
    Option(name="writeHeader", kind=BOOLEAN, default=True, uses=("write",)),
    Option(
        name="optimizePerformance",
        kind=BOOLEAN,
        default=False,
        uses=("read",),
        no_effect="Spark's reader is used for every file",
    ),
)


def read(source: Source) -> Records:
    options = source.options
    dialect = Dialect(
        separator=options["separator"],
        quote=options["quoteChar"],
        escaper=options["escaper"],
        multiline=options["multiLine"],
    )
    skipped = _skipped(source)
    # Spark skips one line, and of what workers hand to it does not know the file.
    in_python = dialect.escaper or options["skipFirst"] or skipped > 1
    in_python = in_python or (source.by_workers and (dialect.multiline or source.origins))

    def read_group(group: Source, names: tuple[str, ...]) -> Records:
        read_ = _read_in_python if in_python or twins(_schema(names)) else _read_in_spark
        return read_(group, names, dialect=dialect, skipped=skipped)

    _tell_of_encodings(source)
    if source.columns is not None:
        return _read_columns(source, source.columns, read_group)
    groups = _groups(source, dialect)
    if not groups:
        return empty(source.spark)
    return stacked([read_group(replace(source, found={"": files}), names) for names, files in groups.items()])


def _tell_of_encodings(source: Source) -> None:
    """No byte is replaced without a word: AWS Glue takes text in UTF-8 only. Looks at the beginnings of files that are
    on this machine; elsewhere each would take a request.
    """
    files = [file for file in source.files if file.local][:_FILES_LOOKED_AT]
    size = max(_LOOKED_AT // max(len(files), 1), _LEAST_LOOKED_AT)
    faults = {
        file.path: fault
        for file in files
        if (fault := csvtext.not_utf8(beginning(source.spark, file, size, source.compression)))
    }
    if not faults:
        return
    path, fault = next(iter(faults.items()))
    others = f", and {len(faults) - 1} more of {len(files)} files" if len(faults) > 1 else ""
    message = f"the file {path} is not in UTF-8, which csv has to be ({fault}){others}"
    if source.fail_fast:
        raise ValueError(message)
    notice(
        f"{message}: such bytes become U+FFFD; spark.read.csv(path, encoding='ISO-8859-1'), or whatever the encoding"
        " is, and DynamicFrame.fromDF read it right"
    )


def _skipped(source: Source) -> int:
    """How many lines at the beginning of a file are no records."""
    if source.columns is not None:
        return source.columns.header_lines
    return int(source.options["withHeader"]) + int(source.options["skipFirst"])


def _read_columns(
    source: Source, columns: Columns, read_group: Callable[[Source, tuple[str, ...]], Records]
) -> Records:
    """Values under a catalog's names, whatever a header says, and as its types."""
    if not source.files:
        return empty(source.spark)
    names = tuple(field.name for field in columns.schema)
    return typed(read_group(source, names), columns)


def _groups(source: Source, dialect: Dialect) -> dict[tuple[str, ...], list[File]]:
    """Files by the names of their columns."""
    groups: dict[tuple[str, ...], list[File]] = {}
    longest = 0
    for file in source.files:
        with contextlib.closing(first_lines(source.spark, file, source.compression)) as beginning:
            first = next(csvtext.records(_without_mark(beginning), dialect), None)
        if first is None:
            continue
        longest = max(longest, len(first))
        names = _header(first, file.path) if source.options["withHeader"] else ()
        groups.setdefault(names, []).append(file)
    if () in groups:
        groups[tuple(f"col{index}" for index in range(longest))] = groups.pop(())
    return groups


def _without_mark(texts: Iterator[str]) -> Iterator[str]:
    for text in texts:
        yield text.removeprefix("\ufeff")


def _header(values: list[str], file: str) -> tuple[str, ...]:
    names = tuple(value or f"col{index}" for index, value in enumerate(values))
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"the header of {file} names a column twice: {', '.join(twice)}")
    return names


def _schema(names: tuple[str, ...]) -> StructType:
    return StructType(Field(name, StringType(), absent=True) for name in names)


def _read_in_spark(source: Source, names: tuple[str, ...], dialect: Dialect, skipped: int) -> Records:
    from pyspark.sql import DataFrame

    from awsglue.sparktypes import to_spark

    schema = _schema(names)
    by_workers = source.by_workers
    reader = (
        source.reader()
        .schema(to_spark(schema))
        .option("sep", dialect.separator)
        .option("quote", dialect.quote or _NEVER)
        # A quote in a quoted value is doubled; a backslash is a character like any other.
        .option("escape", dialect.quote or _NEVER)
        .option("multiLine", dialect.multiline)
        .option("header", skipped == 1 and not by_workers)
        .option("mode", "FAILFAST" if source.fail_fast else "PERMISSIVE")
    )
    if by_workers:
        split = functools.partial(_data_lines, skipped=skipped)
        given = texts.strings(texts.from_workers(source, split))
        dataframe = DataFrame(reader._jreader.csv(given), source.spark)  # noqa: SLF001 - PySpark takes only an RDD here
    else:
        dataframe = reader.csv(source.paths)
    # Spark has null for an empty value, Glue has an empty text.
    filled = [f"coalesce({quoted(name)}, '') AS {quoted(name)}" for name in names]
    if source.origins:
        filled.append(origins.sql(dataframe))
    return Records(dataframe=dataframe.selectExpr(*filled), schema=origins.asked(source, schema))


def _data_lines(data: bytes, skipped: int) -> list[bytes]:
    return texts.lines(data)[skipped:]


def _read_in_python(source: Source, names: tuple[str, ...], dialect: Dialect, skipped: int) -> Records:
    from pyspark.sql.pandas.types import to_arrow_schema

    from awsglue.sparktypes import to_spark

    schema = origins.asked(source, _schema(names))
    physical = to_spark(schema)
    parse = functools.partial(_parse_files, dialect=dialect, skipped=skipped, arrow=to_arrow_schema(physical))
    parsed = texts.texts(source, whole=True).mapInArrow(parse, physical)
    return Records(dataframe=told_apart(parsed, schema), schema=schema)


def _parse_files(
    batches: Iterator[pa.RecordBatch], dialect: Dialect, skipped: int, arrow: pa.Schema
) -> Iterator[pa.RecordBatch]:
    import pyarrow as pa

    names = [name for name in arrow.names if name != origins.ORIGIN]
    nothing = dict.fromkeys(names, "")
    rows: list[Mapping[str, str]] = []
    for batch in batches:
        for one in batch.to_pylist():
            data = one.pop("value")
            # What is left says which file it is, if anything.
            fixed = nothing | one
            lines = csvtext.lines(data.decode("utf-8", "replace"))
            for number, values in enumerate(csvtext.records(lines, dialect)):
                if number >= skipped:
                    rows.append(fixed | dict(zip(names, values, strict=False)))
                if len(rows) >= _BATCH:
                    yield pa.RecordBatch.from_pylist(rows, schema=arrow)
                    rows = []
    if rows:
        yield pa.RecordBatch.from_pylist(rows, schema=arrow)


def write(records: Records, sink: Sink) -> None:
    """A line for each record, every value as text; nested values are refused."""
    fields = members(row(records.schema))
    keys = [one for one in fields if one.name in sink.partition_keys]
    values = [Member(name=one.name, value=_text(one)) for one in fields if one not in keys]
    if sink.options["quoteChar"]:
        columns = [f"{one.value.sql} AS {quoted(one.name)}" for one in [*keys, *values]]
        quoting = {"sep": sink.options["separator"], "quote": sink.options["quoteChar"]}
    else:
        columns, quoting = _unquoted([*keys], values, sink.options["separator"])
    with sink.writer(records.dataframe.selectExpr(*columns)) as writer:
        writer.options(
            escape=quoting["quote"],
            header=sink.options["writeHeader"],
            ignoreLeadingWhiteSpace=False,
            ignoreTrailingWhiteSpace=False,
            **quoting,
        ).csv(sink.path)


def _text(member: Member) -> Value:
    if isinstance(member.value.type, StructType | ArrayType | MapType):
        raise TypeError(
            f"csv cannot hold the field {member.name}, which is of type {member.value.type.typeName()}:"
            " unnest it, drop it or make it text first"
        )
    return cast(member.value, StringType())


def _unquoted(keys: list[Member], values: list[Member], separator: str) -> tuple[list[str], dict[str, str]]:
    """Whole lines as one column named by the whole header: Spark's writer knows no way to quote nothing."""
    header = separator.join(one.name for one in values)
    parts = ", ".join(f"coalesce({one.value.sql}, '')" for one in values)
    line = f"concat_ws({_literal(separator)}, {parts}) AS {quoted(header)}"
    return [*(one.value.sql for one in keys), line], {"sep": "\x01", "quote": _NEVER, "emptyValue": ""}


def _literal(text: str) -> str:
    """A text in SQL, whatever it holds and however the session reads backslashes."""
    return f"decode(unhex('{text.encode().hex()}'), 'UTF-8')"


FORMAT = Format(
    name="csv",
    options=OPTIONS,
    read=read,
    write=write,
    codecs=TEXT_CODECS,
    groups=True,
)
