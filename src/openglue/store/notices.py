"""Notices of runs that take longer than their NotifyDelayAfter: each run has one at most, which is an event."""

from __future__ import annotations

from sqlalchemy import bindparam, null, update

from openglue.model import event
from openglue.model.run import Run
from openglue.store.database import Tx
from openglue.store.runs import SELECT, from_row, get_locked, tell
from openglue.store.schema import IS_TO_NOTIFY, runs

_DUE = (
    SELECT.where(IS_TO_NOTIFY, runs.c.notify_at <= bindparam("steady"))
    .order_by(runs.c.notify_at)
    .limit(bindparam("limit"))
)
_GIVEN = (
    update(runs).where(runs.c.id == bindparam("run_id")).values(notify_at=null()).returning(*SELECT.selected_columns)
)


def due(tx: Tx, *, limit: int) -> list[Run]:
    """Active runs that have passed their NotifyDelayAfter, of which nothing has been told yet."""
    return [from_row(row) for row in tx.all(_DUE, steady=tx.steady_now(), limit=limit)]


def give(tx: Tx, run_id: str, *, now: int) -> None:
    """Tell that a run takes longer than its NotifyDelayAfter, once; each later state is told by the move to it."""
    run = get_locked(tx, run_id)
    if run is not None and run.notify_at is not None:
        row = tx.one(_GIVEN, run_id=run_id)
        assert row is not None  # noqa: S101 - the lock above met it
        late = from_row(row)
        tell(tx, event.RUN_STATUS, late, event.run_status(late), now=now)
