"""What docs/reference/operations.md calls stored is returned as it was given (contract 1 and 2)."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from tests.acceptance.conftest import Glue
from tests.acceptance.contract.conftest import SLEEP

from openglue.api.aws_json import load_service
from openglue.api.fields import FIELDS, OPAQUE, Use

COMMAND = {"Name": "glueetl", "ScriptLocation": "s3://b/s.py"}
RAY = {"Name": "glueray", "ScriptLocation": "s3://b/s.py", "Runtime": "Ray2.4"}

#: Stored members of CreateJob and of what they hold -> a value, and what must be said beside it.
OF_JOB: dict[str, tuple[Any, dict[str, Any]]] = {
    "JobMode": ("VISUAL", {}),
    "Description": ("D\u00e9scription\nof two lines", {}),
    "LogUri": ("s3://b/logs/", {}),
    "Connections": ({"Connections": ["one", "two"]}, {}),
    "SecurityConfiguration": ("sec", {}),
    "CodeGenConfigurationNodes": ({"n-1": {"SelectFields": {"Name": "n", "Inputs": ["i"], "Paths": [["p"]]}}}, {}),
    "SourceControlDetails": (
        {
            "Provider": "GITHUB",
            "Repository": "r",
            "Owner": "o",
            "Branch": "b",
            "Folder": "f",
            "LastCommitId": "c",
            "AuthStrategy": "AWS_SECRETS_MANAGER",
            "AuthToken": "t",
        },
        {},
    ),
    "Command": (RAY, {"GlueVersion": "4.0", "WorkerType": "Z.2X", "NumberOfWorkers": 2}),
}
#: Stored members of StartJobRun -> a value.
OF_RUN: dict[str, Any] = {
    "SecurityConfiguration": "sec",
    "ExecutionRoleSessionPolicy": '{"Version": "2012-10-17", "Statement": []}',
}


def stored(structure: str) -> set[str]:
    return {member for member, field in FIELDS["glue"][structure].items() if field.use is Use.STORED}


def leaves(structure: str) -> Iterator[tuple[str, set[str]]]:
    """Members of a structure that hold stored ones, with their names."""
    for member in load_service("glue").members(structure):
        if member.shape in FIELDS["glue"] and member.shape not in OPAQUE and stored(member.shape):
            yield member.name, stored(member.shape)


@pytest.mark.contract("1.29")
def test_every_stored_member_of_a_job_is_tried() -> None:
    inside = dict(leaves("CreateJobRequest"))
    assert OF_JOB.keys() == stored("CreateJobRequest") | inside.keys()
    assert stored("JobUpdate") == stored("CreateJobRequest")
    for member, names in inside.items():
        assert names <= OF_JOB[member][0].keys(), member


@pytest.mark.contract("1.24", "1.29")
@pytest.mark.parametrize("member", OF_JOB)
def test_what_is_stored_of_a_job_is_returned_as_it_was_given(glue: Glue, member: str) -> None:
    value, beside = OF_JOB[member]
    definition = {"Role": "r", "Command": COMMAND, **beside, member: value}
    name = f"job-{uuid.uuid4().hex[:10]}"
    glue("CreateJob", Name=name, **definition)
    assert _of(glue("GetJob", JobName=name)["Job"], member, value) == value
    glue("UpdateJob", JobName=name, JobUpdate={"Role": "r", "Command": COMMAND})
    assert _of(glue("GetJob", JobName=name)["Job"], member, value) != value
    glue("UpdateJob", JobName=name, JobUpdate=definition)
    assert _of(glue("GetJob", JobName=name)["Job"], member, value) == value


def _of(job: dict[str, Any], member: str, value: Any) -> Any:
    """The member, without what is filled in beside what was given."""
    found = job.get(member)
    return {key: found.get(key) for key in value} if member == "Command" and found is not None else found


@pytest.mark.contract("1.12", "1.16")
def test_what_is_stored_of_a_run_is_returned_as_it_was_given(crowded: Glue) -> None:
    assert OF_RUN.keys() == stored("StartJobRunRequest")
    name = crowded.job(SLEEP)
    run = crowded.get(name, crowded.start(name, **OF_RUN))
    assert {member: run[member] for member in OF_RUN} == OF_RUN


@pytest.mark.contract("1.12")
def test_what_is_stored_of_a_job_and_shown_of_a_run_is_shown(crowded: Glue) -> None:
    """Of a job's stored members a JobRun has these."""
    of_both = stored("CreateJobRequest") & {member.name for member in load_service("glue").members("JobRun")}
    assert of_both == {"JobMode", "SecurityConfiguration"}
    given = {member: OF_JOB[member][0] for member in of_both}
    name = crowded.job(SLEEP, **given)
    run = crowded.get(name, crowded.start(name))
    assert {member: run[member] for member in given} == given


@pytest.mark.contract("1.30")
def test_what_is_stored_of_a_trigger_is_returned_as_it_was_given(glue: Glue) -> None:
    members = {
        "Description": "two\nlines",
        "EventBatchingCondition": {"BatchSize": 7, "BatchWindow": 300},
        "Actions": [{"JobName": glue.job("print()"), "SecurityConfiguration": "sec"}],
    }
    assert stored("CreateTriggerRequest") | dict(leaves("CreateTriggerRequest")).keys() == members.keys() - {"Actions"}
    assert stored("Action") == {"SecurityConfiguration"}
    assert stored("EventBatchingCondition") == {"BatchSize", "BatchWindow"}
    name = f"trigger-{uuid.uuid4().hex[:10]}"
    glue("CreateTrigger", Name=name, Type="EVENT", **members)
    trigger = glue("GetTrigger", Name=name)["Trigger"]
    assert {member: trigger[member] for member in members} == members
    glue("DeleteTrigger", Name=name)
