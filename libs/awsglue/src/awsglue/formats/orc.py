"""ORC: Spark's own reader and writer."""

from __future__ import annotations

from awsglue.formats import columnar
from awsglue.formats.format import Format, Sink, Source
from awsglue.formats.names import names
from awsglue.options import BOOLEAN, Option
from awsglue.plan import Records
from awsglue.twins import refuse_twins

OPTIONS = (Option(name="mergeSchema", kind=BOOLEAN, default=False, uses=("read",)),)


def read(source: Source) -> Records:
    return columnar.read(source, "orc")


def write(records: Records, sink: Sink) -> None:
    refuse_twins(records.schema, "ORC")
    for name in names(records.schema):
        if "`" in name:
            # Spark's writer would leave the rest of the name out, without a word.
            raise ValueError(
                f"the field {name!r} cannot be written as ORC, which has no back-ticks in names: rename it"
            )
    with sink.writer(records.dataframe) as writer:
        writer.orc(sink.path)


FORMAT = Format(
    name="orc",
    options=OPTIONS,
    read=read,
    write=write,
    codecs={name: name for name in ("uncompressed", "none", "snappy", "zlib", "zstd", "lz4")},
    partition_folders=True,
    archives=False,
)
