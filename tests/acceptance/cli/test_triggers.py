from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from openglue.testing import OpenGlue


@pytest.fixture
def chain(openglue: OpenGlue, tmp_path: Path) -> Iterator[Any]:
    """Jobs a and b, joined by a trigger, with one that starts a, and a schedule."""
    client = openglue.client("glue")
    mark = uuid.uuid4().hex[:8]
    names = SimpleNamespace(
        client=client, **{name: f"{name}-{mark}" for name in ("a", "b", "c", "go", "then", "both", "nightly")}
    )
    script = tmp_path / "script.py"
    script.write_text("print('done')")
    for job in (names.a, names.b, names.c):
        client.create_job(
            Name=job,
            Role="r",
            Command={"Name": "pythonshell", "ScriptLocation": str(script)},
            DefaultArguments={"library-set": "none"},
        )

    def after(*jobs: str) -> dict[str, Any]:
        conditions = [{"LogicalOperator": "EQUALS", "JobName": job, "State": "SUCCEEDED"} for job in jobs]
        return {"Logical": "AND", "Conditions": conditions}

    def create(name: str, kind: str, *jobs: str, start: bool = True, **members: Any) -> None:
        started = {"StartOnCreation": start} if kind != "ON_DEMAND" else {}
        actions = [{"JobName": job} for job in jobs]
        client.create_trigger(Name=name, Type=kind, Actions=actions, **started, **members)

    create(names.go, "ON_DEMAND", names.a)
    create(names.then, "CONDITIONAL", names.b, Predicate=after(names.a))
    create(names.both, "CONDITIONAL", names.b, Predicate=after(names.a, names.c))
    create(names.nightly, "SCHEDULED", names.c, start=False, Schedule="cron(0 3 * * ? *)")
    yield names
    for name in (names.go, names.then, names.both, names.nightly):
        client.delete_trigger(Name=name)


def ended(chain: Any, job: str, wait_for: Callable[..., Any]) -> dict[str, Any]:
    def look() -> Any:
        runs = chain.client.get_job_runs(JobName=job)["JobRuns"]
        return runs and "CompletedOn" in runs[0] and runs[0]

    return wait_for(look, deadline_s=60, what=f"the end of a run of {job}")


def test_triggers_are_listed_shown_started_and_stopped(cli: Any, openglue: OpenGlue, chain: Any) -> None:
    listed = cli("triggers", "ls", "--job", chain.b, "--data", openglue.data)
    assert [line.split()[0] for line in listed.stdout.splitlines()[1:]] == sorted([chain.both, chain.then])
    shown = cli("triggers", "get", chain.both, "--data", openglue.data)
    assert f"{chain.a} SUCCEEDED AND {chain.c} SUCCEEDED" in shown.stdout
    for verb, state in (("start", "ACTIVATED"), ("stop", "DEACTIVATED")):
        done = cli("triggers", verb, chain.nightly, "--data", openglue.data)
        assert done.stdout == f"trigger {chain.nightly} is {state}\n"
        found = json.loads(cli("triggers", "get", chain.nightly, "--json", "--data", openglue.data).stdout)
        assert found["State"] == state
    refused = cli("triggers", "stop", chain.go, "--data", openglue.data)
    assert refused.returncode == 1
    assert "The operation is not allowed when trigger is in state: CREATED" in refused.stderr


def test_an_explanation_says_what_fired_what_waits_and_what_was_held_back(
    cli: Any, openglue: OpenGlue, chain: Any, wait_for: Callable[..., Any]
) -> None:
    by_hand = chain.client.start_job_run(JobName=chain.a)["JobRunId"]
    ended(chain, chain.a, wait_for)
    assert cli("triggers", "start", chain.go, "--data", openglue.data).stdout == f"fired trigger {chain.go}\n"
    follower = ended(chain, chain.b, wait_for)
    by_trigger = next(
        run["Id"] for run in chain.client.get_job_runs(JobName=chain.a)["JobRuns"] if run["Id"] != by_hand
    )

    def explained(trigger: str) -> dict[str, Any]:
        done = cli("triggers", "explain", trigger, "--json", "--data", openglue.data)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    then = explained(chain.then)
    [fire] = then["Fires"]
    assert fire["Predecessors"] == [{"JobName": chain.a, "RunId": by_trigger}]
    assert [(action["JobName"], action["JobRunId"]) for action in fire["Actions"]] == [(chain.b, follower["Id"])]
    assert [(run["JobRunId"], run["Rule"]) for run in then["HeldBack"]] == [(by_hand, "started by a client")]
    both = explained(chain.both)
    [waiting] = both["Waiting"]
    assert [run["JobRunId"] for run in waiting["Seen"]] == [by_trigger]
    assert waiting["Missing"] == [{"JobName": chain.c, "JobRunState": "SUCCEEDED"}]
    text = cli("triggers", "explain", chain.both, "--data", openglue.data).stdout
    for part in (
        "It has not fired yet.",
        f"missing  {chain.c}  SUCCEEDED",
        "a client started it, and only runs that a trigger started count",
        "it waits for other runs that descend from the same start",
    ):
        assert part in text


def test_the_next_ten_times_of_a_schedule_are_told(cli: Any, openglue: OpenGlue, chain: Any) -> None:
    told = cli("triggers", "explain", chain.nightly, "--data", openglue.data).stdout
    assert "Would fire, if it were started" in told
    assert told.count(" 03:00 UTC") == 10
    cli("triggers", "start", chain.nightly, "--data", openglue.data)
    assert "Fires next" in cli("triggers", "explain", chain.nightly, "--data", openglue.data).stdout
    missing = cli("triggers", "explain", "nobody", "--data", openglue.data)
    assert "Trigger with name: nobody not found." in missing.stderr


def test_the_graph_shows_what_starts_what(cli: Any, openglue: OpenGlue, chain: Any) -> None:
    lines = cli("triggers", "graph", "--data", openglue.data).stdout.splitlines()
    begin = lines.index(f"{chain.go}  ON_DEMAND")
    assert lines[begin + 1 : begin + 3] == [
        f"└─ {chain.a}",
        f"   ├─ {chain.both}  CONDITIONAL  {chain.a} SUCCEEDED AND {chain.c} SUCCEEDED  ACTIVATED",
    ]
