"""Plain text: a line is a record with one field, as Spark's text source has it. AWS documents no such format."""

from __future__ import annotations

from awsglue.expressions import quoted
from awsglue.formats import origins, texts
from awsglue.formats.format import TEXT_CODECS, Format, Sink, Source
from awsglue.gluetypes import Field, StringType, StructType
from awsglue.plan import Records, empty


def read(source: Source) -> Records:
    """A record for each line, blank ones too, with the line in the field `value`."""
    if not source.files:
        return empty(source.spark)
    schema = StructType([Field("value", StringType())])
    if source.by_workers:
        given = texts.from_workers(source, _all_lines)
        dataframe = given.selectExpr("CAST(value AS STRING) AS value", *given.columns[1:])
    else:
        dataframe = source.reader().text(source.paths)
        if source.origins:
            dataframe = dataframe.selectExpr("*", origins.sql(dataframe))
    return Records(dataframe=dataframe, schema=origins.asked(source, schema))


def _all_lines(data: bytes) -> list[bytes]:
    lines = texts.LINE_END.split(data)
    return lines if lines[-1] else lines[:-1]


def write(records: Records, sink: Sink) -> None:
    """A line for each record, which has one field of text beside the partition keys; a null is an empty line."""
    values = [field for field in records.schema if field.name not in sink.partition_keys]
    if len(values) != 1 or not isinstance(values[0].dataType, StringType):
        fields = ", ".join(f"{field.name} ({field.dataType.typeName()})" for field in values)
        raise ValueError(
            f"text is written from one field of type string, and the frame has {fields}: make one of them, or write csv"
        )
    columns = [*(quoted(key) for key in sink.partition_keys), f"coalesce({quoted(values[0].name)}, '') AS value"]
    with sink.writer(records.dataframe.selectExpr(*columns)) as writer:
        writer.text(sink.path)


FORMAT = Format(name="text", read=read, write=write, codecs=TEXT_CODECS, groups=True)
