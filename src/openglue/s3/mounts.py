"""The mount table: which bucket is which folder, in the file that Hadoop's ViewFileSystem reads.

The file is read each time a session meets a bucket for the first time, so a bucket that is made while a session runs
is found by it. Hadoop mixes up two buckets when the name of one is the other's with `.something` behind it: it takes
the rest of the longer name for an entry of the shorter one's table and refuses that bucket altogether. The longer one
therefore stays out. Standard library only: the runner imports this module.
"""

from __future__ import annotations

import fcntl
from pathlib import Path
from urllib.parse import quote

from openglue.s3.locations import RESERVED, Buckets

#: Scheme of the target folders. It is ours, so that it can mean the file system without checksum files (.crc) while
#: file:// keeps its usual class: Spark casts that one in SparkContext.textFile.
SCHEME = "openglue-local"

#: Hadoop wants a version in the name.
_FILE = "mount-table.1.xml"


def mount_table(root: Path) -> Path:
    return root / RESERVED / _FILE


def write_mount_table(root: Path) -> Path:
    """Write the table for the buckets that exist now; return the file. Safe against other writers and readers."""
    target = mount_table(root)
    target.parent.mkdir(parents=True, exist_ok=True)
    with (target.parent / "lock").open("a") as lock:
        # Without it, a writer that looked earlier could replace the table of one that looked later.
        fcntl.flock(lock, fcntl.LOCK_EX)
        part = target.with_suffix(".part")
        part.write_text(_table(root), encoding="utf-8")
        part.replace(target)
    return target


def shadowing(names: list[str], name: str) -> str | None:
    """The bucket among `names` that Hadoop could not tell from a bucket `name`, if any."""
    return next((other for other in names if name.startswith(f"{other}.") or other.startswith(f"{name}.")), None)


def _table(root: Path) -> str:
    names = Buckets(root).names()
    mounted = [name for name in names if not any(name.startswith(f"{other}.") for other in names)]
    # A quoted path holds no character that XML or Hadoop's ${variables} would care about.
    entries = "".join(
        f"<property><name>fs.viewfs.mounttable.{name}.linkFallback</name>"
        f"<value>{SCHEME}://{quote(str(root.absolute() / name))}</value></property>\n"
        for name in mounted
    )
    return f"<configuration>\n{entries}</configuration>\n"
