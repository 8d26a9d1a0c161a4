"""The files below a path, through Hadoop's file systems: s3://, s3a:// and local paths alike."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from awsglue.globs import compile_glob, excluded

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

#: What Hadoop says of a bucket that is not mounted: the second where its scheme has a class to fall back to.
_NO_BUCKET = re.compile(
    r"(?:Could not initialize target File System for URI ?:|Not able to initialize fs in\s+\w+ for path)"
    r" s3[an]?://([^/\s]+)"
)
_NOT_FOUND = "java.io.FileNotFoundException"


@dataclass(frozen=True, kw_only=True, order=True)
class File:
    path: str
    #: Bytes, as stored.
    size: int


@contextlib.contextmanager
def clear_errors(path: str) -> Iterator[None]:
    """Say in the words of S3 what Hadoop says of its file systems: a bucket or a path that is not there."""
    from py4j.protocol import Py4JJavaError
    from pyspark.errors import AnalysisException, PySparkException

    try:
        yield
    except (Py4JJavaError, PySparkException) as error:
        bucket = _NO_BUCKET.search(str(error))
        if bucket:
            raise AnalysisException(f"The specified bucket does not exist: {bucket[1]} (NoSuchBucket)") from None
        if isinstance(error, Py4JJavaError) and error.java_exception.getClass().getName() == _NOT_FOUND:
            raise AnalysisException(f"Path does not exist: {path}") from None
        raise


def files_below(
    spark: SparkSession, path: str, *, recurse: bool, exclusions: list[str], partition_folders: bool
) -> list[File]:
    """The data files at a path, which is a file, a folder or a glob: sorted, without hidden and empty ones.

    Without `recurse` only the folder itself is looked at, and with `partition_folders` also its folders `key=value`.
    """
    patterns = [compile_glob(glob) for glob in exclusions]
    with clear_errors(path):
        file_system, roots = _roots(spark, path)
        return sorted(
            file
            for root in roots
            for file in _walk(file_system, root, recurse=recurse, partition_folders=partition_folders)
            if not excluded(file.path, _folder(root), patterns)
        )


def _roots(spark: SparkSession, path: str) -> tuple[Any, list[Any]]:
    """The file system and the statuses of what the path names."""
    # A bucket alone is no folder to Hadoop until its root is named.
    named = path + "/" if re.fullmatch(r"\w+://[^/]+", path) else path
    hadoop_path = spark._jvm.org.apache.hadoop.fs.Path(named)  # noqa: SLF001 - PySpark has no other way to Hadoop
    file_system = hadoop_path.getFileSystem(spark._jsc.hadoopConfiguration())  # noqa: SLF001
    if any(char in path for char in "*?[{") and not file_system.exists(hadoop_path):
        matches = list(file_system.globStatus(hadoop_path) or [])
        if matches:
            return file_system, matches
    return file_system, [file_system.getFileStatus(hadoop_path)]


def _folder(root: Any) -> str:
    path = root.getPath()
    return str((path if root.isDirectory() else path.getParent()).toString())


def _walk(file_system: Any, status: Any, *, recurse: bool, partition_folders: bool) -> Iterator[File]:
    if not status.isDirectory():
        yield _file(status)
        return
    folders = [status]
    while folders:
        for child in file_system.listStatus(folders.pop().getPath()):
            name = child.getPath().getName()
            if name.startswith(("_", ".")) and "=" not in name:
                continue
            if child.isDirectory():
                if recurse or (partition_folders and "=" in name):
                    folders.append(child)
            elif child.getLen() > 0:
                yield _file(child)


def _file(status: Any) -> File:
    return File(path=status.getPath().toString(), size=status.getLen())


def first_lines(spark: SparkSession, file: File) -> Generator[str]:
    """The lines of a text file, as many as are asked for; compressed ones are unpacked by their name."""
    jvm = spark._jvm  # noqa: SLF001
    with _opened(spark, file) as stream:
        reader = jvm.java.io.BufferedReader(jvm.java.io.InputStreamReader(stream, "UTF-8"))
        while (line := reader.readLine()) is not None:
            yield line


def content(spark: SparkSession, file: File, limit: int) -> bytes | None:
    """All of a small file, unpacked; None when that is more than `limit` bytes."""
    with _opened(spark, file) as stream:
        data = bytes(stream.readNBytes(limit + 1))
    return data if len(data) <= limit else None


@contextlib.contextmanager
def _opened(spark: SparkSession, file: File) -> Iterator[Any]:
    conf = spark._jsc.hadoopConfiguration()  # noqa: SLF001
    path = spark._jvm.org.apache.hadoop.fs.Path(file.path)  # noqa: SLF001
    with clear_errors(file.path):
        stream = path.getFileSystem(conf).open(path)
    try:
        codec = spark._jvm.org.apache.hadoop.io.compress.CompressionCodecFactory(conf).getCodec(path)  # noqa: SLF001
        yield stream if codec is None else codec.createInputStream(stream)
    finally:
        stream.close()
