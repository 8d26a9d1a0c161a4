"""The reaper: after a run's end, no process of it lives and its workspace is gone (promise P6)."""

from __future__ import annotations

from openglue.engines.engine import Engine
from openglue.model.states import RunState
from openglue.store import runs
from openglue.store.database import Database

#: Ends after which one wants to look into a workspace.
FAILED = frozenset({RunState.FAILED, RunState.TIMEOUT})


class Reaper:
    def __init__(self, database: Database, engine: Engine) -> None:
        self._database = database
        self._engine = engine

    def round(self) -> None:
        """Clear what belongs to runs that are over, or that have gone on under another fence."""
        for run_id, fence in self._engine.held():
            run = self._database.read(lambda tx, run_id=run_id: runs.get(tx, run_id))  # type: ignore[misc]
            if run is None or run.completed_on is not None or run.fence != fence:
                failed = run is not None and run.fence == fence and run.state in FAILED
                self._engine.clear(run_id, fence, failed=failed)
