"""Parquet: Spark's own reader and writer. `glueparquet` is the same files under the sink's other name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from awsglue.formats.format import Format, Sink, Source
from awsglue.options import BOOLEAN, INTEGER, Option, one_of
from awsglue.plan import Records, empty
from awsglue.unions import stacked

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

_CODECS = {"uncompressed": "none", "none": "none", "snappy": "snappy", "gzip": "gzip", "zstd": "zstd"}

OPTIONS = (
    Option(name="mergeSchema", kind=BOOLEAN, default=False, uses=("read",)),
    Option(name="compression", kind=one_of(*_CODECS), default="snappy", uses=("write",)),
    Option(name="blockSize", kind=INTEGER, default=134217728, uses=("write",)),
    Option(name="pageSize", kind=INTEGER, default=1048576, uses=("write",)),
    Option(
        name="useGlueParquetWriter",
        kind=BOOLEAN,
        default=False,
        uses=("write",),
        no_effect="Spark's own writer makes the files",
    ),
    Option(
        name="optimizePerformance",
        kind=BOOLEAN,
        default=False,
        uses=("read",),
        no_effect="Spark's vectorised reader is always used",
    ),
)


def read(source: Source) -> Records:
    """The files below each path; folders `key=value` are columns. Paths with other columns are put side by side."""
    frames = [
        _read_folder(source, path, [file.path for file in files]) for path, files in source.found.items() if files
    ]
    if not frames:
        return empty(source.spark)
    return stacked([_records(frame) for frame in frames])


def _read_folder(source: Source, path: str, files: list[str]) -> DataFrame:
    reader = source.spark.read.option("__globPaths__", "false").option("mergeSchema", source.options["mergeSchema"])
    root = re.sub(r"^file:/*", "/", path).rstrip("/")
    if any("=" in below.rpartition("/")[0] for _, found, below in (file.partition(root) for file in files) if found):
        reader = reader.option("basePath", path)
    return reader.parquet(*files)


def _records(dataframe: DataFrame) -> Records:
    from awsglue.sparktypes import struct_from_spark

    return Records(dataframe=dataframe, schema=struct_from_spark(dataframe.schema))


def write(records: Records, sink: Sink) -> None:
    codec = sink.codec or _CODECS[sink.options["compression"]]
    with sink.writer(records.dataframe) as writer:
        writer.options(
            **{
                "compression": codec,
                "parquet.block.size": sink.options["blockSize"],
                "parquet.page.size": sink.options["pageSize"],
            }
        ).parquet(sink.path)


FORMAT = Format(name="parquet", options=OPTIONS, read=read, write=write, codecs=_CODECS, partition_folders=True)
GLUEPARQUET = Format(name="glueparquet", options=OPTIONS, write=write, codecs=_CODECS)
