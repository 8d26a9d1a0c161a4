"""What a run holds of its job's bookmark, from Job.init to Job.commit.

A source, or Relationalize, that was made with a transformation_ctx reads on from what the bookmark says of that
context, and leaves what it would say next. It takes effect at the commit, all contexts at once; contexts that the run
did not use stay as they were. A source counts as read when its frame is made, whether or not the frame is used: that
is when its files are chosen.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from threading import RLock
from typing import TYPE_CHECKING, Any

from awsglue.bookmarks.service import Begun, BookmarkService
from awsglue.notices import notice

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

ENABLE, PAUSE, DISABLE = "job-bookmark-enable", "job-bookmark-pause", "job-bookmark-disable"

#: Bytes of a state, all contexts together, and of what is told of sources; the service keeps 1 MiB of each.
MOST_BYTES = 1_000_000

#: The name under which a SparkContext, of which a process has one, carries its run's bookmarks.
_ATTRIBUTE = "_glue_bookmarks"


@dataclass(kw_only=True)
class Context:
    """One transformation_ctx of the run."""

    name: str
    #: What it names, to tell two uses of one name from each other, and for whoever looks at the bookmark.
    source: Mapping[str, Any]
    #: Its state before the run, as JSON: what is in it has been read. None when nothing has.
    before: Mapping[str, Any] | None
    #: Whether only what is in `until` is read, which None leaves nothing of.
    ranged: bool
    until: Mapping[str, Any] | None
    #: The number that a new state bears.
    run: int
    #: Bytes that its state may have, as it is now.
    room: Callable[[], int]
    #: Held from asking for the room until the next state is there: scripts read sources in threads.
    lock: RLock
    #: The state to be committed.
    after: Mapping[str, Any] | None = None
    #: What the source has found: the same for all frames that are made of it before the next commit.
    found: Any = None


@dataclass(kw_only=True)
class Bookmarks:
    """The bookmark in the hands of one run. Does nothing until it has begun, with enable or pause."""

    _service: BookmarkService | None = None
    _begun: Begun | None = None
    _writes: bool = False
    _rev: int = 0
    _state: dict[str, Any] = field(default_factory=dict)
    _sources: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    _contexts: dict[str, Context] = field(default_factory=dict)
    _lock: RLock = field(default_factory=RLock, repr=False, compare=False)

    def begin(
        self, service: BookmarkService | None, option: str, from_run: str | None = None, to_run: str | None = None
    ) -> None:
        """Fetch the bookmark. BookmarkError where the service refuses; without a service a notice says so."""
        if option == DISABLE or self._begun is not None:
            return
        if service is None:
            notice(
                "job bookmarks are kept by OpenGlue's service: outside of a run everything is read, and none is kept"
            )
            return
        self._begun = service.begin(option, from_run, to_run)
        self._service = service
        self._writes = option == ENABLE
        self._state = dict(self._begun.state)
        self._rev = self._begun.rev

    def context(self, name: str, source: Mapping[str, Any]) -> Context | None:
        """The context that a source names; None where it has no name, or the run has no bookmark.

        `source` says what it is. ValueError when the run has used the name for something else: AWS would mix them up,
        and lose what is new in one of them.
        """
        if self._begun is None or not name:
            return None
        with self._lock:
            known = self._sources.setdefault(name, source)
            if known != source:
                raise ValueError(
                    f"transformation_ctx {name!r} names two things in this run, {_described(known)} and"
                    f" {_described(source)}: their bookmarks would be mixed, give each a name of its own"
                )
            if name not in self._contexts:
                ranged = self._begun.from_state is not None or self._begun.to_state is not None
                before = (self._begun.from_state or {}) if ranged else self._state
                self._contexts[name] = Context(
                    name=name,
                    source=source,
                    before=before.get(name),
                    ranged=ranged,
                    until=(self._begun.to_state or {}).get(name),
                    run=self._begun.run,
                    room=partial(self._room, name),
                    lock=self._lock,
                )
            return self._contexts[name]

    @classmethod
    def rehearsed(cls, *, run: int, state: Mapping[str, Any]) -> Bookmarks:
        """A bookmark as the next run would have it, to look at what that run would do: no commit has any effect."""
        begun = Begun(rev=0, run=run, state=dict(state), from_state=None, to_state=None)
        return cls(_begun=begun, _state=dict(state))

    @property
    def contexts(self) -> Mapping[str, Context]:
        """Those that were asked for since the last commit, by name."""
        return self._contexts

    def commit(self) -> None:
        """Move the bookmark to what this run has read. BookmarkError when somebody else has moved it meanwhile."""
        if self._service is None or not self._writes:
            return
        with self._lock:
            state = self._after()
            self._rev = self._service.commit(self._rev, state, self._told())
            self._state = state
            for one in self._contexts.values():
                one.before, one.after, one.found = state.get(one.name), None, None

    def _after(self) -> dict[str, Any]:
        """The state as a commit would store it now."""
        return self._state | {name: one.after for name, one in self._contexts.items() if one.after is not None}

    def _told(self) -> dict[str, Mapping[str, Any]]:
        """The sources, of which only previews make use: no commit fails because of them. Where they are too much the
        longest are told without their paths, and none when that is not enough.
        """
        told = dict(self._sources)
        for name in sorted(told, key=lambda name: len(json.dumps(told[name])), reverse=True):
            if len(json.dumps(told)) <= MOST_BYTES:
                break
            if "paths" in told[name]:
                told[name] = {**told[name], "paths": []}
        return told if len(json.dumps(told)) <= MOST_BYTES else {}

    def _room(self, name: str) -> int:
        others = {other: state for other, state in self._after().items() if other != name}
        return MOST_BYTES - len(json.dumps(others))


def _described(source: Mapping[str, Any]) -> str:
    """A source in a few words, for the message about two that share a name."""
    words = [", ".join(value) if isinstance(value, list) else str(value) for value in source.values() if value]
    return f"({' '.join(words[:3])})"


def of(spark: SparkSession) -> Bookmarks:
    """The bookmarks of this run, the same for each GlueContext and each Job of the process."""
    context = spark.sparkContext
    found = getattr(context, _ATTRIBUTE, None)
    return found if isinstance(found, Bookmarks) else give(spark, Bookmarks())


def give(spark: SparkSession, bookmarks: Bookmarks) -> Bookmarks:
    """Let these be the bookmarks of all that is made in this process."""
    setattr(spark.sparkContext, _ATTRIBUTE, bookmarks)
    return bookmarks
