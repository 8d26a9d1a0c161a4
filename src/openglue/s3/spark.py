"""Settings with which stock Spark reads and writes buckets that are folders, without any extra class archive.

s3://, s3a:// and s3n:// are Hadoop's ViewFileSystemOverloadScheme over a mount table (spec awsglue 0.2): one entry for
each bucket, whose target is RawLocalFileSystem, which writes no .crc files. Standard library only.
"""

from __future__ import annotations

import re
from pathlib import Path

from openglue.s3.mounts import SCHEME, write_mount_table

SCHEMES = ("s3", "s3a", "s3n")

_MISSING = re.compile(
    r"Could not initialize target File System for URI ?: (?:s3|s3a|s3n)://(?P<bucket>[^/\s]+)"
    r"|Not able to initialize fs in\s+\w+ for path (?:s3|s3a|s3n)://(?P<path>[^/\s]+)"
)


def settings(root: Path) -> dict[str, str]:
    """Spark settings for the buckets below `root`; writes their mount table.

    A bucket that is made through the embedded S3 while a session runs is found by that session, unless the session had
    asked for it before, in the same scheme: Hadoop keeps file systems, also those of buckets that were missing.
    """
    table = write_mount_table(root)
    wanted = {
        "fs.viewfs.mounttable.path": f"file:{table.absolute()}",
        f"fs.{SCHEME}.impl": "org.apache.hadoop.fs.RawLocalFileSystem",
        # Hadoop's default for s3a is a committer that is not on the class path.
        "mapreduce.outputcommitter.factory.scheme.s3a": (
            "org.apache.hadoop.mapreduce.lib.output.FileOutputCommitterFactory"
        ),
    }
    for scheme in SCHEMES:
        wanted[f"fs.{scheme}.impl"] = "org.apache.hadoop.fs.viewfs.ViewFileSystemOverloadScheme"
        # What a bucket without an entry falls back to. This class fails there, with the bucket's name in its message;
        # the default for s3a is a class that is not on the class path.
        wanted[f"fs.viewfs.overload.scheme.target.{scheme}.impl"] = "org.apache.hadoop.fs.viewfs.ViewFileSystem"
    return {
        **{f"spark.hadoop.{name}": value for name, value in wanted.items()},
        # The default wants Hadoop's other interface (FileContext), which has no class for these schemes.
        "spark.sql.streaming.checkpointFileManagerClass": (
            "org.apache.spark.sql.execution.streaming.FileSystemBasedCheckpointFileManager"
        ),
        # There is one host. Else Spark asks for the hosts of each file's blocks, which takes most of the time that a
        # read of many small files takes.
        "spark.sql.sources.ignoreDataLocality": "true",
    }


def missing_bucket(message: str) -> str | None:
    """What AWS would say where Hadoop says that a bucket has no file system; None for any other message."""
    match = _MISSING.search(message)
    if match is None:
        return None
    return f"The specified bucket does not exist: {match['bucket'] or match['path']} (NoSuchBucket)"
