"""What the service model allows, and what the server checks although botocore does not (contract 1 and 12)."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from tests.acceptance.conftest import Glue
from tests.acceptance.test_wire import call

ErrorOf = Callable[..., tuple[str, str]]

COMMAND = {"Name": "glueetl", "ScriptLocation": "s3://b/s.py"}
ARN = "arn:aws:glue:us-east-1:000000000000:job/j"


def create(**members: Any) -> dict[str, Any]:
    return {"Name": "j", "Role": "r", "Command": COMMAND, **members}


def command(**members: Any) -> dict[str, Any]:
    return create(Command={**COMMAND, **members})


def start(**members: Any) -> dict[str, Any]:
    return {"JobName": "j", **members}


#: Operation, request, where it is wrong, and how.
WRONG: list[tuple[str, dict[str, Any], str, str]] = [
    ("GetJob", {"JobName": ""}, "jobName", "length greater than or equal to 1"),
    ("GetJob", {"JobName": "x" * 256}, "jobName", "length less than or equal to 255"),
    ("GetJob", {"JobName": "a\nb"}, "jobName", "regular expression pattern"),
    ("GetJobRun", {"JobName": "j", "RunId": "x" * 256}, "runId", "length less than or equal to 255"),
    ("CreateJob", create(Description="x" * 2049), "description", "length less than or equal to 2048"),
    ("CreateJob", create(Description="\x01"), "description", "regular expression pattern"),
    ("CreateJob", create(GlueVersion="five"), "glueVersion", "regular expression pattern"),
    ("CreateJob", create(MaintenanceWindow="Sunday"), "maintenanceWindow", "regular expression pattern"),
    ("CreateJob", command(PythonVersion="3.10"), "command.pythonVersion", "regular expression pattern"),
    ("CreateJob", command(Runtime="x" * 65), "command.runtime", "length less than or equal to 64"),
    ("CreateJob", command(ScriptLocation="x" * 400_001), "command.scriptLocation", "less than or equal to 400000"),
    ("CreateJob", create(Tags={f"k{n}": "" for n in range(51)}), "tags", "length less than or equal to 50"),
    ("CreateJob", create(Tags={"": ""}), "tags", "length greater than or equal to 1"),
    ("CreateJob", create(Tags={"k" * 129: ""}), "tags", "length less than or equal to 128"),
    ("CreateJob", create(Tags={"k": "v" * 257}), "tags", "length less than or equal to 256"),
    ("TagResource", {"ResourceArn": ARN, "TagsToAdd": {"k": "v" * 257}}, "tagsToAdd", "less than or equal to 256"),
    ("CreateJob", create(Timeout=0), "timeout", "greater than or equal to 1"),
    ("StartJobRun", start(Timeout=0), "timeout", "greater than or equal to 1"),
    (
        "StartJobRun",
        start(NotificationProperty={"NotifyDelayAfter": 0}),
        "notificationProperty.notifyDelayAfter",
        "greater than or equal to 1",
    ),
    ("StartJobRun", start(WorkerType="BAD"), "workerType", "enum value set: [Standard, G.1X"),
    ("StartJobRun", start(ExecutionClass="CHEAP"), "executionClass", "enum value set: [FLEX, STANDARD]"),
    ("CreateJob", create(JobMode="NONE"), "jobMode", "enum value set: [SCRIPT, VISUAL, NOTEBOOK]"),
    ("StartJobRun", start(ExecutionRoleSessionPolicy="x"), "executionRoleSessionPolicy", "greater than or equal to 2"),
    ("GetJobRuns", {"JobName": "j", "MaxResults": 0}, "maxResults", "greater than or equal to 1"),
    ("GetJobRuns", {"JobName": "j", "MaxResults": 201}, "maxResults", "less than or equal to 200"),
    ("GetJobs", {"MaxResults": 1001}, "maxResults", "less than or equal to 1000"),
    ("ListJobs", {"MaxResults": 1001}, "maxResults", "less than or equal to 1000"),
    ("StartJobRun", {}, "jobName", "must not be null"),
]


@pytest.mark.contract("1.4", "1.5", "1.6", "1.7", "1.9", "1.10", "12.7")
@pytest.mark.parametrize(
    ("operation", "request_", "where", "how"), WRONG, ids=[f"{row[0]} {row[2]} {row[3][:28]}" for row in WRONG]
)
def test_the_server_itself_refuses_what_the_model_does(
    openglue: Any, operation: str, request_: dict[str, Any], where: str, how: str
) -> None:
    status, answer, _ = call(openglue.url, f"AWSGlue.{operation}", json.dumps(request_).encode())
    assert status == 400
    assert f"at '{where}' failed to satisfy constraint" in answer["Message"]
    assert how in answer["Message"]


@pytest.mark.contract("1.4", "1.5", "1.6", "1.7", "1.9")
def test_what_is_just_within_the_model_is_accepted(glue: Glue) -> None:
    name = uuid.uuid4().hex + "ü" * (255 - 32)
    members = create(
        Name=name,
        Description="two\nlines\t" + "x" * 2038,
        GlueVersion="4.0",
        MaintenanceWindow="Sun:23",
        Command={"Name": "gluestreaming", "ScriptLocation": "s" * 400_000, "PythonVersion": "3", "Runtime": "x" * 64},
        Tags={"k" * 128: "v" * 256, **{f"k{n}": "" for n in range(49)}},
    )
    glue("CreateJob", **members)
    job = glue("GetJob", JobName=name)["Job"]
    for member in ("Description", "Command", "MaintenanceWindow"):
        assert job[member] == members[member]
    assert len(glue("GetTags", ResourceArn=f"arn:aws:glue:us-east-1:000000000000:job/{name}")["Tags"]) == 50
    assert name in [job["Name"] for job in glue("GetJobs", MaxResults=1000)["Jobs"]]
    glue("DeleteJob", JobName=name)


@pytest.mark.contract("1.2")
def test_bookmarks_are_asked_for_one_by_one(openglue: Any) -> None:
    status, answer, _ = call(openglue.url, "AWSGlue.GetJobBookmarks", b"{}")
    assert (status, answer["__type"]) == (400, "UnknownOperationException")
    status, answer, _ = call(openglue.url, "AWSGlue.GetJobBookmark", b'{"JobName": "j"}')
    assert (status, answer["__type"]) == (400, "EntityNotFoundException")


@pytest.mark.contract("1.23", "9.6")
def test_a_job_that_is_not_there_can_be_deleted_and_not_read(glue: Glue, error_of: ErrorOf) -> None:
    assert glue("DeleteJob", JobName="no-such-job")["JobName"] == "no-such-job"
    text = "Job with name: no-such-job not found."
    update = {"JobName": "no-such-job", "JobUpdate": {"Role": "r", "Command": COMMAND}}
    for refused in (
        error_of(glue.client.get_job, JobName="no-such-job"),
        error_of(glue.client.update_job, **update),
        error_of(glue.client.get_job_runs, JobName="no-such-job"),
    ):
        assert refused == ("EntityNotFoundException", text)
