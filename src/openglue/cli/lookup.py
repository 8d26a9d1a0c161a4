"""Which run is meant: by its id, the beginning of its id, or `latest`."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from openglue.cli.display import short
from openglue.cli.failure import CommandError, RefusedError, ServiceError
from openglue.cli.service import Service

LATEST = "latest"
#: Characters of a whole run id: jr_ and 64 digits.
ID_LENGTH = 67
#: Runs of one job among which the beginning of an id is looked for, newest first.
SEARCHED = 1000
#: Largest page of GetJobRuns.
_PAGE = 200


def find_run(service: Service, run: str, job: str | None) -> dict[str, Any]:
    """The JobRun that `run` names, of `job` or of any job. Raises CommandError when there is none or no single one."""
    if run == LATEST:
        newest = max(newest_runs(service, job, 1), key=lambda record: record["StartedOn"], default=None)
        if newest is None:
            raise CommandError("there is no run yet" if job is None else f"job {job} has no run yet")
        return newest
    if len(run) >= ID_LENGTH:
        return _whole(service, run, job)
    found = [record for record in newest_runs(service, job, SEARCHED) if record["Id"].startswith(_prefix(run))]
    if not found:
        raise CommandError(f"no run's id begins with {run}; `openglue runs ls` lists them")
    if len(found) > 1:
        names = ", ".join(short(record["Id"]) for record in found[:5])
        raise RefusedError(f"{len(found)} runs have ids that begin with {run}: {names}")
    return found[0]


def job_names(service: Service, job: str | None) -> list[str]:
    """The job that is named, or all."""
    return [job] if job is not None else list(service.pages("ListJobs", "JobNames"))


def newest_runs(service: Service, job: str | None, limit: int) -> Iterator[dict[str, Any]]:
    """The newest `limit` runs of a job, or of each job, newest first."""
    for name in job_names(service, job):
        try:
            yield from islice(service.pages("GetJobRuns", "JobRuns", JobName=name, MaxResults=min(limit, _PAGE)), limit)
        except ServiceError as error:
            # A job may be deleted while all of them are listed.
            if job is not None or error.shape != "EntityNotFoundException":
                raise


def _prefix(run: str) -> str:
    return run if run.startswith("jr_") else f"jr_{run}"


def _whole(service: Service, run: str, job: str | None) -> dict[str, Any]:
    """A run by its whole id; with the job's name also one of a job that was deleted."""
    for name in job_names(service, job):
        try:
            record: dict[str, Any] = service.glue("GetJobRun", JobName=name, RunId=run)["JobRun"]
        except ServiceError as error:
            if error.shape != "EntityNotFoundException":
                raise
        else:
            return record
    hint = "" if job is not None else "; --job finds runs of deleted jobs, too"
    raise CommandError(f"there is no run {run}{hint}")
