"""Avro, read and written in Python with fastavro: unions are choices, and a broken block is an error record.

PySpark brings no Avro source, and Spark's own makes structs of unions and gives up a file at its first fault.
"""

from __future__ import annotations

import functools
import io
import json
import secrets
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from awsglue.expressions import free_name, quoted
from awsglue.files import COMPRESSIONS, File, beginning
from awsglue.formats import origins, parsed, texts
from awsglue.formats.avrofile import (
    MARK_SIZE,
    AvroFileError,
    Block,
    Header,
    block_bytes,
    blocks,
    header_bytes,
    number_bytes,
    read_header,
)
from awsglue.formats.avroschema import VERSIONS, plain_schema, schema_of, struct_of
from awsglue.formats.avrovalues import converter
from awsglue.formats.format import Format, Sink, Source
from awsglue.formats.parsed import Parsed
from awsglue.formats.staged import renamed_into
from awsglue.formats.texts import Documents
from awsglue.gluetypes import StructType
from awsglue.options import Option, one_of
from awsglue.plan import Records, empty
from awsglue.unions import stacked

if TYPE_CHECKING:
    import pyarrow as pa

#: A header is looked for in so many bytes at first.
_HEADER = 16 * 1024
_MOST_HEADER = 64 * 1024 * 1024
#: Records of a block that is written.
_BLOCK = 1000
#: Bytes of a file that a task keeps before it writes it, all of its files together.
_KEPT = 64 * 1024 * 1024

OPTIONS = (Option(name="version", kind=one_of(*VERSIONS), default="1.7"),)


def read(source: Source) -> Records:
    """Files of one schema are read together, and put below those of another."""
    groups: dict[str, list[File]] = {}
    for file in source.files:
        header = _header(source, file)
        groups.setdefault(json.dumps(header.schema), []).append(file)
    if not groups:
        return empty(source.spark)
    return stacked([_read_group(replace(source, found={"": files}), files[0]) for files in groups.values()])


def _header(source: Source, file: File) -> Header:
    size = _HEADER
    while True:
        data = beginning(source.spark, file, size, source.compression)
        try:
            return read_header(io.BytesIO(data))
        except AvroFileError as error:
            if len(data) < size or size >= _MOST_HEADER:
                raise ValueError(f"the file {file.path} cannot be read as Avro: {error}") from None
            size *= 4


def _read_group(source: Source, first: File) -> Records:
    version = source.options["version"]
    try:
        schema = struct_of(plain_schema(_header(source, first).schema, version))
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"the file {first.path} cannot be read as Avro: {error}") from None
    given, documents = texts.documents(source)
    parser = functools.partial(_parsed, documents=documents, version=version, strict=source.fail_fast)
    return parsed.rows(given, parser, origins.asked(source, schema), site="avro", faulty=True)


def _parsed(batches: Iterator[pa.RecordBatch], documents: Documents, version: str, *, strict: bool) -> Iterator[Parsed]:
    for path, stream in documents(batches):
        header = read_header(stream)
        decode = _Decoder(plain_schema(header.schema, version))
        for block in blocks(stream, header):
            one = Parsed(fault=f"error in Avro: {block}") if isinstance(block, AvroFileError) else decode.block(block)
            one.path = path
            if one.fault:
                one.text = path
                if strict:
                    raise ValueError(f"{one.fault}, in {path}")
            yield one


def packed_record(data: bytes, version: str) -> dict[str, Any]:
    """The one record of a file that is a value. ValueError when it is none."""
    stream = io.BytesIO(data)
    header = read_header(stream)
    decode = _Decoder(plain_schema(header.schema, version))
    found: list[dict[str, Any]] = []
    for block in blocks(stream, header):
        one = Parsed(fault=str(block)) if isinstance(block, AvroFileError) else decode.block(block)
        if one.fault:
            raise ValueError(one.fault)
        found += one.records
    if len(found) != 1:
        raise ValueError(f"{len(found)} records in a field that has one")
    return found[0]


def packed_schema(data: bytes, version: str) -> StructType:
    """The type that such a file declares."""
    return struct_of(plain_schema(read_header(io.BytesIO(data)).schema, version))


class _Decoder:
    """Records out of blocks. A block is decoded at once as the list that its bytes nearly are."""

    def __init__(self, schema: Any) -> None:
        import fastavro

        self._read = fastavro.schemaless_reader
        self._record = fastavro.parse_schema(schema)
        self._list = fastavro.parse_schema({"type": "array", "items": schema})

    def block(self, block: Block) -> Parsed:
        stream = io.BytesIO(number_bytes(block.count) + block.content + b"\x00")
        try:
            records = self._read(stream, self._list, None)
        except Exception:  # noqa: BLE001 - whatever fastavro says of bytes that are no records
            return self._one_by_one(block)
        if stream.read(1) or len(records) != block.count:
            return Parsed(records=records, fault="error in Avro: a block has more in it than its records")
        return Parsed(records=records)

    def _one_by_one(self, block: Block) -> Parsed:
        """The records before the fault."""
        stream = io.BytesIO(block.content)
        good: list[dict[str, Any]] = []
        for _ in range(block.count):
            try:
                good.append(self._read(stream, self._record, None))
            except Exception as error:  # noqa: BLE001 - as above
                what = str(error) or type(error).__name__
                left = block.count - len(good)
                return Parsed(records=good, fault=f"error in Avro: {left} records of a block are lost: {what}")
        return Parsed(records=good)


def write(records: Records, sink: Sink) -> None:
    """Files of blocks of records. Python workers make them, each file one value, and Spark's writer of texts puts them
    in place: what it writes behind each text is the mark that ends an Avro block.
    """
    from pyspark.sql import types as spark

    keys, version = sink.partition_keys, sink.options["version"]
    struct = StructType(field for field in records.schema if field.name not in keys)
    schema = schema_of(struct, version)
    mark = secrets.token_hex(MARK_SIZE // 2)
    archive = sink.codec if sink.codec in COMPRESSIONS else ""
    codec = "null" if archive or not sink.codec else sink.codec
    # As two columns, whose names are known to be plain.
    given = records.dataframe.selectExpr(
        f"struct({', '.join(map(quoted, keys))}) AS key" if keys else "true AS key",
        f"struct({', '.join(quoted(field.name) for field in struct)}) AS record",
    )
    made = given.mapInArrow(
        functools.partial(_files, struct=struct, version=version, schema=schema, codec=codec, mark=mark.encode()),
        spark.StructType([given.schema["key"], spark.StructField("file", spark.BinaryType())]),
    )
    file = quoted(free_name(records.schema, "file"))
    contents = made.selectExpr(
        *(f"key.{quoted(name)} AS {quoted(name)}" for name in keys), f"CAST(file AS STRING) AS {file}"
    )
    with renamed_into(replace(sink, codec=archive), ".txt", ".avro") as staged, staged.writer(contents) as writer:
        writer.option("lineSep", mark).option("maxRecordsPerFile", 1).text(staged.path)


def _files(
    batches: Iterator[pa.RecordBatch],
    struct: StructType,
    version: str,
    schema: Any,
    codec: str,
    mark: bytes,
) -> Iterator[pa.RecordBatch]:
    import pyarrow as pa

    encode = _Encoder(struct, version, schema, codec)
    #: Of each file its key, as Arrow has it, and its blocks.
    open_files: dict[str, tuple[Any, list[bytes]]] = {}
    kept = 0

    def finished() -> pa.RecordBatch:
        head = header_bytes(schema, codec)
        found = list(open_files.values())
        contents = [mark.join([head, *blocks_]) for _, blocks_ in found]
        return pa.RecordBatch.from_arrays(
            [pa.concat_arrays([key for key, _ in found]), pa.array(contents, pa.binary())], ["key", "file"]
        )

    for batch in batches:
        for index, group in _by_key(batch).items():
            key = batch.column(0).slice(index, 1)
            blocks_ = open_files.setdefault(repr(key.to_pylist()), (key, []))[1]
            for start in range(0, len(group), _BLOCK):
                blocks_.append(encode.block(group[start : start + _BLOCK]))
                kept += len(blocks_[-1])
        if kept >= _KEPT:
            yield finished()
            open_files, kept = {}, 0
    if open_files:
        yield finished()


def _by_key(batch: pa.RecordBatch) -> dict[int, list[dict[str, Any]]]:
    """The records of each key, by the number of the first of them."""
    first: dict[str, int] = {}
    groups: dict[int, list[dict[str, Any]]] = {}
    for index, (key, record) in enumerate(zip(batch.column(0).to_pylist(), batch.column(1).to_pylist(), strict=True)):
        groups.setdefault(first.setdefault(repr(key), index), []).append(record)
    return groups


class _Encoder:
    """Blocks out of records; a block is encoded at once as a list, whose ends are taken off."""

    def __init__(self, struct: StructType, version: str, schema: Any, codec: str) -> None:
        import fastavro

        self._write = fastavro.schemaless_writer
        self._schema = fastavro.parse_schema({"type": "array", "items": schema})
        self._convert = converter(struct, version)
        self._codec = codec

    def block(self, records: list[dict[str, Any]]) -> bytes:
        stream = io.BytesIO()
        given = records if self._convert is None else [self._convert(record) for record in records]
        self._write(stream, self._schema, given)
        content = stream.getvalue()[len(number_bytes(len(records))) : -1]
        return block_bytes(len(records), content, self._codec)


FORMAT = Format(
    name="avro",
    options=OPTIONS,
    read=read,
    write=write,
    codecs={
        **{name: name for name in COMPRESSIONS},
        "deflate": "deflate",
        "snappy": "snappy",
        "xz": "xz",
        "none": "null",
        "uncompressed": "null",
    },
)
