"""Which calls are recognised when they are sent again, and by what.

SDKs name a call by `amz-sdk-invocation-id`, which stays the same when they try again. Whoever calls may give a name of
their own in `X-OpenGlue-Idempotency-Token`, which then counts instead.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from openglue.api.caller import access_key
from openglue.errors import InvalidInputException
from openglue.store.idempotency import Once, of_invocation, of_token

#: Operations of Glue that would do more if they were done again; add here. Their handlers write with `write_once`.
REPEATABLE = frozenset(
    {
        "AWSGlue.BatchCreatePartition",
        "AWSGlue.CreateConnection",
        "AWSGlue.CreateDatabase",
        "AWSGlue.CreateJob",
        "AWSGlue.CreatePartition",
        "AWSGlue.CreateTable",
        "AWSGlue.CreateTrigger",
        "AWSGlue.ResetJobBookmark",
        "AWSGlue.StartJobRun",
        "AWSGlue.StartTrigger",
    }
)

TOKEN = b"x-openglue-idempotency-token"
INVOCATION = b"amz-sdk-invocation-id"

_PRINTABLE = re.compile(rb"[\x20-\x7e]{1,255}")


def recognised(operation: str, headers: Mapping[bytes, bytes], body: bytes, request: Mapping[str, Any]) -> Once | None:
    """How a call of a repeatable operation is known; None if nothing names it. Raises InvalidInputException."""
    token = headers.get(TOKEN)
    if token is not None:
        if not _PRINTABLE.fullmatch(token):
            raise InvalidInputException("X-OpenGlue-Idempotency-Token must have 1 to 255 printable ASCII characters.")
        return of_token(access_key(headers), operation, token, request)
    invocation = headers.get(INVOCATION)
    if not invocation:
        return None
    return of_invocation(access_key(headers), operation, invocation, body)
