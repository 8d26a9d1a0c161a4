"""The HTTP edge: one port, one plain ASGI callable.

A request is guarded (Host, Origin, smuggling), routed, read under a deadline and answered:

    POST /  with X-Amz-Target            -> an operation of Glue, or of a neighbour on the same endpoint
    /_openglue/run/v1/...                -> the run protocol
    /healthz                             -> 200 when ready
    signed for a service without a route -> an error that names the setting
    anything else                        -> S3
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

from openglue.api import guard, run_protocol
from openglue.api.aws_json import CONTENT_TYPE, Operation, encode_error, load_service
from openglue.api.context import Context
from openglue.api.neighbours.logs import OPERATIONS as LOGS_OPERATIONS
from openglue.api.operations import OPERATIONS, Handler
from openglue.errors import (
    AccessDeniedException,
    GlueError,
    InternalServiceException,
    InvalidInputException,
    SerializationException,
    UnknownOperationException,
)
from openglue.s3 import routes

log = logging.getLogger(__name__)

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
ASGIApp = Callable[[Scope, Receive, Send], Awaitable[None]]

#: Services answered here, by slice name; add a neighbour here.
SERVICES: dict[str, Mapping[str, Handler]] = {"glue": OPERATIONS, "logs": LOGS_OPERATIONS}

#: Bytes of a request body, for operations and for the run protocol (a chunk of a log).
BODY_LIMIT = 1 << 20
LOG_BODY_LIMIT = 8 << 20
#: Seconds in which a body must have arrived.
BODY_DEADLINE_S = 30.0


class App:
    """The service as an ASGI application."""

    def __init__(self, context: Context, s3: ASGIApp, hosts: frozenset[str]) -> None:
        self._context = context
        self._s3 = s3
        self._hosts = hosts
        self._targets = _targets(load_service(name) for name in SERVICES)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return  # no lifespan: server.py starts and stops the parts; no web sockets
        refusal = guard.check(scope, self._hosts)
        if refusal is not None:
            await _respond(send, 403 if isinstance(refusal, AccessDeniedException) else 400, encode_error(refusal))
            return
        headers: dict[bytes, bytes] = dict(scope["headers"])
        path: str = scope["path"]
        if b"x-amz-target" in headers:
            await self._operation(scope, headers, receive, send)
        elif path.startswith("/_openglue/"):
            await self._ours(scope, headers, receive, send)
        elif path == "/healthz":
            await _respond(send, 200, b"")
        elif (service := _signed_for(scope, headers)) not in (None, "s3"):
            await _refuse_service(send, UnknownOperationException(routes.unrouted_message(service)), headers)
        else:
            await self._s3(scope, receive, send)

    async def _operation(self, scope: Scope, headers: Mapping[bytes, bytes], receive: Receive, send: Send) -> None:
        """One AWS JSON 1.1 call: decode, do, encode; whatever goes wrong is told in the same protocol."""
        request_id = str(uuid.uuid4())
        target = headers[b"x-amz-target"].decode("latin-1")
        status = 200
        try:
            found = self._targets.get(target)
            if found is None:
                raise _unknown(target, _signed_for(scope, headers))
            operation, handler = found
            request = operation.decode(await _body(receive, BODY_LIMIT))
            answer = operation.encode(await handler(self._context, request))
        except GlueError as error:
            status, answer = error.status, encode_error(error)
            if status >= 500:
                log.error("%s %s: %s", request_id, target, error.message)  # noqa: TRY400 - expected
        except Exception:
            log.exception("%s %s", request_id, target)
            fault = InternalServiceException(f"An internal failure occurred; the server's log has it as {request_id}")
            status, answer = fault.status, encode_error(fault)
        await _respond(send, status, answer, request_id)

    async def _ours(self, scope: Scope, headers: Mapping[bytes, bytes], receive: Receive, send: Send) -> None:
        path: str = scope["path"]
        if not path.startswith(run_protocol.PREFIX) or scope["method"] != "POST":
            await _respond(send, 404, encode_error(InvalidInputException(f"nothing is served at {path}")))
            return
        try:
            body = await _body(receive, LOG_BODY_LIMIT)
            status, answer = await run_protocol.answer(
                self._context, path, _query(scope), headers.get(b"authorization", b"").decode("latin-1"), body
            )
        except GlueError as error:
            status, answer = error.status, encode_error(error)
        except Exception:
            log.exception("run protocol %s", path)
            status, answer = 500, b'{"reason":"internal failure"}'
        await _respond(send, status, answer)


def _targets(services: Any) -> dict[str, tuple[Operation, Handler]]:
    """`AWSGlue.StartJobRun` -> what decodes it and what does it."""
    targets = {}
    for service in services:
        for name, handler in SERVICES[service.name].items():
            targets[f"{service.target_prefix}.{name}"] = (service.operations[name], handler)
    return targets


def _signed_for(scope: Scope, headers: Mapping[bytes, bytes]) -> str | None:
    """The service that a request was signed for; None for an unsigned one."""
    return routes.service_of(headers.get(b"authorization", b"").decode("latin-1"), _query(scope))


def _unknown(target: str, service: str | None) -> UnknownOperationException:
    """A call to a service that has no route names the setting (design 8); one of ours names the operation."""
    if service is not None and service not in SERVICES:
        return UnknownOperationException(routes.unrouted_message(service))
    return UnknownOperationException(f"{target or 'an empty X-Amz-Target'} is not served by OpenGlue")


def _query(scope: Scope) -> dict[str, str]:
    return dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))


async def _body(receive: Receive, limit: int) -> bytes:
    """The whole body, within its limit and deadline."""
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


async def _refuse_service(send: Send, error: GlueError, headers: Mapping[bytes, bytes]) -> None:
    """Tell a client of another service in the protocol it speaks: services with form bodies expect XML."""
    if not headers.get(b"content-type", b"").startswith(b"application/x-www-form-urlencoded"):
        await _respond(send, error.status, encode_error(error))
        return
    told = f"<Code>{error.code}</Code><Message>{escape(error.message)}</Message>"
    body = (
        f"<ErrorResponse><Error><Type>Sender</Type>{told}</Error><RequestId>{uuid.uuid4()}</RequestId></ErrorResponse>"
    )
    await _respond(send, error.status, body.encode(), content_type="text/xml")


async def _respond(
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
