"""What is in files, as a column of bytes: each line, or each file as a whole; and files as parsers read them.

Spark's sources read them, or Python workers do where there are many small files (`Source.by_workers`). What a format's
own parser makes of them is in `parsed`.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

from awsglue.files import compression_of, opened_content, opened_here, unreadable
from awsglue.formats import origins
from awsglue.formats.format import Source

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame

#: What ends a line for Spark's text reader.
LINE_END = re.compile(rb"\r\n|\n|\r")
#: What may stand before the first line of a file in UTF-8.
MARK = b"\xef\xbb\xbf"
#: Bytes that are handed to Spark together, or one file's where that has more.
_BATCH = 4 * 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class LocalFile:
    """A file that a worker opens; its path is for messages."""

    path: str
    local: str
    compression: str

    def read(self) -> bytes:
        with unreadable(self.path), opened_here(self.local, self.compression) as stream:
            return stream.read()


#: What is done with a file's bytes before they become rows.
Split = Callable[[bytes], list[bytes]]


def texts(source: Source, *, whole: bool) -> DataFrame:
    """A column `value` with the bytes of each line, or of each file; beside it the file's path, if it is asked for."""
    if source.by_workers:
        return from_workers(source, as_whole if whole else lines)
    scanned = source.reader().text(source.paths, wholetext=whole)
    return scanned.selectExpr("CAST(value AS BINARY) AS value", *([origins.sql(scanned)] if source.origins else []))


def as_whole(data: bytes) -> list[bytes]:
    return [data.removeprefix(MARK)]


def lines(data: bytes) -> list[bytes]:
    """The lines that are not blank."""
    return [line for line in LINE_END.split(data.removeprefix(MARK)) if line.strip()]


def from_workers(source: Source, split: Split) -> DataFrame:
    """A column `value` with what `split` makes of each file; beside it the file's path, if it is asked for. A partition
    for each of the source's portions.
    """
    packs = local_packs(source)
    return source.spark.range(0, len(packs), 1, len(packs)).mapInArrow(
        functools.partial(_read, packs=packs, split=split, with_path=source.origins),
        f"value binary, {origins.ORIGIN} string" if source.origins else "value binary",
    )


def local_packs(source: Source) -> list[list[LocalFile]]:
    return [
        [LocalFile(path=file.path, local=file.local, compression=file.compression(source.compression)) for file in pack]
        for pack in source.packs()
    ]


def in_packs(batches: Iterator[pa.RecordBatch], packs: list[list[LocalFile]]) -> Iterator[LocalFile]:
    """The files of the portions whose numbers a task was given."""
    for batch in batches:
        for number in batch.column(0).to_pylist():
            yield from packs[number]


def _read(
    batches: Iterator[pa.RecordBatch], packs: list[list[LocalFile]], split: Split, *, with_path: bool
) -> Iterator[pa.RecordBatch]:
    import pyarrow as pa

    def batch() -> Any:
        columns = {"value": pa.array(values, pa.binary())}
        return pa.RecordBatch.from_pydict({**columns, origins.ORIGIN: paths} if with_path else columns)

    values: list[bytes] = []
    paths: list[str] = []
    size = 0
    for file in in_packs(batches, packs):
        data = file.read()
        found = split(data)
        values += found
        if with_path:
            paths += [origins.key(file.path)] * len(found)
        size += len(data)
        if size >= _BATCH:
            yield batch()
            values, paths, size = [], [], 0
    if values:
        yield batch()


def strings(dataframe: DataFrame) -> Any:
    """The column `value` as what Spark's readers of JSON and CSV take in place of files."""
    encoder = dataframe.sparkSession._jvm.org.apache.spark.sql.Encoders.STRING()  # noqa: SLF001 - PySpark has no other
    texts_ = dataframe.selectExpr("CAST(value AS STRING) AS value")
    return getattr(texts_._jdf, "as")(encoder)  # noqa: SLF001 - way to hand a column of texts to them


#: The files that a task was given, each with its path.
Documents = Callable[[Iterator["pa.RecordBatch"]], Iterator[tuple[str, IO[bytes]]]]


def documents(source: Source) -> tuple[DataFrame, Documents]:
    """The files for a parser that takes each as a whole: what tasks are given, and how they open it."""
    if all(file.local for file in source.files):
        packs = local_packs(source)
        numbers = source.spark.range(0, len(packs), 1, len(packs))
        return numbers.toDF("number"), functools.partial(_open_here, packs=packs)
    content = source.reader().format("binaryFile").load(source.paths).select("path", "content")
    return content, functools.partial(_open_content, compression=source.compression)


def _open_here(batches: Iterator[pa.RecordBatch], packs: list[list[LocalFile]]) -> Iterator[tuple[str, IO[bytes]]]:
    for file in in_packs(batches, packs):
        with unreadable(file.path), opened_here(file.local, file.compression) as stream:
            yield file.path, stream


def _open_content(batches: Iterator[pa.RecordBatch], compression: str) -> Iterator[tuple[str, IO[bytes]]]:
    for batch in batches:
        for path, content in zip(batch.column(0).to_pylist(), batch.column(1), strict=True):
            with unreadable(path):
                stream = opened_content(path, content.as_py(), compression_of(path, compression))
            yield path, stream
