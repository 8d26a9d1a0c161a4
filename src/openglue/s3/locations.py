"""Where data is: s3://bucket/key as a file below the folder of buckets, or a path of this machine.

A bucket is a folder in `root`, a key is a path in it, character for character. What a path cannot say is refused and
never bent into something near: empty, `.` and `..` segments, NUL, and whatever a symbolic link stands in. Two keys are
never one file, and no key leads out of its bucket. Standard library only: the runner imports this module.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote

#: Folder of ours among the buckets; its name can be no bucket's.
RESERVED = ".openglue"
#: Bytes that are copied between two questions whether to go on.
CHUNK = 4 << 20
#: Bytes that read_text takes: scripts, not data.
TEXT_LIMIT = 16 << 20

_SCHEMES = re.compile(r"(?P<scheme>s3|s3a|s3n)://(?P<bucket>[^/]*)(?:/(?P<key>.*))?", re.DOTALL)
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9.-]{1,61})[a-z0-9]")
_ADDRESS = re.compile(r"[0-9]+(?:\.[0-9]+){3}")


class LocationError(Exception):
    """A location that cannot be used; the message is AWS's where AWS's is known (contract 2)."""


class BadKeyError(ValueError):
    """A key that can be no file; the message says why."""


@dataclass(frozen=True, kw_only=True)
class Location:
    """An object (bucket and key), or a path of this machine (no bucket)."""

    #: Empty for a path of this machine.
    bucket: str
    key: str

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.key}" if self.bucket else self.key


def parse(text: str) -> Location:
    """Read s3://, s3a:// and s3n:// (one meaning), file:// and absolute paths. Raises LocationError for the rest."""
    match = _SCHEMES.fullmatch(text)
    if match:
        if not match["bucket"]:
            raise LocationError(f"{text} names no bucket: s3://bucket/key does")
        return Location(bucket=match["bucket"], key=match["key"] or "")
    if text.startswith("file:"):
        # file:/path and file:///path; a host other than this one has nothing to say here.
        rest = text.removeprefix("file:")
        path = rest.removeprefix("//localhost").removeprefix("//") if rest.startswith("//") else rest
        if not path.startswith("/"):
            raise LocationError(f"{text} is no file of this machine: file:///absolute/path is")
        return Location(bucket="", key=unquote(path))
    if text.startswith("/"):
        return Location(bucket="", key=text)
    raise LocationError(f"{text!r} is neither s3://bucket/key nor an absolute path")


def is_bucket_name(name: str) -> bool:
    """The rules of general purpose buckets: 3 to 63 of a-z 0-9 . -, no neighbouring dots, no IP address."""
    return _NAME.fullmatch(name) is not None and ".." not in name and _ADDRESS.fullmatch(name) is None


def file_of(folder: Path, key: str) -> Path:
    """The file that `key` names in the bucket's `folder`, whether it exists or not. Raises BadKeyError.

    One slash at the end is allowed and means the folder. The folder itself may be a link (somebody mounted data as a
    bucket); below it nothing may be, so that a key cannot lead out.
    """
    path = key.removesuffix("/")
    if not path:
        raise BadKeyError("the key is empty")
    if "\0" in path:
        raise BadKeyError("a key with a NUL character can be no file")
    try:
        os.fsencode(path)
    except UnicodeEncodeError:
        raise BadKeyError("the key is not UTF-8") from None
    segments = path.split("/")
    if any(segment in {"", ".", ".."} for segment in segments):
        raise BadKeyError("a key with an empty segment, '.' or '..' can be no file")
    if segments[0] == RESERVED:
        raise BadKeyError(f"keys below {RESERVED}/ are reserved")
    home = os.path.realpath(folder)
    plain = f"{home}/{path}"
    if os.path.realpath(plain) != plain:
        raise BadKeyError("a symbolic link inside a bucket is not followed")
    return Path(plain)


@dataclass(frozen=True)
class Buckets:
    """The folder of buckets, and what may be read beside it."""

    root: Path
    #: Whether paths of this machine may be used (setting local_paths).
    local_paths: bool = field(default=False, kw_only=True)

    def names(self) -> list[str]:
        """Buckets that exist, in order."""
        try:
            with os.scandir(self.root) as entries:
                return sorted(entry.name for entry in entries if is_bucket_name(entry.name) and entry.is_dir())
        except FileNotFoundError:
            return []

    def folder(self, bucket: str) -> Path | None:
        """The folder of a bucket, None if there is no such bucket."""
        folder = self.root / bucket
        return folder if is_bucket_name(bucket) and folder.is_dir() else None

    def path(self, location: Location | str) -> Path:
        """The file or folder at `location`, which need not exist; its bucket must. Raises LocationError."""
        where = parse(location) if isinstance(location, str) else location
        if not where.bucket:
            return self._local(where.key)
        folder = self.folder(where.bucket)
        if folder is None:
            raise _error(where, "The specified bucket does not exist", 404)
        if not where.key:
            return folder
        try:
            return file_of(folder, where.key)
        except BadKeyError as error:
            raise _error(where, f"{error}.", 400) from error

    def fetch(self, location: Location | str, to_dir: Path, go_on: Callable[[], None] = lambda: None) -> Path:
        """Copy the file, or everything below the folder or prefix, into `to_dir`; return the copy.

        The copy has the last name of the location; one of that name is replaced. `go_on` is called all the while, and
        ends the copy by raising. Raises LocationError.
        """
        where = parse(location) if isinstance(location, str) else location
        source = self.path(where)
        target = to_dir / source.name
        try:
            if source.is_file() and not where.key.endswith("/"):
                _copy(source, target, go_on)
                return target
            found = False
            for file in _files(source, to_dir, links=not where.bucket) if source.is_dir() else ():
                copy = target / file.relative_to(source)
                copy.parent.mkdir(parents=True, exist_ok=True)
                _copy(file, copy, go_on)
                found = True
        except OSError as error:
            raise _error(where, _reason(error), 403 if isinstance(error, PermissionError) else 500) from error
        if not found:
            raise self._missing(where)
        return target

    def fetch_file(self, location: Location | str, to_dir: Path, go_on: Callable[[], None] = lambda: None) -> Path:
        """The same for what can only be one file, as a script: no folder, no prefix. Raises LocationError."""
        where = parse(location) if isinstance(location, str) else location
        if self.path(where).is_dir():
            if where.bucket:
                raise self._missing(where)
            raise LocationError(f"{where} is a folder, and a file is needed")
        return self.fetch(where, to_dir, go_on)

    def read_text(self, location: Location | str) -> str:
        """The text of a file of at most TEXT_LIMIT bytes. Raises LocationError."""
        where = parse(location) if isinstance(location, str) else location
        source = self.path(where)
        try:
            if not source.is_file():
                raise self._missing(where)
            with source.open("rb") as file:
                data = file.read(TEXT_LIMIT + 1)
        except OSError as error:
            raise _error(where, _reason(error), 403 if isinstance(error, PermissionError) else 500) from error
        if len(data) > TEXT_LIMIT:
            raise LocationError(f"{where} is larger than {TEXT_LIMIT >> 20} MiB")
        try:
            return data.decode()
        except UnicodeDecodeError as error:
            raise LocationError(f"{where} is not UTF-8 text: {error}") from error

    def _local(self, path: str) -> Path:
        if not self.local_paths:
            raise LocationError(
                f"{path} is a path of this machine, which the setting local_paths does not allow: "
                "put the file into a bucket (s3://bucket/key), or set local_paths to true"
            )
        if "\0" in path:
            raise LocationError("a path with a NUL character names no file")
        return Path(path)

    @staticmethod
    def _missing(where: Location) -> LocationError:
        if where.bucket:
            return _error(where, "The specified key does not exist.", 404)
        return LocationError(f"{where} does not exist")


def _copy(source: Path, target: Path, go_on: Callable[[], None]) -> None:
    go_on()
    with source.open("rb") as reading, target.open("wb") as writing:
        while chunk := reading.read(CHUNK):
            writing.write(chunk)
            go_on()


def _files(folder: Path, apart: Path, *, links: bool) -> Iterator[Path]:
    """Regular files below a folder, without those below `apart`, which is where they are copied to.

    Links to files count only outside of buckets; links to folders never do.
    """
    for at, folders, names in os.walk(folder, onerror=_raise):
        folders[:] = [name for name in folders if Path(at, name) != apart]
        for name in names:
            file = Path(at, name)
            if file.is_file() and (links or not file.is_symlink()):
                yield file


def _raise(error: OSError) -> None:
    raise error


def _reason(error: OSError) -> str:
    return "Access Denied" if isinstance(error, PermissionError) else error.strerror or type(error).__name__


def _error(where: Location, reason: str, status: int) -> LocationError:
    """AWS's sentence, which really has no space after the key and no closing parenthesis (contract 2)."""
    if not where.bucket:
        return LocationError(f"{where}: {reason}")
    return LocationError(
        f"Error downloading from S3 for bucket: {where.bucket}, key: {where.key}."
        f"{reason} (Service: Amazon S3; Status Code: {status}; Please refer logs for details."
    )
