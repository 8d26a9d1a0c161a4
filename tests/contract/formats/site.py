"""A database that cases work with: tables of their own, statements, frames from there and to there."""
# ruff: noqa: S608 - the cases are their own SQL

from __future__ import annotations

import uuid
from typing import Any

from awsglue.connections.jdbc.access import resolve
from awsglue.connections.jdbc.options import OPTIONS
from awsglue.connections.jdbc.statements import connected
from awsglue.options import check

from .lake import Lake

#: The databases that each case of a database is for. Derby runs inside of the session, and is reached as custom.jdbc.
DATABASES = ["postgresql", "mysql", "derby"]


class Site:
    def __init__(self, lake: Lake, database: str) -> None:
        self.lake = lake
        self.database = database
        self.quote = "`" if database == "mysql" else '"'
        if database == "derby":
            self.connection_type = "custom.jdbc"
            self.options = {
                "url": f"jdbc:derby:memory:{uuid.uuid4().hex};create=true",
                "className": "org.apache.derby.jdbc.EmbeddedDriver",
            }
        else:
            self.connection_type = database
            self.options = dict(lake.databases[database])

    def table(self, columns: str = "", *rows: str) -> str:
        """The name of a table that no other case has; with columns it is made, and filled with rows in SQL."""
        name = f"t_{uuid.uuid4().hex[:12]}"
        if columns:
            self.execute(f"CREATE TABLE {name} ({columns})")
        if rows:
            self.execute(f"INSERT INTO {name} VALUES {', '.join(rows)}")
        return name

    def quoted(self, name: str) -> str:
        return f"{self.quote}{name}{self.quote}"

    def execute(self, text: str) -> None:
        checked = check(self.options, OPTIONS, what="jdbc", use="write")
        with connected(self.lake.spark, resolve(self.connection_type, checked)) as connection:
            connection.execute(text, "the case")

    def read(self, table: str | None = None, **options: Any) -> Any:
        given = {**self.options, **({"dbtable": table} if table else {}), **options}
        return self.lake.glue.create_dynamic_frame.from_options(self.connection_type, given)

    def write(self, frame: Any, table: str | None = None, **options: Any) -> Any:
        given = {**self.options, **({"dbtable": table} if table else {}), **options}
        return self.lake.glue.write_dynamic_frame.from_options(frame, self.connection_type, given)
