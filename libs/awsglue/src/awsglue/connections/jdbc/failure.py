"""What a database refuses, told in its own words and without secrets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from awsglue.causes import causes, words
from awsglue.connections.jdbc import url as urls

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from awsglue.connections.jdbc.access import Access


#: What Spark says of a field that the table it writes to has not, and how it spells the table's columns.
_NO_COLUMN = re.compile(r"Column (?P<name>.+) not found in schema (?P<schema>.+)", re.DOTALL)
_COLUMN = re.compile(r"StructField\((.+?),\w+Type")


class DatabaseError(Exception):
    """A database could not be reached, or refused what it was asked; the message names it by its URL."""


@contextmanager
def refusals(spark: SparkSession, access: Access, what: str) -> Iterator[None]:
    """Turns what Java raises in the block into a DatabaseError: `what` could not be done, where, and why."""
    from py4j.protocol import Py4JJavaError
    from pyspark.errors.exceptions.captured import CapturedException

    try:
        yield
    except (Py4JJavaError, CapturedException) as error:
        thrown = causes(error)
        reason = _reason(spark, thrown) if thrown else str(error)
        message = f"{what} at {urls.shown(access.url)} failed: {reason}"
        # Without its cause: Java's own messages hold what was masked here.
        raise DatabaseError(without_secrets(message, access)) from None


def without_secrets(text: str, access: Access) -> str:
    text = urls.shown(text.replace(access.url, urls.shown(access.url)))
    if access.password:
        text = re.sub(rf"(?<!\w){re.escape(access.password)}(?!\w)", "***", text)
    return text


def _reason(spark: SparkSession, thrown: list[Any]) -> str:
    """The words of the exception that is the database's own, and of what lies at the bottom of it."""
    from py4j.java_gateway import is_instance_of

    gateway = spark.sparkContext._gateway  # noqa: SLF001 - the way to ask a Java object for its class
    own = next((one for one in thrown if is_instance_of(gateway, one, "java.sql.SQLException")), thrown[-1])
    if is_instance_of(gateway, own, "java.sql.SQLException") and own.getNextException() is not None:
        # Of a batch, the exception that follows says why, and the first one only repeats the rows.
        own = own.getNextException()
    first, last = _plain(words(own)), _plain(words(thrown[-1]))
    return first if last in first else f"{first} ({last})"


def _plain(said: str) -> str:
    """What is said, with what Spark says in types of its own put into words."""
    missing = _NO_COLUMN.search(said)
    if missing is None:
        return said
    there = ", ".join(_COLUMN.findall(missing["schema"]))
    return (
        f"the table has no column {missing['name']}, which the frame has; its columns are {there}:"
        " drop or rename the field, or add the column with preactions"
    )
