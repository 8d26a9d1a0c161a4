"""Members of the requests of OpenGlue's own operations."""

from __future__ import annotations

from openglue.api.fields.field import Fields, ignored, used

_JOB = used("the job's name")
_TIMES = used("how many; 1 if nothing is said")

OWN: Fields = {
    "GetJobRunHistoryRequest": {"RunId": used("the run, whatever its job")},
    "GetScriptRequest": {"Sha256": used("the script's hash, as the history of a run has it")},
    "ListJobRunsRequest": {
        "JobName": used("runs of this job; else of all"),
        "JobRunStates": used("runs in one of these states"),
        "StartedAfter": used("runs that were accepted at this time or later"),
        "StartedBefore": used("runs that were accepted before"),
        "Arguments": used("runs whose script was given all of these"),
        "MaxResults": used("size of the page"),
        "NextToken": used("where the page before ended"),
    },
    "FindJobRunsRequest": {"RunIdPrefix": used("how a run's id begins")},
    "ExplainTriggerRequest": {"Name": used("the trigger's name")},
    "ListJobBookmarkVersionsRequest": {
        "JobName": _JOB,
        "MaxResults": used("size of the page"),
        "NextToken": used("where the page before ended"),
    },
    "GetJobBookmarkVersionRequest": {"JobName": _JOB, "Version": used("the version; else the last one")},
    "RewindJobBookmarkRequest": {
        "JobName": _JOB,
        "RunId": used("the next run reads what came after this run"),
        "Version": used("or what came after this version"),
    },
    "ImportJobBookmarkRequest": {
        "JobName": _JOB,
        "JobBookmarkEntry": used("what GetJobBookmark answered, here or on AWS"),
        "Sources": used("what GetJobBookmarkVersion told of them; else they stay"),
    },
    "PreviewJobBookmarkRequest": {
        "JobName": _JOB,
        "WithSpark": used("whether sources are looked at that need Spark: databases; yes unless it is false"),
    },
    "ImportedJobBookmark": {
        "JobName": used("must be the job's, if it is given"),
        "Version": ignored("the versions of a job rise by one"),
        "Run": used("the number of the next run; 1 if nothing is said"),
        "Attempt": ignored("the next run is the first attempt"),
        "PreviousRunId": used("shown until the next commit"),
        "RunId": used("shown until the next commit"),
        "JobBookmark": used("what the next run goes on from"),
    },
    "GetNodeRequest": {},
    "DrainNodeRequest": {"StopRuns": used("whether the runs that the node has are stopped")},
    "ResumeNodeRequest": {},
    "AdvanceClockRequest": {"Milliseconds": used("by how much the service's clock moves on")},
    "EndNextRunRequest": {
        "JobName": used("the next run of this job; else of any"),
        "JobRunState": used("how it ends"),
        "ErrorMessage": used("and with which message"),
        "Times": _TIMES,
    },
    "FailNextCallRequest": {
        "Operation": used("the next call of this operation; else of any of Glue's"),
        "Code": used("the error"),
        "Times": _TIMES,
    },
    "ForgetPlansRequest": {},
}
