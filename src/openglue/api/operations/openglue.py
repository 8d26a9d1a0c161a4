"""OpenGlue's own operations, `X-Amz-Target: OpenGlue.<name>`: what AWS Glue has no operation for.

Add an operation here, and to api/model/openglue.json.
"""

from __future__ import annotations

from openglue.api.operations import Handler, bookmarks, explanation, history, listing, nodes, preview, rehearsal

OPERATIONS: dict[str, Handler] = {
    "GetJobRunHistory": history.get_job_run_history,
    "GetScript": history.get_script,
    "ListJobRuns": listing.list_job_runs,
    "FindJobRuns": listing.find_job_runs,
    "ExplainTrigger": explanation.explain_trigger,
    "ListJobBookmarkVersions": bookmarks.list_job_bookmark_versions,
    "GetJobBookmarkVersion": bookmarks.get_job_bookmark_version,
    "RewindJobBookmark": bookmarks.rewind_job_bookmark,
    "ImportJobBookmark": bookmarks.import_job_bookmark,
    "PreviewJobBookmark": preview.preview_job_bookmark,
    "GetNode": nodes.get_node,
    "DrainNode": nodes.drain_node,
    "ResumeNode": nodes.resume_node,
    "AdvanceClock": rehearsal.advance_clock,
    "EndNextRun": rehearsal.end_next_run,
    "FailNextCall": rehearsal.fail_next_call,
    "ForgetPlans": rehearsal.forget_plans,
}
