"""The record of a run, member by member (contract 2, 3, 9 and 12)."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from tests.acceptance.conftest import Glue
from tests.acceptance.contract.conftest import SLEEP
from tests.acceptance.test_wire import call

#: Members of every run that has ended, whatever its kind.
ALWAYS = {
    *("Id", "Attempt", "JobName", "JobMode", "StartedOn", "LastModifiedOn", "CompletedOn", "JobRunState"),
    *("PredecessorRuns", "AllocatedCapacity", "ExecutionTime", "Timeout", "MaxCapacity"),
    *("LogGroupName", "GlueVersion"),
}
#: A Spark run that ends at once: its script is not there.
NOWHERE = "/no/such/script.py"


@pytest.mark.contract("2.43", "2.24", "3.1")
def test_a_spark_run_has_the_members_that_aws_shows(glue: Glue) -> None:
    run = glue.run(
        NOWHERE,
        kind="glueetl",
        arguments={"--enable-metrics": "", "--job-bookmark-option": "job-bookmark-disable"},
        GlueVersion="2.0",
        WorkerType="G.1X",
        NumberOfWorkers=10,
    )
    assert run.keys() == ALWAYS | {"Arguments", "WorkerType", "NumberOfWorkers", "ErrorMessage"}
    assert re.fullmatch(r"jr_[0-9a-f]{64}", run["Id"])
    shown = {
        "Attempt": 0,
        "Arguments": {"--enable-metrics": "", "--job-bookmark-option": "job-bookmark-disable"},
        "PredecessorRuns": [],
        "AllocatedCapacity": 10,
        "Timeout": 2880,
        "MaxCapacity": 10.0,
        "WorkerType": "G.1X",
        "NumberOfWorkers": 10,
        "LogGroupName": "/aws-glue/jobs",
        "GlueVersion": "2.0",
        "JobMode": "SCRIPT",
    }
    assert {member: run[member] for member in shown} == shown


@pytest.mark.contract("2.45", "2.47")
def test_a_run_that_was_given_nothing_shows_nothing_more(glue: Glue) -> None:
    """The job's own arguments are not the run's."""
    run = glue.run("print()", DefaultArguments={"--a": "1"}, NonOverridableArguments={"--b": "2"})
    assert run.keys() == ALWAYS


@pytest.mark.contract("2.45", "12.1", "12.3", "12.4")
def test_on_the_wire_times_are_numbers_and_nothing_is_null(glue: Glue, openglue: Any) -> None:
    run = glue.run("print()")
    body = json.dumps({"JobName": run["JobName"], "RunId": run["Id"]}).encode()
    status, answer, headers = call(openglue.url, "AWSGlue.GetJobRun", body)
    assert status == 200
    assert headers["Content-Type"] == "application/x-amz-json-1.1"
    record = answer["JobRun"]
    assert record.keys() == run.keys()
    assert None not in record.values()
    for time in ("StartedOn", "LastModifiedOn", "CompletedOn"):
        assert isinstance(record[time], float)
        assert record[time] == run[time].timestamp()


@pytest.mark.contract("9.11")
def test_a_run_that_no_trigger_started_has_no_predecessors(glue: Glue) -> None:
    run = glue.run("print()")
    identity = {"JobName": run["JobName"], "RunId": run["Id"]}
    for included in ({}, {"PredecessorsIncluded": True}, {"PredecessorsIncluded": False}):
        assert glue("GetJobRun", **identity, **included)["JobRun"]["PredecessorRuns"] == []
    assert glue("GetJobRuns", JobName=run["JobName"])["JobRuns"][0]["PredecessorRuns"] == []


@pytest.mark.contract("1.13")
@pytest.mark.parametrize(("version", "minutes"), [("3.0", 2880), ("4.0", 2880), ("5.0", 480), ("5.1", 480)])
def test_the_timeout_of_a_run_is_its_versions_unless_it_says_its_own(crowded: Glue, version: str, minutes: int) -> None:
    name = crowded.job(SLEEP, GlueVersion=version, ExecutionProperty={"MaxConcurrentRuns": 2})
    assert crowded.get(name, crowded.start(name))["Timeout"] == minutes
    assert crowded.get(name, crowded.start(name, Timeout=7))["Timeout"] == 7


@pytest.mark.contract("1.21")
def test_the_version_of_a_job_that_names_none_is_a_setting(glue: Glue, limited: Glue) -> None:
    for service, version in ((glue, "5.1"), (limited, "4.0")):
        name = service.job(NOWHERE, kind="glueetl", MaxCapacity=2.0)
        assert service("GetJob", JobName=name)["Job"]["GlueVersion"] == version
        run = service.wait(name, service.start(name))
        assert run["GlueVersion"] == version


@pytest.mark.contract("2.22", "2.24")
def test_a_flex_run_that_never_started_has_used_nothing(glue: Glue) -> None:
    run = glue.run(NOWHERE, kind="glueetl", ExecutionClass="FLEX")
    assert (run["ExecutionClass"], run["ExecutionTime"], run["DPUSeconds"]) == ("FLEX", 0, 0.0)


@pytest.mark.spark
@pytest.mark.timeout(240)
@pytest.mark.contract("2.25")
def test_a_flex_run_says_what_it_used_once_it_has_ended(glue: Glue) -> None:
    name = glue.job("import time; time.sleep(1)", kind="glueetl", WorkerType="G.2X", NumberOfWorkers=5)
    run_id = glue.start(name, ExecutionClass="FLEX")
    assert "DPUSeconds" not in glue.wait(name, run_id, {"RUNNING"})
    run = glue.wait(name, run_id)
    assert run["JobRunState"] == "SUCCEEDED"
    assert run["DPUSeconds"] >= 10.0
    assert abs(run["DPUSeconds"] / 10 - run["ExecutionTime"]) <= 0.5, "ten DPUs, in seconds that are not rounded"


@pytest.mark.spark
@pytest.mark.timeout(240)
@pytest.mark.contract("2.26", "2.29", "11.4")
def test_an_exception_of_the_jvm_is_told_in_its_own_words(glue: Glue) -> None:
    run = glue.run(
        """
        from pyspark.context import SparkContext
        context = SparkContext()
        print("before", flush=True)
        context._jvm.java.lang.Integer.parseInt("nine")
        """,
        kind="glueetl",
    )
    assert run["JobRunState"] == "FAILED"
    assert run["ErrorMessage"].startswith(
        "Error Category: UNCLASSIFIED_ERROR; Failed Line Number: 5; "
        "An error occurred while calling z:java.lang.Integer.parseInt."
    )
    assert glue.text(run) == "before"
    assert run["LogGroupName"] == "/aws-glue/jobs"
