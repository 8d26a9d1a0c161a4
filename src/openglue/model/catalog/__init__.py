"""The Data Catalog: databases, tables and their partitions, connections.

Names of databases and tables are kept in lower case, as Glue keeps them; a request may write them as it likes. What a
request says is kept and returned as it was given, and what has no meaning here is refused by name: see `refusals`.
"""

from openglue.model.catalog.connection import (
    Connection,
    connection_members,
    is_wanted,
    new_connection,
    updated_connection,
)
from openglue.model.catalog.database import Database, database_members, new_database, updated_database
from openglue.model.catalog.names import folded
from openglue.model.catalog.partition import (
    Partition,
    Segment,
    check_values,
    new_partition,
    partition_key,
    partition_members,
    updated_partition,
)
from openglue.model.catalog.pattern import NamePattern, PatternError
from openglue.model.catalog.predicate import NULL_VALUE, parse_predicate
from openglue.model.catalog.refusals import refuse
from openglue.model.catalog.table import Table, index_members, new_table, selected, table_members, updated_table

__all__ = [
    "NULL_VALUE",
    "Connection",
    "Database",
    "NamePattern",
    "Partition",
    "PatternError",
    "Segment",
    "Table",
    "check_values",
    "connection_members",
    "database_members",
    "folded",
    "index_members",
    "is_wanted",
    "new_connection",
    "new_database",
    "new_partition",
    "new_table",
    "parse_predicate",
    "partition_key",
    "partition_members",
    "refuse",
    "selected",
    "table_members",
    "updated_connection",
    "updated_database",
    "updated_partition",
    "updated_table",
]
