"""The seam of file formats: what a format is asked to read and to write."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from awsglue.files import COMPRESSIONS, File
from awsglue.gluetypes import StructType
from awsglue.options import Option
from awsglue.plan import Records

if TYPE_CHECKING:
    from pyspark.sql import DataFrameReader, DataFrameWriter, SparkSession

#: Bytes of files that one task reads at most, when nothing is said: as Spark's own readers.
_MOST = 128 * 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Columns:
    """What a catalog says of files that do not tell it themselves."""

    #: Names and types, in the order in which a line has its values.
    schema: StructType
    #: Lines at the beginning of each file that are no records.
    header_lines: int = 0
    #: The text that stands for null; None where there is none.
    null: str | None = None


@dataclass(frozen=True, kw_only=True)
class Source:
    """Files to read."""

    spark: SparkSession
    #: Each path that was asked for, with the files found there.
    found: Mapping[str, list[File]]
    #: The format's own options, checked.
    options: Mapping[str, Any]
    #: Raise for the first record that cannot be read, instead of keeping it as an error record.
    fail_fast: bool = False
    #: How files are compressed whose names do not tell.
    compression: str = ""
    #: Whether a task reads many files, and how many bytes of them; 0 where that is left to the library.
    grouped: bool = False
    group_size: int = 0
    #: What a catalog says of the columns; only formats whose files do not tell look at it.
    columns: Columns | None = None
    #: Whether folders `key=value` are columns, in formats that read them so.
    partition_folders: bool = True
    #: Whether records come with one more field, the path of their file (see formats.origins).
    origins: bool = False

    @functools.cached_property
    def files(self) -> list[File]:
        return list(dict.fromkeys(file for files in self.found.values() for file in files))

    @property
    def paths(self) -> list[str]:
        return [file.path for file in self.files]

    @functools.cached_property
    def by_workers(self) -> bool:
        """Whether Python workers open the files. Spark's readers take milliseconds for a file, which is most of the
        time where files are small; and they know compressions by names only.
        """
        files = self.files
        hidden = self.compression and not all(file.compression() for file in files)
        return bool((self.grouped or hidden) and files and all(file.local for file in files))

    @functools.cached_property
    def portion_size(self) -> int:
        """Bytes of files that one task reads."""
        total = sum(file.size for file in self.files)
        return self.group_size or min(_MOST, -(-total // self.spark.sparkContext.defaultParallelism))

    def packs(self) -> list[list[File]]:
        """The files in the portions that tasks read."""
        return packed(self.files, self.portion_size)

    def reader(self) -> DataFrameReader:
        """Spark's reader for exactly these files: names are no globs, folders give no columns."""
        return self.spark.read.option("__globPaths__", "false").option("recursiveFileLookup", "true")


def packed(files: list[File], size: int) -> list[list[File]]:
    """The files in portions of `size` bytes, of which each has a file more than it needs, or none to spare."""
    packs: list[list[File]] = []
    room = 0
    for file in files:
        if room <= 0:
            packs.append([])
            room = size
        packs[-1].append(file)
        room -= file.size
    return packs


@dataclass(frozen=True, kw_only=True)
class Sink:
    """A folder to add files to."""

    spark: SparkSession
    path: str
    partition_keys: list[str]
    #: The codec in the words of the format's own writer; empty for the format's default.
    codec: str
    options: Mapping[str, Any]
    #: Says in words of S3 what goes wrong with the path.
    errors: Callable[[str], contextlib.AbstractContextManager[None]]

    @contextlib.contextmanager
    def writer(self, records: Any) -> Iterator[DataFrameWriter]:
        """Spark's writer into the folder: it appends, and leaves no marker file beside the data."""
        writer = records.write.mode("append").option("mapreduce.fileoutputcommitter.marksuccessfuljobs", "false")
        if self.codec:
            writer = writer.option("compression", self.codec)
        if self.partition_keys:
            writer = writer.partitionBy(*self.partition_keys)
        with self.errors(self.path):
            yield writer


#: Compressions of files of text, with the words of Spark's writers for them.
TEXT_CODECS = {**{name: name for name in COMPRESSIONS}, "none": "none", "uncompressed": "none"}


@dataclass(frozen=True, kw_only=True)
class Format:
    """A file format; a direction that it has not is None."""

    name: str
    options: tuple[Option, ...] = ()
    read: Callable[[Source], Records] | None = None
    write: Callable[[Records, Sink], None] | None = None
    #: The sink's words for compression, with the writer's words for them.
    codecs: Mapping[str, str] = field(default_factory=dict)
    #: Whether folders `key=value` are columns of what is read.
    partition_folders: bool = False
    #: Whether a task can be given many small files, and files whose names do not tell their compression.
    groups: bool = False
    #: Whether its readers unpack whole files that are compressed; others have compression within.
    archives: bool = True
