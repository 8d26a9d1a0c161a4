"""Parquet: Spark's own reader and writer. `glueparquet` is the same files under the sink's other name."""

from __future__ import annotations

from awsglue.formats import columnar
from awsglue.formats.format import Format, Sink, Source
from awsglue.options import BOOLEAN, INTEGER, Option, one_of
from awsglue.plan import Records
from awsglue.twins import refuse_twins

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
    return columnar.read(source, "parquet")


def write(records: Records, sink: Sink) -> None:
    refuse_twins(records.schema, "Parquet")
    codec = sink.codec or _CODECS[sink.options["compression"]]
    with sink.writer(records.dataframe) as writer:
        writer.options(
            **{
                "compression": codec,
                "parquet.block.size": sink.options["blockSize"],
                "parquet.page.size": sink.options["pageSize"],
            }
        ).parquet(sink.path)


FORMAT = Format(
    name="parquet",
    options=OPTIONS,
    read=read,
    write=write,
    codecs=_CODECS,
    partition_folders=True,
    archives=False,
)
GLUEPARQUET = Format(name="glueparquet", options=OPTIONS, write=write, codecs=_CODECS)
