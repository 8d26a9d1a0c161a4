"""Deleting the old files of a table: what GlueContext.purge_table does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from awsglue.catalog.client import Catalog
from awsglue.catalog.pruning import pruned, refuse_without_keys
from awsglue.catalog.tables import Table
from awsglue.connections.purge import OPTIONS as FILE_OPTIONS
from awsglue.connections.purge import Purge, purge_below, tell
from awsglue.files import exists
from awsglue.options import TEXT, Option, check

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

OPTIONS = (*FILE_OPTIONS, Option(name="partitionPredicate", kind=TEXT, default="", uses=("write",)))


def purge_files(spark: SparkSession, catalog: Catalog, table: Table, options: Mapping[str, Any]) -> None:
    """Delete what is old in the table, or in the partitions that the option partitionPredicate leaves; a partition of
    which nothing is left goes as well.
    """
    checked = check(options, OPTIONS, what="purge_table", use="write")
    predicate = checked["partitionPredicate"]
    done = Purge()
    if not table.key_names:
        refuse_without_keys(table, predicate)
        if exists(spark, table.location):
            purge_below(spark, table.location, checked, done, keep=True)
    else:
        chosen = pruned(spark, table, catalog.partitions(table), predicate)
        there = [partition for partition in chosen if partition.location and exists(spark, partition.location)]
        catalog.remove_partitions(
            table, [one for one in there if purge_below(spark, one.location, checked, done, keep=False)]
        )
    tell(spark, checked, done, what="purge_table", where=table.name)
