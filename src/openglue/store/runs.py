"""Job runs: the rows that are the truth about them, and the one way to move them.

Every write to an accepted run is guarded by its fence and the state that the writer believes it to be in. A writer that
lost gets None (or False) and does nothing else; what moved is in the ledger in the same transaction.
"""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import Text, bindparam, case, cast, func, insert, null, or_, select, update

from openglue.model import event
from openglue.model.environment import Environment
from openglue.model.job import COMMANDS
from openglue.model.outcome import STOPPED, Outcome
from openglue.model.run import Run
from openglue.model.states import HOLDING, STOPPABLE, TERMINAL, Cause, RunState, check_move
from openglue.store import account, jobs, ledger, outbox
from openglue.store.database import Row, Tx
from openglue.store.schema import IS_ACTIVE, IS_OWNED, IS_UNOWNED, runs

#: Columns of a Run, in the order of its fields; everything but what pages never show.
_COLUMNS = tuple(runs.c[name] for name in Run.__struct_fields__)
_NAMES = Run.__struct_fields__
_STATE = _NAMES.index("state")
_FIXED = _NAMES.index("fixed")

_INSERT = insert(runs).values(
    **{name: bindparam(name) for name in _NAMES}, active=bindparam("active"), root_fire=bindparam("root_fire")
)
#: For the modules that look for runs in other ways; `from_row` takes what it finds.
SELECT = select(*_COLUMNS)
_BY_ID = SELECT.where(runs.c.id == bindparam("run_id"))
_BY_ID_LOCKED = _BY_ID.with_for_update()
_PAGE = (
    SELECT.where(runs.c.job_id == bindparam("job_id"), runs.c.seq < bindparam("before"))
    .order_by(runs.c.seq.desc())
    .limit(bindparam("limit"))
)
_OWNED = SELECT.where(IS_OWNED)
_UNOWNED = (
    SELECT.where(
        IS_UNOWNED,
        runs.c.command == bindparam("of_command"),
        or_(runs.c.not_before.is_(None), runs.c.not_before <= bindparam("steady")),
    )
    .order_by(runs.c.started_on, runs.c.seq)
    .limit(bindparam("limit"))
)
_ROOT_FIRE = select(runs.c.root_fire).where(runs.c.id == bindparam("run_id"))
_OUTCOME = select(runs.c.outcome).where(runs.c.id == bindparam("run_id"))
_REPORTED = select(runs.c.script_sha, runs.c.environment).where(runs.c.id == bindparam("run_id"))


def _kept(name: str) -> Any:
    """The given value, or where none is given the one that is there."""
    column = runs.c[name]
    return func.coalesce(cast(bindparam(name), column.type), column)


#: Fields that a move may set; what it does not set stays.
_MOVABLE = (
    "start_token",
    "running_on",
    "completed_on",
    "execution_ms",
    "error_message",
    "outcome",
    "script_sha",
    "environment",
)
_MOVE = (
    update(runs)
    .where(
        runs.c.id == bindparam("run_id"),
        runs.c.fence == bindparam("fence_was"),
        runs.c.state == bindparam("from_state"),
    )
    .values(
        state=bindparam("to_state"),
        active=bindparam("is_active"),
        last_modified_on=bindparam("at"),
        state_detail=null(),
        waits_for=null(),
        queue_until=null(),
        # The move itself tells of what is late by now.
        notify_at=case((runs.c.notify_at <= bindparam("steady"), null()), else_=runs.c.notify_at),
        # A terminal run belongs to nobody.
        owner=case((bindparam("is_active") == 1, runs.c.owner), else_=null()),
        lease_until=case((bindparam("is_active") == 1, runs.c.lease_until), else_=null()),
        **{name: _kept(name) for name in _MOVABLE},
    )
    .returning(*_COLUMNS)
)
_CLAIM = (
    update(runs)
    .where(
        runs.c.id == bindparam("run_id"),
        runs.c.fence == bindparam("fence_was"),
        runs.c.state == RunState.STARTING.value,
        runs.c.owner.is_(None),
    )
    .values(
        fence=runs.c.fence + 1,
        owner=bindparam("node"),
        lease_until=bindparam("until"),
        claimed_on=bindparam("at"),
        state_detail=null(),
    )
    .returning(*_COLUMNS)
)
_RELEASE = (
    update(runs)
    .where(
        runs.c.id == bindparam("run_id"),
        runs.c.fence == bindparam("fence_was"),
        runs.c.state == RunState.STARTING.value,
        runs.c.start_token.is_(None),
    )
    .values(fence=runs.c.fence + 1, owner=null(), lease_until=null(), claimed_on=null())
    .returning(*_COLUMNS)
)
_RENEW = (
    update(runs)
    .where(runs.c.id == bindparam("run_id"), runs.c.fence == bindparam("fence_was"), IS_ACTIVE)
    .values(lease_until=bindparam("until"))
    .returning(*_COLUMNS)
)
_HOLD = (
    update(runs)
    .where(
        runs.c.id == bindparam("run_id"),
        runs.c.fence == bindparam("fence_was"),
        runs.c.state == RunState.STARTING.value,
        runs.c.owner.is_(None),
    )
    .values(state_detail=cast(bindparam("detail"), Text))
)


def add(tx: Tx, run: Run, *, cause: Cause, actor: str, root_fire: str | None = None, detail: str | None = None) -> None:
    """Insert a run that was just accepted (or refused on a trigger's behalf), with its first ledger row.

    Its caller has taken the job's slot and the account's share, or given them back (store.admission).
    """
    check_move(None, run.state, cause)
    values = {name: getattr(run, name) for name in _NAMES}
    values["state"] = run.state.value
    values["fixed"] = msgspec.json.encode(run.fixed).decode()
    tx.run(_INSERT, **values, active=int(run.state not in TERMINAL), root_fire=root_fire)
    ledger.begin(tx, run.id, at=run.started_on, to_state=run.state, cause=cause, actor=actor, detail=detail)
    tell(tx, event.STATE_CHANGE, run, event.state_change(run), now=run.started_on)


def get(tx: Tx, run_id: str) -> Run | None:
    row = tx.one(_BY_ID, run_id=run_id)
    return None if row is None else from_row(row)


def get_locked(tx: Tx, run_id: str) -> Run | None:
    """The run, locked until the transaction's end: a claim in between would make a stop or an end lose its guard."""
    row = tx.one(_BY_ID_LOCKED, run_id=run_id)
    return None if row is None else from_row(row)


def page(tx: Tx, *, job_id: str, before: int, limit: int) -> list[Run]:
    """Runs of a job, newest first, those with a seq below `before`."""
    return [from_row(row) for row in tx.all(_PAGE, job_id=job_id, before=before, limit=limit)]


def to_decide(tx: Tx, *, limit: int) -> list[Run]:
    """The runs that a scheduler decides about, oldest first.

    All that a node owns, and of those that nobody owns the `limit` oldest of each command: however long the queue is, a
    round costs the same.
    """
    rows = tx.all(_OWNED)
    for command in COMMANDS:
        rows += tx.all(_UNOWNED, of_command=command, steady=tx.steady_now(), limit=limit)
    return sorted(map(from_row, rows), key=lambda run: (run.started_on, run.seq))


def outcome(tx: Tx, run_id: str) -> Outcome | None:
    """What the runner reported of a run that has ended."""
    row = tx.one(_OUTCOME, run_id=run_id)
    return None if row is None or row[0] is None else Outcome.from_json(msgspec.json.decode(row[0]))


def reported(tx: Tx, run_id: str) -> tuple[str | None, Environment | None]:
    """The hash of the script and the environment that the run's code started with, as its runner reported them."""
    row = tx.one(_REPORTED, run_id=run_id)
    if row is None:
        return None, None
    return row[0], None if row[1] is None else Environment.from_json(msgspec.json.decode(row[1]))


def root_fire(tx: Tx, run_id: str) -> str | None:
    """The fire that a run descends from, where a trigger began its chain."""
    row = tx.one(_ROOT_FIRE, run_id=run_id)
    return None if row is None or row[0] is None else str(row[0])


def move(
    tx: Tx,
    run: Run,
    to: RunState,
    *,
    cause: Cause,
    actor: str,
    now: int,
    detail: str | None = None,
    **fields: Any,
) -> Run | None:
    """Move `run`, as its writer knows it, to another state; None if it is no longer there under this fence.

    `fields` are those of _MOVABLE. One guarded UPDATE and one ledger row, in the caller's transaction (design 4).
    """
    check_move(run.state, to, cause)
    at = _moment(run, now)
    if to is RunState.RUNNING:
        fields["running_on"] = at
    elif to in TERMINAL:
        fields["completed_on"] = at
    row = tx.one(
        _MOVE,
        run_id=run.id,
        fence_was=run.fence,
        from_state=run.state.value,
        to_state=to.value,
        is_active=int(to not in TERMINAL),
        at=at,
        steady=tx.steady_now(),
        **{name: fields.get(name) for name in _MOVABLE},
    )
    if row is None:
        return None
    moved = from_row(row)
    ledger.append(tx, run.id, at=at, from_state=run.state, to_state=to, cause=cause, actor=actor, detail=detail)
    _count(tx, moved, origin=run.state)
    if to in TERMINAL:
        tell(tx, event.STATE_CHANGE, moved, event.state_change(moved), now=at)
    else:
        tell(tx, event.RUN_STATUS, moved, event.run_status(moved), now=at)
    return moved


def _moment(run: Run, now: int) -> int:
    """When something happens to `run`: now, but not before what has happened to it, if the wall clock was set back."""
    return max(now, run.last_modified_on, run.claimed_on or 0)


def _count(tx: Tx, run: Run, *, origin: RunState) -> None:
    """Keep the counts of what runs hold: a slot of their job, a share of the account's limits."""
    holds = int(run.state in HOLDING) - int(origin in HOLDING)
    waits = int(run.state is RunState.WAITING) - int(origin is RunState.WAITING)
    if holds:
        jobs.change_slots(tx, run.job_id, holds)
    if holds or waits:
        account.change(tx, runs=holds, dpu_16ths=holds * run.dpu_16ths, waiting=waits)


def tell(tx: Tx, kind: str, run: Run, detail: dict[str, Any] | None, *, now: int) -> None:
    """Add an event of a run to the outbox, if it has details."""
    if detail is not None:
        _, seq = account.change(tx, events=1)
        outbox.add(tx, seq=seq, kind=kind, run_id=run.id, detail=detail, at=now)


def claim(tx: Tx, run: Run, *, node: str, lease_ms: int, now: int) -> Run | None:
    """Take an unowned run for `node`: a new fence, and a lease from the store's own clock."""
    row = tx.one(
        _CLAIM, run_id=run.id, fence_was=run.fence, node=node, until=tx.lease_now() + lease_ms, at=_moment(run, now)
    )
    return _noted(tx, row, cause=Cause.CLAIMED, actor=node, now=now)


def release(tx: Tx, run: Run, *, actor: str, reason: str, now: int) -> Run | None:
    """Give back a run of which nothing has started; its runner, should it come after all, has a stale fence."""
    row = tx.one(_RELEASE, run_id=run.id, fence_was=run.fence)
    return _noted(tx, row, cause=Cause.RELEASED, actor=actor, now=now, detail=reason)


def note(tx: Tx, run: Run, *, cause: Cause, actor: str, now: int, detail: str | None = None) -> None:
    """A ledger row about something that moved nothing; of a run that is over, or under another fence, none.

    Under the run's lock, and in the state that it has come to since `run` was looked at: its runner or a stop may write
    a row at the same moment, and a history has one order.
    """
    current = get_locked(tx, run.id)
    if current is not None and current.fence == run.fence and current.state not in TERMINAL:
        _note(tx, current, cause=cause, actor=actor, now=now, detail=detail)


def _note(tx: Tx, run: Run, *, cause: Cause, actor: str, now: int, detail: str | None) -> None:
    at = _moment(run, now)
    ledger.append(tx, run.id, at=at, from_state=run.state, to_state=run.state, cause=cause, actor=actor, detail=detail)


def renew(tx: Tx, run_id: str, *, fence: int, lease_ms: int) -> Run | None:
    """A heartbeat: the lease begins anew. None if the run is over or under another fence."""
    row = tx.one(_RENEW, run_id=run_id, fence_was=fence, until=tx.lease_now() + lease_ms)
    return None if row is None else from_row(row)


def is_abandoned(tx: Tx, run: Run) -> bool:
    """Whether the lease that `run` was seen with is still its last, until the transaction's end.

    Whoever takes a run from another node asks this first: its runner may have come back since it was looked at.
    """
    current = get_locked(tx, run.id)
    return current is not None and (current.fence, current.lease_until) == (run.fence, run.lease_until)


def hold(tx: Tx, run: Run, *, detail: str) -> bool:
    """Say why an accepted run is not being started yet."""
    return tx.run(_HOLD, run_id=run.id, fence_was=run.fence, detail=detail) > 0


def start(
    tx: Tx,
    run_id: str,
    *,
    fence: int,
    token: str,
    actor: str,
    now: int,
    script_sha: str | None = None,
    environment: Environment | None = None,
) -> Run | None:
    """User code is about to start: the one compare-and-set that lets it (promise P2).

    The same token again gets the same answer, so that a runner whose first answer was lost may ask again. None: another
    runner has started, the fence is stale, or a stop came first.
    """
    run = get_locked(tx, run_id)
    if run is None or run.fence != fence:
        return None
    if run.state is RunState.RUNNING and run.start_token == token:
        return run
    if run.state is not RunState.STARTING:
        return None
    return move(
        tx,
        run,
        RunState.RUNNING,
        cause=Cause.STARTED,
        actor=actor,
        now=now,
        start_token=token,
        script_sha=script_sha,
        environment=None if environment is None else msgspec.json.encode(environment.to_json()).decode(),
    )


def ask_stop(tx: Tx, run: Run, *, actor: str, now: int) -> Run | None:
    """Write the intent to stop; whoever runs it obeys. A run that nobody has taken yet stops at once."""
    if run.state not in STOPPABLE:
        return None
    if run.state is RunState.WAITING:
        return _stop(tx, run, actor=actor, now=now)
    asked = move(tx, run, RunState.STOPPING, cause=Cause.STOP_ASKED, actor=actor, now=now)
    return _stop(tx, asked, actor=actor, now=now) if asked is not None and asked.owner is None else asked


def _stop(tx: Tx, run: Run, *, actor: str, now: int) -> Run | None:
    return move(
        tx,
        run,
        RunState.STOPPED,
        cause=Cause.STOPPED,
        actor=actor,
        now=now,
        error_message=STOPPED,
    )


def _noted(tx: Tx, row: Row | None, *, cause: Cause, actor: str, now: int, detail: str | None = None) -> Run | None:
    if row is None:
        return None
    run = from_row(row)
    _note(tx, run, cause=cause, actor=actor, now=now, detail=detail)
    return run


def from_row(row: Row) -> Run:
    """The run in a row of SELECT."""
    values = [*row]
    values[_STATE] = RunState(row[_STATE])
    values[_FIXED] = msgspec.json.decode(row[_FIXED])
    return Run(*values)
