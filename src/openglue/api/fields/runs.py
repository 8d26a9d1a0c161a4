"""Members of the requests about job runs."""

from __future__ import annotations

from openglue.api.fields.field import Fields, stored, used

_JOB = used("the job's name")

RUNS: Fields = {
    "StartJobRunRequest": {
        "JobName": _JOB,
        "JobRunQueuingEnabled": used("beats the job's: over a limit the run waits, or is refused"),
        "JobRunId": used("a run that has ended, to be run again"),
        "Arguments": used("over the job's defaults, under its non-overridable ones; these alone are shown"),
        "AllocatedCapacity": used("DPUs, as MaxCapacity; 0 counts as not given"),
        "Timeout": used("minutes of execution, then TIMEOUT"),
        "MaxCapacity": used("DPUs: shown, counted against the account, and turned into a share of this machine"),
        "SecurityConfiguration": stored("nothing is encrypted by key; the run's log says so"),
        "NotificationProperty": used("beats the job's"),
        "WorkerType": used("with NumberOfWorkers: MaxCapacity, and the memory that it stands for"),
        "NumberOfWorkers": used("with WorkerType: MaxCapacity"),
        "ExecutionClass": used(
            "FLEX waits for the account's compute and shows DPUSeconds; there is no cheaper capacity"
        ),
        "ExecutionRoleSessionPolicy": stored("there is no IAM that it could narrow"),
    },
    "GetJobRunRequest": {
        "JobName": _JOB,
        "RunId": used("a run of this job"),
        "PredecessorsIncluded": used("without it PredecessorRuns is empty"),
    },
    "GetJobRunsRequest": {
        "JobName": _JOB,
        "NextToken": used("where the page before ended"),
        "MaxResults": used("size of the page"),
    },
    "BatchStopJobRunRequest": {
        "JobName": _JOB,
        "JobRunIds": used("runs to stop; each is answered by itself, and once"),
    },
}
