"""Parquet and ORC: Spark's own readers and writers, which know the schema and read folders `key=value` as columns."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from awsglue.files import File
from awsglue.formats.format import Source
from awsglue.plan import Records, empty
from awsglue.unions import stacked

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


def read(source: Source, name: str) -> Records:
    """The files below each path; folders `key=value` are columns. Paths with other columns are put side by side."""
    frames = [_read_folder(source, name, path, files) for path, files in source.found.items() if files]
    if not frames:
        return empty(source.spark)
    return stacked([_records(frame) for frame in frames])


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
