"""HTTP to our own server, over one kept connection.

`http.client` would do, but importing it takes longer than everything else that a runner needs to start; our server
always answers with Content-Length, and this reads nothing else.
"""

from __future__ import annotations

import socket
from collections.abc import Mapping
from urllib.parse import urlsplit

#: Bytes of an answer's head, and of its body, at most.
HEAD_LIMIT = 64 << 10
BODY_LIMIT = 1 << 20


class WireError(Exception):
    """The exchange failed: the server is away, or closed the connection, or answered what cannot be read."""


class Connection:
    def __init__(self, url: str, timeout_s: float) -> None:
        address = urlsplit(url)
        self._host = address.netloc
        try:
            self._socket = socket.create_connection((address.hostname or "", address.port or 80), timeout_s)
        except OSError as error:
            raise WireError(str(error)) from error
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._read = b""

    def close(self) -> None:
        self._socket.close()

    def post(self, target: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
        """Send one request and read its answer: status and body."""
        lines = [f"POST {target} HTTP/1.1", f"Host: {self._host}", f"Content-Length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        try:
            self._socket.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
            return self._answer()
        except (OSError, ValueError) as error:
            self.close()
            raise WireError(str(error)) from error

    def _answer(self) -> tuple[int, bytes]:
        while b"\r\n\r\n" not in self._read:
            self._more(HEAD_LIMIT)
        head, _, self._read = self._read.partition(b"\r\n\r\n")
        status_line, *fields = head.decode("latin-1").split("\r\n")
        headers = {name.strip().lower(): value.strip() for name, _, value in (field.partition(":") for field in fields)}
        length = int(headers["content-length"]) if "content-length" in headers else 0
        if length > BODY_LIMIT:
            raise ValueError(f"an answer of {length} bytes")
        while len(self._read) < length:
            self._more(length + HEAD_LIMIT)
        body, self._read = self._read[:length], self._read[length:]
        return int(status_line.split(" ", 2)[1]), body

    def _more(self, limit: int) -> None:
        data = self._socket.recv(65536)
        if not data:
            raise ValueError("the server closed the connection")
        self._read += data
        if len(self._read) > limit:
            raise ValueError("the answer is too long")
