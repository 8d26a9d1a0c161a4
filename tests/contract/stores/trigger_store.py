"""A store with jobs and triggers, and each transaction of firing as a step of its own."""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, select
from tests.contract.stores.store import Store

from openglue.clock import FakeClock
from openglue.model.outcome import Ending, Outcome
from openglue.model.run import Run
from openglue.model.states import Cause, RunState
from openglue.model.trigger import Operation, Trigger, TriggerType, created_trigger, moved_trigger, updated_trigger
from openglue.store import endings, fires, firing, runs, triggers
from openglue.store.admission import Policy
from openglue.store.database import Database, Tx
from openglue.store.firing import Done, NoRoomError, Rules
from openglue.store.schema import runs as run_table

HOUR = 3_600_000
DAY = 24 * HOUR
_RUN_IDS = (
    select(run_table.c.id)
    .where(run_table.c.job_name == bindparam("job_name"))
    .order_by(run_table.c.started_on, run_table.c.seq)
)

#: How a run ends in each of the states that triggers wait for.
OUTCOMES = {
    RunState.SUCCEEDED: Outcome(ending=Ending.EXITED, exit_code=0, execution_ms=10),
    RunState.FAILED: Outcome(ending=Ending.EXITED, exit_code=1, exception="ValueError", message="no", execution_ms=10),
    RunState.TIMEOUT: Outcome(ending=Ending.TIMED_OUT, execution_ms=10),
    RunState.STOPPED: Outcome(ending=Ending.STOPPED, execution_ms=10),
}


def condition(job: str, state: str = "SUCCEEDED") -> dict[str, Any]:
    return {"LogicalOperator": "EQUALS", "JobName": job, "State": state}


def after(*jobs: str, logical: str = "AND", state: str = "SUCCEEDED") -> dict[str, Any]:
    """A predicate over jobs."""
    return {"Logical": logical, "Conditions": [condition(job, state) for job in jobs]}


class TriggerStore(Store):
    def __init__(self, database: Database, clock: FakeClock) -> None:
        super().__init__(database, clock)
        self.rules = Rules(missed_ms=HOUR, follow_manual=False)
        self.admission: Policy = self.policy()

    def jobs(self, *names: str, **members: Any) -> None:
        for name in names:
            self.define(name, **{"ExecutionProperty": {"MaxConcurrentRuns": 100}, **members})

    # What clients do.

    def trigger(self, kind: str, *jobs: str, name: str = "t", start: bool = True, **definition: Any) -> Trigger:
        """Create a trigger that starts these jobs, ACTIVATED where there is such a thing."""
        trigger = created_trigger(
            {
                "Name": name,
                "Type": kind,
                "Actions": [{"JobName": job} for job in jobs],
                "StartOnCreation": start and kind != "ON_DEMAND",
                **definition,
            },
            now=self.clock.now(),
        )
        self.write(lambda tx: triggers.add(tx, trigger))
        return trigger

    def fire(self, name: str = "t") -> None:
        """StartTrigger."""

        def start(tx: Tx) -> None:
            now = self.clock.now()
            trigger = self._locked(tx, name)
            started = moved_trigger(trigger, Operation.START, now=now)
            if trigger.type is TriggerType.ON_DEMAND:
                firing.fire_on_demand(tx, trigger, now=now)
            else:
                triggers.replace(tx, trigger, started)

        self.write(start)

    def stop(self, name: str = "t") -> None:
        """StopTrigger."""

        def stop(tx: Tx) -> None:
            trigger = self._locked(tx, name)
            triggers.replace(tx, trigger, moved_trigger(trigger, Operation.STOP, now=self.clock.now()))

        self.write(stop)

    def change(self, name: str = "t", **definition: Any) -> None:
        """UpdateTrigger; what is not given stays as it is."""

        def update(tx: Tx) -> None:
            trigger = self._locked(tx, name)
            now = self.clock.now()
            triggers.replace(tx, trigger, updated_trigger(trigger, {**trigger.definition, **definition}, now=now))

        self.write(update)

    def delete(self, name: str = "t") -> None:
        self.write(lambda tx: triggers.delete_trigger(tx, self._locked(tx, name), now=self.clock.now()))

    @staticmethod
    def _locked(tx: Tx, name: str) -> Trigger:
        trigger = triggers.get_locked(tx, name)
        assert trigger is not None
        return trigger

    # What the service does, one transaction each.

    def read_events(self, limit: int = 100) -> int:
        return self.write(lambda tx: firing.read_events(tx, self.rules, now=self.clock.now(), limit=limit))

    def fire_due(self, limit: int = 100) -> int:
        return len(self.write(lambda tx: firing.fire_due(tx, self.rules, now=self.clock.now(), limit=limit)))

    def pending(self) -> int:
        return len(self.read(lambda tx: fires.pending(tx, limit=10_000)))

    def carry_out(self) -> Done | None:
        """Do the oldest action that is to be done."""
        found = self.read(lambda tx: fires.pending(tx, limit=1))
        if not found:
            return None
        refused = None
        for _ in range(2):
            try:
                return self.write(
                    lambda tx, refused=refused: firing.carry_out(
                        tx, found[0], self.admission, actor="n", now=self.clock.now(), refused=refused
                    )
                )
            except NoRoomError as error:
                refused = error.refused
        raise AssertionError("an action that was refused twice")

    def settle(self) -> None:
        """Do all that is to be done."""
        for _ in range(1000):
            if not (self.read_events() or self.fire_due() or self.carry_out() is not None):
                return
        raise AssertionError("there is no end to it")

    # Runs.

    def runs_of(self, job: str) -> list[Run]:
        """The runs of jobs of that name, the oldest first; of a deleted job too."""
        found = self.read(lambda tx: tx.all(_RUN_IDS, job_name=job))
        return [run for (run_id,) in found if (run := self.read(lambda tx, run_id=run_id: runs.get(tx, run_id)))]

    def only_run(self, job: str) -> Run:
        [run] = self.runs_of(job)
        return run

    def root(self, run: Run) -> str | None:
        return self.read(lambda tx: runs.root_fire(tx, run.id))

    def end(self, run: Run, state: RunState = RunState.SUCCEEDED) -> Run:
        """Let an accepted run end in that state."""

        def end(tx: Tx) -> Run:
            current = runs.get_locked(tx, run.id)
            assert current is not None
            now = self.clock.now()
            to = RunState.STOPPING if state is RunState.STOPPED else RunState.RUNNING
            cause = Cause.STOP_ASKED if state is RunState.STOPPED else Cause.STARTED
            moved = runs.move(tx, current, to, cause=cause, actor="r", now=now, running_on=now)
            assert moved is not None
            ended = endings.finish(tx, moved, OUTCOMES[state], actor="r", now=now, retry_delay_ms=0)
            assert ended is not None
            return ended

        return self.write(end)

    def start_run(self, job: str) -> Run:
        """StartJobRun."""
        run = self.ask(job, policy=self.admission)
        assert isinstance(run, Run)
        return run


def predecessors(run: Run) -> list[str]:
    return [row["RunId"] for row in run.fixed["PredecessorRuns"]]
