"""Jobs and runs as clients see them."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace
from tests.unit.model.test_decide import run

from openglue.model.capacity import capacity_members
from openglue.model.job import Defaults, Job, job_members
from openglue.model.run import accepted_run, fixed_members, run_members

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


def workers(name: str, count: int) -> dict[str, Any]:
    return {"WorkerType": name, "NumberOfWorkers": count}


def shown(dpu: float, allocated: int) -> dict[str, Any]:
    return {"MaxCapacity": dpu, "AllocatedCapacity": allocated}


@pytest.mark.contract("5.1", "5.7")
@pytest.mark.parametrize(
    ("command", "asked", "members"),
    [
        ("glueetl", {}, shown(10.0, 10)),
        ("gluestreaming", {}, shown(10.0, 10)),
        ("pythonshell", {}, shown(0.0625, 0)),
        ("pythonshell", {"MaxCapacity": 0.0625}, shown(0.0625, 0)),
        ("pythonshell", {"MaxCapacity": 1}, shown(1.0, 1)),
        ("glueetl", {"MaxCapacity": 2}, shown(2.0, 2)),
        ("glueetl", {"AllocatedCapacity": 4}, shown(4.0, 4)),
        # Integers that cannot be absent are sent as 0.
        ("pythonshell", {"AllocatedCapacity": 0}, shown(0.0625, 0)),
        ("glueetl", {"AllocatedCapacity": 0}, shown(10.0, 10)),
        ("glueetl", {"AllocatedCapacity": 0, **workers("G.1X", 2)}, {**workers("G.1X", 2), **shown(2.0, 2)}),
        # As observed on AWS (contract 2).
        ("glueetl", workers("G.1X", 10), {**workers("G.1X", 10), **shown(10.0, 10)}),
        ("glueetl", workers("Standard", 1), {**workers("Standard", 1), **shown(1.0, 1)}),
        ("glueetl", workers("G.2X", 3), {**workers("G.2X", 3), **shown(6.0, 6)}),
        ("glueetl", workers("R.8X", 2), {**workers("R.8X", 2), **shown(16.0, 16)}),
        ("gluestreaming", workers("G.025X", 2), {**workers("G.025X", 2), **shown(0.5, 0)}),
        ("gluestreaming", workers("G.025X", 299), {**workers("G.025X", 299), **shown(74.75, 74)}),
        ("glueray", workers("Z.2X", 5), {**workers("Z.2X", 5), **shown(10.0, 10)}),
    ],
)
def test_capacity_is_filled_in_consistently(command: str, asked: dict[str, Any], members: dict[str, Any]) -> None:
    assert capacity_members(command, asked) == members


def test_a_run_that_asks_for_capacity_decides_alone() -> None:
    assert capacity_members("glueetl", {"MaxCapacity": 3.0}, workers("G.1X", 5)) == shown(3.0, 3)
    asked = {**workers("G.1X", 5), **shown(5.0, 5)}
    assert capacity_members("glueetl", {}, workers("G.1X", 5)) == asked
    assert capacity_members("glueetl", {"AllocatedCapacity": 0}, workers("G.1X", 5)) == asked


def test_a_job_is_shown_with_its_defaults_and_its_arguments_untouched() -> None:
    assert job_members(job(DefaultArguments={"--a": ""}), DEFAULTS) == {
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


@pytest.mark.contract("1.13")
@pytest.mark.parametrize(("version", "minutes"), [("0.9", 2880), ("4.0", 2880), ("5.0", 480), ("6.0", 480)])
def test_the_default_timeout_depends_on_the_glue_version(version: str, minutes: int) -> None:
    assert job_members(job(GlueVersion=version), DEFAULTS)["Timeout"] == minutes


@pytest.mark.contract("1.32")
@pytest.mark.parametrize("version", [{}, {"GlueVersion": "5.1"}])
def test_a_streaming_job_has_no_timeout_unless_it_asks_for_one(version: dict[str, str]) -> None:
    stream = {"Command": {"Name": "gluestreaming", "ScriptLocation": "s3://b/s"}, **version}
    assert "Timeout" not in job_members(job(**stream), DEFAULTS)
    assert job_members(job(**stream, Timeout=20_000), DEFAULTS)["Timeout"] == 20_000
    accepted = accepted_run(job(**stream), {}, None, DEFAULTS, seq=1, now=1, steady=1)
    assert "Timeout" not in run_members(accepted)
    assert accepted.timeout_minutes > 365 * 24 * 60
    assert (
        run_members(accepted_run(job(**stream), {"Timeout": 9}, None, DEFAULTS, seq=1, now=1, steady=1))["Timeout"] == 9
    )


def test_a_timeout_that_was_asked_for_is_shown_with_every_version() -> None:
    assert job_members(job(GlueVersion="5.1", Timeout=2880), DEFAULTS)["Timeout"] == 2880


def test_a_ray_job_shows_the_timeout_that_it_cannot_set_and_its_python() -> None:
    command = {"Name": "glueray", "Runtime": "Ray2.4"}
    for version in ({}, {"GlueVersion": "4.0"}, {"GlueVersion": "5.1"}):
        members = job_members(job(Command=command, **workers("Z.2X", 2), **version), DEFAULTS)
        assert members["Timeout"] == 2880
        assert members["Command"] == {**command, "PythonVersion": "3.9"}


def test_a_run_record_has_only_what_is_true() -> None:
    fixed = fixed_members(job(), {}, DEFAULTS)
    assert "Arguments" not in fixed
    record = run_members(replace(run(), fixed=fixed))
    assert record["PredecessorRuns"] == []
    assert record["LogGroupName"] == "/aws-glue/jobs"
    absent = {"CompletedOn", "ErrorMessage", "Arguments", "TriggerName", "PreviousRunId", "WorkerType"}
    assert not absent & record.keys()
    assert None not in record.values()


def test_a_run_shows_the_arguments_that_it_was_given_and_no_others() -> None:
    fixed = fixed_members(job(DefaultArguments={"--a": "1"}), {"Arguments": {"--b": "2"}}, DEFAULTS)
    assert fixed["Arguments"] == {"--b": "2"}


def test_the_runs_own_request_beats_the_job() -> None:
    definition = job(SecurityConfiguration="job", Timeout=5, ExecutionClass="STANDARD", MaintenanceWindow="Sun:1")
    fixed = fixed_members(definition, {"SecurityConfiguration": "run", "Timeout": 7}, DEFAULTS)
    assert (fixed["SecurityConfiguration"], fixed["Timeout"]) == ("run", 7)
    assert (fixed["ExecutionClass"], fixed["MaintenanceWindow"]) == ("STANDARD", "Sun:1")


METERED = [
    ({"ExecutionClass": "FLEX"}, {}),
    ({}, {"ExecutionClass": "FLEX"}),
    ({"DefaultArguments": {"--enable-auto-scaling": "true"}}, {}),
    ({}, {"Arguments": {"--enable-auto-scaling": "true"}}),
    ({"NonOverridableArguments": {"--enable-auto-scaling": "true"}}, {"Arguments": {"--enable-auto-scaling": "false"}}),
]
NOT_METERED = [
    ({}, {}),
    ({"ExecutionClass": "FLEX"}, {"ExecutionClass": "STANDARD"}),
    ({"DefaultArguments": {"--enable-auto-scaling": "true"}}, {"Arguments": {"--enable-auto-scaling": "false"}}),
    ({"Command": {"Name": "pythonshell"}, "DefaultArguments": {"--enable-auto-scaling": "true"}}, {}),
]


@pytest.mark.contract("2.25")
@pytest.mark.parametrize(("definition", "request_"), METERED)
def test_what_flex_and_scaling_runs_used_is_known_at_their_end(
    definition: dict[str, Any], request_: dict[str, Any]
) -> None:
    fixed = fixed_members(job(**definition), {**request_, **workers("G.2X", 5)}, DEFAULTS)
    active = replace(run(), fixed=fixed, dpu_16ths=160)
    assert "DPUSeconds" not in run_members(active)
    assert run_members(replace(active, completed_on=9000, execution_ms=1500))["DPUSeconds"] == 15.0


@pytest.mark.contract("2.24")
@pytest.mark.parametrize(("definition", "request_"), NOT_METERED)
def test_other_runs_have_no_dpu_seconds(definition: dict[str, Any], request_: dict[str, Any]) -> None:
    fixed = fixed_members(job(**definition), request_, DEFAULTS)
    assert "DPUSeconds" not in run_members(replace(run(), fixed=fixed, completed_on=9000, execution_ms=1500))
