"""OpenGlue's own operations, `X-Amz-Target: OpenGlue.<name>`: what AWS Glue has no operation for.

Add an operation here, and to api/model/openglue.json.
"""

from __future__ import annotations

from openglue.api.operations import Handler, history, listing

OPERATIONS: dict[str, Handler] = {
    "GetJobRunHistory": history.get_job_run_history,
    "GetScript": history.get_script,
    "ListJobRuns": listing.list_job_runs,
    "FindJobRuns": listing.find_job_runs,
}
