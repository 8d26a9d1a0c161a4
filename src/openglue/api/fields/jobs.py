"""Members of the requests about jobs, their tags and bookmarks."""

from __future__ import annotations

from openglue.api.fields.field import Field, Fields, stored, used

_JOB = used("the job's name")
_TOKEN = used("where the page before ended")
_RESOURCE = used("`arn:aws:glue:<region>:<account>:job/<name>`; region and account may be empty")

#: Members that a definition has in CreateJob and in UpdateJob alike.
DEFINITION: dict[str, Field] = {
    "JobMode": stored("VISUAL and NOTEBOOK jobs run their script like any other"),
    "JobRunQueuingEnabled": used("runs over a limit wait instead of being refused"),
    "Description": stored("for people"),
    "LogUri": stored("reserved by AWS; logs go where CloudWatch Logs finds them"),
    "Role": used("names the caller of a run in STS; gives and forbids nothing"),
    "ExecutionProperty": used("see there"),
    "Command": used("see there"),
    "DefaultArguments": used("arguments of every run, unless it is given others"),
    "NonOverridableArguments": used("arguments of every run, whatever it is given"),
    "Connections": stored("a script reaches what the machine reaches, and asks for a connection by its name"),
    "MaxRetries": used("how often a failed run is started again"),
    "AllocatedCapacity": used("DPUs, as MaxCapacity; 0 counts as not given"),
    "Timeout": used("minutes of execution, then TIMEOUT"),
    "MaxCapacity": used("DPUs: shown, counted against the account, and turned into a share of this machine"),
    "SecurityConfiguration": stored("nothing is encrypted by key; the run's log says so"),
    "NotificationProperty": used("see there"),
    "GlueVersion": used("chooses the runtime, the default Timeout and what may be asked for; `auto` is refused"),
    "NumberOfWorkers": used("with WorkerType: MaxCapacity"),
    "WorkerType": used("with NumberOfWorkers: MaxCapacity, and the memory that it stands for"),
    "CodeGenConfigurationNodes": stored("the drawing of a visual job; nothing is generated from it"),
    "ExecutionClass": used("FLEX waits for the account's compute and shows DPUSeconds; there is no cheaper capacity"),
    "SourceControlDetails": stored("no repository is read or written"),
    "MaintenanceWindow": used("of streaming jobs: day and hour, GMT, in which a run of a week's age is restarted"),
}

JOBS: Fields = {
    "CreateJobRequest": {
        "Name": used("the job's name, which is taken once"),
        **DEFINITION,
        "Tags": used("GetTags returns them, ListJobs filters by them"),
    },
    "UpdateJobRequest": {
        "JobName": _JOB,
        "JobUpdate": used("the whole definition: what it does not say is reset"),
    },
    "JobUpdate": DEFINITION,
    "JobCommand": {
        "Name": used("glueetl, gluestreaming and pythonshell run; runs of glueray end FAILED and say so"),
        "ScriptLocation": used("`s3://`, or an absolute path of this machine (setting `local_paths`)"),
        "PythonVersion": used("checked; the run's log says which Python it got, where that is another one"),
        "Runtime": stored("of Ray jobs, which need one and do not run here"),
    },
    "ExecutionProperty": {"MaxConcurrentRuns": used("runs of the job at a time")},
    "NotificationProperty": {"NotifyDelayAfter": used("minutes, then `Glue Job Run Status` events")},
    "ConnectionsList": {"Connections": stored("names of connections, which need not be there")},
    "SourceControlDetails": {
        name: stored("no repository is read or written")
        for name in (
            *("Provider", "Repository", "Owner", "Branch", "Folder", "LastCommitId"),
            *("AuthStrategy", "AuthToken"),
        )
    },
    "GetJobRequest": {"JobName": _JOB},
    "DeleteJobRequest": {"JobName": used("the job's name; one that is not there is no error")},
    "BatchGetJobsRequest": {"JobNames": used("names, of which some may be unknown")},
    "GetJobsRequest": {"NextToken": _TOKEN, "MaxResults": used("size of the page")},
    "ListJobsRequest": {
        "NextToken": _TOKEN,
        "MaxResults": used("size of the page"),
        "Tags": used("lists jobs that have all of them"),
    },
    "GetTagsRequest": {"ResourceArn": _RESOURCE},
    "TagResourceRequest": {"ResourceArn": _RESOURCE, "TagsToAdd": used("added, or put in the place of old values")},
    "UntagResourceRequest": {
        "ResourceArn": _RESOURCE,
        "TagsToRemove": used("keys; those that are not there are no error"),
    },
    "GetJobBookmarkRequest": {"JobName": _JOB, "RunId": used("the bookmark as this run committed it")},
    "ResetJobBookmarkRequest": {
        "JobName": _JOB,
        "RunId": used("the next run reads what came after this run; else everything"),
    },
}
