"""Job runs: StartJobRun, GetJobRun, GetJobRuns, BatchStopJobRun."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from openglue.api.context import Context
from openglue.api.operations.jobs import not_found
from openglue.errors import (
    ConcurrentRunsExceededException,
    EntityNotFoundException,
    GlueError,
    InvalidInputException,
    ResourceNumberLimitExceededException,
)
from openglue.model.admission import GAVE_UP, Limit
from openglue.model.job import Job
from openglue.model.rules import check_start
from openglue.model.run import Run, run_again, run_members
from openglue.model.states import TERMINAL, RunState
from openglue.store import admission, jobs, runs, waiting
from openglue.store.database import Tx

#: Page of GetJobRuns when the caller names no size (design 10).
PAGE = 200
#: Above every seq.
_END = 2**62


async def start_job_run(context: Context, request: dict[str, Any]) -> dict[str, Any]:
    """Accept a run: once this answers, the run ends in a terminal state whatever happens (promise P1).

    The job and the account are locked while the run is let in, so that limits hold under any number of callers
    (promise P5).
    """
    name = request["JobName"]
    planned = None if context.rehearsal is None else context.rehearsal.take_end(name, ("ERROR",))

    def accept(tx: Tx) -> dict[str, Any]:
        taken = jobs.take(tx, name)
        if taken is None:
            # The text is AWS's own (contract 9).
            raise EntityNotFoundException("Failed to start job run due to missing metadata.")
        previous = _previous(tx, taken.job, request.get("JobRunId"))
        asked = run_again(request, previous)
        check_start(taken.job, asked, context.defaults)
        now = context.clock.now()
        if planned is not None:
            message = planned.message or "This end was asked for by a test"
            refused = admission.refuse(tx, taken, asked, context.policy, RunState.ERROR, message, actor="test", now=now)
            return {"JobRunId": refused.id}
        run = admission.accept(tx, taken, asked, previous, context.policy, actor="api", now=now)
        if isinstance(run, admission.Refused):
            raise _refusal(run, name)
        return {"JobRunId": run.id}

    context.faults.reach("before accept")
    response = await context.write_once(accept)
    context.faults.reach("after accept")
    context.wake()
    return response


async def get_job_run(context: Context, request: dict[str, Any]) -> dict[str, Any]:
    name, run_id = request["JobName"], request["RunId"]

    def read(tx: Tx) -> dict[str, Any]:
        run = runs.get(tx, run_id)
        if run is None or run.job_name != name:
            raise EntityNotFoundException(f"Job run with id: {run_id} of job: {name} not found.")
        return job_run(tx, run)

    members = await context.read(read)
    if not request.get("PredecessorsIncluded"):
        members["PredecessorRuns"] = []
    return {"JobRun": members}


async def get_job_runs(context: Context, request: dict[str, Any]) -> dict[str, Any]:
    """Runs of a job, newest first. Pages go by a number given under the job's lock: no gaps, no repeats."""
    name = request["JobName"]
    limit = request.get("MaxResults") or PAGE

    def read(tx: Tx) -> tuple[Job, list[Run], list[dict[str, Any]]]:
        job = jobs.get(tx, name)
        if job is None:
            raise not_found(name)
        position = context.tokens.read("GetJobRuns", {"job": job.id}, request.get("NextToken"))
        before = _END if position is None else int(position)
        found = runs.page(tx, job_id=job.id, before=before, limit=limit + 1)
        return job, found, job_runs(tx, found[:limit])

    job, found, shown = await context.read(read)
    result: dict[str, Any] = {"JobRuns": shown}
    if len(found) > limit:
        result["NextToken"] = context.tokens.issue("GetJobRuns", {"job": job.id}, found[limit - 1].seq)
    return result


async def batch_stop_job_run(context: Context, request: dict[str, Any]) -> dict[str, Any]:
    """Ask for the stop of runs; every id gets its own answer, a repeated one a single answer (contract 8)."""
    name = request["JobName"]
    run_ids = list(dict.fromkeys(request["JobRunIds"]))

    def stop(tx: Tx) -> dict[str, GlueError | _CannotBeStopped | None]:
        found = lock(tx, run_ids)
        return {run_id: _stop(tx, name, run_id, found[run_id], now=context.clock.now()) for run_id in run_ids}

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


def lock(tx: Tx, run_ids: Iterable[str]) -> dict[str, Run | None]:
    """Runs that are about to be moved, as they are until the transaction's end; None for an id that there is not.

    All locks in the order of ids: moves lock further rows, and whoever locks in another order would wait for us while
    we wait for them. Runs of one name may be of several jobs, if it was created again.
    """
    found = {run_id: runs.get_locked(tx, run_id) for run_id in sorted(run_ids)}
    for job_id in sorted({run.job_id for run in found.values() if run is not None}):
        jobs.change_slots(tx, job_id, 0)
    return found


def job_run(tx: Tx, run: Run) -> dict[str, Any]:
    return job_runs(tx, [run])[0]


def job_runs(tx: Tx, found: Sequence[Run]) -> list[dict[str, Any]]:
    """The JobRuns; of a WAITING one StateDetail says its place in the queue as it is at this moment."""
    waits = [run for run in found if run.state is RunState.WAITING]
    # One count for one run, one look at the queue for many.
    places = waiting.positions(tx) if len(waits) > 1 else {run.id: waiting.position(tx, run) for run in waits}
    shown = []
    for run in found:
        members = run_members(run)
        if run.state is RunState.WAITING and run.id in places:
            members["StateDetail"] = f"{run.state_detail}; position {places[run.id]} in the queue"
        shown.append(members)
    return shown


def _refusal(refused: admission.Refused, job_name: str) -> GlueError:
    if refused.queue_full:
        return ResourceNumberLimitExceededException("Maximum number of queued job runs exceeded")
    if refused.limit is Limit.JOB:
        return ConcurrentRunsExceededException(f"Concurrent runs exceeded for {job_name}")
    return ResourceNumberLimitExceededException(GAVE_UP[refused.limit])


class _CannotBeStopped:
    """The per-run error of a run that has ended; its code is no exception of any operation (contract 8)."""

    code = "JobRunCannotBeStoppedException"
    message = "Job Run cannot be stopped in current state."


def _stop(tx: Tx, name: str, run_id: str, run: Run | None, *, now: int) -> GlueError | _CannotBeStopped | None:
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
