"""History: ended runs and deleted jobs, until they are old enough to be forgotten."""

from __future__ import annotations

from sqlalchemy import bindparam, delete, select

from openglue.store.database import Tx
from openglue.store.schema import jobs, ledger, log_segments, runs

_JOBS = select(jobs.c.id).where(jobs.c.id > bindparam("after")).order_by(jobs.c.id).limit(bindparam("limit"))
#: The oldest runs of a job, whatever their state: those among them that are over and old enough may go. A look costs
#: the same however long the history is.
_OLDEST = (
    select(runs.c.id, runs.c.completed_on)
    .where(runs.c.job_id == bindparam("job_id"))
    .order_by(runs.c.seq)
    .limit(bindparam("limit"))
)
_FORGET = tuple(
    delete(table).where(column == bindparam("run_id"))
    for table, column in ((ledger, ledger.c.run_id), (log_segments, log_segments.c.run_id), (runs, runs.c.id))
)
_FORGOTTEN = select(jobs.c.id).where(
    jobs.c.id == bindparam("job_id"),
    jobs.c.deleted_on.is_not(None),
    ~select(runs.c.id).where(runs.c.job_id == jobs.c.id).exists(),
)
_LOCK_JOB = select(jobs.c.id).where(jobs.c.id == bindparam("job_id")).with_for_update()
_FORGET_JOB = delete(jobs).where(jobs.c.id == bindparam("job_id"))


def job_ids(tx: Tx, *, after: str, limit: int) -> list[str]:
    """Ids of jobs, deleted ones too, in the order of ids."""
    return [str(row[0]) for row in tx.all(_JOBS, after=after, limit=limit)]


def old_runs(tx: Tx, job_id: str, *, before: int, limit: int) -> list[str]:
    """Runs among the job's `limit` oldest that had ended by `before`."""
    rows = tx.all(_OLDEST, job_id=job_id, limit=limit)
    return [str(run_id) for run_id, completed_on in rows if completed_on is not None and completed_on < before]


def forget_runs(tx: Tx, run_ids: list[str]) -> None:
    """Delete ended runs and everything that is kept about them but their logs."""
    # In one order, which others who lock several runs keep, too.
    for run_id in sorted(run_ids):
        for statement in _FORGET:
            tx.run(statement, run_id=run_id)


def is_forgotten(tx: Tx, job_id: str) -> bool:
    """Whether a job was deleted and none of its runs is left."""
    return tx.one(_FORGOTTEN, job_id=job_id) is not None


def forget_job(tx: Tx, job_id: str) -> None:
    """Delete a forgotten job for good, unless a trigger that wants it has left it a run since somebody looked."""
    tx.one(_LOCK_JOB, job_id=job_id)
    if is_forgotten(tx, job_id):
        tx.run(_FORGET_JOB, job_id=job_id)
