"""Secrets of the service itself, kept in its database so that they outlive the process."""

from __future__ import annotations

import hashlib
import secrets

from sqlalchemy import bindparam, insert, select

from openglue.store.database import Tx
from openglue.store.schema import keys

SERVICE = "service"

_GET = select(keys.c.secret).where(keys.c.id == bindparam("key_id"), keys.c.kind == SERVICE)
_INSERT = insert(keys).values(
    id=bindparam("key_id"), kind=SERVICE, secret=bindparam("secret"), document="{}", created_on=bindparam("now")
)


def service_secret(tx: Tx, name: str, *, now: int) -> bytes:
    """The secret of that name, made when it is asked for the first time."""
    row = tx.one(_GET, key_id=name)
    if row is None:
        text = secrets.token_hex(32)
        tx.run(_INSERT, key_id=name, secret=text, now=now)
        return bytes.fromhex(text)
    return bytes.fromhex(row[0])


def database_id(tx: Tx, *, now: int) -> str:
    """Which database this is, by whatever URL it is reached: a restored backup is the same, one made anew is another.

    It is made of the secret of its runs, which it does not tell.
    """
    return hashlib.sha256(b"database " + service_secret(tx, "runs", now=now)).hexdigest()[:16]
