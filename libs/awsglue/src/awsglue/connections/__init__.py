"""Where frames come from and go to, one module for each kind of place."""

from __future__ import annotations

from types import ModuleType

from awsglue.connections import s3

#: Add here: a connection is a module with `read` and `write`; its name is what scripts pass as `connection_type`.
CONNECTIONS: dict[str, ModuleType] = {"s3": s3}

_SPARK_JDBC = "use spark.read.format('jdbc') and df.write.format('jdbc') with the database's driver"
#: Connection types of Glue that have no module yet, with what to do instead.
NOT_BUILT = {
    "custom.jdbc": _SPARK_JDBC,
    "custom.spark": "use spark.read with the connector's own format",
    "documentdb": "use spark.read with the MongoDB connector",
    "dynamodb": "use boto3",
    "kafka": "use spark.readStream.format('kafka') and the spark-sql-kafka package",
    "kinesis": "use spark.readStream of files that are copied there, or boto3",
    "marketplace.jdbc": _SPARK_JDBC,
    "marketplace.spark": "use spark.read with the connector's own format",
    "mongodb": "use spark.read with the MongoDB connector",
    "mysql": _SPARK_JDBC,
    "opensearch": "use spark.read with the OpenSearch connector",
    "oracle": _SPARK_JDBC,
    "orc": "use spark.read.orc",
    "parquet": "use connection_type='s3' with format='parquet'",
    "postgresql": _SPARK_JDBC,
    "redshift": _SPARK_JDBC,
    "snowflake": "use spark.read with the Snowflake connector",
    "sqlserver": _SPARK_JDBC,
}


def named(name: object) -> ModuleType:
    """The connection that a script asks for. ValueError or NotImplementedError says what there is."""
    if name in CONNECTIONS:
        return CONNECTIONS[str(name)]
    if name in NOT_BUILT:
        raise NotImplementedError(f"the connection type {name!r} is not built yet: {NOT_BUILT[str(name)]}")
    raise ValueError(f"unknown connection type {name!r}; there are: {', '.join([*CONNECTIONS, *NOT_BUILT])}")
