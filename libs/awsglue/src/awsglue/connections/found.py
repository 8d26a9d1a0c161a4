"""Which files a read takes: all that are there, a sample, the oldest, or those that the job's bookmark has not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from awsglue.bookmarks import session
from awsglue.bookmarks.sources import unread
from awsglue.bookmarks.window import Rule
from awsglue.connections.scope import SampleSize, TableFiles
from awsglue.files import File, Listing, exists, files_below, listed
from awsglue.formats.format import Format
from awsglue.notices import notice
from awsglue.options import OptionError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

#: The storage class of every file here.
STANDARD = "STANDARD"
#: Paths of a table that are told to whoever looks at the bookmark; of more, none is.
_MOST_PATHS = 1000

Found = dict[str, list[File]]


def files_found(
    spark: SparkSession,
    checked: Mapping[str, Any],
    format_: Format,
    *,
    table: TableFiles | None,
    sample: SampleSize | None,
    transformation_ctx: str,
) -> Found:
    """The files at each path, given the checked options of the connection.

    With a transformation_ctx, in a run with job bookmarks, they are those that the job's runs have not read. A sample
    is of all files, and the bookmark does not know of it.
    """
    if checked["boundedFiles"] is not None and checked["boundedSize"] is not None:
        raise OptionError("the s3 options boundedFiles and boundedSize exclude each other: give one of them")
    listing = Listing(
        recurse=checked["recurse"],
        # Every file here is of the class STANDARD.
        exclusions=("**",) if STANDARD in checked["excludeStorageClasses"] else tuple(checked["exclusions"]),
        partition_folders=format_.partition_folders and not table,
    )
    paths = list(table.places if table else checked["paths"])
    context = None
    if transformation_ctx and not sample:
        context = session.of(spark).context(transformation_ctx, _source(checked, format_, listing, table))
    if context:
        rule = Rule(
            band_ms=checked["maxBand"],
            most_in_band=checked["maxFilesInBand"],
            most_files=checked["boundedFiles"],
            most_bytes=checked["boundedSize"],
        )
        return unread(context, paths, rule, listing, lambda which: _listed(spark, paths, which, table))
    return _all(spark, paths, listing, checked, table, sample)


def _all(
    spark: SparkSession,
    paths: list[str],
    listing: Listing,
    checked: Mapping[str, Any],
    table: TableFiles | None,
    sample: SampleSize | None,
) -> Found:
    files: Found = {}
    for path in paths[: sample.paths] if sample else paths:
        files[path] = [] if _is_missing(spark, path, table) else files_below(spark, path, listing)
        if sample:
            files[path] = files[path][: sample.files]
    return _bounded(files, checked["boundedFiles"], checked["boundedSize"])


def _bounded(found: Found, most_files: int | None, most_bytes: int | None) -> Found:
    """The files that a bound lets through, oldest first; the one with which boundedSize is reached is among them."""
    if most_files is None and most_bytes is None:
        return found
    chosen: set[File] = set()
    size = 0
    everything = {file for files in found.values() for file in files}
    for file in sorted(everything, key=lambda file: (file.modified, file.path)):
        if len(chosen) == most_files or (most_bytes is not None and size >= most_bytes):
            break
        chosen.add(file)
        size += file.size
    return {path: [file for file in files if file in chosen] for path, files in found.items()}


def _listed(spark: SparkSession, paths: list[str], listing: Listing, table: TableFiles | None) -> Iterator[File]:
    for path in paths:
        if not _is_missing(spark, path, table):
            yield from listed(spark, path, listing)


def _is_missing(spark: SparkSession, path: str, table: TableFiles | None) -> bool:
    """Whether a table has a partition whose folder is not there, which is no error as a wrong path is."""
    if table is None or exists(spark, path):
        return False
    notice(f"the table {table.name} has no files at {path}, which is not there")
    return True


def _source(checked: Mapping[str, Any], format_: Format, listing: Listing, table: TableFiles | None) -> dict[str, Any]:
    """The source for whoever looks at the bookmark, or wants to know what the next run would read; as JSON."""
    paths = list(table.places if table else checked["paths"])
    return {
        "kind": "s3",
        **({"table": table.name} if table else {}),
        "paths": paths if len(paths) <= _MOST_PATHS else [],
        "format": format_.name,
        "recurse": listing.recurse,
        "exclusions": list(listing.exclusions),
        "partition_folders": listing.partition_folders,
        "max_band_ms": checked["maxBand"],
        "max_files_in_band": checked["maxFilesInBand"],
        "bounded_files": checked["boundedFiles"],
        "bounded_size": checked["boundedSize"],
    }
