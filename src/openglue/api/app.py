"""The HTTP edge: one port, one plain ASGI callable.

A request is guarded (Host, Origin, smuggling), routed, read under a deadline and answered:

    with X-Amz-Target                    -> an operation of Glue, or of a neighbour on the same endpoint (JSON)
    /_openglue/...                       -> what is our own: see OURS
    /healthz                             -> 200 when ready
    signed for STS or IAM, or a form     -> an operation of a neighbour that speaks the query protocol (XML)
    signed for a service without a route -> an error that names the setting
    anything else                        -> S3
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

from openglue.api import events, guard, run_protocol
from openglue.api.aws_json import Operation, encode_error, load_service
from openglue.api.caller import caller
from openglue.api.context import Context
from openglue.api.exchange import ASGIApp, Receive, Scope, Send, query, read_body, respond
from openglue.api.neighbours import query as query_protocol
from openglue.api.neighbours.logs import OPERATIONS as LOGS_OPERATIONS
from openglue.api.operations import OPERATIONS, Handler
from openglue.api.operations.openglue import OPERATIONS as OWN_OPERATIONS
from openglue.api.operations.rehearsal import fail_if_planned
from openglue.api.repeats import REPEATABLE, recognised
from openglue.errors import (
    AccessDeniedException,
    GlueError,
    InternalServiceException,
    InvalidInputException,
    UnknownOperationException,
)
from openglue.s3 import routes

log = logging.getLogger(__name__)

#: Services that speak AWS JSON, by slice name; add a neighbour here. Those that speak the query protocol are in
#: neighbours/query.py.
SERVICES: dict[str, Mapping[str, Handler]] = {"glue": OPERATIONS, "logs": LOGS_OPERATIONS, "openglue": OWN_OPERATIONS}

#: Bytes of a request body, for operations and for the run protocol (a chunk of a log).
BODY_LIMIT = 1 << 20
LOG_BODY_LIMIT = 8 << 20
#: Operations whose bodies may be larger; add here. A bookmark and its sources have 1 MiB each, before they are escaped.
BODY_LIMITS = {"OpenGlue.ImportJobBookmark": 8 << 20}


async def _run_protocol(context: Context, scope: Scope, receive: Receive, send: Send) -> None:
    path: str = scope["path"]
    if scope["method"] != "POST":
        await _nothing_here(send, path)
        return
    headers: dict[bytes, bytes] = dict(scope["headers"])
    try:
        body = await read_body(receive, LOG_BODY_LIMIT)
        status, answer = await run_protocol.answer(
            context, path, query(scope), headers.get(b"authorization", b"").decode("latin-1"), body
        )
    except GlueError as error:
        status, answer = error.status, encode_error(error)
    except Exception:
        log.exception("run protocol %s", path)
        status, answer = 500, b'{"reason":"internal failure"}'
    await respond(send, status, answer)


#: What is our own below /_openglue/, by what its paths begin with; add here.
OURS: dict[str, Callable[[Context, Scope, Receive, Send], Awaitable[None]]] = {
    run_protocol.PREFIX: _run_protocol,
    events.PATH: events.serve,
}


class App:
    """The service as an ASGI application."""

    def __init__(self, context: Context, s3: ASGIApp, hosts: frozenset[str]) -> None:
        self._context = context
        self._s3 = s3
        self._hosts = hosts
        self._targets = _targets()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return  # no lifespan: server.py starts and stops the parts; no web sockets
        refusal = guard.check(scope, self._hosts)
        if refusal is not None:
            await respond(send, 403 if isinstance(refusal, AccessDeniedException) else 400, encode_error(refusal))
            return
        headers: dict[bytes, bytes] = dict(scope["headers"])
        path: str = scope["path"]
        if b"x-amz-target" in headers:
            await self._operation(scope, headers, receive, send)
        elif path.startswith("/_openglue/"):
            await self._ours(scope, receive, send)
        elif path == "/healthz":
            await respond(send, 200, b"")
        else:
            await self._elsewhere(scope, headers, receive, send)

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
            body = await read_body(receive, BODY_LIMITS.get(target, BODY_LIMIT))
            if self._context.rehearsal is not None and operation.service.name == "glue":
                fail_if_planned(self._context.rehearsal, operation.name)
            request = operation.decode(body)
            context = self._context
            if target in REPEATABLE and (once := recognised(target, headers, body, request)) is not None:
                context = replace(context, once=once)
            answer = operation.encode(await handler(context, request))
        except GlueError as error:
            status, answer = error.status, encode_error(error)
            if status >= 500:
                log.error("%s %s: %s", request_id, target, error.message)  # noqa: TRY400 - expected
        except Exception:
            log.exception("%s %s", request_id, target)
            fault = _internal(request_id)
            status, answer = fault.status, encode_error(fault)
        await respond(send, status, answer, request_id)

    async def _ours(self, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope["path"]
        serve = next((serve for prefix, serve in OURS.items() if path.startswith(prefix)), None)
        if serve is None:
            await _nothing_here(send, path)
        else:
            await serve(self._context, scope, receive, send)

    async def _elsewhere(self, scope: Scope, headers: Mapping[bytes, bytes], receive: Receive, send: Send) -> None:
        """A neighbour in the query protocol, a service that is not served, or S3."""
        service = _signed_for(scope, headers)
        content_type = headers.get(b"content-type", b"")
        form = content_type.startswith(query_protocol.FORM)
        if service in query_protocol.SERVICES or (service is None and form and scope["path"] == "/"):
            await self._query(service, scope, headers, receive, send)
        elif service not in (None, "s3") or content_type.startswith(b"application/x-amz-json"):
            await _refuse(send, _unknown("", service), xml=form and service not in SERVICES)
        else:
            await self._s3(scope, receive, send)

    async def _query(
        self, service: str | None, scope: Scope, headers: Mapping[bytes, bytes], receive: Receive, send: Send
    ) -> None:
        """One call in the query protocol; whatever goes wrong is told in the same protocol."""
        request_id = str(uuid.uuid4())
        try:
            in_query = query(scope)
            body = await read_body(receive, BODY_LIMIT)
            given = query_protocol.parameters(body) if scope["method"] == "POST" else in_query
            answer = await query_protocol.answer(self._context, service, caller(headers, in_query), given)
        except GlueError as error:
            if error.status >= 500:
                log.error("%s %s: %s", request_id, service, error.message)  # noqa: TRY400 - expected
            await _refuse(send, error, xml=True)
        except Exception:
            log.exception("%s %s", request_id, service)
            await _refuse(send, _internal(request_id), xml=True)
        else:
            await respond(send, 200, answer, request_id, query_protocol.CONTENT_TYPE)


def _targets() -> dict[str, tuple[Operation, Handler]]:
    """`AWSGlue.StartJobRun` -> what decodes it and what does it."""
    targets = {}
    for service in map(load_service, SERVICES):
        for name, handler in SERVICES[service.name].items():
            targets[f"{service.target_prefix}.{name}"] = (service.operations[name], handler)
    return targets


def _signed_for(scope: Scope, headers: Mapping[bytes, bytes]) -> str | None:
    """The service that a request was signed for; None for an unsigned one."""
    return routes.service_of(headers.get(b"authorization", b"").decode("latin-1"), query(scope))


def _unknown(target: str, service: str | None) -> UnknownOperationException:
    """A call to a service that has no route names the setting (design 8); one of ours names the operation."""
    if service is not None and service not in SERVICES:
        return UnknownOperationException(routes.unrouted_message(service))
    return UnknownOperationException(f"{target or 'an empty X-Amz-Target'} is not served by OpenGlue")


def _internal(request_id: str) -> InternalServiceException:
    return InternalServiceException(f"An internal failure occurred; the server's log has it as {request_id}")


async def _nothing_here(send: Send, path: str) -> None:
    await respond(send, 404, encode_error(InvalidInputException(f"nothing is served at {path}")))


async def _refuse(send: Send, error: GlueError, *, xml: bool) -> None:
    """Tell a client in the protocol that it speaks: services with form bodies expect XML."""
    if xml:
        await respond(send, error.status, query_protocol.encode_error(error), None, query_protocol.CONTENT_TYPE)
    else:
        await respond(send, error.status, encode_error(error))
