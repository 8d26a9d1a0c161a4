"""The HTTP face of the embedded S3: a plain ASGI callable that lets bytes through and keeps none.

The work on files is done by a few threads; the event loop only carries. Every wait for a client has a deadline, and
a client that goes away ends what it asked for.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, TypeVar

from openglue.s3 import documents
from openglue.s3.answers import Answer
from openglue.s3.embedded import EmbeddedS3
from openglue.s3.faults import S3Error
from openglue.s3.operations import Served, Streamed, operation_of
from openglue.s3.requests import Request, parse_request

log = logging.getLogger(__name__)

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
_T = TypeVar("_T")

#: Seconds without a byte after which a client is given up.
IDLE_S = 60.0
#: Bytes of a body that is no object: the longest is a DeleteObjects of 1000 keys.
SMALL_BODY = 8 << 20
#: Bytes that go to a file, or come from one, at a time: fewer would be spent on changing threads.
PIECE = 1 << 20
_THREADS = 8


class _GoneError(Exception):
    """The client went away."""


class _Body:
    """The body of a request, as it comes. Raises S3Error (RequestTimeout) when nothing comes, _GoneError."""

    def __init__(self, receive: Receive, idle_s: float) -> None:
        self._receive = receive
        self._idle_s = idle_s
        self.ended = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while not self.ended:
            try:
                async with asyncio.timeout(self._idle_s):
                    message = await self._receive()
            except TimeoutError:
                raise S3Error("RequestTimeout") from None
            if message["type"] == "http.disconnect":
                raise _GoneError
            self.ended = not message.get("more_body", False)
            yield message.get("body", b"")

    async def drained(self, headers: Iterable[tuple[bytes, bytes]]) -> bool:
        """Whether the connection can take another request: what is left of this one's body, if it is small, is read.

        A client that still waits for 100 Continue will not send it. Its next request would be taken for the body.
        """
        if self.ended:
            return True
        found = dict(headers)
        length = found.get(b"content-length", b"0")
        if b"transfer-encoding" in found or b"expect" in found or not length.isdigit() or int(length) > PIECE:
            return False
        try:
            async for _ in self:
                pass
        except (S3Error, _GoneError):
            return False
        return True


class S3App:
    """Serve one EmbeddedS3. The caller has checked who asks, and that it is S3 that is asked."""

    def __init__(self, embedded: EmbeddedS3, *, idle_s: float = IDLE_S) -> None:
        self._embedded = embedded
        self._idle_s = idle_s
        # Threads of its own, made on demand: a slow disk must not keep others from the event loop's common ones.
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="s3")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request_id = secrets.token_hex(8).upper()
        path: str = scope["path"]
        body = _Body(receive, self._idle_s)
        try:
            answer = await self._answer(scope, body)
        except _GoneError:
            return
        except S3Error as error:
            if error.status >= 500 and error.code != "NotImplemented":
                log.error("S3 %s %s %s: %s", request_id, scope["method"], path, error)  # noqa: TRY400 - expected
            answer = _refusal(error, path, request_id)
        except Exception:
            log.exception("S3 %s %s %s", request_id, scope["method"], path)
            answer = _refusal(S3Error("InternalError"), path, request_id)
        if not await body.drained(scope["headers"]):
            answer = replace(answer, headers={**answer.headers, "connection": "close"})
        await self._send(answer, scope["method"], request_id, send)

    async def _answer(self, scope: Scope, body: _Body) -> Answer:
        raw_path: bytes = scope.get("raw_path") or scope["path"].encode()
        request = parse_request(scope["method"], raw_path, scope["query_string"], scope["headers"])
        operation = operation_of(request)
        if isinstance(operation, Streamed):
            return await self._take(operation, request, body)
        return await self._serve(operation, request, body)

    async def _serve(self, operation: Served, request: Request, body: _Body) -> Answer:
        text = bytearray()
        async for piece in body:
            text += piece
            if len(text) > SMALL_BODY:
                raise S3Error("EntityTooLarge")
        return await self._work(self._embedded.answer, operation, replace(request, body=bytes(text)))

    async def _take(self, operation: Streamed, request: Request, body: _Body) -> Answer:
        # Nothing is received before this: a client that waits for 100 Continue keeps the bytes of what is refused.
        incoming = await self._work(self._embedded.begin, operation, request)
        try:
            pending = bytearray()
            async for piece in body:
                pending += piece
                if len(pending) >= PIECE or body.ended:
                    await self._work(incoming.write, bytes(pending))
                    pending.clear()
        except BaseException:
            await self._work(incoming.discard)
            raise
        return await self._work(self._embedded.end, operation, request, incoming)

    async def _send(self, answer: Answer, method: str, request_id: str, send: Send) -> None:
        headers = {"x-amz-request-id": request_id, **answer.headers}
        if answer.file is None and method != "HEAD" and answer.status not in (204, 304):
            headers["content-length"] = str(len(answer.body))
        try:
            await send(
                {
                    "type": "http.response.start",
                    "status": answer.status,
                    "headers": [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()],
                }
            )
            left = answer.length if answer.file is not None else 0
            while answer.file is not None and left:
                piece = await self._work(answer.file.read, min(left, PIECE))
                if not piece:
                    # Said and done differ. Breaking the connection off is the only way left to tell.
                    raise OSError("the file became shorter while it was sent")
                left -= len(piece)
                # A client that does not take its bytes is given up; one that went away makes this a no-op.
                async with asyncio.timeout(self._idle_s):
                    await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": answer.body})
        finally:
            if answer.file is not None:
                answer.file.close()

    async def _work(self, function: Callable[..., _T], *arguments: Any) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, function, *arguments)


def _refusal(error: S3Error, path: str, request_id: str) -> Answer:
    if error.status == 304:
        return Answer(status=304)
    body = documents.fault(error, path, request_id)
    return Answer(status=error.status, headers={"content-type": "application/xml"}, body=body)
