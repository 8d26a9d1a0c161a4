"""The server is killed while triggers fire: what was due happens once, whatever came first."""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.conftest import wait_for
from tests.faults.conftest import Server
from tests.faults.invariants import check_alive

from openglue.faultpoints import FAULT_POINTS
from openglue.model.states import TERMINAL

POINTS = [point for point in FAULT_POINTS if point.startswith("trigger:")]
#: Schedules that fire together.
SCHEDULES = 8


def runs_of(server: Server, job: str) -> list[dict[str, Any]]:
    return server.glue.get_job_runs(JobName=job)["JobRuns"]


def ended(server: Server, job: str, count: int) -> list[dict[str, Any]]:
    """The runs of a job when so many of them have ended."""

    def look() -> list[dict[str, Any]] | None:
        found = runs_of(server, job)
        return found if sum(run["JobRunState"] in TERMINAL for run in found) >= count else None

    found = wait_for(look, deadline_s=60, what=f"{count} ended runs of {job}")
    assert found is not None
    return found


@pytest.mark.parametrize("point", POINTS)
def test_every_schedule_fires_once_when_the_server_dies_at_a_named_point(server: Server, point: str) -> None:
    server.start()
    job = server.job("", ExecutionProperty={"MaxConcurrentRuns": SCHEDULES})
    due = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(minutes=1)
    for number in range(SCHEDULES):
        server.glue.create_trigger(
            Name=f"t{number}",
            Type="SCHEDULED",
            Schedule=f"cron({due.minute} {due.hour} * * ? *)",
            Actions=[{"JobName": job}],
            StartOnCreation=True,
        )
    server.stop()
    server.start(crash_at=point)
    _come(server, due)
    server.died()
    server.start()
    found = ended(server, job, SCHEDULES)
    assert Counter(run["TriggerName"] for run in found) == {f"t{number}": 1 for number in range(SCHEDULES)}
    assert {run["JobRunState"] for run in found} == {"SUCCEEDED"}
    assert server.starts(job) == SCHEDULES
    check_alive(server)


def _come(server: Server, due: datetime) -> None:
    """Let the time of all schedules have come. The server looks once a second."""
    with closing(sqlite3.connect(server.data / "openglue.db")) as database, database:
        database.execute("UPDATE triggers SET next_fire = ?", (int(due.timestamp() * 1000),))


@pytest.mark.parametrize("point", POINTS)
def test_a_chain_goes_on_once_when_the_server_dies_at_a_named_point(server: Server, point: str) -> None:
    server.start()
    first, second = server.job(""), server.job("", ExecutionProperty={"MaxConcurrentRuns": 5})
    server.glue.create_trigger(Name="go", Type="ON_DEMAND", Actions=[{"JobName": first}])
    server.glue.create_trigger(
        Name="then",
        Type="CONDITIONAL",
        Predicate={"Conditions": [{"LogicalOperator": "EQUALS", "JobName": first, "State": "SUCCEEDED"}]},
        Actions=[{"JobName": second}, {"JobName": second}],
        StartOnCreation=True,
    )
    server.stop()
    server.start(crash_at=point)
    server.glue.start_trigger(Name="go")
    server.died()
    server.start()
    assert [run["JobRunState"] for run in ended(server, first, 1)] == ["SUCCEEDED"]
    found = ended(server, second, 2)
    assert [run["TriggerName"] for run in found] == ["then"] * 2
    assert server.starts(second) == 2


def test_what_was_started_while_the_server_was_killed_again_and_again_happens_once(server: Server) -> None:
    server.start()
    first, second = (server.job("", ExecutionProperty={"MaxConcurrentRuns": 100}) for _ in range(2))
    server.glue.create_trigger(Name="go", Type="ON_DEMAND", Actions=[{"JobName": first}])
    server.glue.create_trigger(
        Name="then",
        Type="CONDITIONAL",
        Predicate={"Conditions": [{"LogicalOperator": "EQUALS", "JobName": first, "State": "SUCCEEDED"}]},
        Actions=[{"JobName": second}],
        StartOnCreation=True,
    )
    for _ in range(4):
        for _ in range(3):
            server.glue.start_trigger(Name="go")
        server.kill()
        server.start()
    assert len(ended(server, first, 12)) == 12
    found = ended(server, second, 12)
    assert len({run["Id"] for run in found}) == 12
    causes = [
        server.glue.get_job_run(JobName=second, RunId=run["Id"], PredecessorsIncluded=True)["JobRun"]["PredecessorRuns"]
        for run in found
    ]
    assert sorted(rows[0]["RunId"] for rows in causes) == sorted(run["Id"] for run in runs_of(server, first))
