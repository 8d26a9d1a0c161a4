"""The receiver of a webhook: one HTTP call for one event, and what its answer means.

Redirects are not followed: what the setting names is what is called, and that was checked at the start.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
from base64 import b64encode
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from urllib.parse import SplitResult, unquote, urlsplit

_AGENT = "openglue"
#: Bytes of an answer that are read, so that its connection can be used again.
_ANSWER = 64 << 10
#: Answers of the 4xx kind that mean: later.
_LATER = frozenset({408, 425, 429})


class Verdict(Enum):
    """What became of an event."""

    DELIVERED = "delivered"
    REFUSED = "refused"  #: this event, or this caller: the same again will hardly help
    FAILED = "failed"  #: the receiver was called, and did not do it
    UNREACHED = "unreached"  #: there was no receiver: it knows nothing of the event


@dataclass(frozen=True, kw_only=True)
class Answer:
    verdict: Verdict
    #: Why, for the log.
    reason: str


class UrlError(Exception):
    """A URL that is no webhook's; the message says why. It does not repeat the URL, which may hold a secret."""


def check(url: str) -> SplitResult:
    """The parts of a webhook's URL. Raises UrlError."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise UrlError(f"it cannot be read: {error}") from None
    if parts.scheme not in ("http", "https"):
        raise UrlError(f"its scheme is {parts.scheme or 'missing'}: http and https are called")
    if not parts.hostname or port == 0:
        raise UrlError("it names no host to call")
    if not url.isascii() or any(letter <= " " or letter == "\x7f" for letter in url):
        raise UrlError("it holds characters that must be percent-encoded")
    return parts


class Receiver:
    """Calls one URL. `post` and `close` are for one thread; `shut` may come from any."""

    def __init__(self, url: str, timeout_s: float) -> None:
        self._parts = check(url)
        self._timeout_s = timeout_s
        self._headers = {"Content-Type": "application/json", "User-Agent": _AGENT}
        if self._parts.username is not None:
            known = f"{unquote(self._parts.username)}:{unquote(self._parts.password or '')}"
            self._headers["Authorization"] = f"Basic {b64encode(known.encode()).decode()}"
        path = self._parts.path or "/"
        self._target = f"{path}?{self._parts.query}" if self._parts.query else path
        self._connection: http.client.HTTPConnection | None = None
        #: The present call has taken too long; no call is wanted any more.
        self._late = False
        self._shut = False

    @property
    def name(self) -> str:
        """Where it is, without what may be secret."""
        return f"{self._parts.scheme}://{self._parts.hostname}"

    def post(self, body: bytes) -> Answer:
        """Send one event; the answer comes within the timeout, whatever the receiver does."""
        self._late = False
        deadline = threading.Timer(self._timeout_s, self._give_up)
        deadline.daemon = True
        deadline.start()
        try:
            return self._post(body)
        finally:
            deadline.cancel()

    def _post(self, body: bytes) -> Answer:
        try:
            connection = self._connected()
            if self._late or self._shut:
                raise TimeoutError("the time was over before there was one")
        except (OSError, http.client.HTTPException) as error:
            self.close()
            return Answer(verdict=Verdict.UNREACHED, reason=f"no connection: {error}")
        try:
            connection.request("POST", self._target, body, self._headers)
            response = connection.getresponse()
            status = response.status
            response.read(_ANSWER)
            if not response.isclosed():
                self.close()
        # ValueError: a connection that was aborted while it was read.
        except (OSError, http.client.HTTPException, ValueError) as error:
            self.close()
            return Answer(verdict=Verdict.FAILED, reason=f"no answer: {error or type(error).__name__}")
        if 200 <= status < 300:
            return Answer(verdict=Verdict.DELIVERED, reason=f"HTTP {status}")
        if status >= 500 or status in _LATER:
            return Answer(verdict=Verdict.FAILED, reason=f"HTTP {status}")
        return Answer(verdict=Verdict.REFUSED, reason=f"HTTP {status}")

    def shut(self) -> None:
        """Break off a call that is under way, and let no other begin."""
        self._shut = True
        self._break_off()

    def _give_up(self) -> None:
        self._late = True
        self._break_off()

    def _break_off(self) -> None:
        connection = self._connection
        sock = None if connection is None else connection.sock
        if sock is not None:
            # The socket's own, below TLS, which would say good-bye first. It may have been closed meanwhile.
            with suppress(OSError):
                socket.socket.shutdown(sock, socket.SHUT_RDWR)

    def close(self) -> None:
        """Let go of the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _connected(self) -> http.client.HTTPConnection:
        """The connection of the last call if it is still there, or a new one."""
        if self._connection is None:
            host, port = str(self._parts.hostname), self._parts.port
            if self._parts.scheme == "https":
                context = ssl.create_default_context()
                self._connection = http.client.HTTPSConnection(host, port, timeout=self._timeout_s, context=context)
            else:
                self._connection = http.client.HTTPConnection(host, port, timeout=self._timeout_s)
        if self._connection.sock is None:
            self._connection.connect()
        return self._connection
