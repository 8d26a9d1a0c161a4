"""The quota of logs: when all of them take more, those of the runs that ended longest ago go, in small batches."""

from __future__ import annotations

import logging

from openglue.clock import Clock
from openglue.logs.store import LogStore
from openglue.store import runs
from openglue.store.database import Database

log = logging.getLogger(__name__)

#: Seconds that one round counts, until all is counted.
COUNT_S = 0.02
#: Runs whose logs go in one round.
BATCH = 50
#: Milliseconds before the next look when what there is belongs to runs that are not over.
LOOK_MS = 60_000


class Quota:
    def __init__(self, database: Database, logs: LogStore, clock: Clock, *, most_bytes: int) -> None:
        self._database = database
        self._logs = logs
        self._clock = clock
        self._most = most_bytes
        self._next_look = clock.boot()

    def round(self) -> None:
        """Empty the logs of some ended runs, the oldest first, if there is too much. Those of others are left alone."""
        if not self._is_over() or self._clock.boot() < self._next_look:
            return
        emptied = 0
        for run_id in self._logs.by_age():
            if self._has_ended(run_id):
                self._logs.empty(run_id)
                emptied += 1
                if emptied == BATCH or not self._is_over():
                    break
        if emptied:
            log.info("the logs of %d ended runs have made room for newer ones", emptied)
        else:
            log.warning("the logs of runs that are not over take more than log_quota_mb")
            self._next_look = self._clock.boot() + LOOK_MS

    def _is_over(self) -> bool:
        used = self._logs.usage.count(COUNT_S)
        return used is not None and used > self._most

    def _has_ended(self, run_id: str) -> bool:
        """A run that is unknown was forgotten, and its logs were to go with it."""
        run = self._database.read(lambda tx: runs.get(tx, run_id))
        return run is None or run.completed_on is not None
