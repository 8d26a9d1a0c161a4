"""The bytes of an object on their way in: decoded, hashed, staged, and checked against what was promised."""

from __future__ import annotations

import base64
import binascii
import hashlib
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from openglue.s3.chunked import ChunkDecoder
from openglue.s3.faults import S3Error
from openglue.s3.objects import faults

_PREFIX = "x-amz-checksum-"
#: Bytes of one PutObject or UploadPart (S3's limit).
LIMIT = 5 << 30


class Hash(Protocol):
    def update(self, data: bytes, /) -> None: ...

    def digest(self) -> bytes: ...


class _Crc32:
    def __init__(self) -> None:
        self._value = 0

    def update(self, data: bytes, /) -> None:
        self._value = zlib.crc32(data, self._value)

    def digest(self) -> bytes:
        return self._value.to_bytes(4, "big")


#: Checksums that are verified and kept. Others (crc32c, crc64nvme) are neither: the standard library has none of them.
_ALGORITHMS: dict[str, Callable[[], Hash]] = {
    "crc32": _Crc32,
    "sha1": lambda: hashlib.sha1(usedforsecurity=False),
    "sha256": hashlib.sha256,
}


@dataclass(frozen=True, kw_only=True)
class Received:
    """Bytes that arrived whole and as promised."""

    staged: Path
    #: Hexadecimal.
    md5: str
    #: By algorithm, base64.
    checksums: Mapping[str, str]


class Incoming:
    """Written in pieces by one thread at a time; ended by `finish` or by `discard`, once."""

    def __init__(self, staged: Path, headers: Mapping[str, str]) -> None:
        """Raises S3Error when the headers cannot be honoured."""
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._content_md5 = _digest(headers["content-md5"], 16) if "content-md5" in headers else None
        self._decoder: ChunkDecoder | None = None
        self._length = _length(headers.get("content-length"))
        if headers.get("x-amz-content-sha256", "").startswith("STREAMING-") or _is_chunked(headers):
            self._decoder = ChunkDecoder()
            self._length = _length(headers.get("x-amz-decoded-content-length"))
        if self._length is not None and self._length > LIMIT:
            raise S3Error("EntityTooLarge")
        promised = {name for name in headers if name.startswith(_PREFIX)}
        promised |= {name.strip().lower() for name in headers.get("x-amz-trailer", "").split(",")}
        self._hashes = {
            name.removeprefix(_PREFIX): _ALGORITHMS[name.removeprefix(_PREFIX)]()
            for name in promised
            if name.removeprefix(_PREFIX) in _ALGORITHMS
        }
        self._headers = headers
        self._size = 0
        self._staged = staged
        with faults():
            self._file = staged.open("xb", buffering=0)

    def write(self, data: bytes) -> None:
        """Raises S3Error; the bytes are to be discarded then."""
        if self._decoder is not None:
            data = self._decoder.feed(data)
        self._size += len(data)
        if self._size > LIMIT:
            raise S3Error("EntityTooLarge")
        self._md5.update(data)
        for found in self._hashes.values():
            found.update(data)
        view = memoryview(data)
        with faults():
            while view:
                view = view[self._file.write(view) :]

    def finish(self) -> Received:
        """All bytes were written. Raises S3Error when they are not what was promised; they are discarded then."""
        self._file.close()
        try:
            checksums = self._check()
        except S3Error:
            self.discard()
            raise
        return Received(staged=self._staged, md5=self._md5.hexdigest(), checksums=checksums)

    def discard(self) -> None:
        self._file.close()
        self._staged.unlink(missing_ok=True)

    def _check(self) -> dict[str, str]:
        if self._decoder is not None and not self._decoder.done:
            raise S3Error("IncompleteBody")
        if self._length is not None and self._size != self._length:
            raise S3Error("IncompleteBody")
        if self._content_md5 is not None and self._md5.digest() != self._content_md5:
            raise S3Error("BadDigest")
        promised = {**self._headers, **(self._decoder.trailers if self._decoder else {})}
        checksums = {}
        for algorithm, found in self._hashes.items():
            value = base64.b64encode(found.digest()).decode()
            if promised.get(_PREFIX + algorithm, value) != value:
                raise S3Error("BadDigest", f"The {algorithm.upper()} you specified did not match the calculated one.")
            checksums[algorithm] = value
        return checksums


def check_small(body: bytes, headers: Mapping[str, str]) -> None:
    """Check a body that was read whole against Content-MD5 and the checksums. Raises S3Error."""
    promised = headers.get("content-md5")
    if promised is not None and hashlib.md5(body, usedforsecurity=False).digest() != _digest(promised, 16):
        raise S3Error("BadDigest")
    for algorithm, new in _ALGORITHMS.items():
        value = headers.get(_PREFIX + algorithm)
        if value is not None:
            found = new()
            found.update(body)
            if base64.b64encode(found.digest()).decode() != value:
                raise S3Error("BadDigest")


def _is_chunked(headers: Mapping[str, str]) -> bool:
    codings = headers.get("content-encoding", "").split(",")
    return any(coding.strip().lower() == "aws-chunked" for coding in codings)


def _length(value: str | None) -> int | None:
    if value is None:
        return None
    if not (value.isascii() and value.isdigit() and len(value) < 20):
        raise S3Error("InvalidArgument", "A length that is no number")
    return int(value)


def _digest(value: str, size: int) -> bytes:
    try:
        digest = base64.b64decode(value, validate=True)
    except binascii.Error:
        raise S3Error("InvalidDigest") from None
    if len(digest) != size:
        raise S3Error("InvalidDigest")
    return digest
