"""The scheduler: looks, decides, carries out; once a second and whenever it is woken.

    snapshot (store + agent) -> model.decide -> one guarded write per decision -> engine

It keeps nothing between two rounds that a restart could lose.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar, assert_never

from openglue.clock import Clock
from openglue.disk import Disk
from openglue.drain import Drain
from openglue.engines.engine import Engine, LaunchError
from openglue.faultpoints import FaultPoints
from openglue.model.capacity import Machine
from openglue.model.decide import OVERRUN_MS, Claim, Decision, Expire, Finish, Hold, Release, Snapshot, decide
from openglue.model.outcome import Ending, Outcome
from openglue.model.plan import Plan
from openglue.model.run import Run
from openglue.model.states import Cause, RunState
from openglue.rehearsal import PlannedEnd, Rehearsal
from openglue.scheduler.pretend import PRETENDED, pretended_outcome
from openglue.scheduler.queue import Queue
from openglue.scheduler.reaper import Reaper
from openglue.store import endings, notices, runs
from openglue.store.admission import Policy
from openglue.store.database import Database, StoreAwayError, Tx, do

T = TypeVar("T")

log = logging.getLogger(__name__)

#: Seconds between two rounds when nothing wakes the loop.
ROUND_S = 1.0
#: Seconds between two rounds at least, and at least this many times what the last one took: a flood of calls wakes the
#: loop all the time, and looking must not slow down accepting.
PAUSE_S = 0.01
PAUSE_FACTOR = 5
#: Runs of each command that a round looks at beyond those that are owned.
QUEUE_VIEW = 32
#: Milliseconds after a start, beside the lease, in which no other node's run is reaped (design 5).
REAP_GRACE_MS = 10_000


class Scheduler:
    def __init__(
        self,
        *,
        database: Database,
        engine: Engine,
        clock: Clock,
        node: str,
        machine: Machine,
        lease_ms: int,
        fence_after_ms: int,
        launch_deadline_ms: int,
        stop_grace_ms: int,
        retry_delay_ms: int,
        policy: Policy,
        plan: Callable[[Run, Tx], Plan],
        drain: Drain,
        disk: Disk,
        is_shared: bool,
        on_move: Callable[[str], None],
        chores: Sequence[Callable[[], None]],
        rehearsal: Rehearsal | None,
        faults: FaultPoints,
    ) -> None:
        self._database = database
        self._engine = engine
        self._clock = clock
        self._node = node
        self._machine = machine
        self._lease_ms = lease_ms
        self._fence_after_ms = fence_after_ms
        self._launch_deadline_ms = launch_deadline_ms
        self._stop_grace_ms = stop_grace_ms
        self._retry_delay_ms = retry_delay_ms
        self._plan = plan
        self._drain = drain
        self._disk = disk
        self._is_shared = is_shared
        #: Told the id of every run that this loop moved, so that whoever waits for it looks again.
        self._on_move = on_move
        #: What is done a little of after each round: forgetting what is old.
        self._chores = chores
        self._rehearsal = rehearsal
        self._faults = faults
        self._reaper = Reaper(database, engine)
        self._queue = Queue(database, clock, policy, node, on_move)
        self._healthy_since = clock.boot()
        #: Boot time since which this server has had each of its runs.
        self._had_since: dict[str, int] = {}
        #: Boot time at which this server first saw each of its runs STOPPING.
        self._stop_seen: dict[str, int] = {}
        self._wake = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._loop, name="scheduler", daemon=True)

    def start(self) -> None:
        # There is what the server before has left.
        self._wake.set()
        self._thread.start()

    def wake(self) -> None:
        """There may be something to decide. Never blocks."""
        self._wake.set()

    def stop(self, timeout_s: float = 10.0) -> None:
        """Stop deciding. Runs go on: their runners are not this process's to end."""
        self._stopping = True
        self._wake.set()
        self._thread.join(timeout_s)

    def _loop(self) -> None:
        while not self._stopping:
            self._wake.wait(ROUND_S)
            self._wake.clear()
            if self._stopping:
                return
            began = self._clock.boot()
            try:
                self.round()
            except StoreAwayError as error:
                # Runners go on by themselves; no other node's run is reaped until we have seen the store for a while.
                self._healthy_since = self._clock.boot()
                log.error("the store does not answer: %s", error)  # noqa: TRY400 - its traceback says nothing more
            time.sleep(max(PAUSE_S, PAUSE_FACTOR * min(self._clock.boot() - began, 200) / 1000))

    def round(self) -> None:
        """Look once, and do what is to be done. Raises StoreAwayError."""
        for step in (self._queue.round, self._decide, self._notify, self._reaper.round, self._engine.tend):
            self._guarded(step)
        for chore in self._chores:
            self._guarded(chore)

    def _guarded(self, step: Callable[[], None]) -> None:
        """What fails with one run, or with one chore, must not keep the others from their turn."""
        try:
            step()
        except StoreAwayError:
            raise
        except Exception:
            log.exception("a part of a scheduling round failed")

    def _decide(self) -> None:
        decisions = decide(self._look())
        for decision in decisions:
            self._guarded(partial(self._carry_out, decision))
        self._hold([decision for decision in decisions if isinstance(decision, Hold)])

    def _look(self) -> Snapshot:
        def read(tx: Tx) -> tuple[list[Run], int]:
            return runs.to_decide(tx, limit=QUEUE_VIEW), tx.lease_now()

        active, lease_now = self._database.read(read)
        mine = [run for run in active if run.owner == self._node]
        boot = self._clock.boot()
        self._had_since = {run.id: self._had_since.get(run.id, boot) for run in mine}
        stopping = [run.id for run in mine if run.state is RunState.STOPPING]
        self._stop_seen = {run_id: self._stop_seen.get(run_id, boot) for run_id in stopping}
        return Snapshot(
            node=self._node,
            now=self._clock.now(),
            lease_now=lease_now,
            lease_ms=self._lease_ms,
            machine=self._machine,
            fence_after_ms=self._fence_after_ms,
            launch_deadline_ms=self._launch_deadline_ms,
            stop_grace_ms=self._stop_grace_ms,
            runs=active,
            workers={run.id: self._engine.look(run.id, run.fence) for run in mine},
            watched_ms={run_id: boot - since for run_id, since in self._had_since.items()},
            stopping_ms={run_id: boot - seen for run_id, seen in self._stop_seen.items()},
            # A test that moves the clock past a deadline means the deadline.
            overrun_ms=OVERRUN_MS + self._stop_grace_ms if self._rehearsal is None else 0,
            may_reap=boot - self._healthy_since > self._lease_ms + REAP_GRACE_MS,
            closed=self._closed(),
            is_shared=self._is_shared,
        )

    def _closed(self) -> str | None:
        """Why no run is taken now, as its StateDetail says it."""
        shortage = self._disk.shortage
        return self._drain.reason or (None if shortage is None else f"Waiting for room: {shortage}")

    def _carry_out(self, decision: Decision) -> None:
        match decision:
            case Claim(run=run):
                self._claim(run)
            case Hold():
                pass  # together, once the others are done
            case Release(run=run, reason=reason):
                if run.owner == self._node:
                    self._engine.kill(run.id, run.fence)
                self._release(run, reason)
            case Finish(run=run, outcome=outcome):
                self._finish(run, outcome)
            case Expire(run=run, outcome=outcome):
                log.warning("run %s is ended from outside: %s", run.id, outcome.ending)
                self._engine.kill(run.id, run.fence)
                self._finish(run, outcome)
            case _:
                assert_never(decision)

    def _hold(self, holds: list[Hold]) -> None:
        """Tell whoever asks why accepted runs wait."""
        news = [hold for hold in holds if hold.run.state_detail != hold.detail]
        if news:
            # By their ids, as whoever stops several runs locks them.
            news.sort(key=lambda hold: hold.run.id)
            self._write(lambda tx: [runs.hold(tx, hold.run, detail=hold.detail) for hold in news])

    def _notify(self) -> None:
        """Tell of the runs that take longer than their NotifyDelayAfter."""
        now = self._clock.now()
        for run in self._database.read(lambda tx: notices.due(tx, limit=QUEUE_VIEW)):
            self._guarded(partial(self._write, partial(notices.give, run_id=run.id, now=now)))

    def _claim(self, run: Run) -> None:
        """Take the run, then launch it. Whatever happens between the two is found by the next look."""

        def take(tx: Tx) -> tuple[Run, Plan] | None:
            taken = runs.claim(tx, run, node=self._node, lease_ms=self._lease_ms, now=self._clock.now())
            return None if taken is None else (taken, self._plan(taken, tx))

        self._faults.reach("before claim")
        with self._drain.taking() as may_take:
            claimed = self._write(take) if may_take else None
        if claimed is None:
            return
        taken, plan = claimed
        self._had_since[taken.id] = self._clock.boot()
        self._faults.reach("after claim")
        if self._rehearsal is not None and (end := self._rehearsal.take_end(run.job_name, PRETENDED)) is not None:
            self._pretend(taken, end)
            return
        try:
            self._engine.launch(plan)
        except LaunchError as error:
            self._finish(taken, Outcome(ending=Ending.LAUNCH_FAILED, message=f"LAUNCH ERROR | {error}"))
            return
        self._faults.reach("after launch")
        self._write(lambda tx: runs.note(tx, taken, cause=Cause.LAUNCHED, actor=self._node, now=self._clock.now()))

    def _pretend(self, run: Run, end: PlannedEnd) -> None:
        """End a run as a test has asked: its script does not start, everything else is as ever."""
        outcome = pretended_outcome(end, run)

        def start(tx: Tx) -> Run | None:
            return runs.start(tx, run.id, fence=run.fence, token=run.id, actor="test", now=self._clock.now())

        started = self._write(start)
        if started is not None:
            self._finish(started, outcome)

    def _release(self, run: Run, reason: str) -> None:
        def release(tx: Tx) -> Run | None:
            if not self._may_end(tx, run):
                return None
            return runs.release(tx, run, actor=self._node, reason=reason, now=self._clock.now())

        self._write(release)
        self._wake.set()

    def _may_end(self, tx: Tx, run: Run) -> bool:
        """Whether the run is this node's or nobody's, or its node is still away."""
        return run.owner in {None, self._node} or runs.is_abandoned(tx, run)

    def _finish(self, run: Run, outcome: Outcome) -> None:
        self._faults.reach("before finish")

        def finish(tx: Tx) -> Run | None:
            if not self._may_end(tx, run):
                return None
            now = self._clock.now()
            return endings.finish(tx, run, outcome, actor=self._node, now=now, retry_delay_ms=self._retry_delay_ms)

        ended = self._write(finish)
        self._faults.reach("after finish")
        if ended is not None:
            log.info("run %s of %s ended %s", ended.id, ended.job_name, ended.state)
            self._on_move(run.id)
            # Its slot is free, and there may be a retry.
            self._wake.set()

    def _write(self, work: Callable[[Tx], T]) -> T:
        return do(self._database, work)
