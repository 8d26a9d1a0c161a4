"""Members of the requests that clients of Glue send to other services on the same endpoint."""

from __future__ import annotations

from openglue.api.fields.field import Field, Fields, used

_GROUP: dict[str, Field] = {
    "logGroupName": used("the group, by name"),
    "logGroupIdentifier": used("the group, by ARN or name, in the place of its name"),
}
_TOKEN = used("where the page before ended")
_UNMASK = used("nothing is masked here, so both values mean the same")
_START = used("epoch milliseconds, included")

LOGS: Fields = {
    "DescribeLogGroupsRequest": {
        "accountIdentifiers": used("counts on AWS with linked accounts only, which there are none of"),
        "logGroupNamePrefix": used("groups whose names begin so"),
        "logGroupNamePattern": used("groups whose names contain this"),
        "nextToken": _TOKEN,
        "limit": used("size of the page"),
        "includeLinkedAccounts": used("there are no linked accounts, so both values mean the same"),
        "logGroupClass": used("all groups are STANDARD"),
        "logGroupIdentifiers": used("these groups only"),
    },
    "DescribeLogStreamsRequest": {
        **_GROUP,
        "logStreamNamePrefix": used("streams whose names begin so"),
        "orderBy": used("by name, or by the time of the last event"),
        "descending": used("the other way round"),
        "nextToken": _TOKEN,
        "limit": used("size of the page"),
    },
    "FilterLogEventsRequest": {
        **_GROUP,
        "logStreamNames": used("these streams only"),
        "logStreamNamePrefix": used("streams whose names begin so"),
        "startTime": _START,
        "endTime": used("epoch milliseconds, included"),
        "filterPattern": used("words and quoted phrases; patterns for JSON and columns are refused"),
        "nextToken": _TOKEN,
        "limit": used("size of the page"),
        "startFromHead": used("the oldest first, or the newest"),
        "interleaved": used("events are always interleaved, as on AWS today"),
        "unmask": _UNMASK,
    },
    "GetLogEventsRequest": {
        **_GROUP,
        "logStreamName": used("the stream: a run's id"),
        "startTime": _START,
        "endTime": used("epoch milliseconds, not included"),
        "nextToken": used("where the page before ended, forward or backward"),
        "limit": used("size of the page"),
        "startFromHead": used("the oldest first, or the newest"),
        "unmask": _UNMASK,
    },
}

STS: Fields = {"GetCallerIdentityRequest": {}}

IAM: Fields = {"GetRoleRequest": {"RoleName": used("every name that a role can have is one, in this account")}}
