"""A connection that can be given up.

Ending a response waits until the client has read it. A client that does not read would keep its connection and what it
has not read for as long as it lives.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_ABORT = "openglue.abort"


class Connection(HttpToolsProtocol):
    """The HTTP protocol of the server: each request knows how to drop its connection."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["state"][_ABORT] = self.transport.abort


def abort(scope: MutableMapping[str, Any]) -> None:
    """Drop the connection of a request, with what its client has not read."""
    scope["state"][_ABORT]()
