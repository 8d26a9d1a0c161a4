"""aws-chunked bodies: chunks with a head each, and trailers behind them (STREAMING-... payloads, Signature Version 4).

    <size in hex>[;chunk-signature=<64 hex>] CRLF <bytes> CRLF
    ...
    0[;chunk-signature=<64 hex>] CRLF
    [<trailer>: <value> CRLF]...
    CRLF

Chunk signatures are not verified: the bytes came over loopback, under a request whose head the service looked at. A
checksum in a trailer is.
"""

from __future__ import annotations

import re

from openglue.s3.faults import S3Error

_HEAD_LIMIT = 4096
_TRAILERS = 20
_SIZE = re.compile(rb"([0-9A-Fa-f]{1,16})(?:;|$)")


class ChunkDecoder:
    """Takes the body as it comes and gives the object's bytes."""

    def __init__(self) -> None:
        self._pending = bytearray()
        self._left = 0  #: bytes of the current chunk still to come
        self._state = self._head
        self.done = False
        #: Names in lower case.
        self.trailers: dict[str, str] = {}

    def feed(self, data: bytes) -> bytes:
        """The object's bytes in `data`. Raises S3Error (IncompleteBody) when it is not in this form."""
        self._pending += data
        out = bytearray()
        while not self.done and self._state(out):
            pass
        if self.done and self._pending:
            raise _malformed("bytes follow the last chunk")
        return bytes(out)

    # Each state consumes what it can and says whether another step is worth it.

    def _head(self, out: bytearray) -> bool:  # noqa: ARG002 - states have one signature
        line = self._line()
        if line is None:
            return False
        match = _SIZE.match(line)
        if match is None:
            raise _malformed("a chunk without a size")
        size = self._left = int(match[1], 16)
        self._state = self._data if size else self._trailer
        return True

    def _data(self, out: bytearray) -> bool:
        take = min(self._left, len(self._pending))
        out += self._pending[:take]
        del self._pending[:take]
        self._left -= take
        if self._left:
            return False
        self._state = self._end
        return True

    def _end(self, out: bytearray) -> bool:  # noqa: ARG002
        if len(self._pending) < 2:
            return False
        if self._pending[:2] != b"\r\n":
            raise _malformed("a chunk longer than its size")
        del self._pending[:2]
        self._state = self._head
        return True

    def _trailer(self, out: bytearray) -> bool:  # noqa: ARG002
        line = self._line()
        if line is None:
            return False
        if not line:
            self.done = True
            return False
        if len(self.trailers) == _TRAILERS:
            raise _malformed("too many trailers")
        name, _, value = line.partition(b":")
        self.trailers[name.decode("latin-1").strip().lower()] = value.decode("latin-1").strip()
        return True

    def _line(self) -> bytes | None:
        end = self._pending.find(b"\r\n")
        if end < 0:
            if len(self._pending) > _HEAD_LIMIT:
                raise _malformed("a chunk's head is too long")
            return None
        line = bytes(self._pending[:end])
        del self._pending[: end + 2]
        return line


def _malformed(reason: str) -> S3Error:
    return S3Error("IncompleteBody", f"The body is not aws-chunked as its headers say: {reason}")
