"""Deleting old files below a path: what GlueContext.purge_s3_path does, and purge_table for each partition."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from awsglue.connections.found import STANDARD
from awsglue.connections.s3 import STORAGE_CLASSES
from awsglue.files import NOT_FOUND, clear_errors, roots_of
from awsglue.notices import notice
from awsglue.options import HOURS, TEXT, Option, OptionError, check, some_of

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

OPTIONS = (
    Option(name="retentionPeriod", kind=HOURS, default=168.0, uses=("write",)),
    Option(name="excludeStorageClasses", kind=some_of(*STORAGE_CLASSES), default=[], uses=("write",)),
    Option(name="manifestFilePath", kind=TEXT, default="", uses=("write",)),
)
_HOUR_MS = 3_600_000
#: A folder in which the embedded S3 keeps parts of uploads; it is no part of a bucket's content.
_NOT_CONTENT = ".openglue"


def purge(spark: SparkSession, path: str, options: Mapping[str, Any] | None = None) -> None:
    """Delete every file below the path, also hidden and empty ones, that is older than `retentionPeriod` hours.

    Folders that lose their last file go as well. With `manifestFilePath` the names of what was deleted and of what
    could not be are written there, to Success.csv and Failed.csv. A path that is not there has nothing to delete, as
    scripts purge what they are about to write for the first time. A file that cannot be deleted is an error, after all
    others are gone.
    """
    checked = check(options, OPTIONS, what="purge_s3_path", use="write")
    if not isinstance(path, str) or not path:
        raise OptionError(f"purge_s3_path: {path!r} will not do, it must be a path, such as s3://bucket/folder/")
    done = Purge()
    purge_below(spark, path, checked, done, keep=True)
    tell(spark, checked, done, what="purge_s3_path", where=path)


@dataclass(frozen=True, kw_only=True)
class Purge:
    """The files that were deleted, and those that could not be."""

    deleted: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)


def purge_below(spark: SparkSession, path: str, checked: Mapping[str, Any], done: Purge, *, keep: bool) -> bool:
    """Delete what is old below the path; whether nothing is left. The folder itself goes last, or stays with `keep`."""
    before = time.time() * 1000 - checked["retentionPeriod"] * _HOUR_MS
    with clear_errors(path):
        file_system, roots = _roots(spark, path)
        if STANDARD in checked["excludeStorageClasses"]:
            return False
        # All of them, also after one that stays.
        gone = [_purge(file_system, root, before, done, keep=keep) for root in roots]
        return all(gone)


def _roots(spark: SparkSession, path: str) -> tuple[Any, list[Any]]:
    from py4j.protocol import Py4JJavaError

    try:
        return roots_of(spark, path)
    except Py4JJavaError as error:
        if error.java_exception.getClass().getName() == NOT_FOUND:
            return None, []
        raise


def tell(spark: SparkSession, checked: Mapping[str, Any], done: Purge, *, what: str, where: str) -> None:
    """Write the manifest that was asked for and a line of the log; raise for files that could not be deleted."""
    if checked["manifestFilePath"]:
        _write_manifest(spark, checked["manifestFilePath"], done.deleted, done.failed)
    count = len(done.deleted)
    notice(f"{what} deleted {count} {'file' if count == 1 else 'files'} below {where}")
    if done.failed:
        raise OSError(f"{what} could not delete {len(done.failed)} files below {where}, the first is {done.failed[0]}")


def _purge(file_system: Any, status: Any, before: float, done: Purge, *, keep: bool = False) -> bool:
    """Delete what is old at and below a status; whether nothing is left there."""
    path = status.getPath()
    if not status.isDirectory():
        if status.getModificationTime() > before:
            return False
        deleted = _delete(file_system, path)
        (done.deleted if deleted else done.failed).append(path.toString())
        return deleted
    children = [child for child in file_system.listStatus(path) if child.getPath().getName() != _NOT_CONTENT]
    # All of them, also after one that stays.
    gone = [_purge(file_system, child, before, done) for child in children]
    if keep or not children or not all(gone):
        return False
    return _delete(file_system, path)


def _delete(file_system: Any, path: Any) -> bool:
    """Whether it could be deleted; what could not is told of at the end, with all others."""
    from py4j.protocol import Py4JJavaError

    try:
        return bool(file_system.delete(path, False))
    except Py4JJavaError:
        return False


def _write_manifest(spark: SparkSession, folder: str, deleted: Sequence[str], failed: Sequence[str]) -> None:
    for name, paths in (("Success.csv", deleted), ("Failed.csv", failed)):
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows([path] for path in paths)
        with clear_errors(folder):
            target = spark._jvm.org.apache.hadoop.fs.Path(folder.rstrip("/") + "/", name)  # noqa: SLF001 - PySpark has
            stream = target.getFileSystem(spark._jsc.hadoopConfiguration()).create(target, True)  # noqa: SLF001 - no other
        try:
            stream.write(bytearray(text.getvalue().encode()))
        finally:
            stream.close()
