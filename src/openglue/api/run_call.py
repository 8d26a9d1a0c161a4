"""One call of the run protocol, and the answers other than 200."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from openglue.api.context import Context


class Refusal(Exception):  # noqa: N818 - not an error of ours: an answer
    """An answer other than 200."""

    def __init__(self, status: int, **body: Any) -> None:
        super().__init__(status, body)
        self.status = status
        self.body = body


@dataclass(frozen=True, kw_only=True)
class Call:
    """One authenticated request of the protocol."""

    context: Context
    run_id: str
    fence: int
    #: What follows the verb in the path: the name of a log stream.
    rest: str
    query: Mapping[str, str]
    body: bytes

    def document(self) -> dict[str, Any]:
        try:
            return msgspec.json.decode(self.body or b"{}", type=dict[str, Any])
        except msgspec.DecodeError as error:
            raise Refusal(400, reason=f"the body is no JSON object: {error}") from error


def stale() -> Refusal:
    return Refusal(409, reason="stale")
