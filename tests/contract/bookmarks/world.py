"""Where the machine's runs happen: what it asks of a world, and how a run reads in each of them.

A run is a real one of the service, and its script is played here: with the library's session, its choice of files and
its calls. Only Spark is left out, which reads the files that were chosen.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import redirect_stderr
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from tests.contract.bookmarks.model import FileVersion, Source

from awsglue import formats
from awsglue.bookmarks.service import BookmarkService
from awsglue.bookmarks.session import Bookmarks
from awsglue.bookmarks.sources import unread
from awsglue.connections import found, s3
from awsglue.files import File, Listing
from awsglue.options import check

#: How a run ends: as its script does, by a stop, or with its runner.
SUCCESS, FAILURE, STOPPED, LOST = ENDS = ("succeeds", "fails", "is stopped", "is lost")
#: What happens on the way between a script and its service: nothing, the server dies and what it was doing is lost, or
#: its answer is.
FINE, CRASH, LOST_ANSWER = WAYS = ("fine", "crash", "lost answer")


@dataclass(kw_only=True)
class Script:
    """The script of a run that executes."""

    run_id: str
    #: Its number among the runs of the job.
    seq: int
    service: BookmarkService
    bookmarks: Bookmarks


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What a run has found in a source."""

    files: list[FileVersion]
    #: When it began to read, and when it looked at the first file.
    began: int
    looked: int
    #: Files that it has seen, and when they came to where they are.
    there: Mapping[FileVersion, int]
    #: The state that a commit would store; None if it would store none.
    state: Mapping[str, Any] | None
    log: str

    @property
    def listed(self) -> int:
        """When the files were listed, as the state says."""
        assert self.state is not None, "B6: there is nothing to commit"
        return milliseconds(self.state["timestamps"]["CURR_RUN_START_TIME"])

    def named(self, words: str) -> set[str]:
        """The files that the log names after these words."""
        said = re.search(rf"{words} (.*)$", self.log, re.MULTILINE)
        return set() if said is None else {name(path) for path in said[1].split(", ")}


class World(Protocol):
    """A job, and a folder that it reads from, by one or more sources."""

    def now(self) -> int:
        """Milliseconds since 1970."""

    def wait(self, ms: int) -> None: ...

    def write(self, name: str, modified: int | None) -> FileVersion:
        """Write a file, now or with an older or later time."""

    def delete(self, name: str) -> None: ...

    def start(self) -> Script:
        """A run of the job whose script is about to begin."""

    def retry(self, script: Script) -> Script | None:
        """The run that the service has started because this one failed."""

    def call(self, way: str, verb: str, call: Callable[[], None]) -> None:
        """Let a script call the service, with what happens on the way."""

    def ask_stop(self, script: Script) -> None: ...

    def end(self, script: Script, how: str) -> None:
        """Let a run end, and wait until it has."""

    def read(self, script: Script, ctx: str, source: Source, meanwhile: Callable[[], None] | None) -> Reading:
        """Make a frame. `meanwhile` happens while the files are listed."""

    def preview(self, ctx: str) -> set[FileVersion]: ...

    def glue(self, operation: str, **request: Any) -> dict[str, Any]:
        """An operation of Glue, or of OpenGlue. GlueError when it is refused."""


def described(path: str, source: Source) -> dict[str, Any]:
    """A source in the words of the library: what it makes of the options of a script."""
    options = {
        "paths": [path],
        "maxBand": source.band,
        "maxFilesInBand": source.in_band,
        **({} if source.files is None else {"boundedFiles": source.files}),
    }
    return found._source(check(options, s3.OPTIONS, what="s3", use="read"), formats.named("csv"), None)


def reading(
    script: Script,
    ctx: str,
    told: dict[str, Any],
    files: Callable[[Listing], Iterator[File]],
    there: Mapping[FileVersion, int],
    now: Callable[[], int],
    **moment: Callable[[], int],
) -> Reading:
    """Make a frame as `create_dynamic_frame` does, up to the files that it is made of."""
    looked = began = now()

    def looking(which: Listing) -> Iterator[File]:
        nonlocal looked
        looked = now()
        yield from files(which)

    log = io.StringIO()
    rule, listing, [path] = found.rule_of(told), found.listing_of(told), told["paths"]
    with redirect_stderr(log):
        context = script.bookmarks.context(ctx, told)
        if context is None:
            chosen = [*looking(listing)]
        else:
            chosen = unread(context, [path], rule, listing, looking, **moment)[path]
    return Reading(
        files=[version(file) for file in chosen],
        began=began,
        looked=looked,
        there=there,
        state=None if context is None else context.after,
        log=log.getvalue(),
    )


def version(file: File) -> FileVersion:
    return FileVersion(file.modified, name(file.path))


def name(path: str) -> str:
    return path.rpartition("/")[2]


def milliseconds(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)
