"""SQL that is executed beside reads and writes, on a connection of the driver program: actions, questions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from awsglue.connections.jdbc.failure import refusals

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from awsglue.connections.jdbc.access import Access

#: What a semicolon may stand in without ending a statement, or is one itself. `{text}` is the inside of a text.
_PIECE = r"""
      '(?:{text})*'
    | "(?:[^"]|"")*"
    | `[^`]*`
    | (?P<dollar>\$\w*\$).*?(?P=dollar)
    | --[^\n]*
    | /\*.*?\*/
    | (?P<end>;)
    | .
"""
_PLAIN, _ESCAPED = (
    re.compile(_PIECE.replace("{text}", text), re.DOTALL | re.VERBOSE) for text in (r"[^']|''", r"[^'\\]|\\.|''")
)
#: A part of a table's name, quoted or not.
_PART = re.compile(r'"[^"]+"|`[^`]+`|[\w$]+')


def statements(text: str, *, escapes: bool = False) -> list[str]:
    """The statements of a text in which semicolons divide them, those in quotes and comments left alone. With `escapes`
    a backslash in quotes takes its meaning from what follows.
    """
    found = [""]
    for piece in (_ESCAPED if escapes else _PLAIN).finditer(text):
        if piece["end"]:
            found.append("")
        else:
            found[-1] += piece.group()
    return [statement.strip() for statement in found if statement.strip()]


class Statements:
    """A connection of the driver program that executes statements, each of them its own transaction."""

    def __init__(self, spark: SparkSession, access: Access, connection: Any) -> None:
        self._spark = spark
        self._access = access
        self._connection = connection

    def execute(self, text: str, option: str) -> None:
        """Execute what an option holds. DatabaseError names the option and the statement's number."""
        for number, statement in enumerate(statements(text, escapes=self._access.database.escapes), 1):
            with refusals(self._spark, self._access, f"statement {number} of {option}"):
                made = self._connection.createStatement()
                try:
                    made.execute(statement)
                finally:
                    made.close()

    def first(self, query: str, what: str) -> list[str | None] | None:
        """The values of a query's first row, as the database writes them; None when there is no row."""
        with refusals(self._spark, self._access, what):
            statement = self._connection.createStatement()
            try:
                rows = statement.executeQuery(query)
                if not rows.next():
                    return None
                return [rows.getString(number + 1) for number in range(rows.getMetaData().getColumnCount())]
            finally:
                statement.close()

    def primary_key(self, table: str) -> list[str]:
        """The columns of a table's primary key in their order; none when it has none, or the name is of a query."""
        parts = _PART.findall(table)
        if ".".join(parts) != table:
            return []
        names = [_folded(part, self._connection.getMetaData()) for part in parts]
        catalog, schema = self._connection.getCatalog(), names[-2] if len(names) > 1 else None
        if self._access.database.name == "mysql":
            # What is a schema elsewhere is a catalog there.
            catalog, schema = schema or catalog, None
        elif schema is None:
            schema = self._connection.getSchema()
        with refusals(self._spark, self._access, f"looking for the primary key of {table}"):
            rows = self._connection.getMetaData().getPrimaryKeys(catalog, schema, names[-1])
            found = {}
            while rows.next():
                found[rows.getInt("KEY_SEQ")] = rows.getString("COLUMN_NAME")
            rows.close()
        return [found[position] for position in sorted(found)]


def _folded(name: str, metadata: Any) -> str:
    """A name of SQL as the database keeps it."""
    if name[0] in '"`':
        return name[1:-1]
    if metadata.storesLowerCaseIdentifiers():
        return name.lower()
    return name.upper() if metadata.storesUpperCaseIdentifiers() else name


@contextmanager
def connected(spark: SparkSession, access: Access) -> Iterator[Statements]:
    """A connection of the driver program, for as long as the block runs."""
    jvm: Any = spark._jvm  # noqa: SLF001 - the way to Java's own classes
    with refusals(spark, access, "connecting"):
        connection = _open(jvm, access)
        connection.setAutoCommit(True)
    try:
        yield Statements(spark, access, connection)
    finally:
        connection.close()


def _open(jvm: Any, access: Access) -> Any:
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
