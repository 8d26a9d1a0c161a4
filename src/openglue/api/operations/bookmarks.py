"""Job bookmarks: GetJobBookmark and ResetJobBookmark, and what Glue has no operation for: ListJobBookmarkVersions,
GetJobBookmarkVersion, RewindJobBookmark, ImportJobBookmark.

Whatever moves a bookmark here makes the commit of a run fail that has begun before.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from openglue.api.context import Context
from openglue.api.operations.jobs import not_found
from openglue.errors import EntityNotFoundException, InvalidInputException
from openglue.model.bookmark import FIRST, Bookmark, Version
from openglue.model.bookmark_entry import entry, read_import
from openglue.model.job import Job
from openglue.store import bookmarks, jobs, runs
from openglue.store.database import Tx

#: Page of ListJobBookmarkVersions when the caller names no size.
PAGE = 100
#: Above every version.
_END = 2**62


async def get_job_bookmark(context: Context, request: dict[str, Any]) -> dict[str, Any]:
    """The bookmark as it is, or as a run committed it."""
    name, run_id = request["JobName"], request.get("RunId")

    def read(tx: Tx) -> dict[str, Any]:
        job, bookmark = of_job(tx, name, jobs.get(tx, name))
        return _answer(job, bookmark if run_id is None else _of_run(tx, job, run_id))

    return await context.read(read)


async def reset_job_bookmark(context: Context, request: dict[str, Any]) -> dict[str, Any]:
    """Have the next run read everything; with a RunId what came after that run (contract 7)."""
    name, run_id, now = request["JobName"], request.get("RunId"), context.clock.now()

    def reset(tx: Tx) -> dict[str, Any]:
        job, bookmark = of_job(tx, name, jobs.get_locked(tx, name))
        if run_id is None:
            return _moved(tx, job, bookmark.reset(now=now))
        return _moved(tx, job, bookmark.rewound(_of_run(tx, job, run_id), now=now))

    return await context.write_once(reset, is_new=False)


async def rewind_job_bookmark(context: Context, request: dict[str, Any]) -> dict[str, Any]:
    """Have the next run read what came after a run, or after a version."""
    name, now = request["JobName"], context.clock.now()
    to = _wanted(request)

    def rewind(tx: Tx) -> dict[str, Any]:
        job, bookmark = of_job(tx, name, jobs.get_locked(tx, name))
        return _moved(tx, job, bookmark.rewound(to(tx, job), now=now))

    return await context.write(rewind)


async def import_job_bookmark(context: Context, request: dict[str, Any]) -> dict[str, Any]:
    """Put an exported entry, of here or of AWS, in the place of the job's bookmark; the job need not have had one."""
    name, now = request["JobName"], context.clock.now()
    given = read_import(name, request["JobBookmarkEntry"], request.get("Sources"), now=now)

    def import_(tx: Tx) -> dict[str, Any]:
        job = jobs.get_locked(tx, name)
        if job is None:
            raise not_found(name)
        return _moved(tx, job, (bookmarks.latest(tx, job.id) or FIRST).imported(given, now=now))

    return await context.write(import_)


async def list_job_bookmark_versions(context: Context, request: dict[str, Any]) -> dict[str, Any]:
    """The versions of a bookmark, newest first, without what they remember."""
    name, limit = request["JobName"], request.get("MaxResults") or PAGE

    def read(tx: Tx) -> dict[str, Any]:
        job, _ = of_job(tx, name, jobs.get(tx, name))
        bound = {"job": job.id}
        before = context.tokens.read("ListJobBookmarkVersions", bound, request.get("NextToken")) or _END
        found = bookmarks.page(tx, job.id, before=before, limit=limit + 1)
        page: dict[str, Any] = {"Versions": [_version(version) for version in found[:limit]]}
        if len(found) > limit:
            page["NextToken"] = context.tokens.issue("ListJobBookmarkVersions", bound, found[limit - 1].version)
        return page

    return await context.read(read)


async def get_job_bookmark_version(context: Context, request: dict[str, Any]) -> dict[str, Any]:
    """A version of a bookmark, the last one if none is named, with the sources that its run told of."""
    name, number = request["JobName"], request.get("Version")

    def read(tx: Tx) -> dict[str, Any]:
        job, bookmark = of_job(tx, name, jobs.get(tx, name))
        if number is not None:
            bookmark = _numbered(tx, job, number)
        return {**_answer(job, bookmark), "Sources": bookmark.sources, **_change(bookmark)}

    return await context.read(read)


def of_job(tx: Tx, name: str, job: Job | None) -> tuple[Job, Bookmark]:
    """A job that was looked for by that name, and its bookmark."""
    bookmark = None if job is None else bookmarks.latest(tx, job.id)
    if job is None or bookmark is None:
        # The text is AWS's own (contract 0.4).
        raise EntityNotFoundException(f"Continuation for job {name} not found")
    return job, bookmark


def _wanted(request: dict[str, Any]) -> Callable[[Tx, Job], Bookmark]:
    """What a request wants to rewind to."""
    run_id, number = request.get("RunId"), request.get("Version")
    if run_id is not None and number is None:
        return lambda tx, job: _of_run(tx, job, run_id)
    if number is not None and run_id is None:
        return lambda tx, job: _numbered(tx, job, number)
    raise InvalidInputException("A bookmark is rewound to a RunId or to a Version: one of them is needed")


def _of_run(tx: Tx, job: Job, run_id: str) -> Bookmark:
    """The bookmark as a run committed it."""
    found = bookmarks.committed_by(tx, job.id, run_id)
    if found is not None:
        return found
    run = runs.get(tx, run_id)
    if run is None or run.job_id != job.id:
        raise InvalidInputException(f"Job run {run_id} is no run of job {job.name}")
    raise InvalidInputException(f"Job run {run_id} has committed no bookmark, or it is kept no longer")


def _numbered(tx: Tx, job: Job, number: int) -> Bookmark:
    found = bookmarks.numbered(tx, job.id, number)
    if found is None:
        raise InvalidInputException(f"The bookmark of job {job.name} has no version {number}, or has it no longer")
    return found


def _moved(tx: Tx, job: Job, bookmark: Bookmark) -> dict[str, Any]:
    bookmarks.add(tx, job.id, bookmark)
    return _answer(job, bookmark)


def _answer(job: Job, bookmark: Bookmark) -> dict[str, Any]:
    return {"JobBookmarkEntry": entry(job.name, bookmark)}


def _version(version: Version) -> dict[str, Any]:
    members = {
        "Version": version.version,
        "Run": version.run,
        "Attempt": version.attempt,
        "PreviousRunId": version.previous_run_id,
        "RunId": version.run_id,
    }
    return {name: value for name, value in members.items() if value is not None} | _change(version)


def _change(version: Version) -> dict[str, Any]:
    """What wrote a version."""
    members = {"Change": version.change.value, "ChangedOn": version.at / 1000}
    return members if version.author is None else {**members, "ChangedByRunId": version.author}
