"""Files as Spark's own readers have them, whatever Glue would make of them: the option useSparkDataSource."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from awsglue.formats import origins
from awsglue.formats.format import Format, Source
from awsglue.gluetypes import StructType
from awsglue.plan import Records, empty

#: The formats that Spark brings a reader for.
READERS = ("csv", "json", "orc", "parquet", "text")


def spark_format(name: str, options: Mapping[str, Any], schema: StructType | None) -> Format:
    """A format that is read by Spark's reader of that name, with its own options and maybe its schema."""

    def read(source: Source) -> Records:
        from awsglue.sparktypes import struct_from_spark, to_spark

        if not source.files:
            return empty(source.spark)
        reader = source.reader().format(name).options(**options)
        scanned = (reader if schema is None else reader.schema(to_spark(schema))).load(source.paths)
        if source.origins:
            scanned = scanned.selectExpr("*", origins.sql(scanned))
        return Records(dataframe=scanned, schema=struct_from_spark(scanned.schema))

    return Format(name=name, read=read)
