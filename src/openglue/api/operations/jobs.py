"""Job definitions: CreateJob, GetJob, GetJobs, ListJobs, BatchGetJobs, UpdateJob, DeleteJob."""

from __future__ import annotations

from typing import Any

from openglue.api.context import Context
from openglue.errors import (
    AlreadyExistsException,
    EntityNotFoundException,
    ResourceNumberLimitExceededException,
)
from openglue.model.job import Job, job_members
from openglue.model.rules import check_job
from openglue.model.run import new_job_id
from openglue.store import account, bookmarks, jobs, tags
from openglue.store.database import Tx

#: Page of GetJobs and ListJobs when the caller names no size (design 10).
PAGE = 100


def tag_resource(name: str) -> str:
    return f"job/{name}"


def not_found(name: str) -> EntityNotFoundException:
    return EntityNotFoundException(f"Job with name: {name} not found.")


async def create_job(context: Context, request: dict[str, Any]) -> dict[str, Any]:
    """Create a job. A name that exists is refused, also with the same definition (design 10)."""
    name = request["Name"]
    definition = {key: value for key, value in request.items() if key not in {"Name", "Tags"}}
    check_job(definition, context.defaults)

    def create(tx: Tx) -> dict[str, Any]:
        # Its lock: two callers at the same time would both find no such job, and room for one more.
        account.change(tx)
        if jobs.get(tx, name) is not None:
            raise AlreadyExistsException(f"Job with name: {name} already exists.")
        if jobs.count(tx) >= context.config.account_jobs:
            raise ResourceNumberLimitExceededException(f"An account has {context.config.account_jobs} jobs at most")
        jobs.insert_job(tx, job_id=new_job_id(), name=name, definition=definition, now=context.clock.now())
        tags.put(tx, tag_resource(name), request.get("Tags") or {})
        return {"Name": name}

    return await context.write_once(create)


async def get_job(context: Context, request: dict[str, Any]) -> dict[str, Any]:
    name = request["JobName"]
    job = await context.read(lambda tx: jobs.get(tx, name))
    if job is None:
        raise not_found(name)
    return {"Job": job_members(job, context.defaults)}


async def get_jobs(context: Context, request: dict[str, Any]) -> dict[str, Any]:
    found, token = await _page(context, "GetJobs", request)
    result: dict[str, Any] = {"Jobs": [job_members(job, context.defaults) for job in found]}
    return result if token is None else {**result, "NextToken": token}


async def list_jobs(context: Context, request: dict[str, Any]) -> dict[str, Any]:
    found, token = await _page(context, "ListJobs", request)
    result: dict[str, Any] = {"JobNames": [job.name for job in found]}
    return result if token is None else {**result, "NextToken": token}


async def batch_get_jobs(context: Context, request: dict[str, Any]) -> dict[str, Any]:
    """Jobs that exist, and the names of those that do not; never EntityNotFoundException (contract 1)."""
    names = list(dict.fromkeys(request["JobNames"]))
    found = await context.read(lambda tx: {name: jobs.get(tx, name) for name in names})
    return {
        "Jobs": [job_members(job, context.defaults) for job in found.values() if job is not None],
        "JobsNotFound": [name for name, job in found.items() if job is None],
    }


async def update_job(context: Context, request: dict[str, Any]) -> dict[str, Any]:
    """Replace the whole definition: what the update does not say is reset (contract 1)."""
    name, definition = request["JobName"], request["JobUpdate"]
    check_job(definition, context.defaults)

    def replace(tx: Tx) -> None:
        job = jobs.get_locked(tx, name)
        if job is None:
            raise not_found(name)
        jobs.replace_definition(tx, job, definition=definition, now=context.clock.now())

    await context.write(replace)
    return {"JobName": name}


async def delete_job(context: Context, request: dict[str, Any]) -> dict[str, Any]:
    """Delete a job, if there is one, and its bookmark (contract 1, 7). Its runs go on and stay readable by id."""
    name = request["JobName"]

    def delete(tx: Tx) -> None:
        job = jobs.get_locked(tx, name)
        if job is not None:
            bookmarks.forget(tx, job.id)
            jobs.delete(tx, name, now=context.clock.now())
        tags.clear(tx, tag_resource(name))

    await context.write(delete)
    return {"JobName": name}


async def _page(context: Context, operation: str, request: dict[str, Any]) -> tuple[list[Job], str | None]:
    """One page of jobs by name, with all of the tags that the request filters by."""
    wanted = request.get("Tags") or {}
    limit = request.get("MaxResults") or PAGE
    after = context.tokens.read(operation, wanted, request.get("NextToken")) or ""

    def read(tx: Tx) -> tuple[list[Job], bool]:
        found: list[Job] = []
        position = after
        while True:
            chunk = jobs.page(tx, after=position, limit=limit + 1)
            for job in chunk:
                if wanted and not wanted.items() <= tags.get(tx, tag_resource(job.name)).items():
                    continue
                found.append(job)
                if len(found) > limit:
                    return found[:limit], True
            if len(chunk) <= limit:
                return found, False
            position = chunk[-1].name

    found, more = await context.read(read)
    return found, context.tokens.issue(operation, wanted, found[-1].name) if more else None
