"""Admission: which limit keeps a run from starting, and which waiting runs may start now (contract 4).

A run needs one of its job's MaxConcurrentRuns slots and its share of what the account may run at a time. A run that
may queue waits for them in the order in which runs were accepted; one that may not is refused.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from msgspec import Struct


class Limit(StrEnum):
    """What a run can wait for."""

    JOB = "job"  #: MaxConcurrentRuns of its job
    RUNS = "runs"  #: runs per account
    DPU = "dpu"  #: DPUs per account


#: ErrorMessage of a run that waited in vain: observed for compute and for a job's limit (contract 2 and 4), for the
#: account's runs by analogy.
GAVE_UP = {
    Limit.JOB: "Max concurrent runs exceeded",
    Limit.RUNS: "Max concurrent job runs per account exceeded",
    Limit.DPU: "Exceeded maximum concurrent compute",
}


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What the account may use at a time (settings), and how long a run may wait for it."""

    runs: int
    dpu_16ths: int
    #: Runs in WAITING.
    queued: int
    queue_ms: int


@dataclass(frozen=True, kw_only=True)
class Usage:
    """What the account's runs use now."""

    runs: int
    dpu_16ths: int
    waiting: int


class Waiting(Struct, frozen=True, kw_only=True):
    """What the queue needs to know of a WAITING run: there may be thousands, so it is little."""

    run_id: str
    job_id: str
    job_name: str
    dpu_16ths: int
    #: The limit that it waits for, and until when, in steady time.
    waits_for: str
    queue_until: int


@dataclass(frozen=True, kw_only=True)
class Slots:
    """The slots of a job that are taken, and that it has in all."""

    taken: int
    most: int


@dataclass(frozen=True, kw_only=True)
class Admit:
    """There is room: the run may start."""

    run: Waiting


@dataclass(frozen=True, kw_only=True)
class GiveUp:
    """The run has waited for `limit` as long as a run may."""

    run: Waiting
    limit: Limit


@dataclass(frozen=True, kw_only=True)
class WaitFor:
    """The run waits for another limit than before."""

    run: Waiting
    limit: Limit


def reached(
    dpu_16ths: int, limits: Limits, usage: Usage, *, slots: int, max_slots: int, queue: frozenset[Limit] = frozenset()
) -> Limit | None:
    """The limit that one more run of `dpu_16ths` would break; None if there is room for it.

    `queue` are the limits that runs before it wait for: a run does not overtake them.
    """
    if slots >= max_slots or Limit.JOB in queue:
        return Limit.JOB
    if usage.runs >= limits.runs or Limit.RUNS in queue:
        return Limit.RUNS
    if usage.dpu_16ths + dpu_16ths > limits.dpu_16ths or Limit.DPU in queue:
        return Limit.DPU
    return None


def may_queue(fixed: Mapping[str, Any], limit: Limit) -> bool:
    """Whether a run waits for `limit` instead of being refused.

    JobRunQueuingEnabled covers every limit, FLEX those of compute: the account's (contract 2 and 4).
    """
    if fixed.get("JobRunQueuingEnabled"):
        return True
    return fixed.get("ExecutionClass") == "FLEX" and limit is not Limit.JOB


def reason(limit: Limit, job_name: str, max_slots: int, limits: Limits) -> str:
    """StateDetail of a run that waits for `limit`."""
    match limit:
        case Limit.JOB:
            return f"Waiting for one of {max_slots} concurrent runs of job {job_name}"
        case Limit.RUNS:
            return f"Waiting for one of {limits.runs} concurrent runs of this account"
        case Limit.DPU:
            return f"Waiting for compute: the runs of this account use {limits.dpu_16ths / 16:g} DPUs at most"


def admit(
    queue: Sequence[Waiting], slots: Mapping[str, Slots], usage: Usage, limits: Limits, steady: int
) -> Iterator[Admit | GiveUp | WaitFor]:
    """Go through the WAITING runs, oldest first; `slots` by the ids of their jobs.

    A run that waits for its job holds up the job's others only; one that waits for the account holds up everything
    behind it, so that a large run is not starved by small ones.
    """
    taken: Counter[str] = Counter()
    blocked: set[str] = set()
    runs, dpu = usage.runs, usage.dpu_16ths
    account: set[Limit] = set()
    for run in queue:
        limit = reached(
            run.dpu_16ths,
            limits,
            Usage(runs=runs, dpu_16ths=dpu, waiting=0),
            slots=slots[run.job_id].taken + taken[run.job_id],
            max_slots=slots[run.job_id].most,
            queue=frozenset(account | ({Limit.JOB} if run.job_id in blocked else set())),
        )
        if limit is None:
            taken[run.job_id] += 1
            runs += 1
            dpu += run.dpu_16ths
            yield Admit(run=run)
            continue
        if steady >= run.queue_until:
            yield GiveUp(run=run, limit=limit)
            continue
        if limit is Limit.JOB:
            blocked.add(run.job_id)
        else:
            account.add(limit)
        if run.waits_for != limit.value:
            yield WaitFor(run=run, limit=limit)
