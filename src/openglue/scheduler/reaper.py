"""The reaper: after a run's end, no process of it lives and its workspace is gone (promise P6)."""

from __future__ import annotations

import logging

from openglue.engines.engine import Engine
from openglue.model.states import RunState
from openglue.store import runs
from openglue.store.database import Database

log = logging.getLogger(__name__)

#: Ends after which one wants to look into a workspace.
FAILED = frozenset({RunState.FAILED, RunState.TIMEOUT})


class Reaper:
    def __init__(self, database: Database, engine: Engine) -> None:
        self._database = database
        self._engine = engine
        #: Told of already: unknown runs whose runners live.
        self._unknown: set[tuple[str, int]] = set()

    def round(self) -> None:
        """Clear what belongs to runs that are over, or that have gone on under another fence.

        A run that is unknown was forgotten long after its end, and has no runner. If it has one, the database is not
        the one, or not as new as the one, that the run was accepted in: the runner is not ended from here.
        """
        for run_id, fence in self._engine.held():
            run = self._database.read(lambda tx, run_id=run_id: runs.get(tx, run_id))  # type: ignore[misc]
            if run is None and self._engine.has_runner(run_id, fence):
                self._leave_alone(run_id, fence)
            elif run is None or run.completed_on is not None or run.fence != fence:
                failed = run is not None and run.fence == fence and run.state in FAILED
                self._engine.clear(run_id, fence, failed=failed)

    def _leave_alone(self, run_id: str, fence: int) -> None:
        if (run_id, fence) not in self._unknown:
            self._unknown.add((run_id, fence))
            log.warning(
                "run %s is not in this database, and its runner lives: its workspace stays until that is gone, by "
                "itself or because it asks this server and hears that there is no such run. "
                "Was the run accepted in another database, or since the backup that this one was restored from?",
                run_id,
            )
