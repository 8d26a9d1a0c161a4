"""Parquet and ORC: Spark's own readers and writers, which know the schema and read folders `key=value` as columns."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from awsglue.causes import unreadable_files
from awsglue.files import File
from awsglue.formats import origins
from awsglue.formats.format import Source
from awsglue.plan import Records, empty
from awsglue.unions import stacked

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


def read(source: Source, name: str) -> Records:
    """The files below each path; folders `key=value` are columns. Paths with other columns are put one below the other.

    Without columns of folders, all files are read as one where they fit together: a table may have thousands of paths.
    """
    with unreadable_files(name):
        frames = _frames(source, name)
    if not frames:
        return empty(source.spark)
    if source.origins:
        frames = [frame.selectExpr("*", origins.sql(frame)) for frame in frames]
    return stacked([_records(frame) for frame in frames])


def _frames(source: Source, name: str) -> list[DataFrame]:
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    if source.partition_folders:
        return [_read_folder(source, name, path, files) for path, files in source.found.items() if files]
    if not source.files:
        return []
    reader = source.reader().format(name)
    try:
        return [reader.option("mergeSchema", "true").load(source.paths)]
    except (Py4JError, PySparkException):
        # One of several errors says that schemas cannot be merged; any other comes again.
        parts = [[file.path for file in files] for files in source.found.values() if files]
        return [reader.option("mergeSchema", source.options["mergeSchema"]).load(paths) for paths in parts]


def _read_folder(source: Source, name: str, path: str, files: list[File]) -> DataFrame:
    reader = source.spark.read.option("__globPaths__", "false").option("mergeSchema", source.options["mergeSchema"])
    root = re.sub(r"^file:/*", "/", path).rstrip("/")
    below = (rest for _, found, rest in (file.path.partition(root) for file in files) if found)
    if any("=" in rest.rpartition("/")[0] for rest in below):
        reader = reader.option("basePath", path)
    return reader.format(name).load([file.path for file in files])


def _records(dataframe: DataFrame) -> Records:
    from awsglue.sparktypes import struct_from_spark

    return Records(dataframe=dataframe, schema=struct_from_spark(dataframe.schema))
