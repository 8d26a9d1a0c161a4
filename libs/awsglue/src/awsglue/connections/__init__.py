"""Where frames come from and go to, one module or package for each kind of place."""

from __future__ import annotations

import difflib

from awsglue.connections import jdbc, s3
from awsglue.connections.connection import Connection

#: Add here: a connection is what has `read` and `write`; its name is what scripts pass as `connection_type`.
CONNECTIONS: dict[str, Connection] = {"s3": s3, **jdbc.TYPES}

#: Connection types of Glue that have no module yet, with what to do instead.
NOT_BUILT = {
    "custom.spark": "use spark.read with the connector's own format",
    "documentdb": "use spark.read with the MongoDB connector",
    "dynamodb": "use boto3",
    "kafka": "use spark.readStream.format('kafka') and the spark-sql-kafka package",
    "kinesis": "use spark.readStream of files that are copied there, or boto3",
    "marketplace.jdbc": "use connection_type='custom.jdbc' with the connector's driver",
    "marketplace.spark": "use spark.read with the connector's own format",
    "mongodb": "use spark.read with the MongoDB connector",
    "opensearch": "use spark.read with the OpenSearch connector",
    "orc": "use spark.read.orc",
    "parquet": "use connection_type='s3' with format='parquet'",
    "snowflake": "use spark.read with the Snowflake connector",
}


def named(name: object) -> Connection:
    """The connection that a script asks for. ValueError or NotImplementedError says what there is."""
    if name in CONNECTIONS:
        return CONNECTIONS[str(name)]
    if name in NOT_BUILT:
        raise NotImplementedError(f"the connection type {name!r} is not built yet: {NOT_BUILT[str(name)]}")
    near = difflib.get_close_matches(str(name), CONNECTIONS, n=1)
    hint = f"did you mean {near[0]!r}? There are" if near else "there are"
    raise ValueError(f"unknown connection type {name!r}; {hint}: {', '.join([*CONNECTIONS, *NOT_BUILT])}")
