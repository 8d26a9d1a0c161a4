"""The options of JDBC connections (awsglue 4)."""

from __future__ import annotations

from awsglue.options import BOOLEAN, COUNT, INTEGER, TEXT, TEXT_OR_TEXTS, Option, Use, one_of

_READ: tuple[Use, ...] = ("read",)
_WRITE: tuple[Use, ...] = ("write",)
_OVER_JDBC = "rows go over JDBC, not through files in S3"

OPTIONS = (
    # How the database is reached.
    Option(name="url", kind=TEXT, secret=True),
    Option(name="user", kind=TEXT, aliases=("username",)),
    Option(name="password", kind=TEXT, secret=True),
    Option(name="secretId", kind=TEXT, secret=True),
    Option(name="connectionName", kind=TEXT),
    Option(name="useConnectionProperties", kind=BOOLEAN, default=False),
    Option(name="catalogId", kind=TEXT),
    Option(name="database", kind=TEXT, aliases=("databaseName",)),
    Option(name="className", kind=TEXT, aliases=("customJdbcDriverClassName", "driver")),
    Option(name="customJdbcDriverS3Path", kind=TEXT),
    # What is read or written.
    Option(name="dbtable", kind=TEXT, aliases=("dbTable",)),
    Option(name="query", kind=TEXT, uses=_READ),
    Option(name="sampleQuery", kind=TEXT, uses=_READ),
    Option(name="filterPredicate", kind=TEXT, uses=_READ),
    Option(name="useFrameName", kind=BOOLEAN, default=False, uses=_WRITE),
    # How a read is divided.
    Option(name="hashfield", kind=TEXT, uses=_READ),
    Option(name="hashexpression", kind=TEXT, uses=_READ),
    Option(name="hashpartitions", kind=COUNT, uses=_READ),
    Option(name="enablePartitioningForSampleQuery", kind=BOOLEAN, default=False, uses=_READ),
    Option(name="sampleSize", kind=COUNT, uses=_READ),
    Option(name="partitionColumn", kind=TEXT, uses=_READ),
    Option(name="lowerBound", kind=INTEGER, uses=_READ),
    Option(name="upperBound", kind=INTEGER, uses=_READ),
    Option(name="numPartitions", kind=COUNT, uses=_READ),
    Option(name="fetchsize", kind=COUNT, default=1000, aliases=("fetchSize",), uses=_READ),
    # What the job's bookmark goes by.
    Option(name="jobBookmarkKeys", kind=TEXT_OR_TEXTS, uses=_READ),
    Option(name="jobBookmarkKeysSortOrder", kind=one_of("asc", "desc"), default="asc", uses=_READ),
    # How rows are written.
    Option(name="bulkSize", kind=COUNT, uses=_WRITE),
    Option(name="preactions", kind=TEXT, uses=_WRITE),
    Option(name="postactions", kind=TEXT, uses=_WRITE),
    Option(
        name="dataTypeMapping",
        kind=TEXT,
        uses=_READ,
        not_built="cast the columns in the option query, or with ApplyMapping",
    ),
    Option(name="redshiftTmpDir", kind=TEXT, no_effect=_OVER_JDBC),
    Option(name="aws_iam_role", kind=TEXT, no_effect=_OVER_JDBC),
)
