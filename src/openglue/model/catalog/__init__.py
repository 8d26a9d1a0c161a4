"""The Data Catalog: databases, tables and their partitions, connections.

Names of databases and tables are kept in lower case, as Glue keeps them; a request may write them as it likes. What a
request says is kept and returned as it was given, and what has no meaning here is refused by name: see `refusals`.
"""

from openglue.model.catalog.database import Database, database_members, new_database, updated_database
from openglue.model.catalog.names import folded
from openglue.model.catalog.pattern import NamePattern, PatternError
from openglue.model.catalog.refusals import refuse
from openglue.model.catalog.table import Table, index_members, new_table, selected, table_members, updated_table

__all__ = [
    "Database",
    "NamePattern",
    "PatternError",
    "Table",
    "database_members",
    "folded",
    "index_members",
    "new_database",
    "new_table",
    "refuse",
    "selected",
    "table_members",
    "updated_database",
    "updated_table",
]
