"""The lines of files, or whole files, some at a time: for one look at each, as typing them needs it.

Files of this machine are opened by Spark's workers, large ones in pieces. To have Spark read them and hand the texts
over takes as long as the look itself.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from awsglue.files import opened_here, unreadable
from awsglue.formats.format import Source
from awsglue.formats.texts import MARK, LocalFile, as_whole, texts

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame

#: Bytes that are looked at together; a line may be longer. Objects that live for long cost Python's garbage collector.
_TOGETHER = 128 * 1024

#: From what a task was given to texts.
Blocks = Callable[[Iterator["pa.RecordBatch"]], Iterator[list[bytes]]]


def blocks(source: Source, *, whole: bool) -> tuple[DataFrame, Blocks]:
    """What tasks are given, and how they come from it to the lines, or to whole files."""
    if not all(file.local for file in source.files):
        return texts(source, whole=whole), column
    portions = portions_of(source, whole=whole)
    numbers = source.spark.range(0, len(portions), 1, len(portions))
    return numbers.toDF("number"), functools.partial(_read, portions=portions, whole=whole)


def column(batches: Iterator[pa.RecordBatch]) -> Iterator[list[bytes]]:
    """The texts of a column of bytes."""
    for batch in batches:
        yield batch.column(0).to_pylist()


@dataclass(frozen=True, kw_only=True)
class Piece:
    """The lines that begin in one part of a file."""

    file: LocalFile
    start: int
    #: Bytes of the part, as stored.
    size: int
    #: Whether it goes to the end of the file, which may be packed.
    last: bool

    def blocks(self) -> Iterator[list[bytes]]:
        with unreadable(self.file.path), opened_here(self.file.local, self.file.compression) as stream:
            at = self.start
            if self.start:
                # The line in which the part begins is the one before's; one that begins with the part is not.
                stream.seek(self.start - 1)
                at += len(stream.readline()) - 1
            while left := _TOGETHER if self.last else min(_TOGETHER, self.start + self.size - at):
                data = stream.read(max(left, 0))
                if not data:
                    return
                if not data.endswith(b"\n"):
                    data += stream.readline()
                yield (data if at else data.removeprefix(MARK)).splitlines()
                at += len(data)


def portions_of(source: Source, *, whole: bool) -> list[list[Piece]]:
    """The files in equal portions, cut where that is possible."""
    portions: list[list[Piece]] = []
    room = 0
    for file in source.files:
        local = LocalFile(path=file.path, local=file.local, compression=file.compression(source.compression))
        start = 0
        while left := file.size - start:
            if room <= 0:
                portions.append([])
                room = source.portion_size
            size = left if whole or local.compression else min(left, room)
            portions[-1].append(Piece(file=local, start=start, size=size, last=size == left))
            start += size
            room -= size
    return portions


def _read(batches: Iterator[pa.RecordBatch], portions: list[list[Piece]], *, whole: bool) -> Iterator[list[bytes]]:
    for batch in batches:
        for number in batch.column(0).to_pylist():
            for piece in portions[number]:
                if whole:
                    yield as_whole(piece.file.read())
                else:
                    yield from piece.blocks()
