"""Deadlines that a server finds when it opens the store.

They are in steady time, which begins anew from the wall time with every server. One that was written when the clock was
ahead may be hours off by now: no run waits longer for it than it would have to if it began to wait now.
"""

from __future__ import annotations

from sqlalchemy import bindparam, update

from openglue.model.run import notify_at
from openglue.store.database import Tx
from openglue.store.runs import SELECT, from_row
from openglue.store.schema import IS_TO_NOTIFY, IS_UNOWNED, IS_WAITING, runs

_QUEUE = (
    update(runs).where(IS_WAITING, runs.c.queue_until > bindparam("latest")).values(queue_until=bindparam("latest"))
)
_RETRY = update(runs).where(IS_UNOWNED, runs.c.not_before > bindparam("latest")).values(not_before=bindparam("latest"))
_LATE = SELECT.where(IS_TO_NOTIFY, runs.c.notify_at > bindparam("steady"))
#: Only what is still to be told: another server may have done it meanwhile.
_NOTIFY = (
    update(runs)
    .where(runs.c.id == bindparam("run_id"), runs.c.notify_at > bindparam("latest"))
    .values(notify_at=bindparam("latest"))
)


def shorten(tx: Tx, *, queue_ms: int, retry_delay_ms: int) -> None:
    """Bring the deadlines of all waits within their length."""
    steady = tx.steady_now()
    tx.run(_QUEUE, latest=steady + queue_ms)
    tx.run(_RETRY, latest=steady + retry_delay_ms)
    for run in map(from_row, tx.all(_LATE, steady=steady)):
        latest = notify_at(run.fixed, steady)
        if latest is not None:
            tx.run(_NOTIFY, run_id=run.id, latest=latest)
