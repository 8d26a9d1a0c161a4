"""Job bookmarks: ResetJobBookmark and GetJobBookmark.

No job has a bookmark yet, because runs cannot keep one yet; so both answer what Glue answers for a job without one.
"""

from __future__ import annotations

from typing import Any

from openglue.api.context import Context
from openglue.errors import EntityNotFoundException


async def no_bookmark(_context: Context, request: dict[str, Any]) -> dict[str, Any]:
    # The text is AWS's own (contract 0.4).
    raise EntityNotFoundException(f"Continuation for job {request['JobName']} not found")
