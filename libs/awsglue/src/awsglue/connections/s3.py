"""Files in S3, or in any file system that the session knows, local ones among them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from awsglue import formats
from awsglue.bookmarks.state import MAX_BAND_MS
from awsglue.bookmarks.window import MOST_IN_BAND
from awsglue.connections.found import STANDARD, files_found
from awsglue.connections.labels import labelled
from awsglue.connections.scope import SampleSize, TableFiles, labels_of
from awsglue.files import COMPRESSIONS, File, clear_errors
from awsglue.formats.format import Format, Sink, Source
from awsglue.globs import compile_glob
from awsglue.gluetypes import StructType
from awsglue.notices import notice
from awsglue.options import (
    BOOLEAN,
    COUNT,
    JSON_TEXTS,
    TEXT,
    TEXT_OR_TEXTS,
    TEXTS,
    Kind,
    Option,
    OptionError,
    check,
    one_of,
    some_of,
)
from awsglue.plan import Plan, Records

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

#: Above so many files AWS groups them without being asked.
_MANY = 50_000
#: The classes of S3, as the option excludeStorageClasses spells them.
STORAGE_CLASSES = (
    STANDARD,
    "INTELLIGENT_TIERING",
    "STANDARD_IA",
    "ONEZONE_IA",
    "GLACIER",
    "GLACIER_IR",
    "DEEP_ARCHIVE",
    "REDUCED_REDUNDANCY",
)


def _exclusions(value: Any) -> list[str]:
    globs: list[str] = JSON_TEXTS.convert(value)
    for glob in globs:
        compile_glob(glob)
    return globs


#: What is a list of paths in one text, or names no bucket.
_NO_PLACE = re.compile(r"\[|s3[an]?:(?!//[^/])")


def _path(value: Any) -> str:
    if _NO_PLACE.match(TEXT.convert(value)):
        raise ValueError(value)
    return str(value)


_PATH = Kind(expects="a path, such as s3://bucket/folder/", convert=_path)
_PATHS = Kind(
    expects="a text or a list of texts, each a path such as s3://bucket/folder/",
    convert=lambda value: [_path(one) for one in TEXT_OR_TEXTS.convert(value)],
)

OPTIONS = (
    Option(name="paths", kind=_PATHS, uses=("read",)),
    Option(name="path", kind=_PATH, uses=("write",)),
    Option(name="recurse", kind=BOOLEAN, default=False, uses=("read",)),
    Option(name="exclusions", kind=Kind(expects=JSON_TEXTS.expects, convert=_exclusions), default=[], uses=("read",)),
    Option(name="compressionType", kind=TEXT, aliases=("compression",)),
    Option(name="partitionKeys", kind=TEXTS, default=[], uses=("write",)),
    Option(name="isFailFast", kind=BOOLEAN, default=False, uses=("read",)),
    Option(name="mergeSchema", kind=BOOLEAN, uses=("read",)),
    Option(name="groupFiles", kind=one_of("inPartition", "none"), uses=("read",)),
    Option(name="groupSize", kind=COUNT, default=0, uses=("read",)),
    Option(name="maxBand", kind=COUNT, default=MAX_BAND_MS, uses=("read",)),
    Option(name="maxFilesInBand", kind=COUNT, default=MOST_IN_BAND, uses=("read",)),
    Option(name="boundedFiles", kind=COUNT, uses=("read",)),
    Option(name="boundedSize", kind=COUNT, uses=("read",)),
    Option(name="excludeStorageClasses", kind=some_of(*STORAGE_CLASSES), default=[], uses=("read",)),
    Option(name="useS3ListImplementation", kind=BOOLEAN, uses=("read",), no_effect="there is one way to list files"),
    Option(name="attachFilename", kind=TEXT, uses=("read",)),
    Option(name="attachTimestamp", kind=TEXT, uses=("read",)),
    # What these two ask for is done around the writing of the files: see catalog.writing.
    Option(name="enableUpdateCatalog", kind=BOOLEAN, default=False, uses=("write",)),
    Option(name="updateBehavior", kind=one_of("UPDATE_IN_DATABASE", "LOG"), uses=("write",)),
    Option(name="useFrameName", kind=BOOLEAN, default=False, uses=("write",)),
)


def read(
    spark: SparkSession,
    options: Mapping[str, Any],
    format_name: str | Format | None,
    format_options: Mapping[str, Any],
    *,
    table: TableFiles | None = None,
    sample: SampleSize | None = None,
    transformation_ctx: str = "",
) -> Plan:
    """A plan to read files. The options are checked and the files are looked up at once, so that a wrong path fails
    where it is written; what is in the files is looked at when it is needed.

    The files of a table are where it says instead of at `paths`; of these, one that is not there has no files. With a
    transformation_ctx, in a run with job bookmarks, the files are those that the job's runs have not read.
    """
    format_ = format_name if isinstance(format_name, Format) else formats.named(format_name)
    if format_.read is None:
        raise ValueError(f"the format {format_.name!r} can only be written; read its files as 'parquet'")
    # AWS documents the first two among the options of formats.
    attach = {name: format_options[name] for name in ("attachFilename", "attachTimestamp") if name in format_options}
    checked = check({**options, **attach}, OPTIONS, what="s3", use="read")
    if not table and not checked["paths"]:
        raise OptionError("the s3 option paths is missing: a list of files, folders or prefixes")
    format_options = {name: value for name, value in format_options.items() if name not in attach}
    format_checked = check(format_options, format_.options, what=f"{format_.name} format", use="read")
    _pass_on_merge_schema(checked, format_, format_checked)
    found = files_found(spark, checked, format_, table=table, sample=sample, transformation_ctx=transformation_ctx)
    _check_compression(checked["compressionType"], format_, found)
    labels = labels_of(found, table, checked["attachFilename"], checked["attachTimestamp"])
    source = Source(
        spark=spark,
        found=found,
        options=format_checked,
        fail_fast=checked["isFailFast"],
        compression=checked["compressionType"] or "",
        grouped=_grouped(checked, format_, found),
        group_size=checked["groupSize"],
        columns=table.columns if table else None,
        partition_folders=not table,
        origins=labels.differ,
    )
    reading = format_.read
    return Plan(lambda: labelled(reading(source), labels))


def _grouped(checked: Mapping[str, Any], format_: Format, found: Mapping[str, list[File]]) -> bool:
    """Whether many files go to one task: on request, and by itself where there are very many, as on AWS."""
    asked = checked["groupFiles"] == "inPartition"
    if not asked and (checked["groupFiles"] == "none" or sum(map(len, found.values())) <= _MANY):
        if checked["groupSize"]:
            notice("the s3 option groupSize has no effect: it needs groupFiles='inPartition'")
        return False
    if asked and not format_.groups:
        notice(f"the s3 option groupFiles has no effect: {format_.name} files are not grouped, as on AWS")
    elif asked and not all(file.local for files in found.values() for file in files):
        notice("the s3 option groupFiles has no effect: it is for files that this machine can open itself")
    return format_.groups


def _pass_on_merge_schema(checked: dict[str, Any], format_: Format, format_checked: dict[str, Any]) -> None:
    if checked["mergeSchema"] is None:
        return
    if "mergeSchema" in format_checked:
        format_checked["mergeSchema"] = checked["mergeSchema"]
    else:
        notice(f"the s3 option mergeSchema has no effect: {format_.name} files have no schema of their own")


def _check_compression(compression: str | None, format_: Format, found: Mapping[str, list[File]]) -> None:
    if compression is None:
        return
    if compression not in COMPRESSIONS:
        words = ", ".join(COMPRESSIONS)
        raise OptionError(f"s3 option compressionType: {compression!r} will not do, it must be one of {words}")
    if not format_.archives:
        notice(f"the s3 option compressionType has no effect: {format_.name} files say themselves how they are packed")
        return
    for file in (file for files in found.values() for file in files if not file.compression() and not file.local):
        raise NotImplementedError(
            f"compressionType {compression!r} is understood only from names that end in {COMPRESSIONS[compression]}"
            f" where files are not on this machine, and {file.path} does not: rename it"
        )


def write(
    spark: SparkSession,
    records: Records,
    options: Mapping[str, Any],
    format_name: str | None,
    format_options: Mapping[str, Any],
    *,
    name: str,
) -> None:
    """Add files to the folder `path`, below it in `name` with the option useFrameName. Nothing is overwritten, and a
    frame without fields writes nothing.
    """
    format_ = formats.named(format_name)
    if format_.write is None:
        raise ValueError(f"the format {format_.name!r} can only be read")
    checked = check(options, OPTIONS, what="s3", use="write")
    if not checked["path"]:
        raise OptionError("the s3 option path is missing: the folder to write to")
    format_checked = check(format_options, format_.options, what=f"{format_.name} format", use="write")
    path = checked["path"]
    if checked["useFrameName"]:
        path = f"{path.rstrip('/')}/{name}"
    codec = _codec(checked["compressionType"], format_)
    if not records.schema.fields:
        return
    check_partition_keys(checked["partitionKeys"], records.schema)
    sink = Sink(
        spark=spark,
        path=path,
        partition_keys=checked["partitionKeys"],
        codec=codec,
        options=format_checked,
        errors=partial(clear_errors, place="the s3 option path"),
    )
    format_.write(records, sink)


def _codec(compression: str | None, format_: Format) -> str:
    if not compression:
        return ""
    if compression.lower() not in format_.codecs:
        words = ", ".join(format_.codecs)
        raise OptionError(
            f"s3 option compression: {compression!r} will not do, for {format_.name} it must be one of {words}"
        )
    return format_.codecs[compression.lower()]


def check_partition_keys(keys: list[str], schema: StructType) -> None:
    """OptionError unless the keys are fields of what is written, and leave others."""
    names = [field.name for field in schema]
    missing = [key for key in keys if key not in names]
    if missing:
        raise OptionError(f"the partitionKeys {', '.join(missing)} are no fields of the frame: {', '.join(names)}")
    if keys and set(keys) == set(names):
        raise OptionError("the partitionKeys are all fields of the frame, which leaves nothing to write")
