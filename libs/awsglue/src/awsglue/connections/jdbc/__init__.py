"""Tables of databases, read and written over JDBC.

connection.py      the connection types, and tables that the Data Catalog knows
options.py         what options there are
access.py          how a database is reached: options, connections of the catalog, secrets
databases.py       the kinds of databases and what of their SQL differs
relation.py        what is read, and how the read is divided
reading.py, writing.py, statements.py
driver.py          the driver's class
failure.py         what the database refuses, without secrets
"""

from awsglue.connections.jdbc.connection import TYPES, conf, connection_type_of, read_table, write_table

__all__ = ["TYPES", "conf", "connection_type_of", "read_table", "write_table"]
