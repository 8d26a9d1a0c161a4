"""Files of this machine, its buckets among them, found without Hadoop and named as Hadoop names them."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from awsglue.files import File, Listing, listed_here
from awsglue.globs import compile_glob

_BUCKET = re.compile(r"(?P<scheme>s3[an]?)://(?P<bucket>[^/]+)(?P<key>/.*)?", re.DOTALL)
_GLOB = re.compile(r"[*?\[{]")
#: A character of a glob, with the backslash before it.
_PIECE = re.compile(r"\\?.", re.DOTALL)


class ElsewhereError(Exception):
    """The path leads to no file of this machine; the message says so of it."""


@dataclass(frozen=True, kw_only=True)
class Machine:
    #: The folder of the buckets.
    buckets: Path

    def listed(self, path: str, listing: Listing) -> Iterator[File]:
        """The data files at a path, one after the other, as `files.listed` has them. FileNotFoundError for a path that
        is not there, ElsewhereError for one of another machine.
        """
        place = self._place(path)
        for inner in place.named():
            yield from listed_here(place.name(inner), place.local(inner), listing, path)

    def exists(self, path: str) -> bool:
        """Whether there is a file or folder of that very name."""
        place = self._place(path)
        return Path(place.local(place.inner)).exists()

    def _place(self, path: str) -> _Place:
        bucket = _BUCKET.fullmatch(path)
        if bucket:
            folder = self.buckets / bucket["bucket"]
            if not folder.is_dir():
                raise FileNotFoundError(f"The specified bucket does not exist: {bucket['bucket']} (NoSuchBucket)")
            inner = _plain(bucket["key"] or "/")
            return _Place(path=path, begin=f"{bucket['scheme']}://{bucket['bucket']}", root=str(folder), inner=inner)
        local = re.sub(r"^file:(?://(?=/))?", "", path)
        if not local.startswith("/"):
            raise ElsewhereError(f"{path} is neither in a bucket nor an absolute path of this machine")
        return _Place(path=path, begin="file:", root="", inner=_plain(local))


@dataclass(frozen=True, kw_only=True)
class _Place:
    """Where a path leads: `inner` below a root that Hadoop calls `begin`."""

    path: str
    begin: str
    root: str
    inner: str

    def name(self, inner: str) -> str:
        return f"{self.begin}{inner}"

    def local(self, inner: str) -> str:
        return f"{self.root}{inner}"

    def named(self) -> list[str]:
        """What is at the path, or what it names if it is a glob; of a glob each folder's part is one by itself."""
        if Path(self.local(self.inner)).exists():
            return [self.inner]
        found = [name for glob in _expanded(self.inner) for name in self._all_matching(glob)]
        if not found:
            raise FileNotFoundError(f"Path does not exist: {self.path}")
        return found

    def _all_matching(self, glob: str) -> list[str]:
        found = [""]
        for part in glob.strip("/").split("/") if _GLOB.search(self.inner) else ():
            found = [f"{folder}/{name}" for folder in found for name in self._matching(folder, part)]
        return [name for name in found if name]

    def _matching(self, folder: str, part: str) -> list[str]:
        at = Path(self.local(folder) or "/")
        if not _GLOB.search(part):
            return [part] if (at / part).exists() else []
        pattern = compile_glob(part)
        return sorted(child.name for child in at.iterdir() if pattern.fullmatch(child.name)) if at.is_dir() else []


def _expanded(glob: str) -> list[str]:
    """The globs that one stands for whose braces have slashes in them: such braces are expanded before the folders are
    told apart, and others are left, as Hadoop does.
    """
    for start, end in _braces(glob):
        inside = glob[start + 1 : end]
        if "/" in inside:
            choices = [f"{glob[:start]}{choice}{glob[end + 1 :]}" for choice in _choices(inside)]
            return [expanded for choice in choices for expanded in _expanded(choice)]
    return [glob]


def _braces(glob: str) -> Iterator[tuple[int, int]]:
    """Where braces begin and end that are in no others."""
    depth = start = 0
    for piece in _PIECE.finditer(glob):
        if piece[0] == "{":
            start = start if depth else piece.start()
            depth += 1
        elif piece[0] == "}" and depth:
            depth -= 1
            if not depth:
                yield start, piece.start()


def _choices(inside: str) -> list[str]:
    """What stands between the commas that are in no braces."""
    found, depth = [""], 0
    for piece in _PIECE.findall(inside):
        depth += (piece == "{") - (piece == "}")
        if piece == "," and not depth:
            found.append("")
        else:
            found[-1] += piece
    return found


def _plain(path: str) -> str:
    """A path as Hadoop writes it: no empty parts, no dots, no slash at its end."""
    return "/" + posixpath.normpath(path).lstrip("/")
