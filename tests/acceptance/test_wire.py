"""The wire itself: what clients other than boto3 may send, and what they are told."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

JSON = {"Content-Type": "application/x-amz-json-1.1"}


def call(url: str, target: str | None, body: bytes, headers: dict[str, str] | None = None) -> tuple[int, Any, Any]:
    address = urlsplit(url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=30)
    sent = {**JSON, **({} if target is None else {"X-Amz-Target": target}), **(headers or {})}
    connection.request("POST", "/", body=body, headers=sent)
    response = connection.getresponse()
    text = response.read()
    connection.close()
    return response.status, json.loads(text or b"null"), response.headers


@pytest.mark.contract("12.2", "12.9")
@pytest.mark.parametrize(
    ("target", "body", "code"),
    [
        ("AWSGlue.NoSuchOperation", b"{}", "UnknownOperationException"),
        ("AWSGlue.CreateCrawler", b"{}", "UnknownOperationException"),
        ("", b"{}", "UnknownOperationException"),
        ("Nonsense", b"{}", "UnknownOperationException"),
        ("AWSGlue.GetJob", b"not json", "SerializationException"),
        ("AWSGlue.GetJob", b'{"JobName": ', "SerializationException"),
        ("AWSGlue.GetJob", b"[]", "SerializationException"),
        ("AWSGlue.GetJob", b'{"JobName": 1}', "SerializationException"),
        ("AWSGlue.GetJob", b'{"JobName": "\xff"}', "SerializationException"),
        ("AWSGlue.GetJob", b'{"JobName": "a", "JobName": "b"}', "SerializationException"),
        ("AWSGlue.GetJob", b"[" * 100_000, "SerializationException"),
        ("AWSGlue.GetJob", b"{}", "ValidationException"),
        ("AWSGlue.GetJob", b'{"JobName": ""}', "ValidationException"),
        ("AWSGlue.GetJob", b'{"JobName": null}', "ValidationException"),
        ("AWSGlue.GetJob", b'{"JobName": "' + b"x" * 2_000_000 + b'"}', "InvalidInputException"),
        ("AWSGlue.GetJob", b'{"JobName": "no-such-job"}', "EntityNotFoundException"),
    ],
)
def test_whatever_is_sent_gets_a_modelled_answer(openglue: Any, target: str, body: bytes, code: str) -> None:
    status, answer, headers = call(openglue.url, target, body)
    assert (status, answer["__type"]) == (400, code)
    assert answer["Message"]
    assert headers["Content-Type"] == "application/x-amz-json-1.1"


@pytest.mark.contract("12.8")
def test_all_failures_are_told_at_once_in_the_words_of_aws(openglue: Any) -> None:
    body = json.dumps({"JobName": "x" * 256, "MaxResults": 1000}).encode()
    _, answer, _ = call(openglue.url, "AWSGlue.GetJobRuns", body)
    assert answer["Message"].startswith("2 validation errors detected: Value '")
    assert (
        "at 'jobName' failed to satisfy constraint: Member must have length less than or equal to 255"
        in (answer["Message"])
    )
    assert (
        "'maxResults' failed to satisfy constraint: Member must have value less than or equal to 200"
        in (answer["Message"])
    )


def test_members_that_nobody_knows_are_ignored(openglue: Any) -> None:
    status, answer, _ = call(openglue.url, "AWSGlue.ListJobs", b'{"Shoesize": 45}')
    assert status == 200
    assert "JobNames" in answer


@pytest.mark.contract("12.3")
def test_answers_carry_a_request_id(openglue: Any) -> None:
    _, _, headers = call(openglue.url, "AWSGlue.ListJobs", b"{}")
    assert len(headers["x-amzn-RequestId"]) == 36


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Host": "169.254.169.254"},
    ],
)
def test_a_web_page_cannot_drive_the_service(openglue: Any, headers: dict[str, str]) -> None:
    status, answer, _ = call(openglue.url, "AWSGlue.ListJobs", b"{}", headers)
    assert (status, answer["__type"]) == (403, "AccessDeniedException")


def test_a_page_of_this_machine_may_ask(openglue: Any) -> None:
    status, _, _ = call(openglue.url, "AWSGlue.ListJobs", b"{}", {"Origin": "http://localhost:3000"})
    assert status == 200


def test_the_run_protocol_is_closed_to_whoever_has_no_token(openglue: Any) -> None:
    address = urlsplit(openglue.url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=30)
    connection.request("POST", "/_openglue/run/v1/jr_x/finished?fence=1", headers={"Authorization": "Bearer x"})
    response = connection.getresponse()
    assert response.status == 401
    response.read()
    connection.close()


def test_health_is_told_and_nothing_else(openglue: Any) -> None:
    address = urlsplit(openglue.url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=30)
    connection.request("GET", "/healthz")
    response = connection.getresponse()
    assert (response.status, response.read()) == (200, b"")
    connection.close()


# The bytes themselves


def exchange(url: str, *pieces: bytes, whole: bool = True) -> tuple[int | None, bytes]:
    """Send bytes as they are and read until the end; status None if the connection was closed without an answer."""
    address = urlsplit(url)
    with socket.create_connection((address.hostname or "", address.port or 80), timeout=30) as connection:
        for piece in pieces:
            connection.sendall(piece)
        if not whole:
            return None, b""
        answer = b""
        try:
            while part := connection.recv(65536):
                answer += part
        except ConnectionResetError:
            pass  # closed while some of what was sent had not been read
    head, _, body = answer.partition(b"\r\n\r\n")
    return (int(head.split()[1]), body) if head else (None, b"")


def request(url: str, *headers: str) -> bytes:
    lines = [f"Host: {urlsplit(url).netloc}", "X-Amz-Target: AWSGlue.GetJob", "Connection: close", *headers]
    return "\r\n".join(["POST / HTTP/1.1", *lines, "", ""]).encode("latin-1")


def with_length(url: str, body: bytes) -> Iterator[bytes]:
    yield request(url, f"Content-Length: {len(body)}") + body


def in_chunks(url: str, body: bytes) -> Iterator[bytes]:
    """The same in chunks, the first ones a byte long, so that characters and tokens are cut anywhere."""
    yield request(url, "Transfer-Encoding: chunked")
    sizes = [1] * min(len(body), 40) + [1 << 16] * (len(body) >> 16) + [len(body)]
    at = 0
    for size in sizes:
        part = body[at : at + size]
        if part:
            yield f"{len(part):x}\r\n".encode() + part + b"\r\n"
        at += size
    yield b"0\r\n\r\n"


BODIES = {
    "NaN": b'{"JobName": "a", "x": NaN}',
    "Infinity": b'{"JobName": "a", "x": -Infinity}',
    "a number without end": b'{"JobName": "a", "x": 1e400}',
    "an integer without end": b'{"JobName": "a", "x": ' + b"9" * 5000 + b"}",
    "an integer of 65 bits": b'{"JobName": "a", "x": 18446744073709551616}',
    "a key twice": b'{"JobName": "a", "x": {"y": {"k": 1, "k": 1}}}',
    "a key twice, once in escapes": b'{"JobName": "a", "\\u004aobName": "b"}',
    "half a surrogate pair": b'{"JobName": "a\\ud800"}',
    "the other half, as a key": b'{"JobName": "a", "\\udc00": 1}',
    "U+0000": b'{"JobName": "a\\u0000"}',
    "U+0000 as it is": b'{"JobName": "a\x00"}',
    "a line break as it is": b'{"JobName": "a\nb"}',
    "a surrogate in UTF-8": b'{"JobName": "\xed\xa0\x80"}',
    "an overlong form": b'{"JobName": "\xc0\xaf"}',
    "half a character": b'{"JobName": "\xf0\x9f"}',
    "Latin-1": '{"JobName": "é"}'.encode("latin-1"),
    "UTF-16": '{"JobName": "a"}'.encode("utf-16"),
    "a byte order mark": b'\xef\xbb\xbf{"JobName": "a"}',
    "33 levels": b'{"x": ' + b"[" * 32 + b"]" * 32 + b"}",
    "a thousand levels": b'{"x":' * 1000 + b"1" + b"}" * 1000,
    "10,001 values": b'{"x": [' + b"1," * 9999 + b"1]}",
    "something after the end": b'{"JobName": "a"} x',
    "two documents": b'{"JobName": "a"}{"JobName": "a"}',
    "no end": b'{"JobName": "a"',
    "single quotes": b"{'JobName': 'a'}",
    "a comment": b'{"JobName": "a" /* b */}',
    "a comma too many": b'{"JobName": "a",}',
    "a text": b'"JobName"',
    "null": b"null",
    "spaces": b"   ",
}


@pytest.mark.parametrize("framed", [with_length, in_chunks])
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_what_is_no_strict_json_is_refused_however_it_is_framed(openglue: Any, body: bytes, framed: Any) -> None:
    status, answer = exchange(openglue.url, *framed(openglue.url, body))
    assert (status, json.loads(answer)["__type"]) == (400, "SerializationException")


@pytest.mark.parametrize("framed", [with_length, in_chunks])
def test_a_body_may_have_a_mebibyte(openglue: Any, framed: Any) -> None:
    limit = 1 << 20
    for size, code in ((limit, "EntityNotFoundException"), (limit + 1, "InvalidInputException")):
        body = b'{"JobName": "no-such-job"}'.ljust(size)
        status, answer = exchange(openglue.url, *framed(openglue.url, body))
        assert (status, json.loads(answer)["__type"]) == (400, code)


def test_levels_and_values_may_go_up_to_their_limits(openglue: Any) -> None:
    for inner in (b"[" * 31 + b"]" * 31, b"[" + b"1," * 9990 + b"1]"):
        body = b'{"JobName": "no-such-job", "x": ' + inner + b"}"
        status, answer = exchange(openglue.url, *with_length(openglue.url, body))
        assert (status, json.loads(answer)["__type"]) == (400, "EntityNotFoundException")


BROKEN = {
    "two lengths": ("Content-Length: 2", "Content-Length: 3"),
    "a length and chunks": ("Content-Length: 2", "Transfer-Encoding: chunked"),
    "a negative length": ("Content-Length: -1",),
    "a length that is none": ("Content-Length: two",),
    "another coding": ("Transfer-Encoding: gzip",),
    "a second host": ("Host: localhost",),
    "a name with a space": ("X-A : b", "Content-Length: 2"),
    "a name of nothing": (": b", "Content-Length: 2"),
    "a control character": ("X-A: b\x01c", "Content-Length: 2"),
    "U+0000": ("X-A: b\x00c", "Content-Length: 2"),
    "a folded line": ("X-A: b\r\n c", "Content-Length: 2"),
    "101 headers": (*(f"X-{number}: 1" for number in range(101)), "Content-Length: 2"),
    "a header without end": ("X-A: " + "b" * (40 << 10), "Content-Length: 2"),
}


@pytest.mark.parametrize("headers", BROKEN.values(), ids=BROKEN)
def test_a_request_that_can_be_read_in_two_ways_is_refused(openglue: Any, headers: tuple[str, ...]) -> None:
    status, _ = exchange(openglue.url, request(openglue.url, *headers) + b"{}")
    assert status == 400


@pytest.mark.parametrize(
    "text",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 64 + b"\r\n\r\n",
        b"GET /\r\n\r\n",
        b"POST / HTTP/9.9\r\nHost: localhost\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}",
        b"\r\n\r\n\r\n garbage \r\n\r\n",
    ],
    ids=["TLS", "HTTP/0.9", "HTTP/9.9", "no host", "garbage"],
)
def test_what_is_no_request_is_refused(openglue: Any, text: bytes) -> None:
    status, _ = exchange(openglue.url, text)
    assert status in {400, None}


def test_a_client_that_leaves_in_the_middle_harms_nobody(openglue: Any) -> None:
    for _ in range(5):
        exchange(openglue.url, request(openglue.url, "Content-Length: 1000") + b'{"JobName": ', whole=False)
        exchange(openglue.url, request(openglue.url, "Transfer-Encoding: chunked") + b"5\r\n{", whole=False)
    status, answer, _ = call(openglue.url, "AWSGlue.ListJobs", b"{}")
    assert (status, "JobNames" in answer) == (200, True)
