"""What S3 knows about an object beside its bytes: entity tag, headers, user metadata, checksums.

It stands in an extended attribute of the file, so that it moves, and goes, with the file. It counts only while size
and modification time are those it was written for: when Spark or an editor rewrites a file, what was known about the
old bytes is forgotten. File systems without extended attributes (and macOS) keep none of it.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

_NAME = "user.openglue.s3"
_FOLDER = "user.openglue.s3.folder"

#: Up to this many bytes, the entity tag of a file that did not come through S3 is the MD5 of its bytes, as AWS's would
#: be. Beyond, reading them all to answer a HEAD or to list a folder would cost more than the tag is worth.
HASHED_BYTES = 1 << 20
_REMEMBERED = 10_000


@dataclass(frozen=True, kw_only=True)
class Attributes:
    #: Without quotes.
    etag: str
    #: Content-Type and its kind, names in lower case.
    headers: Mapping[str, str] = field(default_factory=dict)
    #: User metadata, without x-amz-meta-.
    metadata: Mapping[str, str] = field(default_factory=dict)
    #: Checksum of the whole object by algorithm ("crc32"), base64.
    checksums: Mapping[str, str] = field(default_factory=dict)


def attach(descriptor: int, attributes: Attributes) -> bool:
    """Write them to an open file that has its final bytes; False where the file system keeps none."""
    status = os.fstat(descriptor)
    document = {
        "for": _state(status),
        "etag": attributes.etag,
        "headers": dict(attributes.headers),
        "metadata": dict(attributes.metadata),
        "checksums": dict(attributes.checksums),
    }
    return _write(descriptor, _NAME, json.dumps(document).encode())


def read(file: int | str, status: os.stat_result) -> Attributes | None:
    """What is attached to a file (descriptor or path) of this status; None when it is not about these bytes."""
    text = _read(file, _NAME)
    if text is None:
        return None
    document = json.loads(text)
    if document.pop("for") != _state(status):
        return None
    return Attributes(**document)


def mark_folder(folder: Path) -> bool:
    """Note that `folder/` is an object itself: an empty one, as consoles and scripts make them."""
    return _write(str(folder), _FOLDER, b"1")


def unmark_folder(folder: Path) -> None:
    if hasattr(os, "removexattr"):
        try:
            os.removexattr(folder, _FOLDER)
        except OSError as error:
            if error.errno not in _ABSENT:
                raise


def is_marked(folder: Path) -> bool:
    return _read(str(folder), _FOLDER) is not None


class Digests:
    """Entity tags of files that did not come through S3. Thread-safe; remembers the newest ones."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[int, ...], str] = OrderedDict()
        self._lock = threading.Lock()

    def etag(self, path: Path, status: os.stat_result) -> str:
        """MD5 of a small file; for a large one a tag of its identity, which is another when the file is another.

        That has the form of a multipart upload's tag, which nobody takes for an MD5.
        """
        identity = (status.st_dev, status.st_ino, *_state(status))
        if status.st_size > HASHED_BYTES:
            return hashlib.md5(repr(identity).encode(), usedforsecurity=False).hexdigest() + "-1"
        with self._lock:
            known = self._known.get(identity)
            if known is not None:
                self._known.move_to_end(identity)
                return known
        etag = hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()
        with self._lock:
            self._known[identity] = etag
            while len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        return etag


# No such attribute; no attributes at all; no such file, which somebody else is to tell.
_ABSENT = frozenset(
    {
        errno.ENODATA,
        errno.ENOTSUP,
        errno.EOPNOTSUPP,
        errno.EPERM,
        errno.ENOENT,
        errno.ENOTDIR,
        errno.ENAMETOOLONG,
    }
)
_TOO_MUCH = frozenset({errno.ENOSPC, errno.E2BIG, errno.ERANGE, errno.EDQUOT})


def _state(status: os.stat_result) -> list[int]:
    return [status.st_size, status.st_mtime_ns]


def _write(file: int | str, name: str, value: bytes) -> bool:
    if not hasattr(os, "setxattr"):
        return False
    try:
        os.setxattr(file, name, value)
    except OSError as error:
        if error.errno not in _ABSENT | _TOO_MUCH:
            raise
        return False
    return True


def _read(file: int | str, name: str) -> bytes | None:
    if not hasattr(os, "getxattr"):
        return None
    try:
        return os.getxattr(file, name)
    except OSError as error:
        if error.errno not in _ABSENT:
            raise
        return None
