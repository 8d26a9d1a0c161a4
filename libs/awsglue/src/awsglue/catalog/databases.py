"""Tables of the Data Catalog that are in databases: read and written over the connection that they name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from awsglue.catalog.tables import Table
from awsglue.connections import jdbc
from awsglue.options import OptionError
from awsglue.plan import Plan, Records

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

#: Options of a read that a table's parameters may have, as AWS documents them.
_PROPERTIES = ("hashfield", "hashexpression", "hashpartitions")


def connection_of(table: Table) -> str:
    """The name of the connection to the database that the table is in; empty for a table of files."""
    return table.parameters.get("connectionName", "") if table.database_kind else ""


def read(
    spark: SparkSession, table: Table, options: Mapping[str, Any], *, catalog_id: str | None, transformation_ctx: str
) -> Plan:
    """A plan to read the table; options of the script go before parameters of the table."""
    said = {name: table.parameters[name] for name in _PROPERTIES if name in table.parameters}
    return jdbc.read_table(
        spark,
        connection_name=connection_of(table),
        location=table.location,
        options={**said, **options},
        transformation_ctx=transformation_ctx,
        catalog_id=catalog_id,
    )


def write(
    spark: SparkSession, table: Table, records: Records, options: Mapping[str, Any], *, catalog_id: str | None
) -> None:
    """Add rows to the table."""
    for name in ("enableUpdateCatalog", "updateBehavior", "partitionKeys"):
        if name in options:
            raise OptionError(f"the option {name} is for tables of files, and {table.name} is in a database")
    jdbc.write_table(
        spark,
        records,
        connection_name=connection_of(table),
        location=table.location,
        options=options,
        catalog_id=catalog_id,
    )
