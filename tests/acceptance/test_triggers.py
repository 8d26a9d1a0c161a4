"""Triggers through boto3: their operations, and the runs that they start, which are real processes."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.config import Config
from tests.acceptance.conftest import ENDED, Glue
from tests.conftest import wait_for

from openglue.cli.service import Service
from openglue.model.trigger import MAX_ACTIONS
from openglue.testing import OpenGlue

ErrorOf = Callable[..., tuple[str, str]]

PRINT_ARGV = "import sys; print(sys.argv[1:])"
NOON = "cron(0 12 * * ? *)"


def new_name() -> str:
    return f"trigger-{uuid.uuid4().hex[:10]}"


def condition(job: str, state: str = "SUCCEEDED") -> dict[str, str]:
    return {"LogicalOperator": "EQUALS", "JobName": job, "State": state}


def after(*jobs: str, logical: str = "AND") -> dict[str, Any]:
    return {"Logical": logical, "Conditions": [condition(job) for job in jobs]}


def actions(*jobs: str) -> list[dict[str, str]]:
    return [{"JobName": job} for job in jobs]


@pytest.fixture
def create(glue: Glue) -> Iterator[Callable[..., str]]:
    """Creates a trigger that is deleted after the test; gives its name."""
    names = []

    def create(kind: str, **members: Any) -> str:
        names.append(new_name())
        assert glue("CreateTrigger", Name=names[-1], Type=kind, **members)["Name"] == names[-1]
        return names[-1]

    yield create
    for name in names:
        glue("DeleteTrigger", Name=name)


@pytest.fixture(scope="session")
def job(glue: Glue) -> str:
    """A job that triggers may name; nothing runs it."""
    return glue.job("pass")


@pytest.fixture(scope="session")
def other(glue: Glue) -> str:
    return glue.job("pass")


def read(glue: Glue, name: str) -> dict[str, Any]:
    return glue("GetTrigger", Name=name)["Trigger"]


def runs(glue: Glue, job: str) -> list[dict[str, Any]]:
    return glue("GetJobRuns", JobName=job)["JobRuns"]


def ended_runs(glue: Glue, job: str, count: int = 1) -> list[dict[str, Any]]:
    """The runs of a job when so many of them have ended, the oldest first, with their predecessors."""

    def look() -> list[dict[str, Any]] | None:
        found = runs(glue, job)
        return found if sum(run["JobRunState"] in ENDED for run in found) >= count else None

    found = wait_for(look, deadline_s=60, what=f"{count} ended runs of {job}")
    assert found is not None
    ids = [run["Id"] for run in reversed(found)]
    return [glue("GetJobRun", JobName=job, RunId=run_id, PredecessorsIncluded=True)["JobRun"] for run_id in ids]


# Operations.


def test_what_was_written_is_read_back_member_by_member(
    glue: Glue, create: Callable[..., str], job: str, other: str
) -> None:
    full = {
        "Description": "Ünïcode \U0001f41d",
        "Actions": [
            {
                "JobName": job,
                "Arguments": {"--a": "1", "--empty": ""},
                "Timeout": 5,
                "SecurityConfiguration": "s",
                "NotificationProperty": {"NotifyDelayAfter": 3},
            }
        ],
        "Predicate": {"Logical": "ANY", "Conditions": [condition(other), condition(other, "TIMEOUT")]},
    }
    name = create("CONDITIONAL", Tags={"team": "x"}, **full)
    assert read(glue, name) == {"Name": name, "Type": "CONDITIONAL", "State": "CREATED", **full}
    arn = f"arn:aws:glue:us-east-1:000000000000:trigger/{name}"
    assert glue("GetTags", ResourceArn=arn)["Tags"] == {"team": "x"}
    glue("TagResource", ResourceArn=arn, TagsToAdd={"team": "y", "z": "1"})
    glue("UntagResource", ResourceArn=arn, TagsToRemove=["z"])
    assert glue("GetTags", ResourceArn=arn)["Tags"] == {"team": "y"}


def test_an_event_trigger_is_kept_and_returned(glue: Glue, create: Callable[..., str], job: str) -> None:
    batching = {"BatchSize": 5, "BatchWindow": 900}
    name = create("EVENT", Actions=actions(job), EventBatchingCondition=batching)
    assert (read(glue, name)["EventBatchingCondition"], read(glue, name)["State"]) == (batching, "CREATED")


@pytest.mark.contract("1.30")
def test_an_update_replaces_the_whole_definition_and_a_delete_never_fails(
    glue: Glue, create: Callable[..., str], job: str, other: str
) -> None:
    name = create("SCHEDULED", Schedule=NOON, Actions=actions(job), Description="old", StartOnCreation=True)
    update = {"Schedule": "cron(0 6 * * ? *)", "Actions": actions(other)}
    expected = {"Name": name, "Type": "SCHEDULED", "State": "ACTIVATED", **update}
    assert glue("UpdateTrigger", Name=name, TriggerUpdate=update)["Trigger"] == expected
    assert read(glue, name) == expected
    for _ in range(2):
        assert glue("DeleteTrigger", Name=name)["Name"] == name
    assert glue("BatchGetTriggers", TriggerNames=[name])["TriggersNotFound"] == [name]


def test_states_follow_start_and_stop(glue: Glue, create: Callable[..., str], job: str) -> None:
    name = create("SCHEDULED", Schedule=NOON, Actions=actions(job))
    seen = [read(glue, name)["State"]]
    for operation in ("StartTrigger", "StopTrigger", "StartTrigger"):
        assert glue(operation, Name=name)["Name"] == name
        seen.append(read(glue, name)["State"])
    assert seen == ["CREATED", "ACTIVATED", "DEACTIVATED", "ACTIVATED"]
    active = create("SCHEDULED", Schedule=NOON, Actions=actions(job), StartOnCreation=True)
    assert read(glue, active)["State"] == "ACTIVATED"


def test_pages_filters_and_batches(glue: Glue, create: Callable[..., str], job: str) -> None:
    target = glue.job("pass")
    tag = {"page": uuid.uuid4().hex}
    starting = sorted(create("ON_DEMAND", Actions=actions(target), Tags=tag) for _ in range(5))
    tagged = [*starting, create("ON_DEMAND", Actions=actions(job), Tags=tag)]
    listed, token = [], {}
    while True:
        page = glue("ListTriggers", Tags=tag, MaxResults=2, **token)
        listed += page["TriggerNames"]
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}
    assert listed == sorted(tagged)
    assert glue("ListTriggers", DependentJobName=target, Tags=tag)["TriggerNames"] == starting
    found = glue.client.get_paginator("get_triggers").paginate(
        DependentJobName=target, PaginationConfig={"PageSize": 2}
    )
    assert [trigger["Name"] for page in found for trigger in page["Triggers"]] == starting
    nobody = glue.job("pass")
    everything = glue("ListTriggers", DependentJobName=nobody)["TriggerNames"]
    assert set(tagged) <= set(everything), "where no trigger starts the job, all are listed"
    batch = glue("BatchGetTriggers", TriggerNames=[tagged[0], "no such", tagged[0]])
    assert ([trigger["Name"] for trigger in batch["Triggers"]], batch["TriggersNotFound"]) == (
        [tagged[0]],
        ["no such"],
    )


def test_a_token_is_good_for_its_filters_only(
    glue: Glue, create: Callable[..., str], job: str, error_of: ErrorOf
) -> None:
    for _ in range(2):
        create("ON_DEMAND", Actions=actions(job))
    token = glue("GetTriggers", MaxResults=1)["NextToken"]
    code, _ = error_of(glue.client.get_triggers, NextToken=token, DependentJobName=job)
    assert code == "InvalidInputException"


def test_a_name_that_exists_is_refused_and_one_that_does_not_is_told(
    glue: Glue, create: Callable[..., str], job: str, error_of: ErrorOf
) -> None:
    name = create("ON_DEMAND", Actions=actions(job))
    code, message = error_of(glue.client.create_trigger, Name=name, Type="ON_DEMAND", Actions=actions(job))
    assert (code, message) == ("AlreadyExistsException", f"Trigger with name: {name} already exists.")
    missing = ("EntityNotFoundException", "Trigger with name: nobody not found.")
    for operation in (glue.client.get_trigger, glue.client.start_trigger, glue.client.stop_trigger):
        assert error_of(operation, Name="nobody") == missing
    assert error_of(glue.client.update_trigger, Name="nobody", TriggerUpdate={"Actions": actions(job)}) == missing
    arn = "arn:aws:glue:us-east-1:000000000000:trigger/nobody"
    assert error_of(glue.client.get_tags, ResourceArn=arn) == missing


def test_operations_that_a_state_does_not_allow_are_refused_in_aws_words(
    glue: Glue, create: Callable[..., str], job: str, error_of: ErrorOf
) -> None:
    event = create("EVENT", Actions=actions(job))
    refused = ("InvalidInputException", "Trigger Type EVENT cannot be started")
    assert error_of(glue.client.start_trigger, Name=event) == refused
    for kind in ("ON_DEMAND", "EVENT"):
        code, message = error_of(glue.client.stop_trigger, Name=create(kind, Actions=actions(job)))
        assert (code, message) == (
            "InvalidInputException",
            "The operation is not allowed when trigger is in state: CREATED",
        )


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"Type": "ON_DEMAND", "Actions": []}, "Actions is required"),
        ({"Type": "ON_DEMAND", "StartOnCreation": True}, "StartOnCreation is not supported for ON_DEMAND"),
        ({"Type": "ON_DEMAND", "Actions": actions("ghost")}, "Actions[0].JobName: there is no job ghost"),
        ({"Type": "ON_DEMAND", "Actions": actions(*["JOB"] * (MAX_ACTIONS + 1))}, "at most 50 are expected"),
        ({"Type": "ON_DEMAND", "Schedule": NOON}, "Schedule is not valid for ON_DEMAND triggers"),
        ({"Type": "ON_DEMAND", "WorkflowName": "w"}, "WorkflowName: workflows are not served here"),
        ({"Type": "SCHEDULED"}, "Schedule is required for SCHEDULED triggers"),
        ({"Type": "SCHEDULED", "Schedule": "cron(61 12 * * ? *)"}, "Schedule: minutes field '61' is not valid"),
        ({"Type": "SCHEDULED", "Schedule": "rate(5 minutes)"}, "Schedule: rate(...) is not valid"),
        ({"Type": "SCHEDULED", "Schedule": "cron(0/4 * * * ? *)"}, "at least 5 minutes"),
        ({"Type": "CONDITIONAL"}, "Predicate is required for CONDITIONAL triggers"),
        ({"Type": "CONDITIONAL", "Predicate": {"Conditions": []}}, "Predicate is required for CONDITIONAL triggers"),
        (
            {"Type": "CONDITIONAL", "Predicate": after("JOB")},
            "Job cannot be a Predicate and Action for Conditional Trigger.",
        ),
        (
            {"Type": "CONDITIONAL", "Predicate": after("ghost")},
            "Predicate.Conditions[0].JobName: there is no job ghost",
        ),
        (
            {"Type": "CONDITIONAL", "Predicate": {"Conditions": [{"JobName": "OTHER", "State": "SUCCEEDED"}]}},
            "Logical operator cannot be null or empty",
        ),
        (
            {"Type": "CONDITIONAL", "Predicate": {"Conditions": [{"JobName": "OTHER", "LogicalOperator": "EQUALS"}]}},
            "State cannot be null or empty",
        ),
        (
            {"Type": "CONDITIONAL", "Predicate": {"Conditions": [condition("OTHER"), condition("OTHER", "FAILED")]}},
            "Predicate.Logical is required",
        ),
        ({"Type": "CONDITIONAL", "Predicate": {"Conditions": [condition("OTHER", "RUNNING")]}}, "RUNNING is not valid"),
    ],
)
def test_what_a_definition_may_not_say_is_named(
    glue: Glue, job: str, other: str, error_of: ErrorOf, members: dict[str, Any], message: str
) -> None:
    request = {"Name": new_name(), "Actions": actions("JOB"), **members}
    code, told = error_of(glue.client.create_trigger, **_named(request, job, other))
    assert code == "InvalidInputException"
    assert message in told


def _named(value: Any, job: str, other: str) -> Any:
    """A request with the names of real jobs."""
    if isinstance(value, dict):
        return {key: _named(item, job, other) for key, item in value.items()}
    if isinstance(value, list):
        return [_named(item, job, other) for item in value]
    return {"JOB": job, "OTHER": other}.get(value, value) if isinstance(value, str) else value


def test_a_cycle_is_refused_with_the_way_around(glue: Glue, create: Callable[..., str], error_of: ErrorOf) -> None:
    a, b, c = (glue.job("pass") for _ in range(3))
    first = create("CONDITIONAL", Predicate=after(a), Actions=actions(b))
    second = create("CONDITIONAL", Predicate=after(b), Actions=actions(c))
    third = {"Predicate": after(c), "Actions": actions(a)}
    name = new_name()
    code, message = error_of(glue.client.create_trigger, Name=name, Type="CONDITIONAL", **third)
    assert code == "InvalidInputException"
    for part in (f"job {a}", f"trigger {first}", f"job {b}", f"trigger {second}", f"job {c}", f"trigger {name}"):
        assert part in message
    assert error_of(glue.client.update_trigger, Name=second, TriggerUpdate={**third, "Predicate": after(b)})[0]


# Runs.


def test_a_start_runs_the_jobs_with_the_arguments_of_the_action(glue: Glue, create: Callable[..., str]) -> None:
    job = glue.job(PRINT_ARGV, DefaultArguments={"--a": "default", "--b": "default"})
    name = create("ON_DEMAND", Actions=[{"JobName": job, "Arguments": {"--a": "own"}, "Timeout": 9}])
    assert glue("StartTrigger", Name=name)["Name"] == name
    [run] = ended_runs(glue, job)
    assert (run["JobRunState"], run["TriggerName"], run["Timeout"]) == ("SUCCEEDED", name, 9)
    assert (run["Arguments"], run["PredecessorRuns"]) == ({"--a": "own"}, [])
    assert "'--a', 'own'" in glue.text(run)
    assert "'--b', 'default'" in glue.text(run)


@pytest.mark.contract("1.20", "9.12")
def test_a_chain_of_three_jobs_runs_one_after_the_other(glue: Glue, create: Callable[..., str]) -> None:
    a, b, c = (glue.job("print('done')") for _ in range(3))
    go = create("ON_DEMAND", Actions=actions(a))
    to_b = create("CONDITIONAL", Predicate=after(a), Actions=actions(b), StartOnCreation=True)
    to_c = create("CONDITIONAL", Predicate=after(b), Actions=actions(c), StartOnCreation=True)
    glue("StartTrigger", Name=go)
    [third] = ended_runs(glue, c)
    [first], [second] = ended_runs(glue, a), ended_runs(glue, b)
    assert [run["JobRunState"] for run in (first, second, third)] == ["SUCCEEDED"] * 3
    assert [run["TriggerName"] for run in (first, second, third)] == [go, to_b, to_c]
    assert second["PredecessorRuns"] == [{"JobName": a, "RunId": first["Id"]}]
    assert third["PredecessorRuns"] == [{"JobName": b, "RunId": second["Id"]}]
    assert first["CompletedOn"] <= second["StartedOn"]
    assert second["CompletedOn"] <= third["StartedOn"]
    assert glue.get(c, third["Id"])["PredecessorRuns"] == [], "they are told only to whoever asks for them"


def test_a_diamond_joins_its_own_sides_alone(glue: Glue, create: Callable[..., str]) -> None:
    top, left, right, bottom = (
        glue.job("print('done')", ExecutionProperty={"MaxConcurrentRuns": 10}) for _ in range(4)
    )
    go = create("ON_DEMAND", Actions=actions(top))
    create("CONDITIONAL", Predicate=after(top), Actions=actions(left, right), StartOnCreation=True)
    join = create("CONDITIONAL", Predicate=after(left, right), Actions=actions(bottom), StartOnCreation=True)
    for _ in range(2):
        glue("StartTrigger", Name=go)
    joined = ended_runs(glue, bottom, 2)
    assert len(joined) == 2
    sides = {run["Id"]: run for job in (left, right) for run in ended_runs(glue, job, 2)}
    assert len(sides) == 4
    used = []
    for run in joined:
        assert (run["TriggerName"], run["JobRunState"]) == (join, "SUCCEEDED")
        assert [one["JobName"] for one in run["PredecessorRuns"]] == [left, right]
        ids = [one["RunId"] for one in run["PredecessorRuns"]]
        assert len({sides[run_id]["PredecessorRuns"][0]["RunId"] for run_id in ids}) == 1, "both come from one top"
        used += ids
    assert sorted(used) == sorted(sides)


def test_a_run_that_a_client_started_sets_nothing_off(glue: Glue, create: Callable[..., str]) -> None:
    a, b, c = (glue.job("pass") for _ in range(3))
    create("CONDITIONAL", Predicate=after(a), Actions=actions(b), StartOnCreation=True)
    create("CONDITIONAL", Predicate=after(c), Actions=actions(b), StartOnCreation=True)
    glue.wait(a, glue.start(a))
    # Ends are looked at one after the other: when the second one has led to a run, the first one has been seen.
    glue("StartTrigger", Name=create("ON_DEMAND", Actions=actions(c)))
    [run] = ended_runs(glue, b)
    assert run["PredecessorRuns"][0]["JobName"] == c


@pytest.mark.contract("3.11")
def test_a_failed_run_that_is_retried_counts_when_its_last_attempt_ends(
    glue: Glue, create: Callable[..., str], tmp_path: Path
) -> None:
    script = """
        import os, sys
        mark = sys.argv[sys.argv.index("--mark") + 1]
        if not os.path.exists(mark):
            open(mark, "w").close()
            raise ValueError("the first time")
        """
    flaky = glue.job(script, MaxRetries=1)
    rescue, follow = glue.job("pass"), glue.job("pass")
    go = create("ON_DEMAND", Actions=[{"JobName": flaky, "Arguments": {"--mark": str(tmp_path / "tried")}}])
    create(
        "CONDITIONAL",
        Predicate={"Conditions": [condition(flaky, "FAILED")]},
        Actions=actions(rescue),
        StartOnCreation=True,
    )
    create("CONDITIONAL", Predicate=after(flaky), Actions=actions(follow), StartOnCreation=True)
    glue("StartTrigger", Name=go)
    [run] = ended_runs(glue, follow)
    first, retry = ended_runs(glue, flaky, 2)
    assert [first["JobRunState"], retry["JobRunState"]] == ["FAILED", "SUCCEEDED"]
    assert retry["TriggerName"] == go
    assert run["PredecessorRuns"] == [{"JobName": flaky, "RunId": retry["Id"]}]
    assert runs(glue, rescue) == []


@pytest.mark.contract("2.16", "4.5")
def test_a_run_over_the_jobs_limit_is_recorded_as_failed(glue: Glue, create: Callable[..., str]) -> None:
    job = glue.job("import time; time.sleep(600)")
    running = glue.start(job)
    glue("StartTrigger", Name=create("ON_DEMAND", Actions=actions(job)))
    refused = wait_for(lambda: next((run for run in runs(glue, job) if run["Id"] != running), None))
    assert refused is not None
    assert (refused["JobRunState"], refused["ErrorMessage"]) == ("FAILED", "Max concurrent runs exceeded")
    assert (refused["ExecutionTime"], refused["CompletedOn"]) == (0, refused["LastModifiedOn"])
    glue("BatchStopJobRun", JobName=job, JobRunIds=[running])


@pytest.mark.contract("2.13")
def test_a_run_of_a_deleted_job_is_in_error(openglue: OpenGlue, glue: Glue, create: Callable[..., str]) -> None:
    job, beside = glue.job("pass"), glue.job("pass")
    name = create("ON_DEMAND", Actions=actions(job, beside))
    glue("DeleteJob", JobName=job)
    glue("StartTrigger", Name=name)
    [run] = ended_runs(glue, beside)
    assert run["JobRunState"] == "SUCCEEDED"
    lately = Service(openglue.url).own("ListJobRuns", JobRunStates=["ERROR"])["JobRuns"]
    [listed] = [run for run in lately if run["JobName"] == job]
    gone = glue.get(job, listed["Id"])
    assert (gone["JobRunState"], gone["TriggerName"]) == ("ERROR", name)
    assert gone["ErrorMessage"] == f"Job with name: {job} not found."


# Schedules, in a service whose clock a test moves.


@pytest.fixture(scope="module")
def moved(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[OpenGlue, Glue]]:
    folder = tmp_path_factory.mktemp("moved")
    for name in ("data", "scripts"):
        (folder / name).mkdir()
    service = OpenGlue.start(folder / "data", {"account_triggers": 3, "triggers_follow_manual_runs": True})
    options: dict[str, Any] = {"config": Config(retries={"max_attempts": 1})}
    try:
        yield service, Glue(service.client("glue", **options), service.client("logs", **options), folder / "scripts")
    finally:
        service.stop()


def test_a_schedule_runs_its_job_when_its_time_has_come(moved: tuple[OpenGlue, Glue], error_of: ErrorOf) -> None:
    service, glue = moved
    job = glue.job("pass", ExecutionProperty={"MaxConcurrentRuns": 5})
    soon = datetime.now(UTC) + timedelta(hours=2)
    members = {"Type": "SCHEDULED", "Schedule": f"cron({soon:%-M} {soon:%-H} * * ? *)", "Actions": actions(job)}
    glue("CreateTrigger", Name="on", StartOnCreation=True, **members)
    glue("CreateTrigger", Name="off", **members)
    assert runs(glue, job) == []
    for count, hours in ((1, 2), (2, 24), (3, 36)):
        service.end_next_run("SUCCEEDED", job=job)
        service.advance(hours=hours)
        found = ended_runs(glue, job, count)
        assert [run["TriggerName"] for run in found] == ["on"] * count
    fires = Service(service.url).own("ExplainTrigger", Name="on")["Fires"]
    assert [fire.get("Note") for fire in fires] == [None] * 3, "a clock that a test moves on misses nothing"


def test_a_setting_lets_runs_of_clients_set_others_off(moved: tuple[OpenGlue, Glue]) -> None:
    service, glue = moved
    first, second = glue.job("pass"), glue.job("pass")
    glue(
        "CreateTrigger",
        Name="follow",
        Type="CONDITIONAL",
        Predicate=after(first),
        Actions=actions(second),
        StartOnCreation=True,
    )
    service.end_next_run("SUCCEEDED", job=first)
    run_id = glue.start(first)
    service.end_next_run("SUCCEEDED", job=second)
    [run] = ended_runs(glue, second)
    assert (run["TriggerName"], run["PredecessorRuns"]) == ("follow", [{"JobName": first, "RunId": run_id}])
    glue("DeleteTrigger", Name="follow")


def test_an_account_has_so_many_triggers_at_most(moved: tuple[OpenGlue, Glue], error_of: ErrorOf) -> None:
    _, glue = moved
    job = glue.job("pass")
    there = len(glue("ListTriggers")["TriggerNames"])
    for number in range(3 - there):
        glue("CreateTrigger", Name=f"limit-{number}", Type="ON_DEMAND", Actions=actions(job))
    code, message = error_of(glue.client.create_trigger, Name="more", Type="ON_DEMAND", Actions=actions(job))
    assert (code, message) == ("ResourceNumberLimitExceededException", "An account has 3 triggers at most")
    for name in glue("ListTriggers")["TriggerNames"]:
        glue("DeleteTrigger", Name=name)


def test_a_start_that_is_sent_again_fires_once(openglue: OpenGlue, glue: Glue, create: Callable[..., str]) -> None:
    job = glue.job("pass")
    name = create("ON_DEMAND", Actions=actions(job))
    token = uuid.uuid4().hex

    def add(request: Any, **_: Any) -> None:
        request.headers["X-OpenGlue-Idempotency-Token"] = token

    client = openglue.client("glue")
    client.meta.events.register("before-send.glue.StartTrigger", add)
    for _ in range(3):
        client.start_trigger(Name=name)
    assert len(ended_runs(glue, job)) == 1
