"""Bodies on their way in: aws-chunked in any pieces, lengths, digests and checksums."""

from __future__ import annotations

import base64
import hashlib
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openglue.s3.chunked import ChunkDecoder
from openglue.s3.faults import S3Error
from openglue.s3.incoming import Incoming, check_small


def chunked(data: list[bytes], trailers: dict[str, str] | None = None, *, signed: bool = False) -> bytes:
    signature = b";chunk-signature=" + b"a" * 64 if signed else b""
    body = b"".join(b"%x%b\r\n%b\r\n" % (len(chunk), signature, chunk) for chunk in data if chunk)
    tail = "".join(f"{name}:{value}\r\n" for name, value in (trailers or {}).items())
    return body + b"0" + signature + b"\r\n" + tail.encode() + b"\r\n"


def pieces(data: bytes, size: int) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]


@given(data=st.lists(st.binary(max_size=40), max_size=5), size=st.integers(1, 50), signed=st.booleans())
def test_chunks_are_decoded_however_they_arrive(*, data: list[bytes], size: int, signed: bool):
    decoder = ChunkDecoder()
    found = b"".join(
        decoder.feed(piece) for piece in pieces(chunked(data, {"X-Amz-Check": " v "}, signed=signed), size)
    )
    assert found == b"".join(data)
    assert decoder.done
    assert decoder.trailers == {"x-amz-check": "v"}


@pytest.mark.parametrize(
    "body",
    [
        b"zz\r\nab\r\n",
        b"-1\r\n",
        b"+2\r\nab\r\n",
        b"1_0\r\n",
        b"\r\n",
        b"2\r\nabc\r\n",
        b"0\r\n\r\nmore",
        b"a" * 5000,
        b"0\r\n" + b"".join(b"t%d:v\r\n" % number for number in range(30)),
    ],
)
def test_what_is_not_in_chunks_is_refused(body: bytes):
    with pytest.raises(S3Error) as refusal:
        ChunkDecoder().feed(body)
    assert refusal.value.code == "IncompleteBody"


def crc32(data: bytes) -> str:
    return base64.b64encode(zlib.crc32(data).to_bytes(4, "big")).decode()


def md5(data: bytes) -> str:
    return base64.b64encode(hashlib.md5(data, usedforsecurity=False).digest()).decode()


def receive(staged: Path, body: bytes, **headers: str):
    incoming = Incoming(staged, {name.replace("_", "-"): value for name, value in headers.items()})
    try:
        for piece in pieces(body, 7):
            incoming.write(piece)
    except S3Error:
        incoming.discard()
        raise
    return incoming.finish()


def test_a_body_that_keeps_its_promises_is_staged(tmp_path: Path):
    data = b"hello, world"
    received = receive(
        tmp_path / "a",
        data,
        content_length="12",
        content_md5=md5(data),
        x_amz_checksum_crc32=crc32(data),
        x_amz_checksum_sha256=base64.b64encode(hashlib.sha256(data).digest()).decode(),
        x_amz_checksum_crc64nvme="never looked at",
    )
    assert received.staged.read_bytes() == data
    assert received.md5 == hashlib.md5(data, usedforsecurity=False).hexdigest()
    assert received.checksums.keys() == {"crc32", "sha256"}


@pytest.mark.parametrize(
    "payload", ["STREAMING-UNSIGNED-PAYLOAD-TRAILER", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"]
)
def test_a_checksum_may_come_behind_the_bytes(tmp_path: Path, payload: str):
    data = b"hello, world"
    headers = {
        "x_amz_content_sha256": payload,
        "content_encoding": "aws-chunked",
        "x_amz_decoded_content_length": "12",
        "x_amz_trailer": "x-amz-checksum-crc32",
    }
    body = chunked([b"hello", b", world"], {"x-amz-checksum-crc32": crc32(data)}, signed="AWS4" in payload)
    received = receive(tmp_path / "a", body, content_length=str(len(body)), **headers)
    assert received.staged.read_bytes() == data
    assert received.checksums == {"crc32": crc32(data)}
    wrong = chunked([data], {"x-amz-checksum-crc32": crc32(b"other")})
    with pytest.raises(S3Error) as refusal:
        receive(tmp_path / "b", wrong, **headers)
    assert refusal.value.code == "BadDigest"


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"content_length": "3"}, "IncompleteBody"),
        ({"content_length": "x"}, "InvalidArgument"),
        ({"content_length": str(6 << 30)}, "EntityTooLarge"),
        ({"content_md5": md5(b"other")}, "BadDigest"),
        ({"content_md5": "short"}, "InvalidDigest"),
        ({"content_md5": base64.b64encode(b"short").decode()}, "InvalidDigest"),
        ({"x_amz_checksum_crc32": crc32(b"other")}, "BadDigest"),
        ({"x_amz_content_sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER"}, "IncompleteBody"),
        ({"content_encoding": "aws-chunked,gzip"}, "IncompleteBody"),
    ],
)
def test_a_body_that_breaks_a_promise_is_refused_and_leaves_nothing(tmp_path: Path, headers: dict[str, str], code: str):
    with pytest.raises(S3Error) as refusal:
        receive(tmp_path / "a", b"data", **headers)
    assert refusal.value.code == code
    assert list(tmp_path.iterdir()) == []


def test_a_chunked_body_that_stops_early_is_incomplete(tmp_path: Path):
    with pytest.raises(S3Error) as refusal:
        receive(tmp_path / "a", b"5\r\nhello\r\n", content_encoding="aws-chunked")
    assert refusal.value.code == "IncompleteBody"


def test_a_small_body_is_checked_as_well():
    check_small(b"data", {"content-md5": md5(b"data"), "x-amz-checksum-crc32": crc32(b"data")})
    for headers in ({"content-md5": md5(b"other")}, {"x-amz-checksum-crc32": crc32(b"other")}):
        with pytest.raises(S3Error) as refusal:
            check_small(b"data", headers)
        assert refusal.value.code == "BadDigest"
