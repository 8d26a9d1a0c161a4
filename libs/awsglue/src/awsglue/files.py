"""The files below a path, through Hadoop's file systems: s3://, s3a:// and local paths alike."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from awsglue.globs import compile_glob, excluded

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_NO_BUCKET = re.compile(r"Could not initialize target File System for URI : s3[an]?://([^/\s]+)")
_NOT_FOUND = "java.io.FileNotFoundException"


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
) -> list[str]:
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
            if not excluded(file, _folder(root), patterns)
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


def _walk(file_system: Any, status: Any, *, recurse: bool, partition_folders: bool) -> Iterator[str]:
    if not status.isDirectory():
        yield status.getPath().toString()
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
                yield child.getPath().toString()


def first_lines(spark: SparkSession, file: str) -> Iterator[str]:
    """The lines of a text file, as many as are asked for; compressed ones are unpacked by their name."""
    jvm = spark._jvm  # noqa: SLF001
    conf = spark._jsc.hadoopConfiguration()  # noqa: SLF001
    path = jvm.org.apache.hadoop.fs.Path(file)
    with clear_errors(file):
        stream = path.getFileSystem(conf).open(path)
    try:
        codec = jvm.org.apache.hadoop.io.compress.CompressionCodecFactory(conf).getCodec(path)
        if codec is not None:
            stream = codec.createInputStream(stream)
        reader = jvm.java.io.BufferedReader(jvm.java.io.InputStreamReader(stream, "UTF-8"))
        while (line := reader.readLine()) is not None:
            yield line
    finally:
        stream.close()
