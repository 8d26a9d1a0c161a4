"""The files below a path, through Hadoop's file systems: s3://, s3a:// and local paths alike.

A path may lead to a folder of this machine, as buckets here do. Such files are listed and opened directly: asking the
JVM costs half a millisecond for each.
"""

from __future__ import annotations

import bz2
import contextlib
import gzip
import io
import os
import re
import zlib
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from stat import S_ISDIR
from typing import IO, TYPE_CHECKING, Any

from awsglue.causes import causes, words
from awsglue.globs import compile_glob, excluded

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

#: What Hadoop says of a bucket that is not mounted: the second where its scheme has a class to fall back to.
_NO_BUCKET = re.compile(
    r"(?:Could not initialize target File System for URI ?:|Not able to initialize fs in\s+\w+ for path)"
    r" s3[an]?://([^/\s]+)"
)
#: What Hadoop raises for a path that is not there.
NOT_FOUND = "java.io.FileNotFoundException"
#: What Hadoop raises for a scheme that nobody serves, and for a folder that is to be made where a file is.
_NO_FILE_SYSTEM = "org.apache.hadoop.fs.UnsupportedFileSystemException"
_NO_FOLDER = ("org.apache.hadoop.fs.ParentNotDirectoryException", "org.apache.hadoop.fs.FileAlreadyExistsException")
_NO_PATH = re.compile(r"URISyntaxException|Can not create a Path")
#: Compressions that files are unpacked from here, with the ends of their names.
COMPRESSIONS = {"gzip": ".gz", "bzip2": ".bz2"}
#: Ends of names of files that only Hadoop can unpack.
_HADOOP_ONLY = (".deflate", ".lz4", ".snappy", ".zst")


@dataclass(frozen=True, kw_only=True, slots=True)
class File:
    path: str
    #: Bytes, as stored.
    size: int
    #: When it was written, in milliseconds since 1970.
    modified: int
    #: Where it is on this machine; empty for a file that is elsewhere, or that only Hadoop can unpack.
    local: str = ""
    #: When it came to where it is, or was changed in any way, in milliseconds since 1970; 0 where nobody knows.
    changed: int = field(default=0, compare=False)
    #: The path below which it was found.
    below: str = field(default="", compare=False)

    def compression(self, default: str = "") -> str:
        """gzip, bzip2 or nothing: as the name says, or the default where it says nothing."""
        return compression_of(self.path, default)


def compression_of(path: str, default: str = "") -> str:
    """gzip, bzip2 or nothing: as the path says, or the default where it says nothing."""
    return next((name for name, end in COMPRESSIONS.items() if path.endswith(end)), default)


@contextlib.contextmanager
def clear_errors(path: str, place: str = "") -> Iterator[None]:
    """Say in the words of S3 what Hadoop says of its file systems: a bucket or a path that is not there, or cannot be.
    The place is what the path was named by, such as an option.
    """
    from py4j.protocol import Py4JJavaError
    from pyspark.errors import AnalysisException, PySparkException

    try:
        yield
    except (Py4JJavaError, PySparkException) as error:
        said = _said(error, path)
        if said:
            raise AnalysisException(f"{said}, in {place}" if place else said) from None
        raise


def _said(error: Exception, path: str) -> str:
    """The sentence for what Hadoop says of a path; empty for anything else."""
    bucket = _NO_BUCKET.search(str(error))
    if bucket:
        return f"The specified bucket does not exist: {bucket[1]} (NoSuchBucket)"
    thrown = causes(error)
    kind = thrown[0].getClass().getName() if thrown else ""
    if kind == NOT_FOUND:
        return f"Path does not exist: {path}"
    if kind == _NO_FILE_SYSTEM:
        return f"the path {path} will not do: it must begin with s3:// or s3a://, or be of this machine"
    if kind in _NO_FOLDER:
        return f"the path {path} will not do: there is a file where a folder must be"
    if kind == "java.lang.IllegalArgumentException" and _NO_PATH.search(str(error)):
        return f"the path {path} will not do: it is none, which must look like s3://bucket/folder/"
    if kind == "java.io.IOException" and "Illegal file pattern" in words(thrown[0]):
        return f"the path {path} will not do: it is no glob, whose brackets must be closed"
    return ""


@dataclass(frozen=True, kw_only=True)
class Listing:
    """What is listed of the files at a path, which is a file, a folder or a glob; hidden and empty ones never are."""

    #: Whether folders are entered.
    recurse: bool = False
    #: Globs of files that are passed over.
    exclusions: tuple[str, ...] = ()
    #: Whether folders `key=value` are entered, also without `recurse`.
    partition_folders: bool = False
    #: Pass over files that were modified no later than `modified_after` and changed no later than `changed_after`.
    modified_after: int = -1
    changed_after: int = -1

    def enters(self, folder: str) -> bool:
        return self.recurse or (self.partition_folders and "=" in folder)

    def passes_over(self, modified: int, changed: int) -> bool:
        return modified <= self.modified_after and changed <= self.changed_after


def files_below(spark: SparkSession, path: str, listing: Listing, place: str = "") -> list[File]:
    """The data files at a path, sorted."""
    return sorted(listed(spark, path, listing, place), key=_path)


def listed(spark: SparkSession, path: str, listing: Listing, place: str = "") -> Iterator[File]:
    """The data files at a path, one after the other: there may be more than there is memory for."""
    with clear_errors(path, place):
        file_system, roots = roots_of(spark, path)
        for root in roots:
            name, local = root.getPath().toString(), _local(file_system, root)
            if local:
                yield from listed_here(name, local, listing, path)
            elif root.isDirectory():
                yield from _kept(_walk(file_system, root, listing, path), name, listing)
            elif not listing.passes_over(root.getModificationTime(), 0):
                yield from _kept(iter([_elsewhere(root, path)]), _parent(name), listing)


def listed_here(name: str, local: str, listing: Listing, below: str) -> Iterator[File]:
    """The data files at a path of this machine, which Hadoop calls `name`."""
    stat = os.stat(local)  # noqa: PTH116 - as others
    if S_ISDIR(stat.st_mode):
        return _kept(walked(name, local, listing, below), name, listing)
    file = _here(name, local, stat, listing, below)
    return _kept(iter([file] if file else []), _parent(name), listing)


def _kept(files: Iterator[File], folder: str, listing: Listing) -> Iterator[File]:
    """Those of a folder's files that no exclusion names."""
    patterns = [compile_glob(glob) for glob in listing.exclusions]
    return (file for file in files if not excluded(file.path, folder, patterns)) if patterns else files


def _parent(name: str) -> str:
    return name.rpartition("/")[0]


def exists(spark: SparkSession, path: str, place: str = "") -> bool:
    """Whether there is a file or folder of that very name."""
    with clear_errors(path, place):
        file_system, hadoop_path = _located(spark, path)
        return bool(file_system.exists(hadoop_path))


def _path(file: File) -> str:
    return file.path


def roots_of(spark: SparkSession, path: str) -> tuple[Any, list[Any]]:
    """The file system and the statuses of what the path names."""
    file_system, hadoop_path = _located(spark, path)
    if any(char in path for char in "*?[{") and not file_system.exists(hadoop_path):
        matches = list(file_system.globStatus(hadoop_path) or [])
        if matches:
            return file_system, matches
    return file_system, [file_system.getFileStatus(hadoop_path)]


def _located(spark: SparkSession, path: str) -> tuple[Any, Any]:
    # A bucket alone is no folder to Hadoop until its root is named.
    named = path + "/" if re.fullmatch(r"\w+://[^/]+", path) else path
    hadoop_path = spark._jvm.org.apache.hadoop.fs.Path(named)  # noqa: SLF001 - PySpark has no other way to Hadoop
    return hadoop_path.getFileSystem(spark._jsc.hadoopConfiguration()), hadoop_path  # noqa: SLF001


def _local(file_system: Any, status: Any) -> str:
    """Where the path is on this machine; empty when it is elsewhere."""
    target = file_system.resolvePath(status.getPath())
    if target.isRoot() and status.isDirectory():
        # The root of a bucket is a folder of the mount table; what is in it lies where the bucket does.
        children = file_system.listStatus(status.getPath())
        target = file_system.resolvePath(children[0].getPath()).getParent() if len(children) else target
    uri = target.toUri()
    return str(uri.getPath()) if uri.getScheme() == "file" else ""


def _is_hidden(name: str) -> bool:
    return name.startswith(("_", ".")) and "=" not in name


def _walk(file_system: Any, status: Any, listing: Listing, below: str) -> Iterator[File]:
    folders = [status]
    while folders:
        # An array of all that a folder has might not fit into the JVM.
        children = file_system.listStatusIterator(folders.pop().getPath())
        while children.hasNext():
            child = children.next()
            name = child.getPath().getName()
            if _is_hidden(name):
                continue
            if child.isDirectory():
                if listing.enters(name):
                    folders.append(child)
            elif not listing.passes_over(child.getModificationTime(), 0) and child.getLen() > 0:
                yield _elsewhere(child, below)


def walked(path: str, local: str, listing: Listing, below: str = "") -> Iterator[File]:
    """The data files below a folder of this machine, which Spark knows as `path`. What goes away meanwhile is no error,
    as in a listing of S3.
    """
    folders = [(path.rstrip("/"), local)]
    while folders:
        path, folder = folders.pop()
        try:
            entries = os.scandir(folder)
        except FileNotFoundError:
            if folder == local:
                raise
            continue
        with entries:
            for entry in entries:
                if _is_hidden(entry.name):
                    continue
                if entry.is_dir():
                    if listing.enters(entry.name):
                        folders.append((f"{path}/{entry.name}", entry.path))
                elif entry.is_file():
                    try:
                        stat = entry.stat()
                    except FileNotFoundError:
                        continue
                    file = _here(f"{path}/{entry.name}", entry.path, stat, listing, below)
                    if file is not None:
                        yield file


def _here(path: str, local: str, stat: os.stat_result, listing: Listing, below: str) -> File | None:
    modified, changed = stat.st_mtime_ns // 1_000_000, stat.st_ctime_ns // 1_000_000
    if not stat.st_size or listing.passes_over(modified, changed):
        return None
    return File(
        path=path,
        size=stat.st_size,
        modified=modified,
        changed=changed,
        local="" if path.endswith(_HADOOP_ONLY) else local,
        below=below,
    )


def _elsewhere(status: Any, below: str) -> File:
    path = status.getPath().toString()
    return File(path=path, size=status.getLen(), modified=status.getModificationTime(), below=below)


def opened_here(local: str, compression: str) -> IO[bytes]:
    """A file of this machine, to be read unpacked."""
    if compression == "gzip":
        return gzip.open(local)  # type: ignore[return-value]  # it reads as any binary file does
    return bz2.open(local) if compression == "bzip2" else open(local, "rb")  # noqa: PTH123 - thousands of them


def opened_content(path: str, content: bytes, compression: str) -> IO[bytes]:
    """The content of a file from elsewhere, to be read unpacked. ValueError where only Hadoop could."""
    if path.endswith(_HADOOP_ONLY):
        raise ValueError(f"the file {path} is compressed in a way that this format's reader does not know")
    if compression:
        content = (gzip if compression == "gzip" else bz2).decompress(content)
    return io.BytesIO(content)


def first_lines(spark: SparkSession, file: File, compression: str = "") -> Generator[str]:
    """The lines of a text file, as many as are asked for; compressed ones are unpacked."""
    if file.local:
        with unreadable(file.path), opened_here(file.local, file.compression(compression)) as stream:
            yield from _lines(stream)
        return
    jvm = spark._jvm  # noqa: SLF001
    with _opened(spark, file) as stream:
        reader = jvm.java.io.BufferedReader(jvm.java.io.InputStreamReader(stream, "UTF-8"))
        while (line := reader.readLine()) is not None:
            yield line


def _lines(stream: IO[bytes]) -> Iterator[str]:
    for line in io.TextIOWrapper(stream, encoding="utf-8", errors="replace"):
        yield line.removesuffix("\n")


def content(spark: SparkSession, file: File, limit: int, compression: str = "") -> bytes | None:
    """All of a small file, unpacked; None when that is more than `limit` bytes."""
    data = beginning(spark, file, limit + 1, compression)
    return data if len(data) <= limit else None


def beginning(spark: SparkSession, file: File, size: int, compression: str = "") -> bytes:
    """The first bytes of a file, unpacked."""
    if file.local:
        with unreadable(file.path), opened_here(file.local, file.compression(compression)) as stream:
            return stream.read(size)
    with _opened(spark, file) as stream:
        return bytes(stream.readNBytes(size))


@contextlib.contextmanager
def unreadable(path: str) -> Iterator[None]:
    """Name the file that cannot be read or unpacked."""
    try:
        yield
    except (OSError, EOFError, zlib.error) as error:
        raise OSError(f"the file {path} cannot be read: {error}") from error


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
