"""What is refused before anything else looks at a request.

Two reasons. A web page must not drive a service on somebody's laptop: a page of any site can send requests to loopback
addresses, under its own name with DNS rebinding, so that the names in Host and Origin must be ours. And no request may
be read in two ways: what the HTTP parser lets pass and proxies disagree about (two lengths, two hosts) is refused.
Sources: design 9, spec reliability 3.2 and 3.4.
"""

from __future__ import annotations

import re
from ipaddress import IPv6Address
from typing import TYPE_CHECKING, Any

from openglue.errors import AccessDeniedException, GlueError, InvalidInputException

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

MAX_HEADERS = 100
MAX_HEADER_BYTES = 32 << 10  #: names and values together

# What a second time would make ambiguous.
_SINGLE = frozenset(
    {
        b"authorization",
        b"content-length",
        b"host",
        b"origin",
        b"transfer-encoding",
        b"x-amz-target",
        b"x-openglue-idempotency-token",
    }
)
# A tab may stand inside a value. NUL, CR and LF would let a value be read as more than one header.
_CONTROLS = bytes({*range(0x20), 0x7F} - {0x09})
_HOST = re.compile(r"(?P<name>[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")
_ORIGIN = re.compile(r"https?://(?P<host>[^/?#@\\]+)")
_OCTET = r"(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_LOOPBACK = re.compile(rf"(?:[a-z0-9_-]+\.)*localhost|127(?:\.{_OCTET}){{3}}")


def check(scope: Mapping[str, Any], allowed_hosts: Collection[str] = ()) -> GlueError | None:
    """The error for a request that is not to be served, None for all others.

    `scope` is an ASGI connection scope: its header names are in lower case. Loopback names are always allowed,
    bucket.localhost (S3's virtual hosts) among them; `allowed_hosts` are further names. Ports are not looked at.
    """
    headers: list[tuple[bytes, bytes]] = scope["headers"]
    if len(headers) > MAX_HEADERS:
        return InvalidInputException(f"A request may have at most {MAX_HEADERS} headers, not {len(headers)}.")
    names = b"".join([name for name, _ in headers])
    text = names + b"".join([value for _, value in headers])
    if len(text) > MAX_HEADER_BYTES:
        return InvalidInputException(f"The headers of a request may have at most {MAX_HEADER_BYTES} bytes in all.")
    if text.translate(None, _CONTROLS) != text or b"\t" in names or b" " in names:
        return InvalidInputException("Headers must not hold control characters.")
    found: dict[bytes, bytes] = {}
    for name, value in headers:
        if name in _SINGLE:
            if name in found:
                return InvalidInputException(f"A request must not have two {name.decode()} headers.")
            found[name] = value
    if b"content-length" in found and b"transfer-encoding" in found:
        return InvalidInputException("A request has a content-length or a transfer-encoding header, not both.")
    return _check_host(found.get(b"host"), allowed_hosts) or _check_origin(found.get(b"origin"), allowed_hosts)


def _check_host(host: bytes | None, allowed_hosts: Collection[str]) -> GlueError | None:
    if host is None:
        return InvalidInputException("A request must have a host header, such as localhost:4566.")
    name = _name(host.decode("latin-1"))
    if name is not None and _allowed(name, allowed_hosts):
        return None
    return AccessDeniedException(
        f"The host {_quoted(host)} is not served here. "
        "Use localhost or 127.0.0.1, or add the name to the setting hosts."
    )


def _check_origin(origin: bytes | None, allowed_hosts: Collection[str]) -> GlueError | None:
    """Browsers send it with what a page asks for; other clients do not send it."""
    if origin is None:
        return None
    site = _ORIGIN.fullmatch(origin.decode("latin-1"))
    name = _name(site["host"]) if site else None
    if name is not None and _allowed(name, allowed_hosts):
        return None
    return AccessDeniedException(
        f"Pages of {_quoted(origin)} may not use this service. "
        "Only pages of loopback addresses and of the names in the setting hosts may."
    )


def _name(host: str) -> str | None:
    """The host's name without its port, in lower case; None for what is no host."""
    match = _HOST.fullmatch(host)
    return match["name"].lower().removesuffix(".") if match else None


def _allowed(name: str, allowed_hosts: Collection[str]) -> bool:
    return _loopback(name) or any(name == _name(host) for host in allowed_hosts)


def _loopback(name: str) -> bool:
    if not name.startswith("["):
        return _LOOPBACK.fullmatch(name) is not None
    try:
        return IPv6Address(name[1:-1]).is_loopback
    except ValueError:
        return False


def _quoted(value: bytes) -> str:
    return repr(value[:100].decode("ascii", "backslashreplace"))
