"""The stream of events, as server-sent events: `GET /_openglue/events`.

    id: 12
    event: Glue Job State Change
    data: {"version":"0","id":...}          the whole event, as EventBridge has it

A stream begins with an id and no event: whoever connects again with that Last-Event-ID misses nothing and gets nothing
twice, also before the first event. A reader costs at most a chunk and the connection's buffer of memory; one that does
not read is dropped.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import msgspec

from openglue.api.aws_json import encode_error
from openglue.api.connection import abort
from openglue.api.context import Context
from openglue.api.exchange import Receive, Scope, Send, query, respond
from openglue.errors import GlueError, InvalidInputException, ThrottlingException
from openglue.model.event import RUN_STATUS, STATE_CHANGE, Event
from openglue.store import outbox
from openglue.store.database import Tx

log = logging.getLogger(__name__)

PATH = "/_openglue/events"
#: Events of one read of the store, and bytes of one write to a reader, the event that exceeds them included.
BATCH = 100
CHUNK = 32 << 10
#: Largest `last`.
LAST = 1000
#: Seconds of silence after which a reader is told that the stream is still there.
KEEP_ALIVE_S = 10.0
#: Seconds in which a reader must take a chunk.
STALL_S = 10.0
#: Seconds for the last bytes of a stream that the server ends.
END_S = 1.0
#: Milliseconds that a browser waits before it connects again.
_RETRY_MS = 1000
_PARAMETERS = ("after", "last", "follow", "job", "detail-type")
_KINDS = (STATE_CHANGE, RUN_STATUS)
#: Digits of the numbers that are taken: what a database can hold has one more.
_DIGITS = 18
_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    # Some proxies would keep events to themselves until there are more.
    (b"x-accel-buffering", b"no"),
]


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What a reader asked for."""

    #: Number of the last event that it has; or how many of the last ones it wants first; or neither: from now on.
    after: int | None
    last: int | None
    follow: bool
    job: str | None
    kind: str | None

    def takes(self, event: Event) -> bool:
        return self.kind in (None, event.kind) and self.job in (None, event.detail.get("jobName"))


def parse(parameters: Mapping[str, str], last_event_id: str) -> Wish:
    """What a request asks for; what a reader that connects again has prevails. Raises InvalidInputException."""
    unknown = sorted(parameters.keys() - set(_PARAMETERS))
    if unknown:
        raise InvalidInputException(f"{unknown[0]} is no parameter of the events; there are {', '.join(_PARAMETERS)}")
    if "after" in parameters and "last" in parameters:
        raise InvalidInputException("after and last exclude each other")
    follow = parameters.get("follow", "true")
    if follow not in ("true", "false"):
        raise InvalidInputException("follow must be true or false")
    kind = parameters.get("detail-type")
    if kind not in (None, *_KINDS):
        raise InvalidInputException(f"detail-type must be one of: {', '.join(_KINDS)}")
    after = _number("after", parameters.get("after"))
    last = _number("last", parameters.get("last"), LAST)
    if last_event_id:
        after, last = _number("Last-Event-ID", last_event_id), None
    return Wish(after=after, last=last, follow=follow == "true", job=parameters.get("job"), kind=kind)


async def serve(context: Context, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer a reader until it has what it asked for, goes away or does not read, or the server stops."""
    path = scope["path"]
    if path != PATH or scope["method"] != "GET":
        await respond(send, 404, encode_error(InvalidInputException(f"nothing is served at {scope['method']} {path}")))
        return
    last_event_id = dict(scope["headers"]).get(b"last-event-id", b"").decode("latin-1")
    try:
        wish = parse(query(scope), last_event_id)
        with context.feed.reader(lambda: context.read(outbox.newest)):
            position, end = await _begin(context, wish)
            await _race(context, scope, _Telling(context, wish, send).tell(position, end), receive, send)
    except GlueError as error:
        status = 429 if isinstance(error, ThrottlingException) else error.status
        await respond(send, status, encode_error(error))


async def _begin(context: Context, wish: Wish) -> tuple[int, int]:
    """The number behind which a reader begins, and that of the last event there is."""
    newest = await context.read(outbox.newest)
    context.feed.moved(newest)
    if wish.last is not None:
        return await _behind_last(context, wish, wish.last, newest), newest
    if wish.after is not None:
        # A number that has not been given yet is from another database: nobody can wait for it.
        return min(wish.after, newest), newest
    return (newest if wish.follow else 0), newest


async def _behind_last(context: Context, wish: Wish, count: int, newest: int) -> int:
    """The number behind which there are `count` events that the reader takes, or all that there are."""
    position = newest + 1
    while count:
        events = await _read(context, outbox.before, position)
        if not events:
            break
        for event in events:
            if count:
                position = event.seq
                count -= wish.takes(event)
    return position - 1


async def _read(context: Context, direction: Callable[..., list[Event]], seq: int) -> list[Event]:
    def read(tx: Tx) -> list[Event]:
        return direction(tx, seq, limit=BATCH)

    return await context.feed.turn(lambda: context.read(read))


async def _race(context: Context, scope: Scope, telling: Any, receive: Receive, send: Send) -> None:
    """Tell until that is done, or nobody is there any more, or the server stops; then end the response."""
    tasks = [asyncio.ensure_future(work) for work in (telling, _gone(receive), context.feed.closed.wait())]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        is_gone = tasks[1].done()
        for task in tasks:
            task.cancel()
        failure, *_ = await asyncio.gather(*tasks, return_exceptions=True)
    if is_gone:
        return
    if isinstance(failure, Exception) and not isinstance(failure, TimeoutError):
        # The response has begun. The reader connects again, and goes on where it was.
        log.error("a stream of events ends early: %s", failure)
    if not isinstance(failure, TimeoutError):
        with suppress(TimeoutError):
            async with asyncio.timeout(END_S):
                await send({"type": "http.response.body", "body": b""})
            return
    log.info("a reader of events that does not read is dropped")
    abort(scope)
    with suppress(TimeoutError):
        await asyncio.wait_for(_gone(receive), END_S)


async def _gone(receive: Receive) -> None:
    """Wait until the client has closed its connection."""
    while (await receive())["type"] != "http.disconnect":
        pass


class _Telling:
    """What is written to one reader."""

    def __init__(self, context: Context, wish: Wish, send: Send) -> None:
        self._context = context
        self._wish = wish
        self._send = send
        self._written_at = context.clock.boot()

    async def tell(self, position: int, end: int) -> None:
        """Write the events behind `position`, and go on for a reader that follows. TimeoutError: it does not read."""
        async with asyncio.timeout(STALL_S):
            await self._send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
        await self._write(f"retry: {_RETRY_MS}\nid: {position}\n\n".encode())
        while self._wish.follow or position < end:
            if self._context.feed.newest > position:
                events = await _read(self._context, outbox.after, position)
                for chunk in self._chunks(events):
                    await self._write(chunk)
                # Nothing there: it was pruned meanwhile.
                position = events[-1].seq if events else self._context.feed.newest
            else:
                await self._context.feed.wait(position, self._silence_left_s())
            if self._silence_left_s() <= 0:
                await self._write(f": still here\nid: {position}\n\n".encode())

    def _silence_left_s(self) -> float:
        return KEEP_ALIVE_S - (self._context.clock.boot() - self._written_at) / 1000

    async def _write(self, chunk: bytes) -> None:
        async with asyncio.timeout(STALL_S):
            await self._send({"type": "http.response.body", "body": chunk, "more_body": True})
        self._written_at = self._context.clock.boot()

    def _chunks(self, events: list[Event]) -> Iterator[bytes]:
        config = self._context.config
        parts: list[bytes] = []
        for event in filter(self._wish.takes, events):
            data = msgspec.json.encode(event.body(account=config.account, region=config.region))
            parts.append(b"id: %d\nevent: %b\ndata: %b\n\n" % (event.seq, event.kind.encode(), data))
            if sum(map(len, parts)) >= CHUNK:
                yield b"".join(parts)
                parts = []
        if parts:
            yield b"".join(parts)


def _number(name: str, text: str | None, most: int | None = None) -> int | None:
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= _DIGITS) or (most is not None and int(text) > most):
        raise InvalidInputException(f"{name} must be a whole number" + ("" if most is None else f" up to {most}"))
    return int(text)
