"""Members of the requests of OpenGlue's own operations."""

from __future__ import annotations

from openglue.api.fields.field import Fields, used

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
