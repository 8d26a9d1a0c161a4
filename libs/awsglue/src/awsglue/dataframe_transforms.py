"""Glue's transforms for Spark DataFrames."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from awsglue import mappings as mapping_language
from awsglue.plan import Records
from awsglue.transforms.transform import GlueTransform

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


class ApplyMapping(GlueTransform):
    """Columns chosen, renamed and cast by a list of mappings, as the transform of the same name does with frames."""

    def __call__(self, df: DataFrame, mappings: Iterable[tuple[str, ...]], case_sensitive: bool = False) -> DataFrame:
        from awsglue.sparktypes import struct_from_spark

        parsed = [mapping_language.mapping(entry) for entry in mappings]
        schema = struct_from_spark(df.schema)
        records = Records(dataframe=df.toDF(*(field.name for field in schema)), schema=schema)
        return records.select(mapping_language.mapped(schema, parsed, case_sensitive=case_sensitive)).dataframe
