"""The ledger: what happened to every run, written once, in the transaction of what happened."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import bindparam, func, insert, literal_column, select

from openglue.model.states import Cause, RunState
from openglue.store.database import Tx
from openglue.store.schema import ledger


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One line of a run's history. `from_state` equals `to_state` where nothing moved (claimed, released...)."""

    seq: int
    at: int
    from_state: RunState | None
    to_state: RunState
    cause: Cause
    #: Who did it: `api`, or a node's id.
    actor: str
    detail: str | None


_NEXT = (
    select(func.coalesce(func.max(ledger.c.seq), 0) + literal_column("1"))
    .where(ledger.c.run_id == bindparam("run_id"))
    .scalar_subquery()
)
# Inline: otherwise SQLAlchemy asks for the computed number back.
_INSERT = (
    insert(ledger)
    .inline()
    .values(
        run_id=bindparam("run_id"),
        seq=_NEXT,
        at=bindparam("at"),
        from_state=bindparam("from_state"),
        to_state=bindparam("to_state"),
        cause=bindparam("cause"),
        actor=bindparam("actor"),
        detail=bindparam("detail"),
    )
)
_FIRST = insert(ledger)
_OF_RUN = (
    select(
        ledger.c.seq,
        ledger.c.at,
        ledger.c.from_state,
        ledger.c.to_state,
        ledger.c.cause,
        ledger.c.actor,
        ledger.c.detail,
    )
    .where(ledger.c.run_id == bindparam("run_id"))
    .order_by(ledger.c.seq)
)


def begin(tx: Tx, run_id: str, *, at: int, to_state: RunState, cause: Cause, actor: str, detail: str | None) -> None:
    """The first line of a run's history."""
    tx.run(
        _FIRST,
        run_id=run_id,
        seq=1,
        at=at,
        from_state=None,
        to_state=to_state.value,
        cause=cause.value,
        actor=actor,
        detail=detail,
    )


def append(
    tx: Tx,
    run_id: str,
    *,
    at: int,
    from_state: RunState,
    to_state: RunState,
    cause: Cause,
    actor: str,
    detail: str | None = None,
) -> None:
    tx.run(
        _INSERT,
        run_id=run_id,
        at=at,
        from_state=from_state.value,
        to_state=to_state.value,
        cause=cause.value,
        actor=actor,
        detail=detail,
    )


def of_run(tx: Tx, run_id: str) -> list[Entry]:
    return [
        Entry(
            seq=seq,
            at=at,
            from_state=None if from_state is None else RunState(from_state),
            to_state=RunState(to_state),
            cause=Cause(cause),
            actor=actor,
            detail=detail,
        )
        for seq, at, from_state, to_state, cause, actor, detail in tx.all(_OF_RUN, run_id=run_id)
    ]
