"""One HTTP exchange over ASGI: a request's body within its limit and deadline, and an answer in one piece."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qsl

from openglue.api.aws_json import CONTENT_TYPE
from openglue.errors import InvalidInputException, SerializationException

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
ASGIApp = Callable[[Scope, Receive, Send], Awaitable[None]]

#: Seconds in which a body must have arrived.
BODY_DEADLINE_S = 30.0


def query(scope: Scope) -> dict[str, str]:
    """The parameters of a request's query string."""
    return dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))


async def read_body(receive: Receive, limit: int) -> bytes:
    """The whole body. Raises InvalidInputException beyond `limit` bytes, SerializationException when it breaks off."""
    message = await receive()
    if not message.get("more_body"):
        body: bytes = message.get("body", b"")
        return _limited(body, limit)

    async def rest() -> bytes:
        chunks, size = [message.get("body", b"")], len(message.get("body", b""))
        while size <= limit:
            part = await receive()
            if part["type"] == "http.disconnect":
                raise SerializationException("the client went away before its request was complete")
            chunks.append(part.get("body", b""))
            size += len(chunks[-1])
            if not part.get("more_body"):
                break
        return b"".join(chunks)

    try:
        return _limited(await asyncio.wait_for(rest(), BODY_DEADLINE_S), limit)
    except TimeoutError:
        raise SerializationException(f"the request did not arrive within {BODY_DEADLINE_S:.0f} s") from None


def _limited(body: bytes, limit: int) -> bytes:
    if len(body) > limit:
        raise InvalidInputException(f"Request size limit exceeded: {limit} bytes are read at most")
    return body


async def respond(
    send: Send, status: int, body: bytes, request_id: str | None = None, content_type: str = CONTENT_TYPE
) -> None:
    headers = [
        (b"content-type", content_type.encode()),
        (b"content-length", str(len(body)).encode()),
    ]
    if request_id is not None:
        headers.append((b"x-amzn-requestid", request_id.encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
