"""Members of the requests about triggers."""

from __future__ import annotations

from openglue.api.fields.field import Field, Fields, refused, stored, used

_TRIGGER = used("the trigger's name")
_TOKEN = used("where the page before ended")
_CRAWLER = refused("crawlers are not served")

#: Members that a definition has in CreateTrigger and in UpdateTrigger alike.
DEFINITION: dict[str, Field] = {
    "Schedule": used("AWS's cron, in UTC, of SCHEDULED triggers"),
    "Predicate": used("what a CONDITIONAL trigger waits for"),
    "Actions": used("the jobs that are started"),
    "Description": stored("for people"),
    "EventBatchingCondition": stored("of EVENT triggers, which nothing fires here"),
}

TRIGGERS: Fields = {
    "CreateTriggerRequest": {
        "Name": used("the trigger's name, which is taken once"),
        "WorkflowName": refused("workflows are not served"),
        "Type": used("what makes it fire; nothing fires EVENT triggers here"),
        **DEFINITION,
        "StartOnCreation": used("ACTIVATED at once"),
        "Tags": used("GetTags returns them, ListTriggers filters by them"),
    },
    "UpdateTriggerRequest": {
        "Name": _TRIGGER,
        "TriggerUpdate": used("the whole definition: what it does not say is reset"),
    },
    "TriggerUpdate": {"Name": used("reserved by AWS: means nothing there either"), **DEFINITION},
    "Action": {
        "JobName": used("the job to start"),
        "Arguments": used("as StartJobRun's, but the job's non-overridable ones are left alone"),
        "Timeout": used("as StartJobRun's"),
        "SecurityConfiguration": stored("as StartJobRun's"),
        "NotificationProperty": used("as StartJobRun's"),
        "CrawlerName": _CRAWLER,
    },
    "Predicate": {
        "Logical": used("AND or ANY, required with more than one condition"),
        "Conditions": used("runs that must have ended so"),
    },
    "Condition": {
        "LogicalOperator": used("EQUALS, the only one"),
        "JobName": used("the job whose run is waited for"),
        "State": used("SUCCEEDED, FAILED, STOPPED or TIMEOUT"),
        "CrawlerName": _CRAWLER,
        "CrawlState": _CRAWLER,
    },
    "EventBatchingCondition": {
        "BatchSize": stored("nothing fires EVENT triggers here"),
        "BatchWindow": stored("nothing fires EVENT triggers here"),
    },
    "GetTriggerRequest": {"Name": _TRIGGER},
    "DeleteTriggerRequest": {"Name": used("the trigger's name; one that is not there is no error")},
    "StartTriggerRequest": {"Name": _TRIGGER},
    "StopTriggerRequest": {"Name": _TRIGGER},
    "BatchGetTriggersRequest": {"TriggerNames": used("names, of which some may be unknown")},
    "GetTriggersRequest": {
        "NextToken": _TOKEN,
        "DependentJobName": used("triggers that start this job; all, if none does"),
        "MaxResults": used("size of the page"),
    },
    "ListTriggersRequest": {
        "NextToken": _TOKEN,
        "DependentJobName": used("triggers that start this job; all, if none does"),
        "MaxResults": used("size of the page"),
        "Tags": used("lists triggers that have all of them"),
    },
}
