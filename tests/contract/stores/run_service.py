"""A service in one process: its own operations, run protocol and scheduler, the last in pieces that come in any order.

Played are only the machines, the runners on them and what they hear: a runner is a value, and an engine looks at it.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from tests.contract.stores.store import Store

from openglue.api import run_protocol
from openglue.api.context import Context
from openglue.api.operations import jobs, runs
from openglue.api.signals import Signals
from openglue.clock import FakeClock
from openglue.config import Config
from openglue.disk import Disk
from openglue.drain import Drain
from openglue.faultpoints import FaultPoints
from openglue.logs.store import LogStore
from openglue.model.admission import Admit, GiveUp, WaitFor, admit
from openglue.model.capacity import Machine
from openglue.model.decide import Alive, Decision, Exited, Gone, Hold, Worker, decide
from openglue.model.outcome import Ending, Outcome
from openglue.model.run import Run
from openglue.model.tokens import Role, token
from openglue.scheduler.history import History
from openglue.scheduler.loop import Scheduler
from openglue.store import admission
from openglue.store.database import Database, Request, Tx, do
from openglue.store.idempotency import of_token

T = TypeVar("T")

SECRET = b"secret"
LEASE_MS, FENCE_AFTER_MS, LAUNCH_DEADLINE_MS = 30_000, 600_000, 120_000
STOP_GRACE_MS = 10_000
HISTORY_DAYS = 1
SUCCESS = Outcome(ending=Ending.EXITED, exit_code=0)
MACHINE = Machine(memory_mb=4096, cores=2, spark_memory_mb=2048, shell_memory_mb=512, pythonshell_slots=1)


class Crash(Exception):  # noqa: N818 - no error: how a server dies
    pass


class Fragile:
    """A database whose server dies at the end of a transaction, once the fuse has burnt down: nothing of it is left.

    Leases count by the clock of the test on every database.
    """

    reads_inline = True

    def __init__(self, database: Database, clock: FakeClock) -> None:
        self._database = database
        self._clock = clock
        #: Transactions that are still done; None: all.
        self.fuse: int | None = None

    def read(self, work: Callable[[Tx], T]) -> T:
        return self._database.read(partial(self._timed, work))

    def write(self, work: Callable[[Tx], T]) -> Future[T]:
        return self._database.write(partial(self._dying, work))

    def submit(self, requests: Sequence[Request]) -> None:
        self._database.submit([Request(partial(self._dying, one.work), one.settle, one.deliver) for one in requests])

    def _timed(self, work: Callable[[Tx], T], tx: Tx) -> T:
        tx._lease_clock = lambda _: self._clock.boot()
        return work(tx)

    def _dying(self, work: Callable[[Tx], T], tx: Tx) -> T:
        done = self._timed(work, tx)
        if self.fuse is not None:
            self.fuse -= 1
            if self.fuse < 0:
                raise Crash
        return done


class Phase(StrEnum):
    BOOTED = "booted"  #: it has not asked yet whether user code may start
    RUNNING = "running"  #: user code runs
    WRITTEN = "written"  #: user code is over, and how is on disk
    GONE = "gone"


@dataclass
class Runner:
    run: Run
    node: Node
    launched: int
    #: When its lease began anew the last time.
    beat: int
    phase: Phase = Phase.BOOTED
    paused: bool = False
    #: How often user code has started, and when.
    started: int = 0
    started_at: int = 0
    outcome: Outcome | None = None

    @property
    def key(self) -> tuple[str, int]:
        return self.run.id, self.run.fence

    @property
    def lives(self) -> bool:
        return self.phase is not Phase.GONE

    def acts(self, now: int) -> bool:
        """Whether user code runs, and may: nobody may count it as lost."""
        return self.phase is Phase.RUNNING and not self.paused and now - self.beat <= FENCE_AFTER_MS

    @property
    def token(self) -> str:
        return f"token of {self.run.fence}"

    def write(self, outcome: Outcome) -> None:
        self.phase, self.outcome = Phase.WRITTEN, outcome


class Node(Scheduler):
    """A server's scheduler, in pieces, and the machine that it is on. What fails in it is not passed over."""

    def __init__(self, name: str, service: Service) -> None:
        self.name = name
        self.service = service
        self.runners: dict[tuple[str, int], Runner] = {}
        #: What happens instead of the next launch.
        self.no_launch: type[Exception] | None = None
        self.restart()

    def restart(self) -> None:
        """A server starts that knows nothing but what is stored."""
        service = self.service
        self.up = True
        self.drain = Drain()
        self.todo: list[Decision] = []
        self.queued: list[Admit | GiveUp | WaitFor] = []
        super().__init__(
            database=service.database,
            engine=self,
            clock=service.clock,
            node=self.name,
            machine=MACHINE,
            lease_ms=LEASE_MS,
            fence_after_ms=FENCE_AFTER_MS,
            launch_deadline_ms=LAUNCH_DEADLINE_MS,
            stop_grace_ms=STOP_GRACE_MS,
            retry_delay_ms=0,
            policy=service.context.policy,
            plan=lambda run, _tx: run,
            drain=self.drain,
            disk=service.context.disk,
            is_shared=True,
            on_move=lambda _run_id: None,
            chores=(),
            rehearsal=None,
            faults=FaultPoints(None),
        )

    def die(self) -> None:
        """Its runners live on."""
        self.up = False
        self.no_launch = None

    def _guarded(self, step: Callable[[], None]) -> None:
        step()

    # The steps of a round, one by one.

    def decide(self) -> None:
        self.todo = [decision for decision in decide(self._look()) if not isinstance(decision, Hold)]

    def carry_out(self) -> None:
        self._carry_out(self.todo.pop(0))

    def look_at_queue(self) -> None:
        policy = self.service.context.policy
        (queue, slots, usage), steady = self.service.database.read(
            lambda tx: (admission.queue(tx, policy), tx.steady_now())
        )
        self.queued = [*admit(queue, slots, usage, policy.limits, steady)]

    def let_in(self) -> None:
        do(self.service.database, partial(self._queue._carry_out, self.queued.pop(0)))

    def reap(self) -> None:
        self._reaper.round()

    def forget(self) -> None:
        service = self.service
        History(service.database, service.context.logs, service.clock, days=HISTORY_DAYS).round()

    # Its machine, as an engine.

    def launch(self, run: Run) -> None:
        if self.no_launch is not None:
            error, self.no_launch = self.no_launch, None
            raise error("no room for a process")
        now = self.service.clock.boot()
        runner = Runner(run=run, node=self, launched=now, beat=now)
        self.service.launched.append(runner)
        assert self.runners.setdefault(runner.key, runner) is runner, "I8: two runners under one fence"

    def look(self, run_id: str, fence: int) -> Worker:
        runner = self.runners.get((run_id, fence))
        if runner is not None and runner.outcome is not None:
            return Exited(outcome=runner.outcome)
        return Alive() if runner is not None and runner.lives else Gone()

    def has_runner(self, run_id: str, fence: int) -> bool:
        return self.runners[run_id, fence].lives

    def kill(self, run_id: str, fence: int) -> None:
        runner = self.runners.get((run_id, fence))
        if runner is not None:
            runner.phase = Phase.GONE

    def clear(self, run_id: str, fence: int, *, failed: bool = False) -> bool:  # noqa: ARG002 - nothing is kept here
        self.kill(run_id, fence)
        del self.runners[run_id, fence]
        return True

    def tend(self) -> None:
        pass

    def held(self) -> list[tuple[str, int]]:
        return list(self.runners)


class Service:
    """Two nodes, and whoever calls them."""

    def __init__(self, store: Store, directory: Path, loop: asyncio.Runner) -> None:
        self.store = store
        self.clock = store.clock
        self.database = Fragile(store.database, store.clock)
        self._loop = loop
        given = {
            "config": Config(data=directory, lease_s=LEASE_MS / 1000, history_days=HISTORY_DAYS),
            "policy": store.policy(runs=4, queued=3),
            "clock": store.clock,
            "database": self.database,
            "logs": LogStore(directory / "logs", clock=store.clock),
            "signals": Signals(),
            "disk": Disk(directory, least_mb=0, least_percent=0, reserve_mb=0),
            "run_secret": SECRET,
            "wake": lambda: None,
            "faults": FaultPoints(None),
            "gathered": [],
        }
        # Of the rest, no call about a run needs anything.
        self.context = Context(**{field.name: given.get(field.name) for field in fields(Context)})
        self.begin()

    def begin(self) -> None:
        """Nothing has ever happened."""
        self.store.wipe()
        self.database.fuse = None
        #: Every runner that there ever was.
        self.launched: list[Runner] = []
        self.nodes = [Node("n1", self), Node("n2", self)]

    # What clients say.

    def start(self, job: str, key: str | None) -> str:
        """StartJobRun, with a token of the client's."""
        request = {"JobName": job}
        once = None if key is None else of_token(b"key", "AWSGlue.StartJobRun", f"{key} {job}".encode(), request)
        answer = self._loop.run(runs.start_job_run(replace(self.context, once=once), request))
        return str(answer["JobRunId"])

    def stop(self, job: str, run_id: str) -> bool:
        """BatchStopJobRun; whether the run stops."""
        answer = self._loop.run(runs.batch_stop_job_run(self.context, {"JobName": job, "JobRunIds": [run_id]}))
        return bool(answer["SuccessfulSubmissions"])

    def delete(self, job: str) -> None:
        self._loop.run(jobs.delete_job(self.context, {"JobName": job}))

    # What runners say.

    def tell(self, runner: Runner, verb: str, **document: Any) -> tuple[int, dict[str, Any]]:
        run_id, fence = runner.key
        path, secret = f"{run_protocol.PREFIX}{run_id}/{verb}", token(SECRET, Role.RUNNER, run_id, fence)
        call = run_protocol.answer(
            self.context, path, {"fence": str(fence)}, f"Bearer {secret}", json.dumps(document).encode()
        )
        status, answer = self._loop.run(call)
        return status, json.loads(answer)
