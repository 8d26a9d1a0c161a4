"""Job runs: StartJobRun, GetJobRun, GetJobRuns, BatchStopJobRun."""

from __future__ import annotations

from typing import Any

from openglue.api.context import Context
from openglue.api.operations.jobs import not_found
from openglue.errors import (
    ConcurrentRunsExceededException,
    EntityNotFoundException,
    GlueError,
    InvalidInputException,
)
from openglue.model.job import Job, max_concurrent_runs
from openglue.model.run import Run, accepted_run, run_members
from openglue.model.states import TERMINAL, Cause, RunState
from openglue.store import jobs, runs
from openglue.store.database import Tx

#: Page of GetJobRuns when the caller names no size (design 10).
PAGE = 200
#: Above every seq.
_END = 2**62


async def start_job_run(context: Context, request: dict[str, Any]) -> dict[str, Any]:
    """Accept a run: once this answers, the run ends in a terminal state whatever happens (promise P1).

    The job is locked while its active runs are counted and the run is inserted, so that MaxConcurrentRuns holds under
    any number of callers (promise P5).
    """
    name = request["JobName"]

    def accept(tx: Tx) -> str:
        taken = jobs.take(tx, name)
        if taken is None:
            # The text is AWS's own (contract 9).
            raise EntityNotFoundException("Failed to start job run due to missing metadata.")
        job, seq = taken
        previous = _previous(tx, job, request.get("JobRunId"))
        if runs.count_active(tx, job.id) >= max_concurrent_runs(job.definition, context.defaults):
            raise ConcurrentRunsExceededException(f"Concurrent runs exceeded for {name}")
        run = accepted_run(job, request, previous, context.defaults, seq=seq, now=context.clock.now())
        runs.add(tx, run, cause=Cause.ACCEPTED, actor="api")
        return run.id

    context.faults.reach("before accept")
    run_id = await context.write(accept)
    context.faults.reach("after accept")
    context.wake()
    return {"JobRunId": run_id}


async def get_job_run(context: Context, request: dict[str, Any]) -> dict[str, Any]:
    name, run_id = request["JobName"], request["RunId"]
    run = await context.read(lambda tx: runs.get(tx, run_id))
    if run is None or run.job_name != name:
        raise EntityNotFoundException(f"Job run with id: {run_id} of job: {name} not found.")
    return {"JobRun": run_members(run)}


async def get_job_runs(context: Context, request: dict[str, Any]) -> dict[str, Any]:
    """Runs of a job, newest first. Pages go by a number given under the job's lock: no gaps, no repeats."""
    name = request["JobName"]
    limit = request.get("MaxResults") or PAGE

    def read(tx: Tx) -> tuple[Job, list[Run]]:
        job = jobs.get(tx, name)
        if job is None:
            raise not_found(name)
        position = context.tokens.read("GetJobRuns", {"job": job.id}, request.get("NextToken"))
        before = _END if position is None else int(position)
        return job, runs.page(tx, job_id=job.id, before=before, limit=limit + 1)

    job, found = await context.read(read)
    result: dict[str, Any] = {"JobRuns": [run_members(run) for run in found[:limit]]}
    if len(found) > limit:
        result["NextToken"] = context.tokens.issue("GetJobRuns", {"job": job.id}, found[limit - 1].seq)
    return result


async def batch_stop_job_run(context: Context, request: dict[str, Any]) -> dict[str, Any]:
    """Ask for the stop of runs; every id gets its own answer, a repeated one a single answer (contract 8)."""
    name = request["JobName"]
    run_ids = list(dict.fromkeys(request["JobRunIds"]))

    def stop(tx: Tx) -> dict[str, GlueError | _CannotBeStopped | None]:
        return {run_id: _stop(tx, name, run_id, now=context.clock.now()) for run_id in run_ids}

    answers = await context.write(stop)
    context.wake()
    result: dict[str, Any] = {"SuccessfulSubmissions": [], "Errors": []}
    for run_id, error in answers.items():
        entry: dict[str, Any] = {"JobName": name, "JobRunId": run_id}
        if error is None:
            context.signals.notify(run_id)
            result["SuccessfulSubmissions"].append(entry)
        else:
            entry["ErrorDetail"] = {"ErrorCode": error.code, "ErrorMessage": error.message}
            result["Errors"].append(entry)
    return result


class _CannotBeStopped:
    """The per-run error of a run that has ended; its code is no exception of any operation (contract 8)."""

    code = "JobRunCannotBeStoppedException"
    message = "Job Run cannot be stopped in current state."


def _stop(tx: Tx, name: str, run_id: str, *, now: int) -> GlueError | _CannotBeStopped | None:
    run = runs.get_locked(tx, run_id)
    if run is None or run.job_name != name:
        return EntityNotFoundException(f"Job run with id: {run_id} of job: {name} not found.")
    if run.state is RunState.STOPPING or runs.ask_stop(tx, run, actor="api", now=now) is not None:
        return None
    return _CannotBeStopped()


def _previous(tx: Tx, job: Job, run_id: str | None) -> Run | None:
    """The run that StartJobRun's JobRunId names: a terminal one of this job (design 10)."""
    if run_id is None:
        return None
    run = runs.get(tx, run_id)
    if run is None or run.job_id != job.id:
        raise EntityNotFoundException(f"Job run with id: {run_id} of job: {job.name} not found.")
    if run.state not in TERMINAL:
        raise InvalidInputException(f"Job run {run_id} is {run.state}: only a run that has ended can be run again")
    return run
