"""Which Host, Origin and header sets pass, and what the others are told."""

from __future__ import annotations

import pytest

from openglue.api.guard import _SINGLE, MAX_HEADER_BYTES, MAX_HEADERS, check
from openglue.errors import AccessDeniedException, GlueError, InvalidInputException

HOST = (b"host", b"localhost:4566")
ALLOWED = ("glue.example.com", "Other.Example:443", "192.0.2.7", "[2001:db8::1]")


def verdict(*headers: tuple[bytes, bytes], allowed: tuple[str, ...] = ALLOWED) -> GlueError | None:
    return check({"type": "http", "headers": list(headers)}, allowed)


def refused(error: GlueError | None, kind: type[GlueError], words: str) -> None:
    assert type(error) is kind
    assert error.status == 400
    assert words in error.message


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "localhost:4566",
        "LOCALHOST:80",
        "localhost.",
        "bucket.localhost:4566",
        "my.dotted-bucket_1.localhost",
        "s3.localhost",
        "127.0.0.1",
        "127.0.0.1:4566",
        "127.8.9.255:1",
        "[::1]",
        "[::1]:4566",
        "[0:0:0:0:0:0:0:1]",
        "glue.example.com",
        "Glue.Example.COM:8443",
        "glue.example.com.",
        "other.example",
        "192.0.2.7:4566",
        "[2001:db8::1]:4566",
    ],
)
def test_loopback_and_configured_hosts_are_served(host: str):
    assert verdict((b"host", host.encode())) is None
    assert verdict(HOST, (b"origin", f"http://{host}".encode())) is None
    assert verdict(HOST, (b"origin", f"https://{host}".encode())) is None


FOREIGN = [
    "evil.example",
    "localhost.evil.example",
    "evil-localhost",
    "localhost.localdomain",
    ".localhost",
    "a..localhost",
    "127.0.0.1.evil.example",
    "127.0.0.1.nip.io",
    "127.1",
    "127.0.0.256",
    "127.0.0.01",
    "128.0.0.1",
    "0.0.0.0",  # noqa: S104 - a name in a header, nothing is bound
    "2130706433",
    "0x7f000001",
    "10.0.0.1",
    "169.254.169.254",
    "::1",
    "[::2]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[127.0.0.1]",
    "[::1",
    "[::1]x",
    "[::1%lo]",
    "localhost:port",
    "localhost:",
    "localhost:123456",
    "localhost:80:80",
    "user@localhost",
    "localhost@evil.example",
    "localhost/evil",
    "localhost evil",
    "localhost,evil",
    "localhost\tevil",
    "lokalhöst",
    "",
    "sub.glue.example.com",
    "example.com",
]


@pytest.mark.parametrize("host", FOREIGN)
def test_other_hosts_are_refused_and_told_what_to_use(host: str):
    error = verdict((b"host", host.encode("latin-1")))
    refused(error, AccessDeniedException, "Use localhost or 127.0.0.1, or add the name to the setting hosts.")
    assert error.message.isascii()
    assert error.message.isprintable()


@pytest.mark.parametrize(
    "origin",
    [f"http://{host}" for host in FOREIGN if host != "localhost/evil"]
    + ["null", "", "localhost", "file://", "ftp://localhost", "chrome-extension://localhost", "http://localhost/path"]
    + ["http://localhost?x", "http://localhost#x", "http://evil.example\\@localhost", "HTTP://localhost http://evil"],
)
def test_pages_of_other_sites_may_not_use_the_service(origin: str):
    refused(verdict(HOST, (b"origin", origin.encode("latin-1"))), AccessDeniedException, "may not use this service")


def test_an_allowed_origin_does_not_excuse_a_foreign_host():
    error = verdict((b"host", b"evil.example"), (b"origin", b"http://localhost"))
    refused(error, AccessDeniedException, "'evil.example' is not served here")


def test_without_configured_names_only_loopback_is_served():
    assert verdict(HOST, allowed=()) is None
    refused(verdict((b"host", b"glue.example.com"), allowed=()), AccessDeniedException, "not served here")


def test_a_request_without_host_is_refused():
    refused(verdict((b"accept", b"*/*")), InvalidInputException, "must have a host header")


@pytest.mark.parametrize("name", sorted(_SINGLE))
def test_what_must_be_single_is_refused_when_it_comes_twice(name: bytes):
    value = {b"host": b"localhost", b"origin": b"http://localhost"}.get(name, b"1")
    others = [] if name == b"host" else [HOST]
    assert verdict(*others, (name, value)) is None
    refused(verdict(*others, (name, value), (name, value)), InvalidInputException, f"two {name.decode()} headers")


def test_two_ways_to_give_the_length_are_refused():
    headers = [(b"content-length", b"2"), (b"transfer-encoding", b"chunked")]
    refused(verdict(HOST, *headers), InvalidInputException, "not both")


def test_other_headers_may_come_twice():
    assert verdict(HOST, (b"accept", b"a"), (b"accept", b"b")) is None


def test_the_number_of_headers_is_bounded():
    assert verdict(HOST, *[(b"x-a", b"")] * (MAX_HEADERS - 1)) is None
    refused(verdict(HOST, *[(b"x-a", b"")] * MAX_HEADERS), InvalidInputException, "at most 100 headers, not 101")


def test_the_size_of_headers_is_bounded():
    room = MAX_HEADER_BYTES - sum(map(len, HOST)) - 3
    assert verdict(HOST, (b"x-a", b"v" * room)) is None
    refused(verdict(HOST, (b"x-a", b"v" * (room + 1))), InvalidInputException, "at most 32768 bytes")
    refused(verdict(HOST, (b"n" * room, b"1234")), InvalidInputException, "at most 32768 bytes")


@pytest.mark.parametrize("byte", [b"\0", b"\r", b"\n", b"\x0b", b"\x1b", b"\x7f"])
def test_control_characters_are_refused(byte: bytes):
    refused(verdict(HOST, (b"x-a", b"a" + byte + b"b")), InvalidInputException, "control characters")
    refused(verdict(HOST, (b"x" + byte, b"a")), InvalidInputException, "control characters")


def test_a_tab_may_stand_in_a_value_but_not_in_a_name():
    assert verdict(HOST, (b"x-a", b"a\tb")) is None
    refused(verdict(HOST, (b"x\ta", b"")), InvalidInputException, "control characters")
    refused(verdict(HOST, (b"x a", b"")), InvalidInputException, "control characters")


def test_text_beyond_ascii_may_stand_in_a_value():
    assert verdict(HOST, (b"user-agent", "ä".encode())) is None
