"""NextToken: where a page ended, in hex, authenticated and bound to its operation and filters.

The position is in the token itself, so a token is good on every server of one database and after a restart (design
10). Hex survives what botocore does to a StartingToken (spec/clients).
"""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

from openglue.errors import InvalidInputException

_MAC_BYTES = 16


class Tokens:
    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def issue(self, operation: str, filters: dict[str, Any], position: str | int) -> str:
        body = json.dumps(position).encode()
        return (self._mac(operation, filters, body) + body).hex()

    def read(self, operation: str, filters: dict[str, Any], token: str | None) -> Any:
        """The position in a token; None without one. A token that was not issued for this call is refused."""
        if not token:  # some clients send an empty one for the first page
            return None
        try:
            raw = bytes.fromhex(token)
        except ValueError:
            raw = b""
        mac, body = raw[:_MAC_BYTES], raw[_MAC_BYTES:]
        if not hmac.compare_digest(mac, self._mac(operation, filters, body)):
            raise InvalidInputException("NextToken is invalid: it was not issued for this operation and these filters")
        return json.loads(body)

    def _mac(self, operation: str, filters: dict[str, Any], body: bytes) -> bytes:
        bound = json.dumps([operation, filters], sort_keys=True).encode()
        return hmac.new(self._secret, bound + b"\0" + body, hashlib.sha256).digest()[:_MAC_BYTES]
