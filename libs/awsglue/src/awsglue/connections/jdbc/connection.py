"""The connection types that are databases, and tables of databases that the Data Catalog knows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from awsglue.connections.jdbc import databases, glueconnection, reading, writing
from awsglue.connections.jdbc.access import resolve
from awsglue.connections.jdbc.options import OPTIONS
from awsglue.notices import notice
from awsglue.options import check
from awsglue.plan import Plan, Records

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

CUSTOM = "custom.jdbc"


@dataclass(frozen=True, kw_only=True)
class Jdbc:
    """One connection type."""

    name: str

    def read(
        self,
        spark: SparkSession,
        options: Mapping[str, Any],
        format_name: str | None,
        format_options: Mapping[str, Any],
        *,
        transformation_ctx: str = "",
    ) -> Plan:
        """A plan to read a table or a query."""
        _refuse_format(format_name, format_options)
        checked = check(options, OPTIONS, what="jdbc", use="read")
        return reading.read(spark, resolve(self.name, checked), checked, transformation_ctx)

    def write(
        self,
        spark: SparkSession,
        records: Records,
        options: Mapping[str, Any],
        format_name: str | None,
        format_options: Mapping[str, Any],
        *,
        name: str,
    ) -> None:
        """Add rows to a table, which is made when it is not there."""
        _refuse_format(format_name, format_options)
        checked = check(options, OPTIONS, what="jdbc", use="write")
        writing.write(spark, records, resolve(self.name, checked), checked, name=name)


#: The connection types by name.
TYPES = {name: Jdbc(name=name) for name in ("mysql", "oracle", "postgresql", "redshift", "sqlserver", CUSTOM)}


def conf(connection_name: str, catalog_id: str | None = None) -> dict[str, str]:
    """What extract_jdbc_conf answers."""
    return glueconnection.get(connection_name, catalog_id).conf()


def connection_type_of(connection_name: str, catalog_id: str | None = None) -> str:
    """The connection type of a connection of the Data Catalog, by its URL."""
    name = databases.of_url(glueconnection.get(connection_name, catalog_id).url).name
    return name if name in TYPES else CUSTOM


def read_table(
    spark: SparkSession,
    *,
    connection_name: str,
    location: str,
    options: Mapping[str, Any],
    transformation_ctx: str = "",
    catalog_id: str | None = None,
) -> Plan:
    """A plan to read a table that the Data Catalog knows: its connection, its Location (`database.schema.table`, or
    `database.table` where there are no schemas) and what the table's parameters and the script say of the read.
    """
    connection = TYPES[connection_type_of(connection_name, catalog_id)]
    given = _at(connection_name, location, options, catalog_id)
    return connection.read(spark, given, None, {}, transformation_ctx=transformation_ctx)


def write_table(
    spark: SparkSession,
    records: Records,
    *,
    connection_name: str,
    location: str,
    options: Mapping[str, Any],
    catalog_id: str | None = None,
) -> None:
    """Add rows to a table that the Data Catalog knows."""
    connection = TYPES[connection_type_of(connection_name, catalog_id)]
    connection.write(spark, records, _at(connection_name, location, options, catalog_id), None, {}, name=location)


def _at(connection_name: str, location: str, options: Mapping[str, Any], catalog_id: str | None) -> dict[str, Any]:
    database, _, table = location.partition(".")
    place = {"dbtable": table, "database": database} if table else {"dbtable": location}
    named = {"connectionName": connection_name, "useConnectionProperties": True, "catalogId": catalog_id}
    return {**place, **options, **named}


def _refuse_format(format_name: str | None, format_options: Mapping[str, Any]) -> None:
    if format_name or format_options:
        notice("format and format_options have no effect: a database's tables have no format")
