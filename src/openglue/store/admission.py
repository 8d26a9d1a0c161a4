"""Letting runs in: the transactions that give a run its slot of the job and its share of the account.

Whoever lets a run in holds the job's row and then the account's until the end of the transaction, so that the limits
hold under any number of callers and servers (promise P5).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from msgspec.structs import replace

from openglue.model.admission import GAVE_UP, Limit, Limits, Slots, Usage, Waiting, may_queue, reached, reason
from openglue.model.job import Defaults, Job, max_concurrent_runs
from openglue.model.run import Origin, Run, accepted_run
from openglue.model.states import Cause, RunState
from openglue.store import account, jobs, runs, waiting
from openglue.store.database import Tx


@dataclass(frozen=True, kw_only=True)
class Policy:
    """The settings that decide about a run's admission."""

    defaults: Defaults
    limits: Limits


@dataclass(frozen=True, kw_only=True)
class Refused:
    """The run was not let in; nothing is written once the transaction is rolled back."""

    limit: Limit
    #: It could have waited, but too many do already.
    queue_full: bool = False


def accept(
    tx: Tx,
    taken: jobs.Taken,
    request: Mapping[str, Any],
    previous: Run | None,
    policy: Policy,
    *,
    actor: str,
    now: int,
    origin: Origin | None = None,
) -> Run | Refused:
    """Accept a run of a job that is taken: STARTING where there is room, WAITING where it may queue.

    After Refused the transaction must be rolled back.
    """
    job, limits = taken.job, policy.limits
    steady = tx.steady_now()
    run = accepted_run(job, request, previous, policy.defaults, seq=taken.seq, now=now, steady=steady, origin=origin)
    used, _ = account.change(tx, runs=1, dpu_16ths=run.dpu_16ths)
    before = Usage(runs=used.runs - 1, dpu_16ths=used.dpu_16ths - run.dpu_16ths, waiting=used.waiting)
    max_slots = max_concurrent_runs(job.definition, policy.defaults)
    queue = _queue(tx, job) if used.waiting else frozenset()
    limit = reached(run.dpu_16ths, limits, before, slots=taken.slots, max_slots=max_slots, queue=queue)
    if limit is not None:
        if not may_queue(run.fixed, limit) or run.dpu_16ths > limits.dpu_16ths:
            return Refused(limit=limit)
        if used.waiting >= limits.queued:
            return Refused(limit=limit, queue_full=True)
        run = replace(
            run,
            state=RunState.WAITING,
            waits_for=limit.value,
            queue_until=steady + limits.queue_ms,
            state_detail=reason(limit, job.name, max_slots, limits),
        )
        jobs.change_slots(tx, job.id, -1)
        account.change(tx, runs=-1, dpu_16ths=-run.dpu_16ths, waiting=1)
    root_fire = None if origin is None else origin.root_fire
    runs.add(tx, run, cause=Cause.ACCEPTED, actor=actor, root_fire=root_fire, detail=run.state_detail)
    return run


def refuse(
    tx: Tx,
    taken: jobs.Taken,
    request: Mapping[str, Any],
    policy: Policy,
    state: RunState,
    message: str,
    *,
    actor: str,
    now: int,
    origin: Origin | None = None,
) -> Run:
    """Record a run that a trigger started and that is not let in: it is over (FAILED or ERROR) as it begins."""
    jobs.change_slots(tx, taken.job.id, -1)
    steady = tx.steady_now()
    accepted = accepted_run(
        taken.job, request, None, policy.defaults, seq=taken.seq, now=now, steady=steady, origin=origin
    )
    run = replace(accepted, state=state, completed_on=now, error_message=message, notify_at=None)
    root_fire = None if origin is None else origin.root_fire
    runs.add(tx, run, cause=Cause.TRIGGER_REFUSED, actor=actor, root_fire=root_fire, detail=message)
    return run


def _queue(tx: Tx, job: Job) -> frozenset[Limit]:
    """The limits that runs wait for which a new run of `job` would overtake."""
    found = ((Limit(limit), job_id) for limit, job_id in waiting.limits(tx))
    return frozenset(limit for limit, job_id in found if limit is not Limit.JOB or job_id == job.id)


def queue(tx: Tx, policy: Policy) -> tuple[list[Waiting], dict[str, Slots], Usage]:
    """The WAITING runs, oldest first, and what their jobs (by id) and the account use."""
    usage = account.usage(tx)
    if not usage.waiting:
        return [], {}, usage
    found = waiting.oldest(tx, limit=policy.limits.queued)
    return found, {job_id: slots(tx, job_id, policy) for job_id in {run.job_id for run in found}}, usage


def slots(tx: Tx, job_id: str, policy: Policy) -> Slots:
    """The slots of a job, by its definition as it is now."""
    taken, definition = jobs.slots(tx, job_id)
    return Slots(taken=taken, most=max_concurrent_runs(definition, policy.defaults))


def admit(tx: Tx, run_id: str, policy: Policy, *, actor: str, now: int) -> Run | None:
    """Let a WAITING run start; None, and nothing changed, if it no longer waits or there is no room after all."""
    run = _waiting(tx, run_id)
    if run is None:
        return None
    # The locks first, then the look: another server may be letting runs in.
    jobs.change_slots(tx, run.job_id, 0)
    usage, _ = account.change(tx)
    has = slots(tx, run.job_id, policy)
    if reached(run.dpu_16ths, policy.limits, usage, slots=has.taken, max_slots=has.most) is not None:
        return None
    return runs.move(tx, run, RunState.STARTING, cause=Cause.ADMITTED, actor=actor, now=now)


def give_up(tx: Tx, run_id: str, limit: Limit, *, actor: str, now: int) -> Run | None:
    """End a run that has waited for `limit` as long as a run may; None if it no longer waits."""
    run = _waiting(tx, run_id)
    if run is None:
        return None
    return runs.move(
        tx,
        run,
        RunState.FAILED,
        cause=Cause.QUEUE_LIMIT,
        actor=actor,
        now=now,
        detail=GAVE_UP[limit],
        error_message=GAVE_UP[limit],
    )


def _waiting(tx: Tx, run_id: str) -> Run | None:
    """The run, locked, if it is still WAITING."""
    run = runs.get_locked(tx, run_id)
    return run if run is not None and run.state is RunState.WAITING else None
