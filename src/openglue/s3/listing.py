"""Lists of keys: a walk of a bucket's folders in S3's order, one page at a time.

S3 orders keys by their UTF-8 bytes. A walk gives that order when a folder is sorted among its neighbours as the name
with its slash, which is how its keys begin. Folders before the page's start and outside of the prefix are not read.
Folders without a file in them (Spark and editors leave such) are no keys and no prefixes.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from openglue.s3 import attributes
from openglue.s3.locations import RESERVED, BadKeyError, file_of

#: Sorts behind everything that begins with the text before it.
_LAST = "\U0010ffff"

# There is no such folder, or there is none any more.
_NOTHING = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG})


@dataclass(frozen=True, kw_only=True)
class Entry:
    key: str
    path: Path
    status: os.stat_result


@dataclass(kw_only=True)
class Page:
    entries: list[Entry] = field(default_factory=list)
    prefixes: list[str] = field(default_factory=list)
    truncated: bool = False
    #: Where the next page goes on: the last key of this one, or its last common prefix.
    last: str = ""


def page(folder: Path, *, prefix: str = "", delimiter: str = "", after: str = "", limit: int = 1000) -> Page:
    """At most `limit` keys and common prefixes behind `after`, which is a key or, with a delimiter, a common prefix."""
    found = Page()
    if limit <= 0:
        return found
    past = after + _LAST if delimiter and after.endswith(delimiter) and len(after) > len(prefix) else after
    for item in _walk(folder, prefix, past, groups=delimiter == "/"):
        group = item if isinstance(item, str) else _group(item.key, prefix, delimiter)
        if group and group in (found.last, after):
            continue
        if len(found.entries) + len(found.prefixes) == limit:
            found.truncated = True
            break
        if isinstance(item, Entry) and not group:
            found.entries.append(item)
            found.last = item.key
        else:
            found.prefixes.append(group)
            found.last = group
    return found


def holds_keys(folder: Path) -> bool:
    """Whether any object is at or below a folder."""
    waiting = [folder]
    while waiting:
        at = waiting.pop()
        if attributes.is_marked(at):
            return True
        try:
            with os.scandir(at) as entries:
                for entry in entries:
                    if entry.is_file(follow_symlinks=False):
                        return True
                    if entry.is_dir(follow_symlinks=False) and entry.name != RESERVED:
                        waiting.append(Path(entry.path))
        except OSError as error:
            if error.errno not in _NOTHING:
                raise
    return False


def _group(key: str, prefix: str, delimiter: str) -> str:
    """The common prefix that a key disappears in, empty for none."""
    if not delimiter:
        return ""
    at = key.find(delimiter, len(prefix))
    return key[: at + len(delimiter)] if at >= 0 else ""


def _walk(folder: Path, prefix: str, past: str, *, groups: bool) -> Iterator[Entry | str]:
    """Objects behind `past`, in order. With `groups`, a folder beyond the prefix stands for what it holds, unread."""
    # Only the folder that the prefix names is walked, not what stands beside it.
    base = prefix[: prefix.rfind("/") + 1]
    try:
        start = file_of(folder, base) if base else folder
    except BadKeyError:
        return  # no key begins so
    if base and base == prefix and base > past and attributes.is_marked(start):
        yield from _entry(base, start)
    stack = [iter(_children(start, base, prefix, past))]
    while stack:
        child = next(stack[-1], None)
        if child is None:
            stack.pop()
            continue
        key, path = child
        if not key.endswith("/"):
            yield from _entry(key, path)
        elif groups:
            if holds_keys(path):
                yield key
        else:
            if key > past and attributes.is_marked(path):
                yield from _entry(key, path)
            stack.append(iter(_children(path, key, prefix, past)))


def _children(folder: Path, base: str, prefix: str, past: str) -> list[tuple[str, Path]]:
    """The files and folders directly in a folder that concern a walk, in order; a folder's key ends in a slash."""
    found = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    key = f"{base}{entry.name}/"
                    # All keys below begin with this one: they are before `past`, unless `past` begins so, too.
                    wanted = key > past or (past.startswith(key) and past != key + _LAST)
                elif entry.is_file(follow_symlinks=False):
                    key = f"{base}{entry.name}"
                    wanted = key > past
                else:
                    continue
                if wanted and key.startswith(prefix) and key != f"{RESERVED}/" and _is_text(key):
                    found.append((key, Path(entry.path)))
    except OSError as error:
        if error.errno not in _NOTHING:
            raise
        return []
    found.sort()
    return found


def _entry(key: str, path: Path) -> Iterator[Entry]:
    try:
        yield Entry(key=key, path=path, status=path.lstat())
    except FileNotFoundError:
        return  # gone since its folder was read


def _is_text(key: str) -> bool:
    """A file name that is not UTF-8 is nobody's key."""
    try:
        key.encode()
    except UnicodeEncodeError:
        return False
    return True
