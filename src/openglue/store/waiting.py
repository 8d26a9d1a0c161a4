"""The WAITING runs: their order, which is that of their deadlines, what they wait for, and a run's place among them."""

from __future__ import annotations

from sqlalchemy import bindparam, func, select, tuple_, update

from openglue.model.admission import Waiting
from openglue.model.run import Run
from openglue.model.states import RunState
from openglue.store.database import Tx
from openglue.store.schema import IS_WAITING, runs

_COLUMNS = (runs.c.id, runs.c.job_id, runs.c.job_name, runs.c.dpu_16ths, runs.c.waits_for, runs.c.queue_until)
#: Not by the wall time at which they were accepted: once the clock was set back, none would overtake the younger ones.
#: `seq` has those of one job in order that were accepted at one moment.
_BY_AGE = (runs.c.queue_until, runs.c.started_on, runs.c.seq, runs.c.id)
_OLDEST = select(*_COLUMNS).where(IS_WAITING).order_by(*_BY_AGE).limit(bindparam("limit"))
_AHEAD = select(func.count()).where(
    IS_WAITING,
    tuple_(*_BY_AGE) < tuple_(*map(bindparam, ("queue_until", "started_on", "seq", "run_id"))),
)
_ORDER = select(runs.c.id).where(IS_WAITING).order_by(*_BY_AGE)
_LIMITS = select(runs.c.waits_for, runs.c.job_id).where(IS_WAITING).distinct()
_WAIT_FOR = (
    update(runs)
    .where(runs.c.id == bindparam("run_id"), runs.c.state == RunState.WAITING.value)
    .values(waits_for=bindparam("limit"), state_detail=bindparam("detail"))
)


def oldest(tx: Tx, *, limit: int) -> list[Waiting]:
    """The WAITING runs, oldest first."""
    return [
        Waiting(
            run_id=run_id,
            job_id=job_id,
            job_name=job_name,
            dpu_16ths=dpu_16ths,
            waits_for=waits_for,
            queue_until=queue_until,
        )
        for run_id, job_id, job_name, dpu_16ths, waits_for, queue_until in tx.all(_OLDEST, limit=limit)
    ]


def position(tx: Tx, run: Run) -> int:
    """The place of a WAITING run among all of them; 1 is the first."""
    row = tx.one(_AHEAD, queue_until=run.queue_until, started_on=run.started_on, seq=run.seq, run_id=run.id)
    return 1 if row is None else int(row[0]) + 1


def positions(tx: Tx) -> dict[str, int]:
    """The places of all WAITING runs, by run id."""
    return {str(row[0]): number for number, row in enumerate(tx.all(_ORDER), start=1)}


def limits(tx: Tx) -> list[tuple[str, str]]:
    """What WAITING runs wait for: pairs of a limit and a job's id."""
    return [(str(limit), str(job_id)) for limit, job_id in tx.all(_LIMITS)]


def wait_for(tx: Tx, run_id: str, *, limit: str, detail: str) -> None:
    """A WAITING run waits for another limit now."""
    tx.run(_WAIT_FOR, run_id=run_id, limit=limit, detail=detail)
