"""Reading tables of the Data Catalog: which of their files, and as what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from awsglue.catalog import databases
from awsglue.catalog.client import Catalog
from awsglue.catalog.layouts import Layout, layout_of, partition_layout, s3_options
from awsglue.catalog.pruning import pruned, refuse_without_keys
from awsglue.catalog.tables import Partition, Table
from awsglue.connections import s3
from awsglue.connections.scope import SampleSize, TableFiles
from awsglue.formats.format import Columns, Format
from awsglue.notices import notice
from awsglue.options import BOOLEAN, TEXT, Option, OptionError, check

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from awsglue.plan import Plan

#: What can be asked of a table beside what can be asked of files.
OPTIONS = (
    Option(name="catalogPartitionPredicate", kind=TEXT, default="", uses=("read",)),
    Option(
        name="useSparkDataSource",
        kind=BOOLEAN,
        uses=("read",),
        no_effect="it is for create_data_frame.from_catalog",
    ),
)


def read(
    spark: SparkSession,
    catalog: Catalog,
    table: Table,
    options: Mapping[str, Any],
    *,
    push_down_predicate: str = "",
    transformation_ctx: str = "",
    sample: SampleSize | None = None,
    format_: Format | None = None,
) -> Plan:
    """A plan to read a table, as files of `format_` instead of the table's own if one is given.

    The partitions are chosen and their files are looked up at once, what is in the files is read when it is needed.
    """
    if not isinstance(options, Mapping):
        raise OptionError(f"additional_options must be a dictionary, not {type(options).__name__}")
    if databases.connection_of(table):
        refuse_without_keys(table, push_down_predicate)
        return databases.read(spark, table, options, catalog_id=catalog.id, transformation_ctx=transformation_ctx)
    names = [option.name for option in OPTIONS]
    checked = check(
        {name: value for name, value in options.items() if name in names}, OPTIONS, what="catalog", use="read"
    )
    rest = {name: value for name, value in options.items() if name not in names}
    if "paths" in rest:
        raise OptionError(f"the catalog has no option paths: the table {table.name} says itself where its files are")
    _check_names(rest)
    layout = layout_of(table)
    return s3.read(
        spark,
        {**s3_options(table), **rest},
        format_ or layout.format,
        {} if format_ else layout.options,
        table=table_files(
            spark, catalog, table, predicate=push_down_predicate, expression=checked["catalogPartitionPredicate"]
        ),
        sample=sample,
        transformation_ctx=transformation_ctx,
    )


def _check_names(options: Mapping[str, Any]) -> None:
    """OptionError for an option that neither tables nor their files have, with all that there are."""
    table = (*OPTIONS, *(option for option in s3.OPTIONS if option.name != "paths"))
    known = {spelling for option in table for spelling in (option.name, *option.aliases)}
    check({name: value for name, value in options.items() if name not in known}, table, what="catalog", use="read")


def table_files(spark: SparkSession, catalog: Catalog, table: Table, *, predicate: str, expression: str) -> TableFiles:
    """The files of a table: those of the partitions that the predicate and the catalog's expression leave. Without a
    predicate Spark is not asked for anything.
    """
    layout = layout_of(table)
    chosen = _chosen(spark, catalog, table, layout, predicate, expression)
    columns = None
    if layout.format == "csv":
        columns = Columns(schema=table.columns(), header_lines=layout.header_lines, null=layout.null)
    return TableFiles(
        name=table.name,
        places={location: one.labels() if one else () for location, one in chosen.items()},
        created={location: one.created for location, one in chosen.items() if one},
        keys=table.keys(),
        columns=columns,
        choice={
            "catalog": catalog.id or "",
            "database": table.definition["DatabaseName"],
            "table": table.definition["Name"],
            "predicate": predicate,
            "expression": expression,
        },
    )


def _chosen(
    spark: SparkSession, catalog: Catalog, table: Table, layout: Layout, predicate: str, expression: str
) -> dict[str, Partition | None]:
    """Where the table's files are, with the partition there; None for those of a table that has no partition keys."""
    if not table.key_names:
        refuse_without_keys(table, predicate or expression)
        return {table.location: None}
    there = list(catalog.partitions(table, expression, columns=layout.format == "csv"))
    chosen = pruned(spark, table, there, predicate)
    if not chosen:
        if predicate or expression:
            notice(f"nothing is read: no partition of the table {table.name} fits {predicate or expression}")
        else:
            notice(f"nothing is read: the table {table.name} has partition keys and no partitions")
    places: dict[str, Partition | None] = {}
    for partition in chosen:
        location = _location(table, layout, partition)
        if location in places:
            raise ValueError(f"two partitions of the table {table.name} have one Location, {location}")
        places[location] = partition
    return places


def _location(table: Table, layout: Layout, partition: Partition) -> str:
    """Where the partition's files are. An error when they cannot be read with the table's."""
    what = f"the partition {', '.join(partition.values)} of the table {table.name}"
    own = partition_layout(table, partition)
    if own != layout:
        raise NotImplementedError(
            f"{what} has files of another form than the table: {own.format} with {own.options}, and the table has"
            f" {layout.format} with {layout.options}. Read it by itself with create_dynamic_frame.from_options"
        )
    if layout.format == "csv":
        _check_columns(table, partition, what)
    if not partition.location:
        raise ValueError(f"{what} has no Location: it has no files")
    return partition.location


def _check_columns(table: Table, partition: Partition, what: str) -> None:
    """A value of csv is found by its place: what a partition has more or less can only be at the end."""
    own = [column["Name"].lower() for column in partition.storage.get("Columns") or ()]
    names = [field.name.lower() for field in table.columns()]
    if any(one != other for one, other in zip(own, names, strict=False)):
        raise ValueError(
            f"{what} has other columns than the table, {', '.join(own)} and not {', '.join(names)}: values of csv are"
            " found by their place. Read it by itself with create_dynamic_frame.from_options"
        )
