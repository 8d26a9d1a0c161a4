"""What a test may decide: the clock, how runs end, which calls fail; and nobody else may."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from tests.conftest import wait_for

from openglue.testing import TERMINAL, OpenGlue

SLEEP = "import time\nprint('started', flush=True)\ntime.sleep(600)\n"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenGlue]:
    started = OpenGlue.start(tmp_path_factory.mktemp("rehearsal"), {"queue_s": 60})
    yield started
    started.stop()


@pytest.fixture(autouse=True)
def forgotten(service: OpenGlue) -> Iterator[None]:
    yield
    service.forget_plans()


@pytest.fixture
def job(service: OpenGlue, tmp_path: Path) -> Callable[..., str]:
    """A maker of Python shell jobs, from a script."""

    def make(script: str, **members: Any) -> str:
        name = f"job-{uuid.uuid4().hex[:12]}"
        (tmp_path / f"{name}.py").write_text(script)
        service.client().create_job(
            Name=name,
            Role="r",
            Command={"Name": "pythonshell", "ScriptLocation": str(tmp_path / f"{name}.py")},
            DefaultArguments={"library-set": "none"},
            **members,
        )
        return name

    return make


def get(service: OpenGlue, job: str, run_id: str) -> dict[str, Any]:
    run: dict[str, Any] = service.client().get_job_run(JobName=job, RunId=run_id)["JobRun"]
    return run


def ended(service: OpenGlue, job: str, run_id: str) -> dict[str, Any]:
    def look() -> dict[str, Any] | None:
        run = get(service, job, run_id)
        return run if run["JobRunState"] in TERMINAL else None

    run = wait_for(look, deadline_s=60, what=f"the end of {run_id}")
    assert run is not None
    return run


def test_a_timeout_of_hours_passes_in_no_time(service: OpenGlue, job: Callable[..., str]) -> None:
    name = job(SLEEP, Timeout=120)
    run_id = service.client().start_job_run(JobName=name)["JobRunId"]
    wait_for(lambda: get(service, name, run_id)["JobRunState"] == "RUNNING", what="RUNNING")
    service.advance(hours=1, minutes=59)
    assert get(service, name, run_id)["JobRunState"] == "RUNNING"
    service.advance(minutes=2)
    run = ended(service, name, run_id)
    assert (run["JobRunState"], run["ErrorMessage"], run["ExecutionTime"]) == ("TIMEOUT", "Job run timed out", 7200)


def test_a_queue_that_lasts_too_long_is_given_up(service: OpenGlue, job: Callable[..., str]) -> None:
    name = job(SLEEP, JobRunQueuingEnabled=True)
    first = service.client().start_job_run(JobName=name)["JobRunId"]
    waiting = service.client().start_job_run(JobName=name)["JobRunId"]
    assert get(service, name, waiting)["JobRunState"] == "WAITING"
    service.advance(minutes=2)
    run = ended(service, name, waiting)
    assert (run["JobRunState"], run["ErrorMessage"]) == ("FAILED", "Max concurrent runs exceeded")
    service.client().batch_stop_job_run(JobName=name, JobRunIds=[first])


@pytest.mark.parametrize(
    ("state", "error"),
    [
        ("SUCCEEDED", None),
        ("FAILED", "ValueError: planned"),
        ("TIMEOUT", "Job run timed out"),
        ("EXPIRED", "Job run expired"),
        ("ERROR", "its job is gone"),
    ],
)
def test_the_next_run_ends_as_planned_and_its_script_does_not_start(
    service: OpenGlue, job: Callable[..., str], tmp_path: Path, state: Any, error: str | None
) -> None:
    name = job(f"open({str(tmp_path / 'ran')!r}, 'w').close()")
    service.end_next_run(state, job=name, error=error)
    run = ended(service, name, service.client().start_job_run(JobName=name)["JobRunId"])
    assert (run["JobRunState"], run.get("ErrorMessage")) == (state, error)
    assert not (tmp_path / "ran").exists()
    run = ended(service, name, service.client().start_job_run(JobName=name)["JobRunId"])
    assert run["JobRunState"] == "SUCCEEDED"
    assert (tmp_path / "ran").exists()


def test_planned_failures_are_retried_like_real_ones(service: OpenGlue, job: Callable[..., str]) -> None:
    name = job("print()", MaxRetries=2)
    service.end_next_run("FAILED", job=name, times=2)
    run_id = service.client().start_job_run(JobName=name)["JobRunId"]
    assert ended(service, name, run_id)["JobRunState"] == "FAILED"

    def runs() -> dict[str, str]:
        found = service.client().get_job_runs(JobName=name)["JobRuns"]
        return {run["Id"].removeprefix(run_id): run["JobRunState"] for run in found}

    expected = {"": "FAILED", "_attempt_1": "FAILED", "_attempt_2": "SUCCEEDED"}
    wait_for(lambda: runs() == expected, deadline_s=60, what="two retries")


def test_a_plan_for_one_job_leaves_others_alone(service: OpenGlue, job: Callable[..., str]) -> None:
    planned, other = job("print()"), job("print()")
    service.end_next_run("FAILED", job=planned)
    assert (
        ended(service, other, service.client().start_job_run(JobName=other)["JobRunId"])["JobRunState"] == "SUCCEEDED"
    )
    service.forget_plans()
    run_id = service.client().start_job_run(JobName=planned)["JobRunId"]
    assert ended(service, planned, run_id)["JobRunState"] == "SUCCEEDED"


def test_throttled_calls_are_sent_again_by_boto3_and_seen_without_its_retries(
    service: OpenGlue, job: Callable[..., str]
) -> None:
    name = job("print()")
    service.fail_next_call("GetJob", times=2)
    assert service.client().get_job(JobName=name)["Job"]["Name"] == name
    service.fail_next_call("GetJob")
    once = service.client(config=Config(retries={"total_max_attempts": 1}))
    with pytest.raises(ClientError, match=r"ThrottlingException.*Rate exceeded"):
        once.get_job(JobName=name)
    service.fail_next_call(code="InternalServiceException")
    with pytest.raises(ClientError, match="InternalServiceException"):
        once.list_jobs()


def test_plans_that_mean_nothing_are_refused(service: OpenGlue) -> None:
    with pytest.raises(ValueError, match="time goes on only"):
        service.advance(minutes=-1)
    with pytest.raises(ValueError, match="ThrottlingException"):
        service.fail_next_call(code="NoSuchException")
    with pytest.raises(ValueError, match="enum value set"):
        service.end_next_run("RUNNING")  # type: ignore[arg-type]


def test_a_service_that_does_real_work_lets_nobody_decide(tmp_path: Path) -> None:
    service = OpenGlue.start(tmp_path, {"rehearsal": False})
    try:
        for plan in (lambda: service.advance(hours=1), lambda: service.end_next_run("FAILED"), service.forget_plans):
            with pytest.raises(ValueError, match="only one with the setting `rehearsal` lets a test decide"):
                plan()
    finally:
        service.stop()


def test_every_scheduled_fire_that_the_clock_passes_happens(service: OpenGlue, job: Callable[..., str]) -> None:
    name = job("print()", ExecutionProperty={"MaxConcurrentRuns": 20})
    service.client().create_trigger(
        Name=name, Type="SCHEDULED", Schedule="cron(0/30 * * * ? *)", Actions=[{"JobName": name}], StartOnCreation=True
    )
    service.end_next_run("SUCCEEDED", job=name, times=20)
    for _ in range(2):
        service.advance(hours=3)
    service.client().stop_trigger(Name=name)

    def runs() -> list[str]:
        return [run["Id"] for run in service.client().get_job_runs(JobName=name)["JobRuns"]]

    wait_for(lambda: len(runs()) >= 12, what="twelve runs")
    assert len(runs()) == 12
    service.client().delete_trigger(Name=name)
