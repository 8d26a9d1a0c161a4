"""The seam of file formats: what a format is asked to read and to write."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from awsglue.files import File
from awsglue.options import Option
from awsglue.plan import Records

if TYPE_CHECKING:
    from pyspark.sql import DataFrameReader, DataFrameWriter, SparkSession


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

    @property
    def files(self) -> list[File]:
        return list(dict.fromkeys(file for files in self.found.values() for file in files))

    @property
    def paths(self) -> list[str]:
        return [file.path for file in self.files]

    def reader(self) -> DataFrameReader:
        """Spark's reader for exactly these files: names are no globs, folders give no columns."""
        return self.spark.read.option("__globPaths__", "false").option("recursiveFileLookup", "true")


@dataclass(frozen=True, kw_only=True)
class Sink:
    """A folder to add files to."""

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
