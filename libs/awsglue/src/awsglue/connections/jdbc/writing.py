"""From a frame into a table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from awsglue.connections.jdbc.access import Access
from awsglue.connections.jdbc.driver import provide
from awsglue.connections.jdbc.failure import refusals
from awsglue.connections.jdbc.statements import connected
from awsglue.expressions import quoted
from awsglue.gluetypes import ArrayType, ChoiceType, Field, MapType, NullType, StructType
from awsglue.notices import notice
from awsglue.options import OptionError
from awsglue.plan import Records

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

#: What no column of a table holds, and what makes a column of it.
_NESTED = {
    ChoiceType: "a choice: use ResolveChoice",
    StructType: "a struct: use UnnestFrame or Relationalize",
    MapType: "a map: turn it into text",
    ArrayType: "an array: use Relationalize",
}


def write(spark: SparkSession, records: Records, access: Access, options: Mapping[str, Any], *, name: str) -> None:
    """Add rows to a table, which is created when it is not there, between preactions and postactions. A frame without
    fields writes nothing, and nothing is executed.
    """
    table = _table(options, name)
    provide(spark, access)
    rows = _writable(records, access)
    if not rows.columns:
        return
    if options["bulkSize"]:
        rows = rows.repartition(options["bulkSize"])
    with connected(spark, access) as connection:
        connection.execute(options["preactions"] or "", "preactions")
        with refusals(spark, access, f"writing to {table}"):
            rows.write.format("jdbc").options(**access.options(), dbtable=table).mode("append").save()
        connection.execute(options["postactions"] or "", "postactions")


def _table(options: Mapping[str, Any], name: str) -> str:
    if options["useFrameName"]:
        return name
    if not options["dbtable"]:
        raise OptionError("the jdbc option dbtable is missing: the table to write to")
    return str(options["dbtable"])


def _writable(records: Records, access: Access) -> DataFrame:
    """The rows with the fields that a table can have. ValueError for a field that it cannot."""
    for field in records.schema:
        if reason := _obstacle(field, access):
            raise ValueError(f"the field {field.name} cannot be a column of a table, it is {reason}")
    empty = [field.name for field in records.schema if isinstance(field.dataType, NullType)]
    if empty:
        notice(f"fields that are null in all records, and so have no type, are not written: {', '.join(empty)}")
    return records.dataframe.select(*(quoted(field.name) for field in records.schema if field.name not in empty))


def _obstacle(field: Field, access: Access) -> str:
    if isinstance(field.dataType, ArrayType) and access.database.arrays:
        inner = field.dataType.elementType
        return "an array of nested values: use Relationalize" if type(inner) in _NESTED else ""
    return _NESTED.get(type(field.dataType), "")
