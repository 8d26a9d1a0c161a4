"""The account's one row: what its runs use, and the number of its last event."""

from __future__ import annotations

from sqlalchemy import bindparam, select, update

from openglue.model.admission import Usage
from openglue.store.database import Tx
from openglue.store.schema import account

_COLUMNS = (account.c.runs, account.c.dpu_16ths, account.c.waiting, account.c.events)
_CHANGE = (
    update(account)
    .values(
        runs=account.c.runs + bindparam("more_runs"),
        dpu_16ths=account.c.dpu_16ths + bindparam("more_dpu"),
        waiting=account.c.waiting + bindparam("more_waiting"),
        events=account.c.events + bindparam("more_events"),
    )
    .returning(*_COLUMNS)
)
_GET = select(*_COLUMNS)


def usage(tx: Tx) -> Usage:
    return _usage(tx.one(_GET))[0]


def change(tx: Tx, *, runs: int = 0, dpu_16ths: int = 0, waiting: int = 0, events: int = 0) -> tuple[Usage, int]:
    """Add to what is used; the row is locked until the transaction's end. Return what is used then, and the number of
    the last event.
    """
    return _usage(tx.one(_CHANGE, more_runs=runs, more_dpu=dpu_16ths, more_waiting=waiting, more_events=events))


def _usage(row: tuple[int, ...] | None) -> tuple[Usage, int]:
    assert row is not None  # noqa: S101 - the migration that makes the table makes its row
    return Usage(runs=row[0], dpu_16ths=row[1], waiting=row[2]), row[3]
