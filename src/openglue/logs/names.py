"""Names on disk: which log streams a group has, and which of them were written to lately.

    <group>/group.json               {"name", "created"}
    <group>/names/<xx>/<name>/       one folder per stream name; <xx> are its first letters, so that listing one page
                                     of a million names in order reads a few folders
    <group>/hours/<YYYYMMDDHH>/<name>   the hour (UTC) in which the name was last written to, so that a search of
                                     recent events looks at recent streams only

Names and groups are percent-encoded on disk. A name has one hour; a crash may leave it two, the older of which goes
with the next write in another hour.
"""

from __future__ import annotations

import heapq
import json
import os
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from threading import get_ident
from urllib.parse import quote, unquote

_SHARD = 5
# What file systems take as a name.
_LONGEST = 255


def encode(name: str) -> str:
    """A stream's or group's name as a file name. Raises ValueError when it is too long for one."""
    # Dots are encoded too: "." and ".." are no names on disk.
    encoded = quote(name, safe="").replace(".", "%2E")
    if not 0 < len(encoded) <= _LONGEST:
        raise ValueError(f"a log group or stream cannot be called {name[:60]!r}: its name is empty or too long")
    return encoded


def decode(encoded: str) -> str:
    return unquote(encoded)


class Names:
    """The stream names of one group."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def exists(self) -> bool:
        return (self.folder / "group.json").exists()

    def establish(self, name: str, now: int) -> None:
        """Make the group, called `name`, if it is not there."""
        if not self.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            write_json(self.folder / "group.json", {"name": name, "created": now})

    def description(self) -> tuple[str, int]:
        """The group's name and the time of its making."""
        document = json.loads((self.folder / "group.json").read_text())
        return document["name"], document["created"]

    def path(self, name: str) -> Path:
        encoded = encode(name)
        return self.folder / "names" / encoded[:_SHARD] / encoded

    def listing(self, *, prefix: str = "", beyond: str = "", descending: bool = False) -> Iterator[str]:
        """Stream names with `prefix`, in order, that come after `beyond` (before it, when descending)."""
        start = encode(prefix) if prefix else ""
        edge = encode(beyond) if beyond else ""
        names = self.folder / "names"
        for shard in sorted(_list(names), reverse=descending):
            if not (shard.startswith(start[:_SHARD]) or start.startswith(shard)) or _past(
                shard, edge[:_SHARD], descending=descending
            ):
                continue
            for encoded in sorted(_list(names / shard), reverse=descending):
                beside = not edge or (encoded < edge if descending else encoded > edge)
                if encoded.startswith(start) and beside:
                    yield decode(encoded)

    def touch(self, name: str, now: int, known: str | None) -> str:
        """Note that `name` is written to now; the hour, to be given as `known` at its next write.

        `known` is "" for a new name, and None when its hour is to be looked for.
        """
        hour = _hour(now)
        if hour == known:
            return hour
        encoded = encode(name)
        folder = self.folder / "hours" / hour
        for _ in range(3):
            folder.mkdir(parents=True, exist_ok=True)
            # The folder may go between the two lines, when another name was the last to leave it.
            with suppress(FileNotFoundError):
                (folder / encoded).touch()
                break
        for old in _list(self.folder / "hours") if known is None else [known]:
            if old not in (hour, ""):
                self._leave(old, encoded)
        return hour

    def forget(self, name: str) -> None:
        """Take `name` out of the hours; its folder is the caller's to remove."""
        encoded = encode(name)
        for hour in _list(self.folder / "hours"):
            self._leave(hour, encoded)

    def hours(self, *, since: int = 0, descending: bool = False) -> Iterator[tuple[str, list[str]]]:
        """Each hour from `since` (epoch ms) on, with the names last written to in it."""
        first = _hour(since)
        for hour in sorted(_list(self.folder / "hours"), reverse=descending):
            if hour >= first:
                yield hour, [decode(encoded) for encoded in _list(self.folder / "hours" / hour)]

    def _leave(self, hour: str, encoded: str) -> None:
        with suppress(FileNotFoundError):
            (self.folder / "hours" / hour / encoded).unlink()
            # Fails while others are in it.
            with suppress(OSError):
                (self.folder / "hours" / hour).rmdir()


def merged(listings: list[Iterator[str]], *, descending: bool) -> Iterator[str]:
    """Names of several groups as one listing, each once."""
    last = None
    for name in heapq.merge(*listings, key=encode, reverse=descending):
        if name != last:
            yield name
        last = name


def write_json(path: Path, document: object) -> None:
    """Write a small document so that it is there whole or not at all, also after a kill."""
    draft = path.with_name(f"{path.name}.{get_ident()}.new")
    draft.write_text(json.dumps(document))
    draft.replace(path)


def _past(shard: str, edge: str, *, descending: bool) -> bool:
    return bool(edge) and (shard > edge if descending else shard < edge)


def _hour(now: int) -> str:
    return datetime.fromtimestamp(now // 1000, UTC).strftime("%Y%m%d%H")


def _list(folder: Path) -> list[str]:
    with suppress(FileNotFoundError):
        return os.listdir(folder)  # noqa: PTH208 - names are wanted, by the hundred thousand
    return []
