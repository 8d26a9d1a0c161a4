"""A job run: the row that is the truth about it, and the JobRun structure that clients see.

What is fixed when a run is accepted (its Arguments, capacity, Timeout...) is kept as one document, `fixed`; what moves
is kept in columns. GetJobRun joins the two and invents nothing.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from openglue.model.arguments import is_on, merge, repeatable
from openglue.model.capacity import capacity_members
from openglue.model.job import Defaults, Job, timeout_minutes
from openglue.model.profiles.resolution import SPARK_COMMANDS
from openglue.model.states import RunState

#: LogGroupName by command (contract 11).
LOG_GROUPS = {"pythonshell": "/aws-glue/python-jobs"}
LOG_GROUP_DEFAULT = "/aws-glue/jobs"

#: Minutes of a run without a Timeout: ten years, for a stream has no end.
ENDLESS_MINUTES = 5_256_000

#: Members of a StartJobRun request, or else of the job's definition, that a JobRun echoes as they are.
_FROM_RUN_OR_JOB = ("SecurityConfiguration", "NotificationProperty", "ExecutionClass", "JobRunQueuingEnabled")
_FROM_RUN = ("ExecutionRoleSessionPolicy",)
_FROM_JOB = ("MaintenanceWindow",)


class Run(Struct, frozen=True):
    """One row of the runs table; times are epoch milliseconds, of wall time unless they say otherwise.

    A Struct because every request makes some, a page 200: it costs a fiftieth of a frozen dataclass.
    """

    id: str
    job_id: str
    job_name: str
    #: Position among the job's runs, given under the job's lock: what GetJobRuns pages by.
    seq: int
    state: RunState
    attempt: int
    #: Which automatic retry this is; 0 for a run that somebody started.
    retry_no: int
    previous_run_id: str | None
    trigger_name: str | None
    #: Definition this run was accepted with; later updates of the job do not touch it.
    definition_sha: str
    command: str
    #: Bumped by every claim and every loss: a write with an older fence is refused.
    fence: int
    #: Node that claimed the run, while it is not terminal.
    owner: str | None
    #: Boot time (embedded) or database time (PostgreSQL) up to which the owner holds it.
    lease_until: int | None
    #: Given by the runner just before user code starts; set once. (promise P2)
    start_token: str | None
    started_on: int
    claimed_on: int | None
    running_on: int | None
    last_modified_on: int
    completed_on: int | None
    execution_ms: int
    timeout_minutes: int
    #: DPUs asked for, in sixteenths.
    dpu_16ths: int
    #: The limit that a WAITING run waits for, and when it gives up; steady time.
    waits_for: str | None
    queue_until: int | None
    #: A retry is not launched before; steady time.
    not_before: int | None
    #: When the run has taken longer than its NotifyDelayAfter; None if nobody wants to know, or everybody does already.
    #: Steady time.
    notify_at: int | None
    state_detail: str | None
    error_message: str | None
    #: The fixed members of the JobRun structure.
    fixed: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Where a run comes from that a trigger starts."""

    trigger_name: str
    #: The fire that its chain of runs descends from.
    root_fire: str
    #: PredecessorRuns: the runs that satisfied the trigger's conditions, as JobName and RunId.
    predecessors: Sequence[Mapping[str, str]] = ()


def new_run_id() -> str:
    return "jr_" + secrets.token_hex(32)


def new_job_id() -> str:
    return "j_" + secrets.token_hex(32)


def notify_at(fixed: Mapping[str, Any], steady: int) -> int | None:
    """When a run that was accepted at `steady` is to be told of, by its NotifyDelayAfter (minutes)."""
    minutes = (fixed.get("NotificationProperty") or {}).get("NotifyDelayAfter")
    return None if minutes is None else steady + int(minutes) * 60_000


def fixed_members(job: Job, request: Mapping[str, Any], defaults: Defaults) -> dict[str, Any]:
    """What StartJobRun fixes about a run.

    Arguments are only those of the request, and absent if it gave none (contract 0.1). Optional members that nobody
    set are absent, never null. DPUSeconds is a mark here that the run is metered (contract 2).
    """
    definition = job.definition
    members: dict[str, Any] = {
        "JobMode": definition.get("JobMode") or "SCRIPT",
        "GlueVersion": definition.get("GlueVersion") or defaults.glue_version,
        "LogGroupName": LOG_GROUPS.get(job.command, LOG_GROUP_DEFAULT),
        "PredecessorRuns": [],
        **capacity_members(job.command, request, definition),
    }
    timeout = request.get("Timeout") or timeout_minutes(definition)
    if timeout is not None:
        members["Timeout"] = timeout
    for name in _FROM_RUN_OR_JOB:
        value = request.get(name) if request.get(name) is not None else definition.get(name)
        if value is not None:
            members[name] = value
    for names, source in ((_FROM_RUN, request), (_FROM_JOB, definition)):
        members |= {name: source[name] for name in names if source.get(name) is not None}
    if request.get("Arguments"):
        members["Arguments"] = dict(request["Arguments"])
    if members.get("ExecutionClass") == "FLEX" or _scales(job, request):
        # Metered; `run_members` puts in the sum, once the run has ended.
        members["DPUSeconds"] = 0.0
    return members


def _scales(job: Job, request: Mapping[str, Any]) -> bool:
    """Whether a run was started with auto scaling, which only Spark has."""
    arguments = merge(
        job.definition.get("DefaultArguments") or {},
        request.get("Arguments") or {},
        job.definition.get("NonOverridableArguments") or {},
    )
    return job.command in SPARK_COMMANDS and is_on(arguments, "--enable-auto-scaling")


def run_members(run: Run) -> dict[str, Any]:
    """The JobRun structure, with times in epoch seconds as AWS sends them."""
    members = {
        "Id": run.id,
        "Attempt": run.attempt,
        "JobName": run.job_name,
        "JobRunState": run.state.value,
        "StartedOn": run.started_on / 1000,
        "LastModifiedOn": run.last_modified_on / 1000,
        # Whole seconds of resource use, start-up excluded (contract 2).
        "ExecutionTime": (run.execution_ms + 500) // 1000,
        **run.fixed,
    }
    # Nothing scales here: a run has its DPUs as long as it executes, and what that comes to is known at its end.
    metered = members.pop("DPUSeconds", None) is not None and run.completed_on is not None
    for name, value in (
        ("DPUSeconds", run.dpu_16ths * run.execution_ms / 16_000 if metered else None),
        ("PreviousRunId", run.previous_run_id),
        ("TriggerName", run.trigger_name),
        ("CompletedOn", None if run.completed_on is None else run.completed_on / 1000),
        ("ErrorMessage", run.error_message),
        ("StateDetail", run.state_detail),
    ):
        if value is not None:
            members[name] = value
    return members


def run_again(request: Mapping[str, Any], previous: Run | None) -> Mapping[str, Any]:
    """A StartJobRun request with the Arguments of the run that its JobRunId names, if it gives none (design 10)."""
    if previous is None or request.get("Arguments") or not previous.fixed.get("Arguments"):
        return request
    return {**request, "Arguments": repeatable(previous.fixed["Arguments"])}


def accepted_run(
    job: Job,
    request: Mapping[str, Any],
    previous: Run | None,
    defaults: Defaults,
    *,
    seq: int,
    now: int,
    steady: int,
    origin: Origin | None = None,
) -> Run:
    """The run that StartJobRun accepts, or a trigger's action; another attempt of `previous`, which JobRunId names.

    It is accepted at `now`, which is `steady` in steady time.
    """
    fixed = fixed_members(job, request, defaults)
    if origin is not None:
        fixed["PredecessorRuns"] = [dict(predecessor) for predecessor in origin.predecessors]
    return Run(
        id=new_run_id(),
        job_id=job.id,
        job_name=job.name,
        seq=seq,
        attempt=0 if previous is None else previous.attempt + 1,
        retry_no=0,
        previous_run_id=None if previous is None else previous.id,
        trigger_name=None if origin is None else origin.trigger_name,
        definition_sha=job.definition_sha,
        command=job.command,
        timeout_minutes=fixed.get("Timeout", ENDLESS_MINUTES),
        dpu_16ths=round(fixed["MaxCapacity"] * 16),
        fixed=fixed,
        **_untouched(fixed, now, steady),
    )


def followed_by(run: Run, *, run_id: str, seq: int, now: int, steady: int) -> Run:
    """The run that follows `run` by itself: what was asked for stays, and what has happened is forgotten."""
    return replace(
        run,
        id=run_id,
        seq=seq,
        previous_run_id=run.id,
        **_untouched(run.fixed, now, steady),
    )


def _untouched(fixed: Mapping[str, Any], now: int, steady: int) -> dict[str, Any]:
    """What a run is to which nothing has happened since it was accepted."""
    return {
        "state": RunState.STARTING,
        "fence": 0,
        "owner": None,
        "lease_until": None,
        "start_token": None,
        "started_on": now,
        "claimed_on": None,
        "running_on": None,
        "last_modified_on": now,
        "completed_on": None,
        "execution_ms": 0,
        "waits_for": None,
        "queue_until": None,
        "not_before": None,
        "notify_at": notify_at(fixed, steady),
        "state_detail": None,
        "error_message": None,
    }
