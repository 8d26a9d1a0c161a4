"""Scripts that ran: their texts, by the hash of their bytes, for as long as runs of them are kept."""

from __future__ import annotations

import hashlib

from sqlalchemy import bindparam, delete, select

# The one form of ON CONFLICT that both databases understand; SQLAlchemy has it under one of their names.
from sqlalchemy.dialects.postgresql import insert

from openglue.store.database import Tx
from openglue.store.schema import scripts

DAY_MS = 86_400_000
#: Texts that go when a new one comes, at most.
_GOING = 10

_INSERT = insert(scripts).values(sha=bindparam("sha"), text=bindparam("text"), used_on=bindparam("now"))
_KEEP = _INSERT.on_conflict_do_update(
    index_elements=["sha"],
    set_={"used_on": _INSERT.excluded.used_on},
    where=scripts.c.used_on < _INSERT.excluded.used_on - DAY_MS,
)
_TEXT = select(scripts.c.text).where(scripts.c.sha == bindparam("sha"))
_UNUSED = select(scripts.c.sha).where(scripts.c.used_on < bindparam("before")).order_by(scripts.c.used_on).limit(_GOING)
_FORGET = delete(scripts).where(scripts.c.sha.in_(_UNUSED))


def sha_of(script: str) -> str:
    """The sha256 of a script's bytes, in hex."""
    return hashlib.sha256(script.encode()).hexdigest()


def keep(tx: Tx, script: str, sha: str, *, now: int, unused_since: int) -> None:
    """Keep the text of a script that starts now, under its hash.

    A new one makes room: some texts go of which nothing has started after `unused_since`.
    """
    if tx.run(_KEEP, sha=sha, text=script, now=now):
        tx.run(_FORGET, before=unused_since)


def text(tx: Tx, sha: str) -> str | None:
    """The text of the script with this hash, if it is kept."""
    row = tx.one(_TEXT, sha=sha)
    return None if row is None else str(row[0])
