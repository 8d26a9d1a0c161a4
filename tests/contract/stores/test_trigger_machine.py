"""Random graphs of triggers over the real store, with crashes: no fire is lost or doubled, says a model of a few lines.

What clients do, how runs end, and each transaction of the service are steps of their own, in any order. A crash is a
transaction that is rolled back after its work; what is between two transactions is nothing but the database, because
nothing else is handed from one step to the next.
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test
from tests.contract.stores.trigger_store import DAY, HOUR, TriggerStore, condition, predecessors

from openglue.clock import FakeClock
from openglue.faultpoints import FaultPoints
from openglue.model.states import RunState
from openglue.model.trigger import Action
from openglue.scheduler.triggers import Triggers
from openglue.store import fires, firing, runs
from openglue.store.database import Database, Tx
from openglue.store.firing import Done, NoRoomError, Rules

JOBS = 4
#: Of the triggers that an example begins with.
KINDS = ["ON_DEMAND", "ON_DEMAND", "SCHEDULED", "CONDITIONAL", "CONDITIONAL", "CONDITIONAL"]
#: Runs of one job at a time.
SLOTS = 2
MISSED_MS = 90 * 60_000
ENDS = [RunState.SUCCEEDED, RunState.FAILED, RunState.TIMEOUT, RunState.STOPPED]


@dataclass
class Watched:
    """A trigger as the model has it."""

    kind: str
    jobs: list[str]
    id: str = ""
    active: bool = True
    #: SCHEDULED: fires at the hours that this divides.
    hours: int = 0
    due: int = 0
    #: CONDITIONAL: job and state of each condition, and whether all or any of them count.
    conditions: list[tuple[str, RunState]] = field(default_factory=list)
    every: bool = False
    #: The first event that counts.
    since: int = 0
    #: Root -> condition -> runs that wait for partners.
    waiting: dict[str, dict[tuple[str, RunState], deque[str]]] = field(default_factory=dict)
    #: What it fired for: a time, runs, or a start.
    fires: Counter[Any] = field(default_factory=Counter)


@dataclass
class Ended:
    run_id: str
    job: str
    state: RunState
    root: str
    counts: bool


class Crash(Exception):  # noqa: N818 - no error: how a transaction ends
    pass


class Machine(RuleBasedStateMachine):
    def __init__(self, store: TriggerStore) -> None:
        super().__init__()
        self.store = store
        self.triggers: dict[str, Watched] = {}
        self.gone: list[Watched] = []
        self.events: list[Ended] = []
        self.read = 0
        #: (trigger, predecessors, number, job) of actions that are to be done.
        self.pending: Counter[Any] = Counter()
        #: Run id -> job, root, whether a trigger began it, retries that are left.
        self.active: dict[str, tuple[str, str, bool, int]] = {}

    # The graph.

    @initialize(data=st.data(), follow_manual=st.booleans())
    def jobs(self, data: st.DataObject, follow_manual: bool) -> None:  # noqa: FBT001 - drawn
        self.store.rules = Rules(missed_ms=MISSED_MS, follow_manual=follow_manual)
        self.store.wipe()
        # The same example again meets the same times of day.
        self.store.clock.advance(DAY - self.store.clock.now() % DAY)
        self.names = [f"j{number}" for number in range(JOBS)]
        self.retries = {name: data.draw(st.integers(0, 1)) for name in self.names}
        for name in self.names:
            self.store.define(name, ExecutionProperty={"MaxConcurrentRuns": SLOTS}, MaxRetries=self.retries[name])

        for number, kind in enumerate(KINDS):
            self._create(data, f"t{number}", kind)

    @rule(data=st.data(), number=st.integers(0, len(KINDS)), kind=st.sampled_from(KINDS))
    def create(self, data: st.DataObject, number: int, kind: str) -> None:
        self._create(data, f"t{number}", kind)

    def _create(self, data: st.DataObject, name: str, kind: str) -> None:
        if name in self.triggers:
            self.gone.append(self.triggers.pop(name))
            self.store.delete(name)
        # What is watched comes before what is started, so that there are no cycles.
        border = data.draw(st.integers(1, JOBS - 1)) if kind == "CONDITIONAL" else 0
        ahead = self.names[border:] if border else self.names[:2]
        started = data.draw(st.lists(st.sampled_from(ahead), min_size=1, max_size=3))
        made = Watched(kind=kind, jobs=started, since=len(self.events))
        members: dict[str, Any] = {}
        if kind == "SCHEDULED":
            made.hours = data.draw(st.sampled_from([1, 2, 6]))
            made.due = self._next(made)
            members["Schedule"] = f"cron(0 0/{made.hours} * * ? *)"
        elif kind == "CONDITIONAL":
            one = st.tuples(st.sampled_from(self.names[:border]), st.sampled_from(ENDS[:2]))
            made.conditions = data.draw(st.lists(one, min_size=1, max_size=3))
            made.every = data.draw(st.booleans())
            conditions = [condition(job, state.value) for job, state in made.conditions]
            members["Predicate"] = {"Logical": "AND" if made.every else "ANY", "Conditions": conditions}
        made.id = self.store.trigger(kind, *started, name=name, **members).id
        self.triggers[name] = made

    @precondition(lambda self: self.triggers)
    @rule(data=st.data())
    def switch(self, data: st.DataObject) -> None:
        """StartTrigger of what is not active or ON_DEMAND, StopTrigger of what is active."""
        name = data.draw(st.sampled_from(sorted(self.triggers)))
        trigger = self.triggers[name]
        if trigger.kind == "ON_DEMAND":
            self.store.fire(name)
            self._fire(name, trigger, "start", ())
        elif trigger.active:
            self.store.stop(name)
            trigger.active = False
            trigger.waiting.clear()
        else:
            self.store.fire(name)
            trigger.active = True
            trigger.since = len(self.events)
            trigger.due = self._next(trigger) if trigger.kind == "SCHEDULED" else 0

    @precondition(lambda self: self.triggers)
    @rule(data=st.data())
    def touch(self, data: st.DataObject) -> None:
        """An update that changes nothing that matters."""
        self.store.change(data.draw(st.sampled_from(sorted(self.triggers))), Description="touched")

    # Runs, and time.

    @rule(data=st.data())
    def start_run(self, data: st.DataObject) -> None:
        job = data.draw(st.sampled_from(self.names))
        if self._running(job) < SLOTS:
            run = self.store.start_run(job)
            self.active[run.id] = (job, run.id, False, self.retries[job])

    @precondition(lambda self: self.active)
    @rule(data=st.data(), state=st.sampled_from(ENDS))
    def end_run(self, data: st.DataObject, state: RunState) -> None:
        # By their place: ids are random, and the example could not be played again.
        self._end(list(self.active)[data.draw(st.integers(0, len(self.active) - 1))], state)

    @rule(state=st.sampled_from(ENDS[:2]))
    def end_all(self, state: RunState) -> None:
        for run_id in list(self.active):
            self._end(run_id, state)

    def _end(self, run_id: str, state: RunState) -> None:
        # Which of two runs comes first that end in the same millisecond is not said.
        self.store.clock.advance(1)
        job, root, triggered, retries = self.active.pop(run_id)
        run = self.store.read(lambda tx: runs.get(tx, run_id))
        assert run is not None
        self.store.end(run, state)
        retried = state is RunState.FAILED and retries > 0
        if retried:
            retry = f"{run_id.partition('_attempt_')[0]}_attempt_{run.attempt + 1}"
            self.active[retry] = (job, root, triggered, retries - 1)
        counts = not retried and (triggered or self.store.rules.follow_manual)
        self.events.append(Ended(run_id, job, state, root, counts))

    @rule(minutes=st.integers(1, 400))
    def wait(self, minutes: int) -> None:
        self.store.clock.advance(minutes * 60_000)

    # What the service does.

    @rule(limit=st.integers(1, 4), crash=st.booleans())
    def read_events(self, limit: int, crash: bool) -> None:  # noqa: FBT001 - drawn
        now = self.store.clock.now()
        found = self._do(lambda tx: firing.read_events(tx, self.store.rules, now=now, limit=limit), crash=crash)
        if not crash:
            assert found == min(limit, self._unread())
            first = len(self.events) - self._unread()
            for number in range(first, first + found):
                self._see(number, self.events[number])
                self.read = number + 1

    @rule(crash=st.booleans())
    def fire_due(self, crash: bool) -> None:  # noqa: FBT001 - drawn
        now = self.store.clock.now()
        fired = self._do(lambda tx: firing.fire_due(tx, self.store.rules, now=now, limit=99), crash=crash)
        due = sum(
            trigger.kind == "SCHEDULED" and trigger.active and trigger.due <= now for trigger in self.triggers.values()
        )
        assert crash or len(fired) == due
        for trigger, _ in fired or ():
            self._come(trigger.name, self.triggers[trigger.name], now)

    @rule()
    def carry_all_out(self) -> None:
        while any(+self.pending):
            self.carry_out(crash=False, crash_again=False)

    @rule(crash=st.booleans(), crash_again=st.booleans())
    def carry_out(self, crash: bool, crash_again: bool) -> None:  # noqa: FBT001 - drawn
        pending = self.store.read(lambda tx: fires.pending(tx, limit=1000))
        if not pending:
            assert not +self.pending, "an action was lost"
            return
        action = min(pending, key=self._place)
        self.store.clock.advance(1)
        now, policy = self.store.clock.now(), self.store.admission
        try:
            done = self._do(lambda tx: firing.carry_out(tx, action, policy, actor="n", now=now), crash=crash)
        except NoRoomError as error:
            refused = error.refused
            done = self._do(
                lambda tx: firing.carry_out(tx, action, policy, actor="n", now=now, refused=refused),
                crash=crash_again,
            )
        if done is not None:
            self._done(done)

    def _place(self, action: Action) -> tuple[Any, ...]:
        """An order of actions that is the same when an example is played again; that of ids is not."""
        causes = {row["RunId"] for row in action.predecessors}
        ends = [number for number, ended in enumerate(self.events) if ended.run_id in causes]
        return action.at, action.trigger_name, ends, action.number

    def _do(self, work: Any, *, crash: bool) -> Any:
        """Do a transaction, or roll it back after its work; None then."""

        def crashing(tx: Tx) -> None:
            work(tx)
            raise Crash

        try:
            return self.store.write(crashing if crash else work)
        except Crash:
            return None

    # The model.

    def _next(self, trigger: Watched) -> int:
        """The next hour at which a schedule fires; all of ours divide the day."""
        period = trigger.hours * HOUR
        return (self.store.clock.now() // period + 1) * period

    def _unread(self) -> int:
        """Events that some trigger waits for and has not read."""
        waits = [
            trigger.since for trigger in self.triggers.values() if trigger.kind == "CONDITIONAL" and trigger.active
        ]
        return max(0, len(self.events) - max(self.read, min(waits))) if waits else 0

    def _come(self, name: str, trigger: Watched, now: int) -> None:
        """A scheduled time has come."""
        assert trigger.active
        assert trigger.due <= now, "it fired before its time, or again"
        latest = now // (trigger.hours * HOUR) * trigger.hours * HOUR
        trigger.due = self._next(trigger)
        if now - latest > MISSED_MS:
            trigger.fires[latest] += 1
        else:
            self._fire(name, trigger, latest, ())

    def _see(self, number: int, ended: Ended) -> None:
        """An event is read."""
        for name, trigger in self.triggers.items():
            met = (ended.job, ended.state)
            if not ended.counts or not trigger.active or number < trigger.since or met not in trigger.conditions:
                continue
            if not trigger.every:
                self._fire(name, trigger, frozenset([ended.run_id]), (ended.run_id,))
                continue
            waiting = trigger.waiting.setdefault(ended.root, defaultdict(deque))
            waiting[met].append(ended.run_id)
            if all(waiting[one] for one in trigger.conditions):
                causes = tuple(waiting[one].popleft() for one in dict.fromkeys(trigger.conditions))
                self._fire(name, trigger, frozenset(causes), causes)

    def _fire(self, name: str, trigger: Watched, what: Any, causes: tuple[str, ...]) -> None:
        trigger.fires[what] += 1
        for number, job in enumerate(trigger.jobs):
            self.pending[name, frozenset(causes), number, job] += 1

    def _running(self, job: str) -> int:
        return sum(of == job for of, *_ in self.active.values())

    def _done(self, done: Done) -> None:
        """An action has led to a run."""
        action, run = done.action, done.run
        assert run is not None
        causes = predecessors(run)
        place = (action.trigger_name, frozenset(causes), action.number, action.job_name)
        assert self.pending[place] > 0, f"nobody asked for {place}, or it was done before"
        self.pending[place] -= 1
        roots = {ended.root for ended in self.events if ended.run_id in causes}
        assert roots == ({action.root_fire} if causes else set())
        assert causes or action.root_fire == action.fire_id
        if self._running(action.job_name) < SLOTS:
            assert run.state is RunState.STARTING
            self.active[run.id] = (action.job_name, action.root_fire, True, self.retries[action.job_name])
        else:
            assert (run.state, run.error_message) == (RunState.FAILED, "Max concurrent runs exceeded")
            self.events.append(Ended(run.id, action.job_name, run.state, action.root_fire, counts=True))

    # The end: all that is to be done is done by the service itself, and nothing was lost or doubled.

    def teardown(self) -> None:
        if not hasattr(self, "names"):
            return
        self._compare()
        while self._unread() or any(+self.pending):
            self.read_events(limit=100, crash=False)
            self.carry_out(crash=False, crash_again=False)
        self._compare()
        self._check_runs()
        self._serve()

    def _compare(self) -> None:
        for trigger in [*self.triggers.values(), *self.gone]:
            found = self.store.read(lambda tx, trigger=trigger: fires.newest(tx, trigger.id, limit=10_000))
            assert _what(trigger, found) == trigger.fires

    def _check_runs(self) -> None:
        """Every action has led to one run, and no run of a trigger is without one."""
        led = Counter[str]()
        for trigger in [*self.triggers.values(), *self.gone]:
            for _, actions in self.store.read(lambda tx, trigger=trigger: fires.newest(tx, trigger.id, limit=10_000)):
                led.update(str(action.run_id) for action in actions)
        begun = [
            run.id
            for job in self.names
            for run in self.store.runs_of(job)
            if run.trigger_name is not None and run.retry_no == 0
        ]
        assert led == Counter(begun)

    def _serve(self) -> None:
        """The thread of the service does the same as the steps: what is due now, and what ends now."""
        served = Triggers(
            database=self.store.database,
            clock=self.store.clock,
            node="n",
            rules=self.store.rules,
            policy=self.store.admission,
            on_start=lambda: None,
            on_move=lambda _run: None,
            faults=FaultPoints(None),
        )
        now = self.store.clock.now()
        for name, trigger in self.triggers.items():
            if trigger.kind == "SCHEDULED" and trigger.active and trigger.due <= now:
                self._come(name, trigger, now)
        served.round()
        assert self.store.pending() == 0
        for trigger in self.triggers.values():
            if trigger.kind == "SCHEDULED":
                found = self.store.read(lambda tx, trigger=trigger: fires.newest(tx, trigger.id, limit=10_000))
                assert _what(trigger, found) == trigger.fires


def _what(trigger: Watched, found: list[Any]) -> Counter[Any]:
    """What a trigger has fired for, as the model says it."""
    if trigger.kind == "ON_DEMAND":
        return Counter("start" for _ in found)
    if trigger.kind == "SCHEDULED":
        return Counter(int(fire.key) for fire, _ in found)
    return Counter(frozenset(row["RunId"] for row in actions[0].predecessors) for _, actions in found)


@pytest.mark.timeout(300)
def test_no_fire_is_lost_or_doubled_whatever_happens_between_two_transactions(
    database: Database, clock: FakeClock
) -> None:
    store = TriggerStore(database, clock)
    run_state_machine_as_test(
        lambda: Machine(store),
        settings=settings(
            max_examples=60, stateful_step_count=60, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
