"""Random lives of runs on two nodes: what clients, servers and runners do, time, and crashes, are steps in any order.

A crash is a transaction that is rolled back after its work, and the end of the server that did it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import Connection
from tests.contract.stores.run_promises import Promises
from tests.contract.stores.run_service import (
    FENCE_AFTER_MS,
    LAUNCH_DEADLINE_MS,
    SUCCESS,
    Crash,
    Node,
    Phase,
    Runner,
    Service,
)

from openglue.engines.engine import LaunchError
from openglue.errors import (
    ConcurrentRunsExceededException,
    EntityNotFoundException,
    ResourceNumberLimitExceededException,
)
from openglue.model.outcome import Ending, Outcome
from openglue.model.restart import WEEK_MS
from openglue.model.states import RunState
from openglue.store.idempotency import KEPT_MS

#: MaxConcurrentRuns of the jobs; the runs of the last one are streams.
JOBS = {"one": 1, "two": 2, "stream": 1}
REFUSED = (ConcurrentRunsExceededException, ResourceNumberLimitExceededException)
#: How a call comes through: its server dies before it is durable, or it is sent again because no answer came.
FINE, CRASH, LOST_ANSWER = WAYS = ("fine", "crash", "lost answer")
#: What befalls a server that carries out a decision.
FATES = (FINE, FINE, CRASH, "crash after it", "crash before the launch", "launch fails")
#: Steps of time, in seconds: around a lease; and beyond a launch, all patience, a queue's, a history's, a stream's.
MOMENTS = (1, 20, 31, 61)
AGES = (130, 700, 1_000, 90_000, 4 * 86_400, 8 * 86_400, 15 * 86_400)
FAILURE = Outcome(ending=Ending.EXITED, exit_code=1)
#: Steps of time in which all has come to rest when nothing goes wrong any more (L1, L2).
ROUNDS = 60


class Machine(RuleBasedStateMachine):
    def __init__(self, service: Service, reader: Connection) -> None:
        super().__init__()
        service.begin()
        self.service = service
        self.clock = service.clock
        self.told = Promises(service, reader)
        #: Token and job -> run, and when it was accepted.
        self.tokens: dict[tuple[str, str], tuple[str, int]] = {}
        self.deleted: set[str] = set()
        #: Whether a promise is.
        self.broken = False

    @initialize(
        queues=st.booleans(),
        retries=st.integers(0, 2),
        minutes=st.sampled_from([1, 60]),
        started=st.lists(st.sampled_from([*JOBS]), max_size=6),
    )
    def define(self, queues: bool, retries: int, minutes: int, started: list[str]) -> None:  # noqa: FBT001 - drawn
        """Most of what can go wrong does so with runs that execute: an example begins with some."""
        self.members = {"JobRunQueuingEnabled": queues, "MaxRetries": retries}
        self.minutes = minutes
        for name in JOBS:
            self._define(name)
        for name in started:
            self.start(name, None, FINE)
        self.wait(MOMENTS[-1])
        for node in self.service.nodes:
            node.round()
        self.check()
        for runner in self._runners(Phase.BOOTED)[1:]:
            self._ask(runner)

    def _define(self, name: str) -> None:
        streams = name == "stream"
        command = {"Name": "gluestreaming" if streams else "pythonshell", "ScriptLocation": "s3://b/s.py"}
        slots = {"ExecutionProperty": {"MaxConcurrentRuns": JOBS[name]}}
        timeout = {} if streams else {"Timeout": self.minutes}
        self.service.store.define(name, Command=command, **slots, **timeout, **self.members)

    # Clients.

    @precondition(lambda self: self._up())
    @rule(job=st.sampled_from([*JOBS]), key=st.sampled_from([None, "a", "b"]), way=st.sampled_from(WAYS))
    def start(self, job: str, key: str | None, way: str) -> None:
        self.clock.advance(1)
        if way == LOST_ANSWER:
            key = key or "c"
        known = self.tokens.get((key or "", job))
        if known is not None and self.clock.now() - known[1] >= KEPT_MS:
            known = None
        try:
            run_id = self._call(way, lambda: self.service.start(job, key))
        except EntityNotFoundException:
            assert job in self.deleted
            return
        except REFUSED:
            assert known is None, "I2: what was accepted is refused when it is asked for again"
            return
        if run_id is None:
            return
        assert known is None or run_id == known[0], "I2: one start has led to two runs"
        assert known is not None or run_id not in self.told.accepted, "I2: two starts have led to one run"
        self.told.accepted[run_id] = None
        if key is not None and known is None:
            self.tokens[key, job] = run_id, self.clock.now()

    @precondition(lambda self: self._up() and self.told.open)
    @rule(data=st.data(), way=st.sampled_from(WAYS))
    def stop(self, data: st.DataObject, way: str) -> None:
        row = _one(data, self.told.open)

        def ask() -> None:
            # Asked again, it may have stopped already.
            if self.service.stop(row["job_name"], row["id"]):
                self.told.stopped.add(row["id"])

        self._call(way, ask)

    @precondition(lambda self: self._up())
    @rule(job=st.sampled_from([*JOBS]))
    def delete_or_create(self, job: str) -> None:
        """A job of that name, which shares nothing with the one before."""
        if job in self.deleted:
            self.deleted.remove(job)
            self._define(job)
        else:
            self.deleted.add(job)
            self.service.delete(job)

    def _call(self, way: str, call: Callable[[], Any]) -> Any:
        """Call, or die of it; None then."""
        if way == CRASH:
            self.service.database.fuse = 0
        try:
            if way == LOST_ANSWER:
                call()
            return call()
        except Crash:
            return None
        finally:
            self.service.database.fuse = None

    # Servers.

    @precondition(lambda self: self._up())
    @rule(data=st.data())
    def decide(self, data: st.DataObject) -> None:
        _one(data, self._up()).decide()

    @precondition(lambda self: any(node.todo for node in self._up()))
    @rule(data=st.data(), fate=st.sampled_from(FATES))
    def carry_out(self, data: st.DataObject, fate: str) -> None:
        node = _one(data, [node for node in self._up() if node.todo])
        self.service.database.fuse = {CRASH: 0, "crash after it": 1}.get(fate)
        node.no_launch = {"crash before the launch": Crash, "launch fails": LaunchError}.get(fate)
        try:
            node.carry_out()
        except Crash:
            node.die()
        finally:
            self.service.database.fuse = None
            node.no_launch = None

    @precondition(lambda self: self._up())
    @rule(data=st.data())
    def look_at_queue(self, data: st.DataObject) -> None:
        _one(data, self._up()).look_at_queue()

    @precondition(lambda self: any(node.queued for node in self._up()))
    @rule(data=st.data())
    def let_in(self, data: st.DataObject) -> None:
        _one(data, [node for node in self._up() if node.queued]).let_in()

    @precondition(lambda self: self._up())
    @rule(data=st.data())
    def serve(self, data: st.DataObject) -> None:
        """A round in one piece."""
        _one(data, self._up()).round()

    @precondition(lambda self: self._up())
    @rule(data=st.data())
    def forget(self, data: st.DataObject) -> None:
        _one(data, self._up()).forget()

    @rule(data=st.data())
    def die_or_start(self, data: st.DataObject) -> None:
        node = _one(data, self.service.nodes)
        if node.up:
            node.die()
        else:
            node.restart()

    @precondition(lambda self: self._up())
    @rule(data=st.data(), begins=st.booleans())
    def drain(self, data: st.DataObject, begins: bool) -> None:  # noqa: FBT001 - drawn
        drain = _one(data, self._up()).drain
        if begins:
            drain.begin()
        else:
            drain.end()

    # Runners.

    @precondition(lambda self: self._runners(Phase.BOOTED))
    @rule(data=st.data(), way=st.sampled_from(WAYS))
    def ask_to_start(self, data: st.DataObject, way: str) -> None:
        self._ask(_one(data, self._runners(Phase.BOOTED)), way)

    def _ask(self, runner: Runner, way: str = FINE) -> None:
        answer = self._call(way, lambda: self.service.tell(runner, "started", token=runner.token))
        if answer is None:
            return
        status, document = answer
        if status == 200:
            assert not self.told.is_stale(runner), "I3: user code starts under an old fence"
            runner.started += 1
            runner.started_at = self.clock.boot()
            runner.phase = Phase.RUNNING
        elif document["reason"] == "stop":
            assert runner.run.id in self.told.stopped, "P6: a run is stopped that nobody wanted to stop"
            runner.write(Outcome(ending=Ending.STOPPED))
        else:
            runner.phase = Phase.GONE

    @precondition(lambda self: self._known())
    @rule(data=st.data(), own=st.booleans())
    def ask_late(self, data: st.DataObject, own: bool) -> None:  # noqa: FBT001 - drawn
        """Whoever has started, or has lost its run, asks again; or somebody else asks in its place."""
        runner = _one(data, self._known())
        status, _ = self.service.tell(runner, "started", token=runner.token if own else "another")
        assert status == 409 or (own and runner.started), "I3: user code may start twice"

    @precondition(lambda self: self._runners(Phase.BOOTED))
    @rule(data=st.data())
    def cannot_start(self, data: st.DataObject) -> None:
        runner = _one(data, self._runners(Phase.BOOTED))
        runner.write(Outcome(ending=Ending.LAUNCH_FAILED, message="LAUNCH ERROR | no such script"))

    @precondition(lambda self: self._runners(Phase.RUNNING))
    @rule(data=st.data(), outcome=st.sampled_from([SUCCESS, FAILURE]))
    def end(self, data: st.DataObject, outcome: Outcome) -> None:
        _one(data, self._runners(Phase.RUNNING)).write(outcome)

    @precondition(lambda self: self._runners(Phase.WRITTEN))
    @rule(data=st.data(), way=st.sampled_from(WAYS))
    def report(self, data: st.DataObject, way: str) -> None:
        self._report(_one(data, self._runners(Phase.WRITTEN)), way)

    def _report(self, runner: Runner, way: str = FINE) -> None:
        assert runner.outcome is not None
        if self._call(way, lambda: self.service.tell(runner, "finished", **runner.outcome.to_json())) is not None:
            runner.phase = Phase.GONE

    @precondition(lambda self: self._stale())
    @rule(data=st.data(), outcome=st.sampled_from([SUCCESS, FAILURE]))
    def report_late(self, data: st.DataObject, outcome: Outcome) -> None:
        """A runner reports whose run has ended, or gone on without it."""
        self.service.tell(_one(data, self._stale()), "finished", **outcome.to_json())
        self.told.check_unchanged()

    @precondition(lambda self: self._runners(*Phase))
    @rule(data=st.data())
    def kill(self, data: st.DataObject) -> None:
        _one(data, self._runners(*Phase)).phase = Phase.GONE

    @precondition(lambda self: self.service.launched)
    @rule(data=st.data())
    def pause(self, data: st.DataObject) -> None:
        runner = _one(data, self.service.launched)
        runner.paused = not runner.paused

    @rule(seconds=st.sampled_from(AGES))
    def wait_long(self, seconds: int) -> None:
        self.wait(seconds)

    @rule(seconds=st.sampled_from(MOMENTS))
    def wait(self, seconds: int) -> None:
        """Time goes by, and whoever lives has renewed its lease by the end of it."""
        self.clock.advance(seconds * 1000)
        for runner in self._runners(Phase.BOOTED, Phase.RUNNING, cut_off=True):
            self._live(runner)

    def _live(self, runner: Runner) -> None:
        now = self.clock.boot()
        if runner.phase is Phase.BOOTED and now - runner.launched > LAUNCH_DEADLINE_MS:
            runner.write(Outcome(ending=Ending.LAUNCH_FAILED, message="LAUNCH ERROR | too late"))
        elif runner.phase is Phase.RUNNING and now - runner.started_at > runner.run.timeout_minutes * 60_000:
            runner.write(Outcome(ending=Ending.TIMED_OUT, execution_ms=runner.run.timeout_minutes * 60_000))
        elif runner.node.up:
            self._beat(runner)
        elif now - runner.beat > FENCE_AFTER_MS:
            runner.phase = Phase.GONE

    def _beat(self, runner: Runner) -> None:
        status, document = self.service.tell(runner, "intent", known="")
        if status != 200:
            assert self.told.is_stale(runner), "P7: a run was disowned"
            runner.phase = Phase.GONE
            return
        runner.beat = self.clock.boot()
        if document["intent"] == "stop":
            assert runner.run.id in self.told.stopped, "P6: a run is stopped that nobody wanted to stop"
            runner.write(Outcome(ending=Ending.STOPPED))
        elif document["intent"] in {"restart", "expire"}:
            assert self.clock.now() - runner.run.started_on >= WEEK_MS, "I15: a stream is restarted before its time"
            runner.write(Outcome(ending=Ending.EXPIRED))

    @invariant()
    def check(self) -> None:
        self.broken = True
        self.told.check()
        self.broken = False

    # The end: nothing goes wrong any more.

    def teardown(self) -> None:
        if self.broken or not hasattr(self, "members"):
            return
        for node in self.service.nodes:
            if not node.up:
                node.restart()
            node.drain.end()
        for runner in self.service.launched:
            # A stop ends also what never wakes again (L2). A runner whose run was forgotten meanwhile ends by itself.
            can_sleep = runner.run.id in self.told.stopped and runner.run.id in self.told.before
            runner.paused = runner.paused and can_sleep
        self._come_to_rest()
        self._check_fresh_run()

    def _come_to_rest(self) -> None:
        for _ in range(ROUNDS):
            if not self.told.open and not any(node.runners for node in self.service.nodes):
                return
            for node in self.service.nodes:
                node.round()
            self.check()
            for runner in self._runners(*Phase):
                if runner.phase is Phase.BOOTED:
                    self._ask(runner)
                elif runner.phase is Phase.RUNNING:
                    runner.write(SUCCESS)
                else:
                    self._report(runner)
            self.wait(20)
            self.check()
        raise AssertionError(f"L1: {len(self.told.open)} runs never end")

    def _check_fresh_run(self) -> None:
        """L3: after all that, a run succeeds."""
        if "one" in self.deleted:
            self.delete_or_create("one")
        self.start("one", None, FINE)
        self.check()
        run_id = [*self.told.accepted][-1]
        self._come_to_rest()
        assert self.told.before[run_id]["state"] == RunState.SUCCEEDED, "L3: a fresh run does not succeed"

    # What there is.

    def _up(self) -> list[Node]:
        return [node for node in self.service.nodes if node.up]

    def _runners(self, *phases: Phase, cut_off: bool = False) -> list[Runner]:
        """Runners that live in these phases, go on, and have a server to talk to, or not."""
        return [
            runner
            for runner in self.service.launched
            if runner.lives and runner.phase in phases and not runner.paused and (runner.node.up or cut_off)
        ]

    def _stale(self) -> list[Runner]:
        return [runner for runner in self.service.launched if self.told.is_stale(runner)]

    def _known(self) -> list[Runner]:
        """Runners whose user code has started, or must not start any more."""
        return [runner for runner in self.service.launched if runner.started or self.told.is_stale(runner)]


def _one(data: st.DataObject, choices: list[Any]) -> Any:
    """By its place: ids are random, and the example could not be played again."""
    return choices[data.draw(st.integers(0, len(choices) - 1))]
