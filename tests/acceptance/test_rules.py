"""The sentences in which AWS is known to refuse jobs and runs, through boto3 (contract 4 and 5)."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from tests.acceptance.conftest import Glue

ErrorOf = Callable[..., tuple[str, str]]

SPARK = {"Name": "glueetl", "ScriptLocation": "s3://b/s.py"}
SHELL = {"Name": "pythonshell", "ScriptLocation": "s3://b/s.py"}
RAY = {"Name": "glueray", "ScriptLocation": "s3://b/s.py", "Runtime": "Ray2.4"}
STREAMING = {"Name": "gluestreaming", "ScriptLocation": "s3://b/s.py"}


def workers(name: str, count: int) -> dict[str, Any]:
    return {"WorkerType": name, "NumberOfWorkers": count}


#: AWS's sentence -> a definition beside its Role.
OBSERVED: dict[str, dict[str, Any]] = {
    "Please do not set Max Capacity if using Worker Type and Number of Workers.": {
        "Command": SPARK,
        **workers("G.1X", 10),
        "MaxCapacity": 10.0,
    },
    "Please do not set Allocated Capacity if using Worker Type and Number of Workers": {
        "Command": SPARK,
        **workers("G.1X", 2),
        "AllocatedCapacity": 10,
    },
    "Please set only Allocated Capacity or Max Capacity.": {
        "Command": SPARK,
        "MaxCapacity": 10.0,
        "AllocatedCapacity": 10,
    },
    "Please set both Worker Type and Number of Workers.": {"Command": SPARK, "WorkerType": "G.1X"},
    "To use Worker Type G.1X, minimum allowed value of Number of Workers is 2.": {
        "Command": SPARK,
        **workers("G.1X", 1),
    },
    "To use Worker Type G.025X, maximum allowed value of Number of Workers is 299.": {
        "Command": STREAMING,
        **workers("G.025X", 300),
    },
    "Worker Type is not supported for Job Command pythonshell": {"Command": SHELL, **workers("G.1X", 2)},
    "Worker type G.4X is not supported for Glue Version 2.0": {
        "Command": SPARK,
        "GlueVersion": "2.0",
        **workers("G.4X", 2),
    },
    "Worker type cannot be null and only [Z.2X] worker types are supported for glueray jobs": {"Command": RAY},
    "Timeout not supported for Ray jobs": {"Command": RAY, **workers("Z.2X", 2), "Timeout": 60},
    "Runtime parameter is required for GlueRay command": {
        "Command": {"Name": "glueray", "ScriptLocation": "s3://b/s.py"},
        **workers("Z.2X", 2),
    },
    "PythonVersion 3.9 is not supported. Choose from one of the following: [2, 3]": {
        "Command": {**SPARK, "PythonVersion": "3.9"},
    },
    "Request size limit exceeded": {"Command": SPARK, "DefaultArguments": {"--a": "x" * (260 << 10)}},
}


@pytest.mark.contract("5.9", "5.10", "5.11", "5.12", "5.13", "5.14", "5.15", "5.16", "5.17", "5.19")
@pytest.mark.parametrize("sentence", OBSERVED)
def test_a_job_that_aws_refuses_is_refused_in_its_words(glue: Glue, error_of: ErrorOf, sentence: str) -> None:
    refusal = ("InvalidInputException", sentence)
    name = f"job-{uuid.uuid4().hex[:10]}"
    definition = {"Role": "r", **OBSERVED[sentence]}
    assert error_of(glue.client.create_job, Name=name, **definition) == refusal
    assert error_of(glue.client.get_job, JobName=name)[0] == "EntityNotFoundException"
    glue("CreateJob", Name=name, Role="r", Command=SPARK)
    before = glue("GetJob", JobName=name)["Job"]
    assert error_of(glue.client.update_job, JobName=name, JobUpdate=definition) == refusal
    assert glue("GetJob", JobName=name)["Job"] == before


#: AWS's sentence -> a definition beside its Role, and what a start of it asks for.
OBSERVED_AT_START: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "Please do not set Max Capacity if using Worker Type and Number of Workers.": (
        {"Command": SPARK},
        {**workers("G.1X", 2), "MaxCapacity": 2.0},
    ),
    "Please set both Worker Type and Number of Workers.": (
        {"Command": SPARK, **workers("G.1X", 2)},
        {"NumberOfWorkers": 5},
    ),
    "To use Worker Type G.1X, minimum allowed value of Number of Workers is 2.": (
        {"Command": SPARK},
        workers("G.1X", 1),
    ),
    "To use Worker Type G.025X, maximum allowed value of Number of Workers is 299.": (
        {"Command": STREAMING},
        workers("G.025X", 300),
    ),
    "Worker Type is not supported for Job Command pythonshell": ({"Command": SHELL}, workers("G.1X", 2)),
    "Worker type G.8X is not supported for Glue Version 1.0": (
        {"Command": SPARK, "GlueVersion": "1.0"},
        workers("G.8X", 2),
    ),
    "Timeout not supported for Ray jobs": ({"Command": RAY, **workers("Z.2X", 2)}, {"Timeout": 5}),
    "Request size limit exceeded": (
        {"Command": SPARK, "DefaultArguments": {"--a": "x" * (130 << 10)}},
        {"Arguments": {"--b": "x" * (130 << 10)}},
    ),
    # AWS's own words for these are not known.
    "Timeout 10080 is not valid: less than 7 days (10080 minutes) is expected": (
        {"Command": SHELL},
        {"Timeout": 10080},
    ),
    "ExecutionClass FLEX is not supported for Job Command pythonshell: "
    "only glueetl jobs of Glue version 3.0 or later can use it": ({"Command": SHELL}, {"ExecutionClass": "FLEX"}),
}


@pytest.mark.parametrize("sentence", OBSERVED_AT_START)
def test_a_run_that_aws_refuses_is_refused_in_its_words(glue: Glue, error_of: ErrorOf, sentence: str) -> None:
    definition, request = OBSERVED_AT_START[sentence]
    name = f"job-{uuid.uuid4().hex[:10]}"
    glue("CreateJob", Name=name, Role="r", **definition)
    assert error_of(glue.client.start_job_run, JobName=name, **request) == ("InvalidInputException", sentence)
    assert glue("GetJobRuns", JobName=name)["JobRuns"] == []


@pytest.mark.contract("5.7")
@pytest.mark.parametrize(
    ("definition", "request_", "shown"),
    [
        (workers("G.1X", 10), {}, {**workers("G.1X", 10), "MaxCapacity": 10.0, "AllocatedCapacity": 10}),
        (workers("G.1X", 10), workers("Standard", 1), {**workers("Standard", 1), "MaxCapacity": 1.0}),
        (workers("G.1X", 10), {"MaxCapacity": 4.0}, {"MaxCapacity": 4.0, "AllocatedCapacity": 4}),
        ({"MaxCapacity": 4.0}, {"AllocatedCapacity": 6}, {"MaxCapacity": 6.0, "AllocatedCapacity": 6}),
        ({}, {}, {"MaxCapacity": 10.0, "AllocatedCapacity": 10}),
    ],
)
def test_a_run_shows_the_capacity_that_it_asked_for_or_else_its_jobs(
    glue: Glue, definition: dict[str, Any], request_: dict[str, Any], shown: dict[str, Any]
) -> None:
    name = glue.job("/no/such/script.py", kind="glueetl", **definition)
    run = glue.get(name, glue.start(name, **request_))
    assert {member: run[member] for member in shown} == shown
    assert ("WorkerType" in run) == ("NumberOfWorkers" in run) == ("WorkerType" in shown)
    assert glue.wait(name, run["Id"])["JobRunState"] == "FAILED"
