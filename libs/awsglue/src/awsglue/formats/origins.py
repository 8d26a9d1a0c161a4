"""Which file a record comes from: a field that formats add when they are asked to, and that the frame never shows."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from awsglue.expressions import quoted
from awsglue.formats.format import Source
from awsglue.gluetypes import Field, StringType, StructType

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

#: The field with the path; no record has one of that name.
ORIGIN = "_openglue_file"


def key(path: str) -> str:
    """The path as that field has it: Hadoop spells local ones in several ways."""
    return re.sub("^file:/*", "file:/", path)


def sql(scanned: DataFrame) -> str:
    """The field, for a DataFrame that Spark reads from files itself."""
    # Spark gives up to push filters down where input_file_name() stands between, so it is for need only.
    hidden = any(name.lower() == "_metadata" for name in scanned.columns)
    path = "input_file_name()" if hidden else "_metadata.file_path"
    decoded = f"url_decode(replace({path}, '+', '%2B'))"
    return f"regexp_replace({decoded}, '^file:/*', 'file:/') AS {quoted(ORIGIN)}"


def asked(source: Source, schema: StructType) -> StructType:
    """The schema with the field, where the source asks for it."""
    return StructType([*schema, Field(ORIGIN, StringType())]) if source.origins else schema


def mark(records: Iterable[dict[str, Any]], path: str) -> None:
    """Put the field into records of a file."""
    origin = key(path)
    for record in records:
        record[ORIGIN] = origin
