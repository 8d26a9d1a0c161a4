"""The JSON of a bookmark's contexts: written as AWS's entries are, read from ours and from entries copied from AWS.

All values are texts. Reading is tolerant of what AWS may add or leave out, and refuses what would make a run read the
wrong files.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

FILES = "HadoopDataSourceJobBookmarkState"
JDBC = "JDBCDataSourceJobBookmarkState"
RELATIONALIZE = "RelationalizeJobBookmarkState"

#: Milliseconds before a listing in which files may still turn up with times that have passed: AWS's maxBand.
MAX_BAND_MS = 900_000

_UTC = dt.UTC
#: What an import accepts, too: it has room in 64 bits.
_NUMBER = re.compile(r"\d{1,18}", re.ASCII)
_SCHEME = re.compile(r"s3[an]://")


class StateError(ValueError):
    """A context of the bookmark cannot be read; the message names it and says what is wrong."""


@dataclass(frozen=True, kw_only=True)
class FileState:
    """What has been read of files: all of those up to a time, and after it those that are remembered."""

    #: How many runs had succeeded before, and one.
    run: int
    #: When the files were listed, in milliseconds since 1970: T1 of the rule.
    listed_at: int
    #: How far before the listing files are not settled, in milliseconds.
    band_ms: int
    #: The marks of files that were read and are not settled.
    marks: frozenset[int]

    @property
    def settled(self) -> int:
        """The time up to which no file is looked at again."""
        return self.listed_at - self.band_ms

    def to_json(self) -> dict[str, Any]:
        return {
            "jsonClass": FILES,
            "timestamps": {
                "RUN": str(self.run),
                "HIGH_BAND": str(self.band_ms),
                "CURR_LATEST_PARTITION": "0",
                "CURR_LATEST_PARTITIONS": "",
                "CURR_RUN_START_TIME": time_text(self.listed_at),
                "INCLUDE_LIST": ",".join(f"{mark:x}" for mark in sorted(self.marks)),
            },
        }

    @classmethod
    def from_json(cls, ctx: str, value: Any) -> FileState:
        """The state of the context `ctx`. StateError for one that is of something else, or damaged."""
        stamps = document(ctx, value, FILES).get("timestamps")
        if not isinstance(stamps, Mapping):
            raise damaged(ctx, "timestamps", stamps, "an object")
        return cls(
            run=_number(ctx, stamps, "RUN", 0),
            listed_at=_time(ctx, stamps.get("CURR_RUN_START_TIME")),
            band_ms=_number(ctx, stamps, "HIGH_BAND", MAX_BAND_MS),
            marks=_marks(ctx, stamps.get("INCLUDE_LIST") or ""),
        )


def mark(path: str, modified: int) -> int:
    """What stands for one version of a file in INCLUDE_LIST. The schemes of S3 are one."""
    name = _SCHEME.sub("s3://", path, count=1) if path.startswith("s3") else path
    content = f"{name}\n{modified}".encode(errors="surrogatepass")
    return int.from_bytes(hashlib.md5(content, usedforsecurity=False).digest())


def time_text(moment: int) -> str:
    """Milliseconds since 1970 as AWS writes them."""
    seconds, rest = divmod(moment, 1000)
    return f"{dt.datetime.fromtimestamp(seconds, _UTC):%Y-%m-%dT%H:%M:%S}.{rest:03d}Z"


def document(ctx: str, value: Any, json_class: str) -> Mapping[str, Any]:
    """The JSON of a context, which must be of this class."""
    if not isinstance(value, Mapping):
        raise StateError(f"the bookmark of transformation_ctx {ctx!r} cannot be read: it is {value!r}, not an object")
    if value.get("jsonClass") != json_class:
        raise StateError(
            f"the bookmark of transformation_ctx {ctx!r} is a {value.get('jsonClass')}, where a {json_class} is needed:"
            " give the changed step another transformation_ctx, or reset the bookmark"
        )
    return value


def damaged(ctx: str, name: str, value: Any, expected: str) -> StateError:
    """That `name` in a context's state is not what is expected."""
    return StateError(
        f"the bookmark of transformation_ctx {ctx!r} cannot be read: {name} is {value!r}, not {expected};"
        " rewind or reset the bookmark"
    )


def _number(ctx: str, stamps: Mapping[str, Any], name: str, default: int) -> int:
    value = stamps.get(name, default)
    if _NUMBER.fullmatch(str(value)) is None:
        raise damaged(ctx, name, value, "a whole number")
    return int(value)


def _time(ctx: str, value: Any) -> int:
    try:
        moment = dt.datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise damaged(ctx, "CURR_RUN_START_TIME", value, "a time such as 2024-10-28T01:32:45.613Z") from None
    moment = moment.replace(tzinfo=_UTC) if moment.tzinfo is None else moment
    return (moment - dt.datetime(1970, 1, 1, tzinfo=_UTC)) // dt.timedelta(milliseconds=1)


def _marks(ctx: str, value: Any) -> frozenset[int]:
    words = [word for word in str(value).split(",") if word]
    for word in words:
        if re.fullmatch(r"[0-9a-fA-F]{1,32}", word) is None:
            raise damaged(ctx, "INCLUDE_LIST", word, "a list of MD5 sums")
    return frozenset(int(word, 16) for word in words)
