"""Two servers on one PostgreSQL: triggers fire once, and either of them may die."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from tests.conftest import wait_for
from tests.faults.conftest import Server

from openglue.model.states import TERMINAL

SCHEDULES = 12


@pytest.mark.timeout(240)
def test_two_servers_on_one_database_fire_once(postgres_url: str, tmp_path: Path) -> None:
    servers = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        servers.append(Server(tmp_path / name / "data", "--db", postgres_url))
    one, two = servers
    try:
        one.start()
        two.start()
        first, second = (one.job("", ExecutionProperty={"MaxConcurrentRuns": 100}) for _ in range(2))
        due = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(minutes=1)
        for number in range(SCHEDULES):
            one.glue.create_trigger(
                Name=f"t{number}",
                Type="SCHEDULED",
                Schedule=f"cron({due.minute} {due.hour} * * ? *)",
                Actions=[{"JobName": first}],
                StartOnCreation=True,
            )
        two.glue.create_trigger(
            Name="then",
            Type="CONDITIONAL",
            Predicate={"Conditions": [{"LogicalOperator": "EQUALS", "JobName": first, "State": "SUCCEEDED"}]},
            Actions=[{"JobName": second}],
            StartOnCreation=True,
        )
        _come(postgres_url, due)
        wait_for(lambda: one.glue.get_job_runs(JobName=first)["JobRuns"], deadline_s=60, what="a fire")
        two.kill()
        two.start()

        def ended(job: str) -> list[str] | None:
            found = one.glue.get_job_runs(JobName=job)["JobRuns"]
            over = [run["TriggerName"] for run in found if run["JobRunState"] in TERMINAL]
            return over if len(over) >= SCHEDULES else None

        assert Counter(wait_for(lambda: ended(first), deadline_s=120)) == {f"t{n}": 1 for n in range(SCHEDULES)}
        assert Counter(wait_for(lambda: ended(second), deadline_s=120)) == {"then": SCHEDULES}
        assert one.starts(first) == SCHEDULES
    finally:
        assert [server.stop() for server in servers] == [0, 0]


def _come(url: str, due: datetime) -> None:
    """Let the time of all schedules have come."""
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1))
    with engine.begin() as connection:
        connection.execute(
            text("UPDATE triggers SET next_fire = :due WHERE type = 'SCHEDULED'"),
            {"due": int(due.timestamp() * 1000)},
        )
    engine.dispose()
