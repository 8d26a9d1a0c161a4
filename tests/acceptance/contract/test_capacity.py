"""What a job and a run may ask for (contract 5); AWS's own sentences are in tests/acceptance/test_rules.py."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from tests.acceptance.conftest import Glue

ErrorOf = Callable[..., tuple[str, str]]

SPARK = {"Name": "glueetl", "ScriptLocation": "/no/such/script.py"}
STREAMING = {"Name": "gluestreaming", "ScriptLocation": "/no/such/script.py"}
SHELL = {"Name": "pythonshell", "ScriptLocation": "/no/such/script.py"}
RAY = {"Name": "glueray", "ScriptLocation": "/no/such/script.py", "Runtime": "Ray2.4"}


def workers(name: str, count: int = 2) -> dict[str, Any]:
    return {"WorkerType": name, "NumberOfWorkers": count}


def create(glue: Glue, **definition: Any) -> dict[str, Any]:
    name = f"job-{uuid.uuid4().hex[:10]}"
    glue("CreateJob", Name=name, Role="r", **definition)
    job: dict[str, Any] = glue("GetJob", JobName=name)["Job"]
    glue("DeleteJob", JobName=name)
    return job


#: Worker type, its DPUs, and the first Glue version that has it.
WORKER_TYPES = [
    ("Standard", 1.0, "0.9"),
    ("G.1X", 1.0, "0.9"),
    ("G.2X", 2.0, "0.9"),
    ("G.4X", 4.0, "3.0"),
    ("G.8X", 8.0, "3.0"),
    ("G.12X", 12.0, "4.0"),
    ("G.16X", 16.0, "4.0"),
    ("R.1X", 1.0, "4.0"),
    ("R.2X", 2.0, "4.0"),
    ("R.4X", 4.0, "4.0"),
    ("R.8X", 8.0, "4.0"),
]
#: The version before.
BEFORE = {"3.0": "2.0", "4.0": "3.0"}


@pytest.mark.contract("5.1", "5.2", "5.7")
@pytest.mark.parametrize(("name", "dpu", "since"), WORKER_TYPES)
def test_a_worker_type_has_its_dpus_and_its_versions(
    glue: Glue, error_of: ErrorOf, name: str, dpu: float, since: str
) -> None:
    job = create(glue, Command=SPARK, GlueVersion=since, **workers(name, 3))
    assert (job["MaxCapacity"], job["AllocatedCapacity"]) == (3 * dpu, int(3 * dpu))
    if since in BEFORE:
        early: dict[str, Any] = {"Command": SPARK, "GlueVersion": BEFORE[since], **workers(name)}
        assert error_of(glue.client.create_job, Name="j", Role="r", **early) == (
            "InvalidInputException",
            f"Worker type {name} is not supported for Glue Version {BEFORE[since]}",
        )


@pytest.mark.contract("5.1", "5.2", "5.9")
def test_quarter_workers_are_for_streams_and_z_workers_for_ray(glue: Glue, error_of: ErrorOf) -> None:
    job = create(glue, Command=STREAMING, GlueVersion="3.0", **workers("G.025X", 3))
    assert (job["MaxCapacity"], job["AllocatedCapacity"]) == (0.75, 0)
    job = create(glue, Command=RAY, GlueVersion="4.0", **workers("Z.2X", 3))
    assert (job["MaxCapacity"], job["AllocatedCapacity"]) == (6.0, 6)
    for refused in (
        {"Command": SPARK, "GlueVersion": "3.0", **workers("G.025X")},
        {"Command": STREAMING, "GlueVersion": "2.0", **workers("G.025X")},
        {"Command": SPARK, **workers("Z.2X")},
        {"Command": RAY, **workers("G.1X")},
    ):
        assert error_of(glue.client.create_job, Name="j", Role="r", **refused)[0] == "InvalidInputException"


@pytest.mark.contract("1.15", "5.3", "5.5", "5.6", "5.8")
@pytest.mark.parametrize(
    ("definition", "dpu"),
    [
        ({"Command": SPARK, "GlueVersion": "1.0"}, 10.0),
        ({"Command": SPARK}, 10.0),
        ({"Command": SPARK, "GlueVersion": "1.0", "MaxCapacity": 2.0}, 2.0),
        ({"Command": SPARK, "GlueVersion": "1.0", "MaxCapacity": 100.0}, 100.0),
        ({"Command": SPARK, "GlueVersion": "1.0", "MaxCapacity": 1.0}, None),
        ({"Command": SPARK, "GlueVersion": "1.0", "MaxCapacity": 101.0}, None),
        ({"Command": SPARK, "GlueVersion": "1.0", "MaxCapacity": 2.5}, None),
        ({"Command": SPARK, "AllocatedCapacity": 2}, 2.0),
        ({"Command": SPARK, "AllocatedCapacity": 100}, 100.0),
        ({"Command": SPARK, "AllocatedCapacity": 1}, None),
        ({"Command": SPARK, "AllocatedCapacity": 101}, None),
        ({"Command": SHELL}, 0.0625),
        ({"Command": SHELL, "MaxCapacity": 0.0625}, 0.0625),
        ({"Command": SHELL, "MaxCapacity": 1.0}, 1.0),
        ({"Command": SHELL, "MaxCapacity": 0.5}, None),
        ({"Command": SHELL, "MaxCapacity": 2.0}, None),
        ({"Command": SHELL, "AllocatedCapacity": 2}, None),
    ],
)
def test_dpus_are_asked_for_within_their_limits(
    glue: Glue, error_of: ErrorOf, definition: dict[str, Any], dpu: float | None
) -> None:
    if dpu is None:
        assert error_of(glue.client.create_job, Name="j", Role="r", **definition)[0] == "InvalidInputException"
    else:
        job = create(glue, **definition)
        assert (job["MaxCapacity"], job["AllocatedCapacity"]) == (dpu, int(dpu))


@pytest.mark.contract("5.20")
def test_flex_is_for_spark_of_glue_three_and_later(glue: Glue, error_of: ErrorOf) -> None:
    assert create(glue, Command=SPARK, GlueVersion="3.0", ExecutionClass="FLEX")["ExecutionClass"] == "FLEX"
    for refused in (
        {"Command": SPARK, "GlueVersion": "2.0"},
        {"Command": STREAMING, "GlueVersion": "3.0"},
        {"Command": SHELL, "GlueVersion": "3.0"},
    ):
        asked = {"Name": "j", "Role": "r", "ExecutionClass": "FLEX", **refused}
        assert error_of(glue.client.create_job, **asked)[0] == "InvalidInputException"


@pytest.mark.contract("5.21")
def test_workers_of_a_run_that_scales_are_shown_as_they_were_asked_for(glue: Glue) -> None:
    name = glue.job("/no/such/script.py", kind="glueetl", **workers("G.1X", 50))
    run = glue.wait(name, glue.start(name, Arguments={"--enable-auto-scaling": "true"}))
    assert (run["WorkerType"], run["NumberOfWorkers"], run["MaxCapacity"]) == ("G.1X", 50, 50.0)
    assert run["DPUSeconds"] == 0.0


@pytest.mark.contract("1.14")
def test_a_timeout_is_shorter_than_a_week(glue: Glue, error_of: ErrorOf) -> None:
    assert create(glue, Command=SPARK, Timeout=10079)["Timeout"] == 10079
    name = glue.job("/no/such/script.py")
    for call, asked in (
        (glue.client.create_job, {"Name": "j", "Role": "r", "Command": SPARK}),
        (glue.client.start_job_run, {"JobName": name}),
    ):
        assert error_of(call, **asked, Timeout=10080)[0] == "InvalidInputException"


@pytest.mark.contract("5.22")
def test_a_timeout_of_a_week_is_refused_in_words_of_ours(glue: Glue, error_of: ErrorOf) -> None:
    _, message = error_of(glue.client.create_job, Name="j", Role="r", Command=SPARK, Timeout=10080)
    assert message == "Timeout 10080 is not valid: less than 7 days (10080 minutes) is expected"


@pytest.mark.contract("3.5")
@pytest.mark.parametrize(("retries", "accepted"), [(0, True), (10, True), (11, False), (-1, False)])
def test_there_are_ten_retries_at_most(glue: Glue, error_of: ErrorOf, retries: int, accepted: bool) -> None:  # noqa: FBT001 - a column of the table
    if accepted:
        assert create(glue, Command=SPARK, MaxRetries=retries)["MaxRetries"] == retries
    else:
        asked = {"Name": "j", "Role": "r", "Command": SPARK, "MaxRetries": retries}
        assert error_of(glue.client.create_job, **asked)[0] == "InvalidInputException"
