"""Jobs and runs as clients see them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tests.unit.model.test_decide import run

from openglue.model.capacity import capacity_members
from openglue.model.job import Defaults, Job, job_members
from openglue.model.run import fixed_members, run_members

DEFAULTS = Defaults(glue_version="5.1", max_concurrent_runs=1)


def job(**definition: Any) -> Job:
    return Job(
        id="j_1",
        name="j",
        definition_sha="x",
        definition={"Role": "r", "Command": {"Name": "glueetl", "ScriptLocation": "s3://b/s"}, **definition},
        created_on=1500,
        last_modified_on=2500,
    )


@pytest.mark.parametrize(
    ("command", "asked", "members"),
    [
        ("glueetl", {}, {"MaxCapacity": 10.0, "AllocatedCapacity": 10}),
        ("pythonshell", {}, {"MaxCapacity": 0.0625, "AllocatedCapacity": 0}),
        ("pythonshell", {"MaxCapacity": 1.0}, {"MaxCapacity": 1.0, "AllocatedCapacity": 1}),
        ("glueetl", {"AllocatedCapacity": 4}, {"MaxCapacity": 4.0, "AllocatedCapacity": 4}),
        (
            "glueetl",
            {"WorkerType": "G.2X", "NumberOfWorkers": 3},
            {"WorkerType": "G.2X", "NumberOfWorkers": 3, "MaxCapacity": 6.0, "AllocatedCapacity": 6},
        ),
        (
            "gluestreaming",
            {"WorkerType": "G.025X", "NumberOfWorkers": 2},
            {"WorkerType": "G.025X", "NumberOfWorkers": 2, "MaxCapacity": 0.5, "AllocatedCapacity": 0},
        ),
    ],
)
def test_capacity_is_filled_in_consistently(command: str, asked: dict[str, Any], members: dict[str, Any]) -> None:
    assert capacity_members(command, asked) == members


def test_a_run_that_asks_for_capacity_decides_alone() -> None:
    members = capacity_members("glueetl", {"MaxCapacity": 3.0}, {"WorkerType": "G.1X", "NumberOfWorkers": 5})
    assert members == {"MaxCapacity": 3.0, "AllocatedCapacity": 3}


def test_a_job_is_shown_with_its_defaults_and_its_arguments_untouched() -> None:
    shown = job_members(job(DefaultArguments={"--a": ""}), DEFAULTS)
    assert shown == {
        "Name": "j",
        "JobMode": "SCRIPT",
        "Role": "r",
        "Command": {"Name": "glueetl", "ScriptLocation": "s3://b/s", "PythonVersion": "3"},
        "DefaultArguments": {"--a": ""},
        "MaxRetries": 0,
        "GlueVersion": "5.1",
        "ExecutionProperty": {"MaxConcurrentRuns": 1},
        "Timeout": 2880,
        "MaxCapacity": 10.0,
        "AllocatedCapacity": 10,
        "CreatedOn": 1.5,
        "LastModifiedOn": 2.5,
    }


@pytest.mark.parametrize(("version", "minutes"), [("0.9", 2880), ("4.0", 2880), ("5.0", 480), ("6.0", 480)])
def test_the_default_timeout_depends_on_the_glue_version(version: str, minutes: int) -> None:
    assert job_members(job(GlueVersion=version), DEFAULTS)["Timeout"] == minutes


def test_a_run_record_has_only_what_is_true() -> None:
    fixed = fixed_members(job(), {}, DEFAULTS)
    assert "Arguments" not in fixed
    shown = run_members(replace(run(), fixed=fixed))
    assert shown["PredecessorRuns"] == []
    assert shown["LogGroupName"] == "/aws-glue/jobs"
    assert not {"CompletedOn", "ErrorMessage", "Arguments", "TriggerName", "PreviousRunId", "WorkerType"} & shown.keys()
    assert None not in shown.values()


def test_a_run_shows_the_arguments_that_it_was_given_and_no_others() -> None:
    fixed = fixed_members(job(DefaultArguments={"--a": "1"}), {"Arguments": {"--b": "2"}}, DEFAULTS)
    assert fixed["Arguments"] == {"--b": "2"}


def test_the_runs_own_request_beats_the_job() -> None:
    definition = job(SecurityConfiguration="job", Timeout=5, ExecutionClass="STANDARD", MaintenanceWindow="Sun:1")
    fixed = fixed_members(definition, {"SecurityConfiguration": "run", "Timeout": 7}, DEFAULTS)
    assert (fixed["SecurityConfiguration"], fixed["Timeout"]) == ("run", 7)
    assert (fixed["ExecutionClass"], fixed["MaintenanceWindow"]) == ("STANDARD", "Sun:1")
