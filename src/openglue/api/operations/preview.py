"""PreviewJobBookmark: what the next run of a job would read, without running it and without writing anything."""

from __future__ import annotations

from typing import Any

from openglue.api.context import Context
from openglue.api.operations.bookmarks import of_job
from openglue.model.bookmark import Bookmark
from openglue.model.job import Job
from openglue.store import jobs
from openglue.store.database import Tx


async def preview_job_bookmark(context: Context, request: dict[str, Any]) -> dict[str, Any]:
    """What a run with job-bookmark-enable, or -pause, would read of each source if it began now."""
    name = request["JobName"]

    def read(tx: Tx) -> tuple[Job, Bookmark]:
        return of_job(tx, name, jobs.get(tx, name))

    job, bookmark = await context.read(read)
    told = await context.previews.look(job.definition, bookmark, with_spark=request.get("WithSpark", True))
    return {
        "JobName": job.name,
        "Version": bookmark.version,
        "Contexts": [_context(name, found) for name, found in told.items()],
    }


def _context(name: str, told: dict[str, Any]) -> dict[str, Any]:
    """One context of the program's answer, in the words of the API."""
    members: dict[str, Any] = {
        "TransformationCtx": name,
        "Kind": told["kind"],
        "Unknown": told.get("unknown"),
        "Fails": told.get("fails"),
        "RowCount": told.get("rows"),
        "After": told.get("after"),
        "UpTo": told.get("up_to"),
        "Log": told["log"],
    }
    if "files" in told:
        members |= {
            "Files": [
                {"Path": path, "Size": size, "ModifiedOn": modified / 1000} for path, size, modified in told["files"]
            ],
            "FileCount": told["count"],
            "Bytes": told["bytes"],
            "LeftFrom": None if told["left_from"] is None else told["left_from"] / 1000,
            "TooOld": _names(told["too_old"]),
            "Ahead": _names(told["ahead"]),
            "Remembered": _names(told["remembered"]),
        }
    return {member: value for member, value in members.items() if value is not None}


def _names(told: dict[str, Any]) -> dict[str, Any]:
    return {"Count": told["count"], "Names": told["names"]}
