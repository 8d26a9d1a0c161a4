"""Job definitions through boto3."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from tests.acceptance.conftest import Glue

from openglue.api.aws_json import load_service

ErrorOf = Callable[..., tuple[str, str]]

#: A job with every member that a client can set.
FULL: dict[str, Any] = {
    "JobMode": "SCRIPT",
    "JobRunQueuingEnabled": False,
    "Description": "Ünïcode \U0001f41d",
    "LogUri": "s3://b/logs",
    "Role": "arn:aws:iam::000000000000:role/r",
    "ExecutionProperty": {"MaxConcurrentRuns": 3},
    "Command": {"Name": "glueetl", "ScriptLocation": "s3://b/s.py", "PythonVersion": "3", "Runtime": "x"},
    "DefaultArguments": {"--a": "1", "--empty": ""},
    "NonOverridableArguments": {"--b": "2"},
    "Connections": {"Connections": ["c"]},
    "MaxRetries": 2,
    "Timeout": 55,
    "SecurityConfiguration": "sec",
    "NotificationProperty": {"NotifyDelayAfter": 3},
    "GlueVersion": "4.0",
    "NumberOfWorkers": 3,
    "WorkerType": "G.1X",
    "ExecutionClass": "FLEX",
    "SourceControlDetails": {"Provider": "GITHUB", "Repository": "r", "Owner": "o", "Branch": "b", "Folder": "f"},
    "MaintenanceWindow": "Sun:3",
    "CodeGenConfigurationNodes": {"node-1": {"SelectFields": {"Name": "n", "Inputs": ["i"], "Paths": [["p"]]}}},
}


SPARK = {"Name": "glueetl", "ScriptLocation": "s3://b/s.py"}
SHELL = {"Name": "pythonshell", "ScriptLocation": "s3://b/s.py"}
RAY = {"Name": "glueray", "ScriptLocation": "s3://b/s.py", "Runtime": "Ray2.4"}
STREAMING = {"Name": "gluestreaming", "ScriptLocation": "s3://b/s.py"}

#: Jobs as infrastructure tools write them, by how they ask for capacity.
STYLES: dict[str, dict[str, Any]] = {
    "everything": {"Role": "r", **FULL},
    "nothing": {"Role": "r", "Command": SPARK},
    "airflow": {
        "Role": "r",
        "Command": SPARK,
        "Description": "AWS Glue Job with Airflow",
        "LogUri": "s3://b/logs/glue-logs/j",
        "ExecutionProperty": {"MaxConcurrentRuns": 1},
        "MaxRetries": 0,
        "MaxCapacity": 10,
    },
    "allocated": {"Role": "r", "Command": SPARK, "AllocatedCapacity": 5},
    "old": {"Role": "r", "Command": {**SPARK, "PythonVersion": "2"}, "MaxCapacity": 2, "GlueVersion": "1.0"},
    "standard": {"Role": "r", "Command": SPARK, "WorkerType": "Standard", "NumberOfWorkers": 1, "GlueVersion": "2.0"},
    "many": {"Role": "r", "Command": SPARK, "WorkerType": "R.8X", "NumberOfWorkers": 200, "GlueVersion": "5.1"},
    "streaming": {"Role": "r", "Command": STREAMING, "WorkerType": "G.025X", "NumberOfWorkers": 3, "Timeout": 20000},
    "shell": {"Role": "r", "Command": {**SHELL, "PythonVersion": "3.9"}, "MaxCapacity": 0.0625, "GlueVersion": "3.0"},
    "shell of 1": {"Role": "r", "Command": SHELL, "MaxCapacity": 1.0},
    "shell of nothing": {"Role": "r", "Command": SHELL, "Timeout": 10},
    "ray": {"Role": "r", "Command": RAY, "WorkerType": "Z.2X", "NumberOfWorkers": 10, "GlueVersion": "4.0"},
    "ray of no version": {"Role": "r", "Command": RAY, "WorkerType": "Z.2X", "NumberOfWorkers": 10},
}


def members(operation: str) -> set[str]:
    return {member.name for member in load_service("glue").operations[operation].input_members()}


def new_name() -> str:
    return f"job-{uuid.uuid4().hex[:10]}"


@pytest.mark.contract("1.29")
def test_what_was_written_is_read_back_member_by_member(glue: Glue) -> None:
    name = new_name()
    assert glue("CreateJob", Name=name, Tags={"t": "1"}, **FULL)["Name"] == name
    job = glue("GetJob", JobName=name)["Job"]
    assert {key: job[key] for key in FULL} == FULL
    assert job["Name"] == name
    assert (job["MaxCapacity"], job["AllocatedCapacity"]) == (3.0, 3)
    assert "Tags" not in job
    arn = f"arn:aws:glue:us-east-1:000000000000:job/{name}"
    assert glue("GetTags", ResourceArn=arn)["Tags"] == {"t": "1"}
    glue("TagResource", ResourceArn=arn, TagsToAdd={"t": "2", "u": "3"})
    glue("UntagResource", ResourceArn=arn, TagsToRemove=["u"])
    assert glue("GetTags", ResourceArn=arn)["Tags"] == {"t": "2"}


@pytest.mark.contract("1.24")
def test_an_update_replaces_the_whole_definition(glue: Glue) -> None:
    name = new_name()
    glue("CreateJob", Name=name, **FULL)
    update = {"Role": "other", "Command": {"Name": "pythonshell", "ScriptLocation": "s3://b/t.py"}}
    assert glue("UpdateJob", JobName=name, JobUpdate=update)["JobName"] == name
    job = glue("GetJob", JobName=name)["Job"]
    assert "DefaultArguments" not in job
    assert "Description" not in job
    assert (job["Role"], job["MaxRetries"], job["Timeout"]) == ("other", 0, 2880)


def read(glue: Glue, name: str) -> dict[str, Any]:
    """The job as GetJob shows it, but for the one member that an update may change."""
    job = glue("GetJob", JobName=name)["Job"]
    del job["LastModifiedOn"]
    return job


@pytest.mark.parametrize("style", STYLES)
def test_what_tools_read_back_and_write_again_does_not_drift(glue: Glue, style: str) -> None:
    """As terraform does it: of workers and MaxCapacity the workers, no AllocatedCapacity, no Timeout for Ray."""
    name = new_name()
    glue("CreateJob", Name=name, **STYLES[style])
    first = read(glue, name)
    assert {key: first[key] for key in STYLES[style]} == STYLES[style] | {
        "Command": {**STYLES[style]["Command"], "PythonVersion": first["Command"]["PythonVersion"]}
    }
    updatable = load_service("glue").members("JobUpdate")
    for _ in range(2):
        update = {member.name: first[member.name] for member in updatable if member.name in first}
        del update["AllocatedCapacity"]
        if "NumberOfWorkers" in update:
            del update["MaxCapacity"]
        if update["Command"]["Name"] == "glueray":
            del update["Timeout"]
        glue("UpdateJob", JobName=name, JobUpdate=update)
        assert read(glue, name) == first
    # As tools do it that send only what their user wrote.
    glue("UpdateJob", JobName=name, JobUpdate=STYLES[style])
    assert read(glue, name) == first


def test_the_job_that_is_read_back_has_every_member_that_there_is() -> None:
    capacity = {"AllocatedCapacity", "MaxCapacity"}  # the other ways to ask; tried by the styles
    assert FULL.keys() == members("CreateJob") - {"Name", "Tags"} - capacity
    assert capacity <= {member for style in STYLES.values() for member in style}


@pytest.mark.contract("1.28", "5.8")
def test_a_job_that_says_little_is_shown_whole(glue: Glue) -> None:
    """Clients index these without asking; DefaultArguments gets nothing that was not given (clients 0.3)."""
    name = new_name()
    glue("CreateJob", Name=name, Role="r", Command=SPARK)
    job = read(glue, name)
    del job["CreatedOn"]
    assert job == {
        "Name": name,
        "JobMode": "SCRIPT",
        "Role": "r",
        "Command": {**SPARK, "PythonVersion": "3"},
        "ExecutionProperty": {"MaxConcurrentRuns": 1},
        "MaxRetries": 0,
        "Timeout": 2880,
        "GlueVersion": "5.1",
        "MaxCapacity": 10.0,
        "AllocatedCapacity": 10,
    }


@pytest.mark.contract("12.12")
def test_a_name_is_taken_once_and_free_after_its_deletion(glue: Glue, error_of: ErrorOf) -> None:
    name = glue.job("print()")
    create = {"Name": name, "Role": "r", "Command": {"Name": "glueetl"}}
    assert error_of(glue.client.create_job, **create)[0] == "AlreadyExistsException"
    assert glue("DeleteJob", JobName=name)["JobName"] == name
    assert error_of(glue.client.get_job, JobName=name) == (
        "EntityNotFoundException",
        f"Job with name: {name} not found.",
    )
    assert glue("DeleteJob", JobName=name)["JobName"] == name, "deleting what is gone is no error"
    glue("CreateJob", **create)


@pytest.mark.contract("1.26")
def test_jobs_are_listed_in_pages_and_by_tag(glue: Glue, error_of: ErrorOf) -> None:
    mark = uuid.uuid4().hex
    names = sorted(new_name() for _ in range(5))
    for name in names:
        glue("CreateJob", Name=name, Role="r", Command={"Name": "glueetl"}, Tags={"mark": mark})
    pages = glue.client.get_paginator("list_jobs").paginate(Tags={"mark": mark}, PaginationConfig={"PageSize": 2})
    assert [page["JobNames"] for page in pages] == [names[:2], names[2:4], names[4:]]
    everything = [
        job["Name"]
        for page in glue.client.get_paginator("get_jobs").paginate(PaginationConfig={"PageSize": 3})
        for job in page["Jobs"]
    ]
    assert set(names) <= set(everything)
    assert len(everything) == len(set(everything))
    token = glue("ListJobs", Tags={"mark": mark}, MaxResults=2)["NextToken"]
    code, _ = error_of(glue.client.list_jobs, Tags={"mark": "other"}, MaxResults=2, NextToken=token)
    assert code == "InvalidInputException"


@pytest.mark.contract("1.25")
def test_a_batch_tells_found_from_missing(glue: Glue) -> None:
    name = glue.job("print()")
    answer = glue("BatchGetJobs", JobNames=[name, "no-such-job"])
    assert [job["Name"] for job in answer["Jobs"]] == [name]
    assert answer["JobsNotFound"] == ["no-such-job"]


@pytest.mark.parametrize(
    ("operation", "request_", "code"),
    [
        ("get_job", {"JobName": "no-such-job"}, "EntityNotFoundException"),
        ("update_job", {"JobName": "no-such-job", "JobUpdate": {}}, "InvalidInputException"),
        (
            "update_job",
            {"JobName": "no-such-job", "JobUpdate": {"Role": "r", "Command": {"Name": "glueetl"}}},
            "EntityNotFoundException",
        ),
        ("create_job", {"Name": "x", "Role": "r", "Command": {"Name": "cobol"}}, "InvalidInputException"),
        (
            "create_job",
            {
                "Name": "x",
                "Role": "r",
                "Command": {"Name": "glueetl"},
                "ExecutionProperty": {"MaxConcurrentRuns": 0},
            },
            "InvalidInputException",
        ),
        (
            "create_job",
            {"Name": "x" * 300, "Role": "r", "Command": {"Name": "glueetl"}, "WorkerType": "BAD"},
            "ValidationException",
        ),
        ("get_job_runs", {"JobName": "no-such-job"}, "EntityNotFoundException"),
        ("get_job_runs", {"JobName": "no-such-job", "MaxResults": 1000}, "ValidationException"),
        ("get_job_run", {"JobName": "no-such-job", "RunId": "jr_1"}, "EntityNotFoundException"),
        ("start_job_run", {"JobName": "no-such-job"}, "EntityNotFoundException"),
        ("reset_job_bookmark", {"JobName": "no-such-job"}, "EntityNotFoundException"),
        ("get_job_bookmark", {"JobName": "no-such-job"}, "EntityNotFoundException"),
        ("batch_stop_job_run", {"JobName": "j", "JobRunIds": ["x"] * 26}, "ValidationException"),
        ("get_tags", {"ResourceArn": "arn:aws:glue:::job/no-such-job"}, "EntityNotFoundException"),
        ("get_tags", {"ResourceArn": "arn:aws:glue:nonsense"}, "InvalidInputException"),
    ],
)
def test_what_is_wrong_is_refused_with_the_modelled_code(
    glue: Glue, error_of: ErrorOf, operation: str, request_: dict[str, Any], code: str
) -> None:
    assert error_of(getattr(glue.client, operation), **request_)[0] == code


@pytest.mark.contract("7.1", "9.7")
def test_the_texts_that_aws_is_known_for(glue: Glue, error_of: ErrorOf) -> None:
    assert error_of(glue.client.start_job_run, JobName="nope")[1] == "Failed to start job run due to missing metadata."
    assert error_of(glue.client.reset_job_bookmark, JobName="nope")[1] == "Continuation for job nope not found"
