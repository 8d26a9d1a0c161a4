"""XML, read in Python: each element of one name is a record, typed by itself as in JSON.

Spark's own reader for XML has no choices and gives up a file at its first fault.
"""

from __future__ import annotations

import codecs
import functools
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from awsglue.formats import origins, parsed, texts
from awsglue.formats.format import Format, Source
from awsglue.formats.parsed import Parsed
from awsglue.formats.schemajson import struct_from_json
from awsglue.formats.texts import Documents
from awsglue.formats.xmltext import Reading
from awsglue.formats.xmlvalues import seen_as, settled, texts_for_nulls, without_empty
from awsglue.gluetypes import StructType
from awsglue.notices import notice
from awsglue.options import BOOLEAN, TEXT, Kind, Option
from awsglue.plan import Records, empty

if TYPE_CHECKING:
    import pyarrow as pa


def _name(value: Any) -> str:
    name = str(TEXT.convert(value))
    if not name or any(char in name for char in "<>/ \t\n\"'="):
        raise ValueError(value)
    return name


def _encoding(value: Any) -> str:
    try:
        return codecs.lookup(TEXT.convert(value)).name
    except LookupError:
        raise ValueError(value) from None


OPTIONS = (
    Option(
        name="rowTag",
        kind=Kind(expects="the name of the element that is a record", convert=_name),
        uses=("read",),
        required=True,
    ),
    Option(
        name="encoding",
        kind=Kind(expects="an encoding that Python knows", convert=_encoding),
        default="utf-8",
        uses=("read",),
    ),
    Option(name="excludeAttribute", kind=BOOLEAN, default=False, uses=("read",)),
    Option(name="treatEmptyValuesAsNulls", kind=BOOLEAN, default=False, uses=("read",)),
    Option(name="attributePrefix", kind=TEXT, default="_", uses=("read",)),
    Option(name="valueTag", kind=TEXT, default="_VALUE", uses=("read",)),
    Option(name="ignoreSurroundingSpaces", kind=BOOLEAN, default=False, uses=("read",)),
    Option(
        name="withSchema",
        kind=Kind(expects="the jsonValue() of a StructType, as JSON", convert=struct_from_json),
        uses=("read",),
    ),
)


def read(source: Source) -> Records:
    if not source.files:
        return empty(source.spark)
    options = source.options
    schema: StructType | None = options["withSchema"]
    reading = Reading(
        row_tag=options["rowTag"],
        attribute_prefix=options["attributePrefix"],
        value_tag=options["valueTag"],
        attributes=not options["excludeAttribute"],
        strip=options["ignoreSurroundingSpaces"],
        empty_is_null=options["treatEmptyValuesAsNulls"],
        typed=schema is None,
    )
    given, documents = texts.documents(source)
    parser = functools.partial(_parsed, documents=documents, reading=reading, encoding=options["encoding"])
    if schema is not None:
        as_given = functools.partial(
            _seen, parser=parser, schema=schema, tag=reading.value_tag, strict=source.fail_fast
        )
        return parsed.rows(given, as_given, origins.asked(source, schema), site="xml", faulty=True)
    found = parsed.scan(given, functools.partial(_for_types, parser=parser))
    if found.faulty:
        message = (
            f"{found.faulty} of {found.pieces} elements {reading.row_tag} below {', '.join(source.found)} could not be"
            f" read ({found.fault})"
        )
        if source.fail_fast:
            raise ValueError(message)
        notice(f"{message}; they are error records of the frame")
    schema = found.shape.struct()
    if not reading.empty_is_null:
        texts_for_nulls(schema)
    if not found.simple:
        parser = functools.partial(_settled, parser=parser, schema=schema)
    return parsed.rows(given, parser, origins.asked(source, schema), site="xml", faulty=found.faulty > 0)


def _parsed(
    batches: Iterator[pa.RecordBatch], documents: Documents, reading: Reading, encoding: str
) -> Iterator[Parsed]:
    for path, stream in documents(batches):
        try:
            text = stream.read().decode(encoding).removeprefix("\ufeff")
        except UnicodeDecodeError as error:
            yield Parsed(fault=f"error in XML: {error}", text=path)
        else:
            for one in reading.records(text):
                one.path = path
                yield one


def _for_types(batches: Iterator[pa.RecordBatch], parser: parsed.Parser) -> Iterator[Parsed]:
    for one in parser(batches):
        if not one.simple:
            one.records = [without_empty(record) for record in one.records]
        yield one


def _settled(batches: Iterator[pa.RecordBatch], parser: parsed.Parser, schema: StructType) -> Iterator[Parsed]:
    for one in parser(batches):
        if not one.simple:
            one.records = [settled(record, schema) for record in one.records]
        yield one


def _seen(
    batches: Iterator[pa.RecordBatch], parser: parsed.Parser, schema: StructType, tag: str, *, strict: bool
) -> Iterator[Parsed]:
    for one in parser(batches):
        if one.fault and strict:
            raise ValueError(f"{one.fault}: {one.text[:200]}")
        one.records = [seen_as(record, schema, tag) for record in one.records]
        yield one


FORMAT = Format(name="xml", options=OPTIONS, read=read, groups=True)
