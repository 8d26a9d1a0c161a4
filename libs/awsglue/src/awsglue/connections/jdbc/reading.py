"""From a database into a DataFrame."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from typing import TYPE_CHECKING, Any

from awsglue.bookmarks import session
from awsglue.connections.jdbc import url as urls
from awsglue.connections.jdbc.access import Access
from awsglue.connections.jdbc.bookmark import unread
from awsglue.connections.jdbc.driver import provide
from awsglue.connections.jdbc.failure import refusals
from awsglue.connections.jdbc.relation import Relation, all_of, divisions, inner, relation
from awsglue.connections.jdbc.statements import connected
from awsglue.options import OptionError
from awsglue.plan import Plan, Records

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

#: Spark's own way to divide a read, which AWS documents for custom.jdbc.
_STRIDES = ("partitionColumn", "lowerBound", "upperBound", "numPartitions")
#: Options that say which rows of which database are read, and are no secrets.
_REPEATED = (
    *("connectionName", "useConnectionProperties", "catalogId", "database", "className", "customJdbcDriverS3Path"),
    *("dbtable", "query", "sampleQuery", "enablePartitioningForSampleQuery", "hashfield", "hashexpression"),
    *("filterPredicate", "jobBookmarkKeys", "jobBookmarkKeysSortOrder"),
)


def read(spark: SparkSession, access: Access, options: Mapping[str, Any], transformation_ctx: str = "") -> Plan:
    """A plan to read what the checked options ask for. The database is asked for its columns at once, so that a wrong
    password or table fails where it is written; rows are read when they are needed. With a transformation_ctx, in a run
    with job bookmarks, they are those that the job's runs have not read.
    """
    from awsglue.sparktypes import struct_from_spark

    source = relation(options)
    strides = _strides(options)
    provide(spark, access)
    what = f"reading {options['dbtable'] or 'a query'}"
    with refusals(spark, access, what):
        rows = _load(spark, access, source.source, options, strides)
    schema = struct_from_spark(rows.schema)
    divided = divisions(options, access.database, source, schema)
    narrow = [options["filterPredicate"]] if options["filterPredicate"] else []
    # Of a sample a bookmark could not tell what was not read.
    ctx = "" if options["sampleSize"] else transformation_ctx
    context = session.of(spark).context(ctx, _told(access, options))
    if context:
        with connected(spark, access) as connection:
            narrow += unread(context, connection, access, source.source, narrow, schema, options)
    if divided or narrow:
        _try(spark, access, source, options, divided)
        with refusals(spark, access, what):
            rows = _narrowed(spark, access, source, options, narrow, divided, strides)
    if options["sampleSize"]:
        rows = rows.limit(options["sampleSize"])
    return Plan(lambda: Records(dataframe=rows, schema=schema))


def _try(spark: SparkSession, access: Access, source: Relation, options: Mapping[str, Any], divided: list[str]) -> None:
    """Let the database look at the script's own SQL, which it else sees only when rows are read. DatabaseError names
    the option.
    """
    for option, conditions in (("filterPredicate", [options["filterPredicate"]]), ("hashexpression", divided[:1])):
        if options[option] and conditions:
            query = f"SELECT * FROM {source.source} WHERE {all_of(conditions)}"  # noqa: S608 - the script's own SQL
            with refusals(spark, access, f"the jdbc option {option}, {options[option]!r},"):
                # An open query may be narrowed by columns that it does not select.
                narrowed = source.narrowed(all_of(conditions)) if source.open_query else inner(query)
                _load(spark, access, narrowed, options, {})


def _told(access: Access, options: Mapping[str, Any]) -> dict[str, Any]:
    """The source for whoever looks at the bookmark; as JSON, and without secrets."""
    return {
        "kind": "jdbc",
        "url": urls.shown(access.url),
        "table": options["dbtable"] or "",
        "query": options["query"] or options["sampleQuery"] or "",
        "filter": options["filterPredicate"] or "",
        "keys": options["jobBookmarkKeys"] or [],
        "order": options["jobBookmarkKeysSortOrder"],
        **_repeatable(options),
    }


def _repeatable(options: Mapping[str, Any]) -> dict[str, Any]:
    """The options with which whoever looks at the bookmark can make the same source. There are none where the script
    has more of the database than the name of its connection, since that may be secret.
    """
    if options["url"] or options["user"] or options["password"] or options["secretId"]:
        return {}
    return {"options": {name: options[name] for name in _REPEATED if options[name]}}


def _narrowed(
    spark: SparkSession,
    access: Access,
    source: Relation,
    options: Mapping[str, Any],
    narrow: list[str],
    divided: list[str],
    strides: Mapping[str, Any],
) -> DataFrame:
    """The rows for which the conditions of `narrow` hold, by one query for each of `divided`."""
    if source.open_query:
        # These conditions may ask for columns that the query does not select: they belong into it.
        queries = [source.narrowed(all_of([*narrow, one])) for one in divided or ["1 = 1"]]
        parts = [_load(spark, access, query, options, {}) for query in queries]
        return reduce(lambda one, other: one.union(other), parts)
    if strides:
        # With them Spark takes no conditions of its own.
        query = f"SELECT * FROM {source.source} WHERE {all_of(narrow)}"  # noqa: S608 - the script's own SQL
        return _load(spark, access, inner(query), options, strides)
    conditions = [all_of([*narrow, one]) for one in divided] or [all_of(narrow)]
    settings = {**access.options(), "fetchsize": str(options["fetchsize"])}
    return spark.read.jdbc(access.url, source.source, predicates=conditions, properties=settings)


def _load(
    spark: SparkSession, access: Access, source: str, options: Mapping[str, Any], strides: Mapping[str, Any]
) -> DataFrame:
    reader = spark.read.format("jdbc").options(**access.options(), fetchsize=options["fetchsize"], **strides)
    return reader.option("dbtable", source).load()


def _strides(options: Mapping[str, Any]) -> dict[str, Any]:
    given = {name: options[name] for name in _STRIDES if options[name] is not None}
    if given and len(given) < len(_STRIDES):
        raise OptionError(
            f"the jdbc options {', '.join(_STRIDES)} belong together: {', '.join(given)} alone will not do"
        )
    if given and (options["hashfield"] or options["hashexpression"]):
        raise OptionError("the jdbc options partitionColumn and hashfield or hashexpression exclude each other")
    return given
