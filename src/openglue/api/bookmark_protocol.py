"""The verbs of the run protocol by which a script goes on from its job's bookmark and moves it (design 5).

    bookmark/begin    {"option", "from", "to"}      200 {"rev", "version", "run", "attempt", "state", "from_state",
                                                    "to_state", "started_on"}
    bookmark/commit   {"rev", "state", "sources"}   200 {"rev"}

`option` is job-bookmark-enable, which writes a version, or job-bookmark-pause, which may name a range of runs and
commits nothing. States and sources are objects by transformation_ctx. Both may be called again after a lost answer.

400: the call is wrong. 409: the run is over ("stale"), or somebody else has moved the bookmark since it began.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import msgspec
from msgspec import Raw, Struct, field

from openglue.api.run_call import Call, stale
from openglue.errors import InvalidInputException
from openglue.model.bookmark import Bookmark
from openglue.model.bookmark_entry import Sources, State, sources_text, state_text
from openglue.store import bookmarking
from openglue.store.bookmarking import Begun, Range
from openglue.store.database import Tx

T = TypeVar("T")

ENABLE, PAUSE = "job-bookmark-enable", "job-bookmark-pause"


class _Begin(Struct):
    option: str
    since: str | None = field(name="from", default=None)
    until: str | None = field(name="to", default=None)

    def wanted(self) -> Range | None:
        """The range of runs that is asked for. Raises InvalidInputException for what is none."""
        if self.option not in (ENABLE, PAUSE):
            raise InvalidInputException(f"option is {self.option!r}: {ENABLE} or {PAUSE} is expected")
        if self.since is None and self.until is None:
            return None
        if self.option != PAUSE or self.since is None or self.until is None:
            raise InvalidInputException(f"from and to come together, and with {PAUSE}")
        return Range(since=self.since, until=self.until)


class _Commit(Struct):
    rev: int
    state: State
    sources: Sources


async def begin(call: Call) -> dict[str, Any]:
    """Job.init: what the run goes on from."""
    asked = _read(call, _Begin)
    wanted = asked.wanted()
    now = call.context.clock.now()

    def work(tx: Tx) -> Begun | None:
        if asked.option == PAUSE:
            return bookmarking.look(tx, call.run_id, wanted, fence=call.fence)
        return bookmarking.begin(tx, call.run_id, fence=call.fence, now=now)

    begun = await call.context.write(work)
    if begun is None:
        raise stale()
    call.context.faults.reach("bookmark: after begin")
    bookmark = begun.bookmark
    return {
        "rev": bookmark.rev,
        "version": bookmark.version,
        "run": bookmark.run,
        "attempt": bookmark.attempt,
        "state": _raw(bookmark.state),
        "from_state": _raw(begun.since),
        "to_state": _raw(begun.until),
        "started_on": begun.run.started_on,
    }


async def commit(call: Call) -> dict[str, Any]:
    """Job.commit: move the bookmark, or say who was first."""
    asked = _read(call, _Commit)
    state, sources = state_text(asked.state), sources_text(asked.sources)
    now = call.context.clock.now()

    def work(tx: Tx) -> Bookmark | None:
        return bookmarking.commit(
            tx, call.run_id, fence=call.fence, rev=asked.rev, state=state, sources=sources, now=now
        )

    call.context.faults.reach("bookmark: before commit")
    committed = await call.context.write(work)
    if committed is None:
        raise stale()
    call.context.faults.reach("bookmark: after commit")
    return {"rev": committed.rev}


#: The verbs that the script's own token is good for.
VERBS: dict[str, Callable[[Call], Awaitable[dict[str, Any]]]] = {"bookmark/begin": begin, "bookmark/commit": commit}


def _read(call: Call, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(call.body, type=kind)
    except (msgspec.DecodeError, RecursionError) as error:
        raise InvalidInputException(f"the call cannot be read: {error}") from error


def _raw(state: str | None) -> Raw | None:
    return None if state is None else Raw(state.encode())
