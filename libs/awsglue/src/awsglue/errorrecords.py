"""Error records: what could not be read or computed, kept beside the good records.

A frame of them has one column, `error`; the record at fault is in it as text.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from awsglue.gluetypes import Field, LongType, StringType, StructType

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

_CALLSITE = StructType([Field("site", StringType()), Field("info", StringType())])
SCHEMA = StructType(
    [
        Field(
            "error",
            StructType(
                [
                    Field("callsite", _CALLSITE),
                    Field("msg", StringType()),
                    Field("stackTrace", StringType()),
                    Field("input", StringType()),
                    Field("bytesread", LongType()),
                    Field("source", StringType()),
                    Field("dynamicRecord", StringType()),
                ]
            ),
        )
    ]
)


def error_frame(
    dataframe: DataFrame,
    *,
    site: str,
    info: str,
    msg: str,
    stack_trace: str | None = None,
    text: str | None = None,
    record: str | None = None,
) -> DataFrame:
    """Rows where the column `msg` is set, as error records. `msg`, `stack_trace`, `text` and `record` name columns."""
    from pyspark.sql import functions as F  # noqa: N812 - the name that PySpark's documentation uses

    def column(name: str | None) -> Any:
        return F.lit(None).cast("string") if name is None else F.col(f"`{name}`")

    callsite = F.struct(F.lit(site).alias("site"), F.lit(info).alias("info")).alias("callsite")
    text_column = column(text)
    return dataframe.where(F.col(f"`{msg}`").isNotNull()).select(
        F.struct(
            callsite,
            column(msg).alias("msg"),
            column(stack_trace).alias("stackTrace"),
            text_column.alias("input"),
            F.octet_length(text_column).cast("bigint").alias("bytesread"),
            F.lit(None).cast("string").alias("source"),
            column(record).alias("dynamicRecord"),
        ).alias("error")
    )


def union(frames: Sequence[DataFrame]) -> DataFrame:
    """All error records of several frames, which all have the same one column."""
    return functools.reduce(lambda one, other: one.unionAll(other), frames)
