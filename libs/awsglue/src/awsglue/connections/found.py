"""Which files a read takes: all that are there, a sample, the oldest, or those that the job's bookmark has not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
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
    paths = list(table.places if table else checked["paths"])
    source = _source(checked, format_, table)
    listing = listing_of(source)
    context = session.of(spark).context(transformation_ctx, source) if transformation_ctx and not sample else None
    if context:

        def files(which: Listing) -> Iterator[File]:
            return listed_at(
                paths,
                which,
                table,
                listed=partial(listed, spark, place=_place(table)),
                exists=partial(exists, spark, place=_place(table)),
            )

        return unread(context, paths, rule_of(source), listing, files)
    return _all(spark, paths, listing, checked, table, sample)


def listing_of(source: Mapping[str, Any]) -> Listing:
    """What is listed of a source, as it is told of in a bookmark."""
    return Listing(
        recurse=source["recurse"],
        exclusions=tuple(source["exclusions"]),
        partition_folders=source["partition_folders"],
    )


def rule_of(source: Mapping[str, Any]) -> Rule:
    """By which rule a run with a bookmark chooses among the files of a source, as it is told of."""
    return Rule(
        band_ms=source["max_band_ms"],
        most_in_band=source["max_files_in_band"],
        most_files=source["bounded_files"],
        most_bytes=source["bounded_size"],
    )


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
        is_missing = _is_missing(path, table, partial(exists, spark, place=_place(table)))
        files[path] = [] if is_missing else files_below(spark, path, listing, _place(table))
        if sample:
            files[path] = files[path][: sample.files]
    return _bounded(files, checked["boundedFiles"], checked["boundedSize"])


def _place(table: TableFiles | None) -> str:
    """What names the paths, for messages."""
    return f"the table {table.name}" if table else "the s3 option paths"


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


def listed_at(
    paths: Sequence[str],
    listing: Listing,
    table: TableFiles | None,
    *,
    listed: Callable[[str, Listing], Iterator[File]],
    exists: Callable[[str], bool],
) -> Iterator[File]:
    """The files at the paths of a source, one after the other; `listed` and `exists` look into the file system."""
    for path in paths:
        if _is_missing(path, table, exists):
            continue
        created = table.created.get(path, 0) if table else 0
        if created <= listing.changed_after:
            yield from listed(path, listing)
            continue
        # A partition that is new to the catalog brings files that no run can have seen, however old they are.
        for file in listed(path, replace(listing, modified_after=-1)):
            yield replace(file, changed=max(file.changed, created))


def _is_missing(path: str, table: TableFiles | None, exists: Callable[[str], bool]) -> bool:
    """Whether a table has a partition whose folder is not there, which is no error as a wrong path is."""
    if table is None or exists(path):
        return False
    notice(f"the table {table.name} has no files at {path}, which is not there")
    return True


def _source(checked: Mapping[str, Any], format_: Format, table: TableFiles | None) -> dict[str, Any]:
    """The source for whoever looks at the bookmark, or wants to know what the next run would read; as JSON."""
    return {
        "kind": "s3",
        **({"table": table.name} if table else {}),
        # A table is the same whatever partitions come to it: its places are asked for when they are needed.
        "paths": [] if table else list(checked["paths"]),
        "format": format_.name,
        "recurse": checked["recurse"],
        # Every file here is of the class STANDARD.
        "exclusions": ["**"] if STANDARD in checked["excludeStorageClasses"] else list(checked["exclusions"]),
        "partition_folders": format_.partition_folders and not table,
        "max_band_ms": checked["maxBand"],
        "max_files_in_band": checked["maxFilesInBand"],
        "bounded_files": checked["boundedFiles"],
        "bounded_size": checked["boundedSize"],
        **({"choice": dict(table.choice)} if table else {}),
    }
