"""Calls that are done once however often they are sent: the answer to the first one is kept for a day.

An SDK that gets no answer sends its call again, under the same invocation id and with the same body; whoever calls may
also give a token of their own. The key is inserted before the work is done, in its transaction: of two copies that race
the second waits for the first, on its key, and reads its answer. Work that fails takes its key back with it. Source:
design 6.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import bindparam, delete, select, update

# SQLite's form of the clause is the same text, but SQLAlchemy compiles only this one for both.
from sqlalchemy.dialects.postgresql import insert

from openglue.errors import IdempotentParameterMismatchException
from openglue.store.database import Tx
from openglue.store.schema import idempotency

#: How long an answer is kept, in milliseconds.
KEPT_MS = 24 * 3600 * 1000

_NEW = insert(idempotency).values(
    key=bindparam("key"), request_sha=bindparam("request_sha"), response="", at=bindparam("now")
)
#: Touches no row when the key is there. One that has expired and is not pruned yet is as good as none.
_RESERVE = _NEW.on_conflict_do_update(
    index_elements=[idempotency.c.key],
    set_={"request_sha": _NEW.excluded.request_sha, "at": _NEW.excluded.at},
    where=idempotency.c.at <= bindparam("expired"),
)
_KEEP = update(idempotency).where(idempotency.c.key == bindparam("of_key")).values(response=bindparam("answer"))
_GET = select(idempotency.c.request_sha, idempotency.c.response).where(idempotency.c.key == bindparam("key"))
_WALK = select(idempotency.c.key, idempotency.c.at).order_by(idempotency.c.key).limit(bindparam("limit"))
_FROM = _WALK.where(idempotency.c.key >= bindparam("start"))
_BELOW = _WALK.where(idempotency.c.key < bindparam("start"))
_DELETE = delete(idempotency).where(idempotency.c.key == bindparam("of_key"), idempotency.c.at < bindparam("before"))


@dataclass(frozen=True, kw_only=True)
class Once:
    """A call that is to be done once."""

    #: Hash of what makes two calls copies of one.
    key: str
    #: Hash of what a copy must have in common beside that.
    request_sha: str


def of_invocation(access_key: bytes, operation: str, invocation: bytes, body: bytes) -> Once:
    """A call that an SDK sends; it does not sign the invocation id, so the caller and the body are part of the key."""
    return Once(key=_sha(b"sdk", access_key, operation.encode(), invocation, _sha(body).encode()), request_sha="")


def of_token(access_key: bytes, operation: str, token: bytes, request: Mapping[str, Any]) -> Once:
    """A call with a token of the caller's; of the request only what it says counts, not how it is written."""
    request_sha = _sha(msgspec.json.encode(request, order="deterministic"))
    return Once(key=_sha(b"token", access_key, operation.encode(), token), request_sha=request_sha)


def do(tx: Tx, once: Once, work: Callable[[Tx], dict[str, Any]], *, now: int) -> dict[str, Any]:
    """Do `work` and keep its answer, or give the answer that is kept; `now` is steady time.

    Raises IdempotentParameterMismatchException when the token was given with another request.
    """
    if not tx.run(_RESERVE, key=once.key, request_sha=once.request_sha, now=now, expired=now - KEPT_MS):
        row = tx.one(_GET, key=once.key)
        assert row is not None  # noqa: S101 - the reservation met it, and holds it on PostgreSQL
        if row[0] != once.request_sha:
            raise IdempotentParameterMismatchException("The idempotency token was given with another request before.")
        kept: dict[str, Any] = msgspec.json.decode(row[1])
        return kept
    answer = work(tx)
    tx.run(_KEEP, of_key=once.key, answer=msgspec.json.encode(answer).decode())
    return answer


def prune(tx: Tx, before: int, /, *, limit: int) -> int:
    """Look at `limit` answers at most, and delete those given before `before` (epoch milliseconds); how many went.

    Keys are hashes and there is no index on time, so the walk begins anywhere and goes round: called again and again,
    it comes to every key.
    """
    start = secrets.token_hex(8)
    rows = tx.all(_FROM, start=start, limit=limit)
    if len(rows) < limit:
        rows += tx.all(_BELOW, start=start, limit=limit - len(rows))
    # In one order, whatever the walk began with: two servers that prune would wait for each other.
    return sum(tx.run(_DELETE, of_key=key, before=before) for key, at in sorted(rows) if at < before)


def _sha(*parts: bytes) -> str:
    return hashlib.sha256(b"\0".join(parts)).hexdigest()
