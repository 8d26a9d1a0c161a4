"""Forgetting: what is older than the history that is kept goes, in small batches between other work."""

from __future__ import annotations

import logging

from openglue.clock import Clock
from openglue.logs.store import LogStore
from openglue.scheduler.pruning import earliest
from openglue.store import history
from openglue.store.database import Database, Tx, do

log = logging.getLogger(__name__)

DAY_MS = 86_400_000
#: Milliseconds between two walks through all jobs.
WALK_MS = 3_600_000
#: Runs that are deleted in one transaction, and jobs that one round looks at.
BATCH = 100


class History:
    """Walks through the jobs, a batch each round, and begins anew an hour after it has come to the end."""

    def __init__(self, database: Database, logs: LogStore, clock: Clock, *, days: int) -> None:
        self._database = database
        self._logs = logs
        self._clock = clock
        self._days = days
        self._after = ""
        self._next_walk = clock.boot()
        self._forgotten = 0

    def round(self) -> None:
        """Forget a batch of runs, or look at a batch of jobs that have nothing to forget."""
        if self._clock.boot() < self._next_walk:
            return

        def look(tx: Tx) -> tuple[list[str], int]:
            return history.job_ids(tx, after=self._after, limit=BATCH), earliest(tx, self._clock)

        ids, today = self._database.read(look)
        before = today - self._days * DAY_MS
        for job_id in ids:
            if self._forget(job_id, before):
                return  # the same job again in the next round
            self._after = job_id
        if len(ids) < BATCH:
            self._after = ""
            self._next_walk = self._clock.boot() + WALK_MS
            if self._forgotten:
                log.info("%d runs that ended more than %d days ago were deleted", self._forgotten, self._days)
            self._forgotten = 0

    def _forget(self, job_id: str, before: int) -> int:
        """Logs first: what a crash in between leaves is a run without logs, which the next walk finds."""
        old = self._database.read(lambda tx: history.old_runs(tx, job_id, before=before, limit=BATCH))
        for run_id in old:
            self._logs.delete(run_id)
        if old:
            do(self._database, lambda tx: history.forget_runs(tx, old))
            self._forgotten += len(old)
        elif self._database.read(lambda tx: history.is_forgotten(tx, job_id)):
            do(self._database, lambda tx: history.forget_job(tx, job_id))
        return len(old)
