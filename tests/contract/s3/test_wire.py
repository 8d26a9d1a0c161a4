"""HTTP as it is: bodies in chunks, hosts with buckets in them, clients that stop, go away or are slow."""

from __future__ import annotations

import base64
import os
import socket
import zlib
from collections.abc import Callable
from http.client import HTTPConnection, HTTPResponse, IncompleteRead
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

MIB = 1 << 20


@pytest.fixture
def connection(embedded: Any) -> Any:
    found = HTTPConnection(urlsplit(embedded.endpoint).netloc, timeout=30)
    yield found
    found.close()


def ask(
    connection: HTTPConnection, method: str, target: str, body: bytes | None = None, **headers: str
) -> HTTPResponse:
    connection.request(method, target, body, {name.replace("_", "-"): value for name, value in headers.items()})
    return connection.getresponse()


def connect(embedded: Any) -> socket.socket:
    address = urlsplit(embedded.endpoint)
    return socket.create_connection((address.hostname, address.port), timeout=30)


def crc32(data: bytes) -> str:
    return base64.b64encode(zlib.crc32(data).to_bytes(4, "big")).decode()


@pytest.mark.parametrize(
    ("payload", "signature"),
    [
        ("STREAMING-UNSIGNED-PAYLOAD-TRAILER", b""),
        ("STREAMING-AWS4-HMAC-SHA256-PAYLOAD", b";chunk-signature=" + b"0" * 64),
        ("STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER", b";chunk-signature=" + b"0" * 64),
    ],
)
def test_chunked_payloads_are_stored_without_their_chunks(
    embedded: Any, bucket: str, connection: HTTPConnection, payload: str, signature: bytes
):
    data = bytes(range(256)) * 1000
    chunks = [data[at : at + 65536] for at in range(0, len(data), 65536)]
    body = b"".join(b"%x%b\r\n%b\r\n" % (len(chunk), signature, chunk) for chunk in chunks) + b"0" + signature + b"\r\n"
    headers = {"x_amz_content_sha256": payload, "content_encoding": "aws-chunked"}
    if payload.endswith("TRAILER"):
        body += f"x-amz-checksum-crc32:{crc32(data)}\r\n".encode()
        headers["x_amz_trailer"] = "x-amz-checksum-crc32"
    headers["x_amz_decoded_content_length"] = str(len(data))
    answer = ask(connection, "PUT", f"/{bucket}/a", body + b"\r\n", **headers)
    assert (answer.status, answer.read()) == (200, b"")
    assert (embedded.root / bucket / "a").read_bytes() == data
    assert "content-encoding" not in ask(connection, "HEAD", f"/{bucket}/a").headers


def test_a_body_of_unknown_length(embedded: Any, bucket: str, connection: HTTPConnection):
    connection.request("PUT", f"/{bucket}/a", iter([b"one ", b"two"]), encode_chunked=True)
    answer = connection.getresponse()
    assert (answer.status, answer.read()) == (200, b"")
    assert (embedded.root / bucket / "a").read_bytes() == b"one two"


def test_the_bucket_may_stand_in_the_host(embedded: Any, bucket: str, connection: HTTPConnection):
    for host in (f"{bucket}.localhost:4566", f"{bucket}.s3.localhost"):
        answer = ask(connection, "PUT", "/a%20b/c", host.encode(), host=host)
        assert (answer.status, answer.read()) == (200, b"")
        assert (embedded.root / bucket / "a b" / "c").read_text() == host
        assert ask(connection, "GET", "/a%20b/c", host=host).read() == host.encode()
        listed = ask(connection, "GET", "/", host=host).read()
        assert b"<Key>a b/c</Key>" in listed


def test_an_error_is_s3_s_document(bucket: str, connection: HTTPConnection):
    answer = ask(connection, "GET", f"/{bucket}/no%26where")
    request_id = answer.headers["x-amz-request-id"]
    assert answer.headers["content-type"] == "application/xml"
    assert answer.read().decode() == (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        "<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message>"
        f"<Resource>/{bucket}/no&amp;where</Resource><RequestId>{request_id}</RequestId></Error>"
    )


def test_head_and_not_modified_have_no_body(embedded: Any, bucket: str, connection: HTTPConnection):
    tag = embedded.client.put_object(Bucket=bucket, Key="a", Body=b"12345")["ETag"]
    head = ask(connection, "HEAD", f"/{bucket}/a")
    assert (head.read(), head.headers["content-length"]) == (b"", "5")
    missing = ask(connection, "HEAD", f"/{bucket}/b")
    assert (missing.status, missing.read()) == (404, b"")
    same = ask(connection, "GET", f"/{bucket}/a", if_none_match=tag)
    assert (same.status, same.read()) == (304, b"")
    assert ask(connection, "GET", f"/{bucket}/a").read() == b"12345"


def test_several_ranges_and_broken_ones_give_the_whole(embedded: Any, bucket: str, connection: HTTPConnection):
    embedded.client.put_object(Bucket=bucket, Key="a", Body=b"12345")
    for wanted in ("bytes=0-1,3-4", "bytes=4-2", "lines=1-2"):
        answer = ask(connection, "GET", f"/{bucket}/a", range=wanted)
        assert (answer.status, answer.read()) == (200, b"12345")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<Delete",
        b"<Other/>",
        b"<Delete/>",
        b"<Delete><Object/></Delete>",
        b'<!DOCTYPE x [<!ENTITY a "b">]><Delete><Object><Key>&a;</Key></Object></Delete>',
        b"<Delete>" + b"<Object><Key>a</Key></Object>" * 1001 + b"</Delete>",
    ],
)
def test_xml_that_is_not_s3_s_is_refused(bucket: str, connection: HTTPConnection, body: bytes):
    answer = ask(connection, "POST", f"/{bucket}?delete", body)
    assert (answer.status, b"<Code>MalformedXML</Code>" in answer.read()) == (400, True)


def test_a_body_that_is_no_object_has_a_limit(bucket: str, connection: HTTPConnection):
    answer = ask(connection, "POST", f"/{bucket}?delete", b" " * (9 * MIB))
    assert (answer.status, b"<Code>EntityTooLarge</Code>" in answer.read()) == (400, True)


def test_a_refused_body_that_was_not_sent_is_not_waited_for(embedded: Any, new_name: Callable[[], str]):
    with connect(embedded) as raw:
        raw.sendall(
            f"PUT /{new_name()}/a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 999999999\r\n"
            "Expect: 100-continue\r\n\r\n".encode()
        )
        answer = HTTPResponse(raw)
        answer.begin()
        # No "100 Continue" came before it, and the connection cannot be used again.
        assert (answer.status, answer.headers["connection"]) == (404, "close")
        assert b"NoSuchBucket" in answer.read()
        assert raw.recv(1) == b""


def test_a_refused_body_that_was_sent_does_not_spoil_the_next_request(
    bucket: str, connection: HTTPConnection, new_name: Callable[[], str]
):
    for _ in range(3):
        answer = ask(connection, "PUT", f"/{new_name()}/a", b"GET / HTTP/1.1\r\n\r\n" * 1000)
        assert (answer.status, b"NoSuchBucket" in answer.read()) == (404, True)
        assert answer.headers["connection"] is None
        answer = ask(connection, "GET", f"/{bucket}")
        assert (answer.status, b"<ListBucketResult" in answer.read()) == (200, True)


def test_an_upload_whose_client_goes_away_leaves_nothing(embedded: Any, bucket: str, wait_for: Callable[..., Any]):
    embedded.client.put_object(Bucket=bucket, Key="a", Body=b"kept")
    with connect(embedded) as raw:
        raw.sendall(f"PUT /{bucket}/a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9999999\r\n\r\n".encode())
        raw.sendall(b"x" * (3 * MIB))
        wait_for(embedded.staged, what="a staged file")
    wait_for(lambda: not embedded.staged(), what="the staged file's end")
    assert embedded.client.get_object(Bucket=bucket, Key="a")["Body"].read() == b"kept"


@pytest.fixture
def impatient(start: Callable[..., Any], tmp_path: Path) -> Any:
    found = start(tmp_path, idle_s=0.2)
    found.client.create_bucket(Bucket="data")
    return found


def test_an_upload_whose_client_sends_nothing_is_given_up(impatient: Any):
    with connect(impatient) as raw:
        raw.sendall(b"PUT /data/a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nhalf")
        answer = HTTPResponse(raw)
        answer.begin()
        assert (answer.status, answer.headers["connection"]) == (400, "close")
        assert b"<Code>RequestTimeout</Code>" in answer.read()
    assert impatient.staged() == []


def open_files(path: Path) -> list[str]:
    """Descriptors of this process, the server's too, that are open on a file."""
    found = []
    for descriptor in Path("/proc/self/fd").iterdir():
        try:
            if descriptor.readlink() == path:
                found.append(descriptor.name)
        except FileNotFoundError:
            continue
    return found


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="this system does not tell open files")
@pytest.mark.parametrize("leaves", [True, False])
def test_a_download_that_nobody_takes_is_given_up(impatient: Any, wait_for: Callable[..., Any], *, leaves: bool):
    file = impatient.root / "data" / "a"
    with file.open("wb") as target:
        target.truncate(512 * MIB)
    with connect(impatient) as raw:
        raw.sendall(b"GET /data/a HTTP/1.1\r\nHost: localhost\r\n\r\n")
        wait_for(lambda: open_files(file), what="the open file")
        if not leaves:
            wait_for(lambda: not open_files(file), what="the closed file")
    wait_for(lambda: not open_files(file), what="the closed file")


def test_a_file_that_shrinks_while_it_is_sent_breaks_the_connection(impatient: Any):
    file = impatient.root / "data" / "a"
    with file.open("wb") as target:
        target.truncate(64 * MIB)
    with connect(impatient) as raw:
        raw.sendall(b"GET /data/a HTTP/1.1\r\nHost: localhost\r\n\r\n")
        answer = HTTPResponse(raw)
        answer.begin()
        assert answer.headers["content-length"] == str(64 * MIB)
        os.truncate(file, 0)
        with pytest.raises(IncompleteRead):
            answer.read()
