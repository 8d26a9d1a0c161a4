"""What must hold of runs, whatever has happened: a model of a few lines, fed with what clients were answered.

The numbers are those of tests/faults/invariants.py, which looks at the rows; what is here is what only somebody can
tell who has seen what clients were answered and what runners did.
"""

from __future__ import annotations

from collections import Counter

from sqlalchemy import Connection
from tests.contract.stores.run_service import HISTORY_DAYS, SUCCESS, Runner, Service
from tests.faults.invariants import Row, Rows, check_rows

from openglue.model.states import HOLDING, TERMINAL, Cause, RunState

DAY_MS = 86_400_000


class Promises:
    def __init__(self, service: Service, reader: Connection) -> None:
        self.service = service
        self.clock = service.clock
        self.reader = reader
        #: Runs that clients were answered with, in that order, and those that are to stop.
        self.accepted: dict[str, None] = {}
        self.stopped: set[str] = set()
        #: The runs at the last look.
        self.before: dict[str, Row] = {}
        #: Runners whose user code must not be taken for lost.
        self.acting: set[tuple[str, int]] = set()

    @property
    def open(self) -> list[Row]:
        return [row for row in self.before.values() if row["state"] not in TERMINAL]

    def is_stale(self, runner: Runner) -> bool:
        """Whether a runner's run has ended, or gone on without it."""
        row = self.before.get(runner.run.id)
        return row is None or row["fence"] != runner.run.fence or row["state"] in TERMINAL

    def check_unchanged(self) -> None:
        assert self._rows().runs == [*self.before.values()], "I7: a runner changed what is not its own any more"

    def _rows(self) -> Rows:
        with self.reader.begin():
            return Rows(self.reader)

    def check(self) -> None:
        rows = self._rows()
        check_rows(rows)
        found = {row["id"]: row for row in rows.runs}
        lost = {run_id for run_id in self.before if run_id not in found}
        for run_id in lost:
            completed_on = self.before[run_id]["completed_on"]
            old = completed_on is not None and self.clock.now() - completed_on > HISTORY_DAYS * DAY_MS
            assert old, f"I1: {run_id} is lost"
        begun = {run_id for run_id in found if rows.ledger[run_id][0]["cause"] == Cause.ACCEPTED}
        assert begun == self.accepted.keys() & found.keys(), "I1, I2: not what clients were answered"
        for run_id, row in found.items():
            self._check(self.before.get(run_id), row, Cause(rows.ledger[run_id][-1]["cause"]))
        self._check_queue(found, begun)
        self._check_runners(found)
        self.before = found

    def _check(self, before: Row | None, row: Row, last: Cause) -> None:
        run_id, state = row["id"], row["state"]
        if before is not None:
            assert row["fence"] >= before["fence"], f"I6: {run_id}"
            assert before["state"] not in TERMINAL or row == before, f"I5: {run_id} changed after its end"
        if state not in TERMINAL or (before is not None and before["state"] in TERMINAL):
            return
        own = [runner for runner in self.service.launched if runner.key == (run_id, row["fence"])]
        if state == RunState.SUCCEEDED:
            assert own, f"I9: {run_id}"
            assert own[0].outcome == SUCCESS, f"I9: {run_id} succeeded, {own[0]} did not"
        if last in {Cause.WORKER_LOST, Cause.LAUNCH_FAILED}:
            assert not self.acting & {runner.key for runner in own}, f"P7: {run_id} was ended while its code ran"
        if run_id in self.stopped:
            assert state == RunState.STOPPED, f"P6: {run_id} was stopped and ended {state}"
        else:
            assert state != RunState.STOPPED, f"P6: {run_id} was not stopped by anybody"
        if state == RunState.TIMEOUT:
            assert self.clock.now() - row["running_on"] >= row["timeout_minutes"] * 60_000, f"I15: {run_id}"

    def _check_queue(self, found: dict[str, Row], begun: set[str]) -> None:
        """L4: who has just come does not overtake who waits for the same job."""
        for run_id in begun - self.before.keys():
            row = found[run_id]
            for other in self.before.keys() & found.keys():
                if found[other]["state"] == RunState.WAITING and found[other]["job_id"] == row["job_id"]:
                    assert row["state"] not in HOLDING, f"L4: {run_id} overtook {other}"

    def _check_runners(self, found: dict[str, Row]) -> None:
        starts = Counter[str]()
        for runner in self.service.launched:
            starts[runner.run.id] += runner.started
            row = found.get(runner.run.id)
            if runner.started and row is not None:
                assert row["start_token"] == runner.token, f"I3: {runner.key} started without the token"
        assert max(starts.values(), default=0) <= 1, f"I3: {starts.most_common(1)} starts"
        now = self.clock.boot()
        self.acting = {runner.key for runner in self.service.launched if runner.acts(now)}
        for run_id, fence in self.acting:
            row = found[run_id]
            assert row["fence"] == fence, f"I8: {run_id} has another owner than the one whose code runs"
            assert row["state"] in {RunState.RUNNING, RunState.STOPPING}, f"I12: {run_id} runs without a slot"
