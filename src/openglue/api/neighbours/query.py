"""The AWS query protocol: parameters in a form or in the query string, answers and errors in XML.

AWS's older services speak it; Glue clients call two operations of them on the endpoint that they have for Glue.
Source: clients 0.2.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

from openglue.api.caller import Caller
from openglue.api.context import Context
from openglue.api.neighbours import iam, sts
from openglue.errors import GlueError, SerializationException, UnknownOperationException

CONTENT_TYPE = "text/xml"
FORM = b"application/x-www-form-urlencoded"

#: Parameters of one request.
_MOST_PARAMETERS = 1000

Handler = Callable[[Context, Caller, Mapping[str, str]], Awaitable[dict[str, Any]]]

# What XML cannot hold, also as an escape.
_NO_XML = re.compile(r"[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\U00010000-\U0010FFFF]")
#: Characters of a parameter that a message repeats.
_SAID = 100

#: What errors are called here that have another name in JSON.
_CODES = {
    "ValidationException": "ValidationError",
    "SerializationException": "MalformedQueryString",
    "InternalServiceException": "InternalFailure",
}


@dataclass(frozen=True, kw_only=True)
class Service:
    #: The API's version, which every request names.
    version: str
    operations: Mapping[str, Handler]


#: Neighbours that speak the query protocol, by the name that requests are signed for; add one here.
SERVICES: dict[str, Service] = {
    "sts": Service(version="2011-06-15", operations={"GetCallerIdentity": sts.get_caller_identity}),
    "iam": Service(version="2010-05-08", operations={"GetRole": iam.get_role}),
}


def parameters(text: bytes) -> dict[str, str]:
    """The parameters in a form, or in a query string. Raises SerializationException."""
    try:
        pairs = parse_qsl(text.decode(), keep_blank_values=True, max_num_fields=_MOST_PARAMETERS, errors="strict")
    except ValueError as error:
        raise SerializationException(f"The request's parameters cannot be read: {error}") from None
    return dict(pairs)


async def answer(context: Context, service: str | None, caller: Caller, given: Mapping[str, str]) -> bytes:
    """Do what the parameters ask for; `service` None is told by their Version. Raises GlueError."""
    action, version = given.get("Action", ""), given.get("Version", "")
    unknown = f"Could not find operation {action[:_SAID]} for version {version[:_SAID]}"
    if service is None:
        service = next((name for name, row in SERVICES.items() if row.version == version), None)
    if service is None:
        raise UnknownOperationException(unknown)
    handler = SERVICES[service].operations.get(action)
    if handler is None:
        served = ", ".join(SERVICES[service].operations)
        raise UnknownOperationException(
            f"{unknown}: of {service} OpenGlue serves {served}. "
            f"For all of it set routes: {service} = a URL, or 'aws' for the real service"
        )
    return _encode(service, action, await handler(context, caller, given))


def encode_error(error: GlueError) -> bytes:
    """The body of an error response; `error.status` is its HTTP status."""
    blame = "Sender" if error.status < 500 else "Receiver"
    told = {"Type": blame, "Code": _CODES.get(error.code, error.code), "Message": error.message}
    return f"<ErrorResponse>{_elements({'Error': told, 'RequestId': str(uuid.uuid4())})}</ErrorResponse>".encode()


def _encode(service: str, action: str, result: Mapping[str, Any]) -> bytes:
    namespace = f"https://{service}.amazonaws.com/doc/{SERVICES[service].version}/"
    content = _elements({f"{action}Result": result, "ResponseMetadata": {"RequestId": str(uuid.uuid4())}})
    return f'<{action}Response xmlns="{namespace}">{content}</{action}Response>'.encode()


def _elements(members: Mapping[str, Any]) -> str:
    return "".join(f"<{name}>{_content(value)}</{name}>" for name, value in members.items())


def _content(value: Any) -> str:
    return _elements(value) if isinstance(value, Mapping) else escape(_NO_XML.sub("\ufffd", str(value)))
