"""What to do about the runs that are not terminal: pure decisions from a snapshot and the time.

The scheduler takes a snapshot (the store's active runs of this node and the unowned ones, what its agent sees of their
runners), asks `decide`, and carries the decisions out. Each is a guarded write, so a decision that has become stale
loses and nothing else happens.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from openglue.model.capacity import Machine, share
from openglue.model.outcome import Ending, Outcome
from openglue.model.restart import restart_of
from openglue.model.run import Run
from openglue.model.states import RunState

#: Commands that do not count against Spark's memory.
LIGHT_COMMANDS = frozenset({"pythonshell"})
#: Times that a run is launched whose runner dies before user code started.
LAUNCHES = 3
#: Milliseconds past a deadline that a runner keeps itself, after which its run is ended from outside.
OVERRUN_MS = 60_000


@dataclass(frozen=True, kw_only=True)
class Alive:
    """The runner of a run lives."""

    #: Whether user code has ended and the runner is reporting how.
    has_ended: bool = False


@dataclass(frozen=True, kw_only=True)
class Exited:
    """The runner left its outcome; it may still be waiting for it to be acknowledged."""

    outcome: Outcome


@dataclass(frozen=True, kw_only=True)
class Gone:
    """There is no runner and no outcome."""


@dataclass(frozen=True, kw_only=True)
class Unknown:
    """What has become of the runner cannot be told now: nothing is decided about the run (promise P7)."""


Worker = Alive | Exited | Gone | Unknown


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    #: Node that decides.
    node: str
    #: Wall time, epoch milliseconds.
    now: int
    #: The store's lease time, milliseconds.
    lease_now: int
    #: Milliseconds for which a heartbeat keeps a run.
    lease_ms: int
    machine: Machine
    #: Milliseconds from claim to user code.
    launch_deadline_ms: int
    #: Milliseconds beyond its lease for which a runner that cannot renew it may still execute.
    fence_after_ms: int
    #: Milliseconds from SIGTERM to SIGKILL when a run is stopped.
    stop_grace_ms: int
    #: Active runs, oldest first.
    runs: Sequence[Run]
    #: What the agent sees of the runs that this node owns, by run id.
    workers: dict[str, Worker]
    #: Milliseconds of boot time for which this node has had each of its runs, as far as it remembers, by run id.
    watched_ms: Mapping[str, int]
    #: Milliseconds of boot time for which this node has seen each of its runs STOPPING, by run id.
    stopping_ms: Mapping[str, int]
    #: Milliseconds that a runner has for keeping a deadline itself.
    overrun_ms: int = OVERRUN_MS
    #: Whether runs of other nodes may be reaped now: not shortly after a start or an outage of the database.
    may_reap: bool
    #: Why this node takes no run now, as a StateDetail; None if it does.
    closed: str | None = None
    #: Whether other nodes decide about the same runs.
    is_shared: bool = False


@dataclass(frozen=True, kw_only=True)
class Claim:
    """Take the run and launch it."""

    run: Run


@dataclass(frozen=True, kw_only=True)
class Hold:
    """The run waits for room; `detail` becomes its StateDetail."""

    run: Run
    detail: str


@dataclass(frozen=True, kw_only=True)
class Release:
    """Nothing of the run has started: it may be claimed again."""

    run: Run
    reason: str


@dataclass(frozen=True, kw_only=True)
class Finish:
    """The run has ended so."""

    run: Run
    outcome: Outcome


@dataclass(frozen=True, kw_only=True)
class Expire:
    """The run's deadline passed and its runner did not end it: kill its processes from outside, then end it so."""

    run: Run
    outcome: Outcome


Decision = Claim | Hold | Release | Finish | Expire


def decide(snapshot: Snapshot) -> list[Decision]:
    """All decisions that the snapshot calls for, oldest run first."""
    decisions: list[Decision] = []
    for run in snapshot.runs:
        if run.owner is not None:
            decisions.extend(_owned(run, snapshot))
    decisions.extend(_admit(snapshot))
    return decisions


def _owned(run: Run, snapshot: Snapshot) -> Iterator[Decision]:
    if run.owner != snapshot.node:
        if snapshot.may_reap and _is_abandoned(run, snapshot):
            yield _lost(run, "its node's lease is over", snapshot)
        return
    worker = snapshot.workers.get(run.id, Gone())
    match worker:
        case Exited(outcome=outcome):
            yield Finish(run=run, outcome=outcome)
        case Gone():
            yield _lost(run, "its runner is gone", snapshot)
        case Alive(has_ended=False):
            yield from _overdue(run, snapshot)
        case Unknown():
            pass  # the next look may tell
        case Alive():
            pass  # it reports how the run ended; what remains is its log


def _is_abandoned(run: Run, snapshot: Snapshot) -> bool:
    """Whether nothing of another node's run can execute any more, whatever has become of the node (design 5).

    Code that has not started never will once the run has a new fence; code that has is ended by its runner in time.
    """
    if run.lease_until is None:
        return False
    patience_ms = 0 if run.start_token is None else snapshot.fence_after_ms
    return run.lease_until + patience_ms < snapshot.lease_now


def _lost(run: Run, reason: str, snapshot: Snapshot) -> Decision:
    """A run whose runner is gone starts again only if its code certainly never started (promise P2).

    Each claim and each release raises the fence by one, so the fence tells how often it has been tried.
    """
    if run.state is RunState.STARTING:
        if run.fence < 2 * LAUNCHES - 1:
            return Release(run=run, reason=reason)
        return Finish(run=run, outcome=_launch_failed(f"the runner was lost {LAUNCHES} times before user code started"))
    executed_ms = _executed_ms(run, _last_alive_on(run, snapshot))
    return Finish(run=run, outcome=Outcome(ending=Ending.WORKER_LOST, execution_ms=executed_ms))


def _last_alive_on(run: Run, snapshot: Snapshot) -> int:
    """When a run that is lost was there for sure, by wall time: at this node's last look, or at its last heartbeat.

    A heartbeat from before the machine's start, with which lease time begins anew, tells nothing: 0.
    """
    if snapshot.watched_ms.get(run.id, 0) > 0:
        return snapshot.now  # a look ago
    if run.lease_until is None:
        return 0
    silent_ms = snapshot.lease_now - (run.lease_until - snapshot.lease_ms)
    return snapshot.now - silent_ms if silent_ms >= 0 else 0


def _overdue(run: Run, snapshot: Snapshot) -> Iterator[Decision]:
    """The runner keeps the deadlines itself; this is the second belt for one that hangs.

    Wall time tells how old a run is whoever has watched it, but it may have jumped: boot time must have passed as well.
    A stop counts from when this node first saw it, which after a restart is anew (promise P6).
    """
    watched_ms = snapshot.watched_ms.get(run.id, 0) - snapshot.overrun_ms
    # A grace is nobody's deadline: the margin is there also where a test moves the clock.
    if snapshot.stopping_ms.get(run.id, 0) > snapshot.stop_grace_ms + OVERRUN_MS:
        yield Expire(run=run, outcome=Outcome(ending=Ending.STOPPED, execution_ms=_executed_ms(run, snapshot.now)))
    elif run.running_on is not None:
        timeout_ms = run.timeout_minutes * 60_000
        if min(snapshot.now - run.running_on - snapshot.overrun_ms, watched_ms) > timeout_ms:
            yield Expire(run=run, outcome=Outcome(ending=Ending.TIMED_OUT, execution_ms=timeout_ms))
        elif (
            (restart := restart_of(run)) is not None
            and snapshot.now > restart.forced_on + snapshot.overrun_ms
            and watched_ms > 0
        ):
            executed_ms = restart.forced_on - run.running_on
            yield Expire(run=run, outcome=Outcome(ending=Ending.EXPIRED, execution_ms=max(executed_ms, 0)))
    elif (
        run.claimed_on is not None
        and min(snapshot.now - run.claimed_on - snapshot.overrun_ms, watched_ms) > snapshot.launch_deadline_ms
    ):
        seconds = snapshot.launch_deadline_ms // 1000
        yield Expire(run=run, outcome=_launch_failed(f"user code had not started {seconds} s after the claim"))


def _executed_ms(run: Run, until: int) -> int:
    """ExecutionTime, where no runner has measured it: up to a wall time, and never beyond the Timeout."""
    if run.running_on is None:
        return 0
    return min(max(until - run.running_on, 0), run.timeout_minutes * 60_000)


def _launch_failed(reason: str) -> Outcome:
    return Outcome(ending=Ending.LAUNCH_FAILED, message=f"LAUNCH ERROR | {reason}")


def _admit(snapshot: Snapshot) -> Iterator[Decision]:
    """Start runs in the order in which they were accepted, while the machine has room (design 7).

    Python shell runs have slots of their own, and one Spark run is always admitted when none is active, so that a job
    that starts another one and waits for it cannot wait for ever.
    """
    machine = snapshot.machine
    mine = [run for run in snapshot.runs if run.owner == snapshot.node]
    shells = sum(run.command in LIGHT_COMMANDS for run in mine)
    full = False
    used_mb = sum(_memory_mb(run, machine) for run in mine if run.command not in LIGHT_COMMANDS)
    for run in snapshot.runs:
        if run.owner is not None:
            continue
        if run.state is RunState.STOPPING:
            yield Finish(run=run, outcome=Outcome(ending=Ending.STOPPED))
        elif snapshot.closed is not None:
            # Another node that has no room for it says so, again and again.
            if run.state is RunState.STARTING and (run.state_detail is None or not snapshot.is_shared):
                yield _hold(run, snapshot.closed)
        elif run.state is RunState.STARTING and run.command in LIGHT_COMMANDS:
            if shells < machine.pythonshell_slots:
                shells += 1
                yield Claim(run=run)
            else:
                yield _hold(run, f"Waiting for one of {machine.pythonshell_slots} Python shell slots of this machine")
        elif run.state is RunState.STARTING:
            asked_mb = _memory_mb(run, machine)
            if not full and (used_mb == 0 or used_mb + asked_mb <= machine.memory_mb):
                used_mb += asked_mb
                yield Claim(run=run)
            else:
                # Nor does a smaller run overtake it: it would wait for ever behind small ones.
                full = True
                free_mb = max(machine.memory_mb - used_mb, 0)
                yield _hold(run, f"Waiting for {asked_mb} MiB of memory: {free_mb} of {machine.memory_mb} are free")


def _memory_mb(run: Run, machine: Machine) -> int:
    return share(machine, run.command, run.fixed).memory_mb


def _hold(run: Run, detail: str) -> Hold:
    return Hold(run=run, detail=detail)
