"""What the service does, as the simulation plays it: with the real `decide`, MOVES and `verdict`, and with the guards
that the store's statements have. That the statements have them is what tests/contract/stores holds.

Each method is one transaction, or one look. A mutant is a subclass in which one of them is wrong.
"""

from __future__ import annotations

from functools import lru_cache

from msgspec.structs import replace
from tests.simulation.world import Bookmark, Row, Runner, Todo, World

from openglue.model.capacity import Machine
from openglue.model.decide import Alive, Claim, Exited, Finish, Gone, Release, Snapshot, Worker, decide
from openglue.model.outcome import Outcome, verdict
from openglue.model.retry import is_retried
from openglue.model.run import Run
from openglue.model.states import STOPPABLE, TERMINAL, Cause, RunState, check_move

MACHINE = Machine(memory_mb=8192, cores=2, spark_memory_mb=2048, shell_memory_mb=512, pythonshell_slots=1)
#: A run that was just accepted.
ACCEPTED = Row(RunState.STARTING, fence=0, owner=None, lapsed=False, token=None, ending=None, retries=0)
#: Lease times of a look: a lease that is over ended before it.
_LAPSED, _NOW, _HELD = 0, 1, 2


class Rules:
    def __init__(self, *, max_retries: int, bookmark: bool) -> None:
        self._definition = {"MaxRetries": max_retries}
        #: Whether user code uses the job's bookmark.
        self.bookmark = bookmark

    #: Whether user code waits for the answer to `started`.
    start_is_asked = True
    #: Whether a server that has just started leaves other servers' runs alone.
    grace = True

    # ---- transactions: each returns the changed row, or None for a lost race

    def claim(self, row: Row, seen: Row, node: int) -> Row | None:
        if row.fence != seen.fence or row.state is not RunState.STARTING or row.owner is not None:
            return None
        return row._replace(fence=row.fence + 1, owner=node, lapsed=False)

    def release(self, row: Row, seen: Row) -> Row | None:
        if row.fence != seen.fence or row.state is not RunState.STARTING or row.token is not None:
            return None
        return row._replace(fence=row.fence + 1, owner=None, lapsed=False)

    def start(self, row: Row, fence: int) -> Row | None:
        """The runner of `fence` asks; its fence stands for its token."""
        if row.fence != fence:
            return None
        if row.state is RunState.RUNNING and row.token == fence:
            return row
        if row.state is not RunState.STARTING:
            return None
        return self.move(row, row, RunState.RUNNING, Cause.STARTED, token=fence)

    def renew(self, row: Row, fence: int) -> Row | None:
        return row._replace(lapsed=False) if row.fence == fence and row.state not in TERMINAL else None

    def renewed(self, row: Row, seen: Row) -> bool:
        """Whether a run that was seen abandoned is not: its lease began anew, or it was ended meanwhile."""
        return row.fence != seen.fence or not row.lapsed

    def ask_stop(self, row: Row) -> Row | None:
        if row.state not in STOPPABLE:
            return None
        asked = self.move(row, row, RunState.STOPPING, Cause.STOP_ASKED)
        if asked is None or asked.owner is not None:
            return asked
        return self.move(asked, asked, RunState.STOPPED, Cause.STOPPED, owner=None)

    def finish(self, world: World, run: int, seen: Row, outcome: Outcome) -> World | None:
        """End the run as `seen` was, and add its retry, in one transaction."""
        judged = self.verdict(outcome, seen.state)
        row = self.move(
            world.rows[run], seen, judged[0], judged[1], ending=outcome.ending, owner=None, lapsed=False
        )  # fmt: skip
        if row is None:
            return None
        return self.retry(world, run, row)

    def retry(self, world: World, run: int, row: Row) -> World:
        if is_retried(record(run, row), self._definition):
            world = world._replace(rows=(*world.with_row(run, row._replace(retries=row.retries + 1)).rows, ACCEPTED))
        else:
            world = world.with_row(run, row)
        return world

    def move(self, row: Row, seen: Row, to: RunState, cause: Cause, **fields: object) -> Row | None:
        """The one guarded UPDATE: by id, fence and state."""
        check_move(seen.state, to, cause)
        if row.fence != seen.fence or row.state is not seen.state:
            return None
        return row._replace(state=to, **fields)

    def verdict(self, outcome: Outcome, state: RunState) -> tuple[RunState, Cause]:
        judged = verdict(outcome, state, "glueetl")
        return judged.state, judged.cause

    def commit(self, bookmark: Bookmark, row: Row, runner: Runner) -> Bookmark | None:
        if row.fence != runner.fence or row.state is not RunState.RUNNING or runner.begun != bookmark.rev:
            return None
        return Bookmark(bookmark.rev + 1, (runner.run, runner.fence))

    def reset(self, bookmark: Bookmark) -> Bookmark:
        return Bookmark(bookmark.rev + 1, None)

    # ---- looks and acts of a server

    def see(self, world: World, run: int, fence: int) -> Worker:
        """What the agent sees of a runner."""
        runner = world.runner(run, fence)
        if runner is not None and runner.file:
            return Exited(outcome=outcome_of(runner))
        if runner is not None and runner.lives:
            return Alive()
        return Gone()

    def decide(self, world: World, node: int) -> tuple[Todo, ...]:
        """A look, and the real decisions from it."""
        server = world.servers[node]
        active = tuple((run, row) for run, row in enumerate(world.rows) if row.state not in TERMINAL)
        workers = tuple((run, self.see(world, run, row.fence)) for run, row in active if row.owner == node)
        return self.judge(active, workers, node, may_reap=server.settled or not self.grace)

    def judge(
        self, active: tuple[tuple[int, Row], ...], workers: tuple[tuple[int, Worker], ...], node: int, *, may_reap: bool
    ) -> tuple[Todo, ...]:
        return _judge(active, workers, node, may_reap=may_reap)

    def clears(self, world: World, runner: Runner) -> bool:
        """Whether a runner's machine may clear away the runner and what it left."""
        row = world.rows[runner.run]
        return row.state in TERMINAL or row.fence != runner.fence


@lru_cache(maxsize=100_000)
def _judge(
    active: tuple[tuple[int, Row], ...], workers: tuple[tuple[int, Worker], ...], node: int, *, may_reap: bool
) -> tuple[Todo, ...]:
    rows = dict(active)
    snapshot = Snapshot(
        node=_name(node),
        now=0,
        lease_now=_NOW,
        lease_ms=0,
        machine=MACHINE,
        launch_deadline_ms=60_000,
        stop_grace_ms=10_000,
        # A lease that is over is one that has been for so long that the run may be taken over.
        fence_after_ms=0,
        runs=[record(run, row) for run, row in active],
        workers={str(run): worker for run, worker in workers},
        watched_ms={},
        stopping_ms={},
        may_reap=may_reap,
    )
    todo = []
    for decision in decide(snapshot):
        run = int(decision.run.id)
        match decision:
            case Claim():
                todo.append(Todo("claim", run, rows[run]))
            case Release():
                todo.append(Todo("release", run, rows[run]))
            case Finish(outcome=outcome):
                todo.append(Todo("finish", run, rows[run], outcome.ending, outcome.exit_code))
            case _:
                raise AssertionError(f"no time passes, and yet {decision}")
    return tuple(todo)


@lru_cache(maxsize=10_000)
def record(run: int, row: Row) -> Run:
    """The run as the service knows it."""
    return replace(
        _RUN,
        id=str(run),
        retry_no=run,
        state=row.state,
        fence=row.fence,
        owner=None if row.owner is None else _name(row.owner),
        lease_until=None if row.owner is None else _LAPSED if row.lapsed else _HELD,
        start_token=None if row.token is None else str(row.token),
    )


def outcome_of(runner: Runner) -> Outcome:
    assert runner.ending is not None, "an outcome before the end"
    return Outcome(ending=runner.ending, exit_code=runner.exit_code)


def ended(todo: Todo) -> Outcome:
    assert todo.ending is not None, "a finish without an outcome"
    return Outcome(ending=todo.ending, exit_code=todo.exit_code)


def _name(node: int) -> str:
    return f"node-{node}"


_RUN = Run(
    id="",
    job_id="j",
    job_name="job",
    seq=1,
    state=RunState.STARTING,
    attempt=0,
    retry_no=0,
    previous_run_id=None,
    trigger_name=None,
    definition_sha="",
    command="glueetl",
    fence=0,
    owner=None,
    lease_until=None,
    start_token=None,
    started_on=0,
    claimed_on=None,
    running_on=None,
    last_modified_on=0,
    completed_on=None,
    execution_ms=0,
    timeout_minutes=60,
    dpu_16ths=160,
    waits_for=None,
    queue_until=None,
    not_before=None,
    notify_at=None,
    state_detail=None,
    error_message=None,
    fixed={"MaxCapacity": 10.0},
)
