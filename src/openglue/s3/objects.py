"""Objects as files: find, put, copy and delete them in the folders of buckets.

An object appears, and is replaced, in one rename: a reader, Spark among them, sees the old bytes or the new ones. What
is being received lies in the working directory, never in a bucket. Whoever replaces or deletes under a condition holds
one lock from the check to the rename, so that of two such writers one loses. Spark writes past this lock; AWS gives no
promise between writers without conditions either.
"""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
import shutil
import stat
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from openglue.s3 import attributes
from openglue.s3.attributes import Attributes, Digests
from openglue.s3.conditions import check_write
from openglue.s3.faults import S3Error
from openglue.s3.listing import holds_keys
from openglue.s3.locations import RESERVED, BadKeyError, Buckets, file_of, is_bucket_name

EMPTY_MD5 = hashlib.md5(b"", usedforsecurity=False).hexdigest()
COPY_CHUNK = 1 << 20

#: Attempts to put a file into a folder that somebody else removes, because it is empty, at the same moment.
_PLACE_ATTEMPTS = 20

_BELOW_AN_OBJECT = (
    "OpenGlue's embedded S3 keeps objects as files: what stands before a slash in this key is an object itself."
)

# A file of which we cannot know what it is must not make us wait (a pipe) or lead elsewhere (a link).
_OPEN = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
# Nothing there; a socket; a link; a name that no file could have.
_NO_FILE = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ENXIO, errno.ELOOP, errno.ENAMETOOLONG})


@dataclass(frozen=True, kw_only=True)
class Object:
    key: str
    path: Path
    size: int
    modified_ns: int
    attributes: Attributes

    @property
    def etag(self) -> str:
        return self.attributes.etag


class Objects:
    def __init__(self, buckets: Buckets, workdir: Path) -> None:
        self._buckets = buckets
        self._workdir = workdir
        self._digests = Digests()
        self._commit = threading.Lock()

    # Finding.

    def bucket(self, name: str) -> Path:
        """The folder of a bucket. Raises S3Error."""
        if not is_bucket_name(name):
            raise S3Error("InvalidBucketName")
        folder = self._buckets.folder(name)
        if folder is None:
            raise S3Error("NoSuchBucket")
        return folder

    def open(self, bucket: str, key: str) -> tuple[Object, BinaryIO]:
        """An object and its bytes, which stay these when it is replaced meanwhile. Raises S3Error."""
        folder = self.bucket(bucket)
        try:
            path = file_of(folder, key)
        except BadKeyError:
            raise S3Error("NoSuchKey") from None
        if key.endswith("/"):
            return self._folder_object(key, path), open(os.devnull, "rb")  # noqa: PTH123 - the caller closes it
        try:
            descriptor = os.open(path, _OPEN)
        except OSError as error:
            if error.errno in _NO_FILE:
                raise S3Error("NoSuchKey") from None
            raise _fault(error) from error
        try:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise S3Error("NoSuchKey")
            found = self._object(key, path, status, descriptor)
        except BaseException:
            os.close(descriptor)
            raise
        return found, cast("BinaryIO", os.fdopen(descriptor, "rb", buffering=0))

    def find(self, bucket: str, key: str) -> Object:
        """An object without its bytes. Raises S3Error."""
        found, file = self.open(bucket, key)
        file.close()
        return found

    def entry(self, key: str, path: Path, status: os.stat_result) -> Object:
        """The object that a list has found."""
        if key.endswith("/"):
            return self._folder_object(key, path)
        return self._object(key, path, status, str(path))

    def _object(self, key: str, path: Path, status: os.stat_result, attached: int | str) -> Object:
        return Object(
            key=key,
            path=path,
            size=status.st_size,
            modified_ns=status.st_mtime_ns,
            attributes=attributes.read(attached, status) or Attributes(etag=self._digests.etag(path, status)),
        )

    @staticmethod
    def _folder_object(key: str, path: Path) -> Object:
        try:
            status = path.lstat()
        except (FileNotFoundError, NotADirectoryError):
            raise S3Error("NoSuchKey") from None
        if not stat.S_ISDIR(status.st_mode) or not attributes.is_marked(path):
            raise S3Error("NoSuchKey")
        return Object(key=key, path=path, size=0, modified_ns=status.st_mtime_ns, attributes=Attributes(etag=EMPTY_MD5))

    @staticmethod
    def _file(folder: Path, key: str) -> Path:
        """The file of a key that is to be written; reading a key that can be no file just finds nothing."""
        try:
            return file_of(folder, key)
        except BadKeyError as error:
            raise S3Error("InvalidArgument", f"OpenGlue's embedded S3 keeps objects as files: {error}.") from error

    # Changing.

    def check_key(self, bucket: str, key: str) -> None:
        """Whether a key can be written. Raises S3Error."""
        self._file(self.bucket(bucket), key)

    def stage(self) -> Path:
        """A new name in the working directory, for bytes that become an object or a part."""
        directory = self._workdir / "incoming"
        directory.mkdir(parents=True, exist_ok=True)
        return directory / secrets.token_hex(16)

    def put(self, bucket: str, key: str, staged: Path, known: Attributes, conditions: Mapping[str, str]) -> Object:
        """Make the staged file the object, if the conditions hold. Raises S3Error; the staged file stays then."""
        folder = self.bucket(bucket)
        target = self._file(folder, key)
        with faults(), _same_device(staged, folder) as source:
            with source.open("rb") as file:
                status = os.fstat(file.fileno())
                if not attributes.attach(file.fileno(), known):
                    # What is told now is what will be found later.
                    known = Attributes(etag=self._digests.etag(source, status))
            with self._commit:
                check_write(conditions, self._etag_now(bucket, key))
                self._place(source, target, folder)
        return Object(key=key, path=target, size=status.st_size, modified_ns=status.st_mtime_ns, attributes=known)

    def make_folder(self, bucket: str, key: str, conditions: Mapping[str, str]) -> Object:
        """Make the empty object `folder/`, which keeps its folder when there is nothing else in it."""
        target = self._file(self.bucket(bucket), key)
        with faults(), self._commit:
            check_write(conditions, self._etag_now(bucket, key))
            try:
                target.mkdir(parents=True, exist_ok=True)
            except (FileExistsError, NotADirectoryError):
                raise S3Error("InvalidRequest", _BELOW_AN_OBJECT) from None
            attributes.mark_folder(target)
        status = target.lstat()
        return Object(
            key=key, path=target, size=0, modified_ns=status.st_mtime_ns, attributes=Attributes(etag=EMPTY_MD5)
        )

    def copy(self, source: BinaryIO, target: Path, length: int) -> str:
        """Copy `length` bytes from where `source` stands into a staged file; return their MD5. Raises S3Error."""
        digest = hashlib.md5(usedforsecurity=False)
        with faults(), target.open("xb", buffering=0) as file:
            left = length
            while left:
                chunk = source.read(min(left, COPY_CHUNK))
                if not chunk:
                    raise S3Error("InternalError", "The source became shorter while it was copied.")
                digest.update(chunk)
                file.write(chunk)
                left -= len(chunk)
        return digest.hexdigest()

    def delete(self, bucket: str, key: str, conditions: Mapping[str, str]) -> None:
        """Delete an object if there is one, and the folders that are empty then. Raises S3Error."""
        folder = self.bucket(bucket)
        try:
            path = file_of(folder, key)
        except BadKeyError:
            return
        with faults(), self._commit:
            if conditions.get("if-match"):
                check_write({"if-match": conditions["if-match"]}, self._etag_now(bucket, key))
            if key.endswith("/"):
                attributes.unmark_folder(path)
                self._prune(path, folder)
                return
            try:
                if not stat.S_ISREG(path.lstat().st_mode):
                    return
                path.unlink()
            except (FileNotFoundError, NotADirectoryError):
                return
            self._prune(path.parent, folder)

    def _etag_now(self, bucket: str, key: str) -> str | None:
        try:
            return self.find(bucket, key).etag
        except S3Error as error:
            if error.code != "NoSuchKey":
                raise
            return None

    def _place(self, source: Path, target: Path, folder: Path) -> None:
        for _ in range(_PLACE_ATTEMPTS):
            try:
                target.parent.mkdir(parents=True, exist_ok=True)
                source.replace(target)
            except FileNotFoundError:
                if not folder.is_dir():
                    raise S3Error("NoSuchBucket") from None
                continue  # the parent was pruned between the two steps
            except IsADirectoryError:
                if holds_keys(target):
                    raise S3Error(
                        "InvalidRequest",
                        f"OpenGlue's embedded S3 keeps objects as files: {target.name!r} cannot be an object, "
                        "because keys begin with it and a slash.",
                    ) from None
                remove_empty(target)
                continue
            except (FileExistsError, NotADirectoryError):
                raise S3Error("InvalidRequest", _BELOW_AN_OBJECT) from None
            return
        raise S3Error("InternalError", "The folder of this key is being removed by somebody else.")

    @staticmethod
    def _prune(path: Path, folder: Path) -> None:
        """Remove a folder and those above it while they are empty, up to the bucket."""
        home = Path(os.path.realpath(folder))
        while path != home and home in path.parents:
            try:
                if attributes.is_marked(path):
                    return
                path.rmdir()
            except OSError as error:
                if error.errno not in (errno.ENOENT, errno.ENOTDIR):
                    return  # not empty
            path = path.parent


@contextmanager
def faults() -> Iterator[None]:
    """Errors of the file system, as S3 tells them."""
    try:
        yield
    except OSError as error:
        raise _fault(error) from error


def _fault(error: OSError) -> S3Error:
    if error.errno == errno.ENAMETOOLONG:
        return S3Error(
            "KeyTooLongError",
            "OpenGlue's embedded S3 keeps objects as files: a part of this key is longer than a file name may be.",
        )
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return S3Error("InsufficientStorage")
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return S3Error("AccessDenied", f"Access Denied: {error.strerror}")
    return S3Error("InternalError", f"We encountered an internal error: {error.strerror}.")


@contextmanager
def _same_device(staged: Path, folder: Path) -> Iterator[Path]:
    """The staged file, or its copy beside the bucket's files where the bucket is on another device (a mount)."""
    if staged.stat().st_dev == folder.stat().st_dev:
        yield staged
        return
    # A rename does not cross devices. The name is hidden from lists and from Spark, and reserved.
    directory = folder / RESERVED
    directory.mkdir(exist_ok=True)
    copy = directory / staged.name
    try:
        shutil.copyfile(staged, copy)
        yield copy
    finally:
        copy.unlink(missing_ok=True)
        with suppress(OSError):
            directory.rmdir()


def remove_empty(folder: Path) -> None:
    """Remove a tree of folders without files in it."""
    for at, _, _ in os.walk(folder, topdown=False):
        with suppress(OSError):
            Path(at).rmdir()
