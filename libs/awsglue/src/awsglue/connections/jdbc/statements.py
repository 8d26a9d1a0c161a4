"""SQL that is executed beside a write: preactions and postactions, in their order, on one connection."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from awsglue.connections.jdbc.failure import refusals

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from awsglue.connections.jdbc.access import Access

#: What a semicolon may stand in without ending a statement, or is one itself.
_TOKEN = re.compile(
    r"""
      '(?:[^']|'')*'
    | "(?:[^"]|"")*"
    | `[^`]*`
    | (?P<dollar>\$\w*\$).*?(?P=dollar)
    | --[^\n]*
    | /\*.*?\*/
    | (?P<end>;)
    | .
    """,
    re.DOTALL | re.VERBOSE,
)


def statements(text: str) -> list[str]:
    """The statements of a text in which semicolons divide them, those in quotes and comments left alone."""
    found = [""]
    for token in _TOKEN.finditer(text):
        if token["end"]:
            found.append("")
        else:
            found[-1] += token.group()
    return [statement.strip() for statement in found if statement.strip()]


class Statements:
    """A connection that executes statements, each of them its own transaction."""

    def __init__(self, spark: SparkSession, access: Access, connection: Any) -> None:
        self._spark = spark
        self._access = access
        self._connection = connection

    def execute(self, text: str, option: str) -> None:
        """Execute what an option holds. DatabaseError names the option and the statement's number."""
        for number, statement in enumerate(statements(text), 1):
            with refusals(self._spark, self._access, f"statement {number} of {option}"):
                prepared = self._connection.createStatement()
                try:
                    prepared.execute(statement)
                finally:
                    prepared.close()


@contextmanager
def connected(spark: SparkSession, access: Access) -> Iterator[Statements]:
    """A connection of the driver program, for as long as the block runs."""
    jvm: Any = spark._jvm  # noqa: SLF001 - the way to Java's own classes
    with refusals(spark, access, "connecting"):
        connection = open_connection(jvm, access)
        connection.setAutoCommit(True)
    try:
        yield Statements(spark, access, connection)
    finally:
        connection.close()


def open_connection(jvm: Any, access: Access) -> Any:
    """A java.sql.Connection, made by the driver that Spark would use."""
    options = access.options()
    settings = jvm.java.util.HashMap()
    for name, value in {**options, "dbtable": "none"}.items():
        settings.put(name, value)
    jdbc = jvm.org.apache.spark.sql.execution.datasources.jdbc
    scala = jvm.PythonUtils.toScalaMap(settings)
    return (
        jvm.org.apache.spark.sql.jdbc.JdbcDialects.get(access.url)
        .createConnectionFactory(jdbc.JDBCOptions(scala))
        .apply(-1)
    )
