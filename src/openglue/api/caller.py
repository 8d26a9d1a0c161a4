"""Who calls: what a request's signature names. The signature itself is not looked at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

_CREDENTIAL = b"Credential="


@dataclass(frozen=True, kw_only=True)
class Caller:
    #: None for a request that is not signed.
    access_key: str | None
    #: Of temporary credentials; a run's own is `<run id>.<fence>`.
    session_token: str | None


def access_key(headers: Mapping[bytes, bytes]) -> bytes:
    """The access key in the Authorization header; empty for a request without one."""
    return headers.get(b"authorization", b"").partition(_CREDENTIAL)[2].partition(b"/")[0]


def caller(headers: Mapping[bytes, bytes], query: Mapping[str, str]) -> Caller:
    """The caller of a request that is signed in its headers, or else in its query."""
    key = access_key(headers).decode("latin-1") or query.get("X-Amz-Credential", "").partition("/")[0]
    token = headers.get(b"x-amz-security-token", b"").decode("latin-1") or query.get("X-Amz-Security-Token")
    return Caller(access_key=key or None, session_token=token or None)
