"""R7: of two servers on one PostgreSQL one is cut off from it, again and again; both of them go on afterwards."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
from sqlalchemy import create_engine, text
from tests.conftest import wait_for
from tests.faults.cluster import Cluster, cluster
from tests.faults.conftest import Server, end_runs, finish
from tests.faults.invariants import check_alive, check_clean, check_invariants, rows_of
from tests.faults.load import Load
from tests.faults.proxy import Proxy

from openglue.model.states import TERMINAL

pytestmark = pytest.mark.timeout(300)
LONG = [pytest.mark.long, pytest.mark.faults, pytest.mark.timeout(1800)]
LEASE_S = 3
#: Schedules that are due in each round, and the runs that the job of the load has at a time.
SCHEDULES = 5
AT_A_TIME = 3


class World(NamedTuple):
    """Two servers on one database; what is between the first one and it can be cut."""

    database: Cluster
    network: Proxy
    cut_off: Server
    connected: Server


@pytest.fixture
def world(runtime_directory: None, tmp_path: Path) -> Iterator[World]:
    with ExitStack() as stack:
        database = stack.enter_context(cluster())
        network = stack.enter_context(Proxy(database.port))
        servers = []
        for name, port in (("first", network.port), ("second", database.port)):
            (tmp_path / name).mkdir()
            server = Server(
                tmp_path / name / "data",
                db=database.url_at(port),
                settings={"lease_s": LEASE_S, "pythonshell_slots": 2 + SCHEDULES},
            )
            # Scripts of either note their starts in one place.
            server.effects = tmp_path / "effects.txt"
            stack.callback(end_runs, server)
            server.start()
            servers.append(server)
        yield World(database, network, *servers)
        for server in reversed(servers):
            finish(server)


@pytest.mark.parametrize("cuts", [1, pytest.param(20, marks=LONG)])
def test_a_server_that_is_cut_off_does_nothing_twice(
    world: World, rng: random.Random, tell: Callable[..., None], tmp_path: Path, cuts: int
) -> None:
    database, network, cut_off, connected = world
    go = tmp_path / "go"
    long = cut_off.job(
        f"import os, time\nwhile not os.path.exists({str(go)!r}): time.sleep(0.05)",
        ExecutionProperty={"MaxConcurrentRuns": 2},
    )
    healthy = [server.start_run(long) for server in (cut_off, connected)]
    wait_for(lambda: connected.starts(long) == len(healthy), deadline_s=60)
    scheduled = connected.job("", ExecutionProperty={"MaxConcurrentRuns": 200})
    job = connected.job("", ExecutionProperty={"MaxConcurrentRuns": AT_A_TIME})
    with Load(cut_off, job, clients=2, attempts=8, mode="legacy") as one, Load(connected, job, clients=2) as other:
        for number in range(cuts):
            due = _schedule(connected, scheduled, f"t{number}")
            comes, goes_on_s = rng.random() < 0.5, rng.uniform(0, 0.5)
            # Shortly before it is cut off, or while it is.
            if comes:
                _come(database, due)
            connected.lives(goes_on_s)
            network.cut()
            connected.lives(goes_on_s)
            if not comes:
                _come(database, due)
            connected.lives(2 * LEASE_S - goes_on_s)
            network.heal()
            check_alive(cut_off)
            check_alive(connected)
            fired = (number + 1) * SCHEDULES
            wait_for(lambda fired=fired: len(_ended(connected, scheduled)) >= fired, deadline_s=60, what="the fires")  # type: ignore[misc]
    states = {**one.settle(deadline_s=90), **other.settle(deadline_s=90)}
    go.touch()
    states |= {run_id: connected.ended(long, run_id)["JobRunState"] for run_id in healthy}
    states |= _ended(connected, scheduled)
    fires = Counter(fire["trigger_id"] for fire in rows_of(connected).fires)
    acknowledged = [*healthy, *one.acknowledged.values(), *other.acknowledged.values()]
    figures = {
        "cuts": cuts,
        "acknowledged": len(acknowledged),
        "missing": len({*acknowledged} - states.keys()),
        "fires": fires.total(),
        "wrong": sum(count != 1 for count in fires.values()),
        "twice": sum(count > 1 for count in connected.started().values()),
        "killed": sum(state != "SUCCEEDED" for state in states.values()),
    }
    tell(
        "partition",
        "one of two servers on one PostgreSQL was cut off from it {cuts} times for two leases: of {acknowledged:,} "
        "acknowledged runs {missing} were missing and {twice} started twice, {killed} healthy runs were killed; of "
        "{fires} schedules {wrong} did not fire exactly once",
        **figures,
    )
    assert [figures[name] for name in ("missing", "wrong", "twice", "killed")] == [0, 0, 0, 0], figures
    assert len(fires) == cuts * SCHEDULES
    assert one.acknowledged, "nobody got through to the one"
    assert other.acknowledged, "nobody got through to the other"
    check_clean(connected)
    check_invariants(connected, acknowledged)


def _ended(server: Server, job: str) -> dict[str, str]:
    runs = [run for run in rows_of(server).runs if run["job_name"] == job]
    return {run["id"]: run["state"] for run in runs if run["state"] in TERMINAL}


def _schedule(server: Server, job: str, name: str) -> datetime:
    """Make schedules whose time was a minute ago; they fire when it is said to have come."""
    due = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(minutes=1)
    for number in range(SCHEDULES):
        server.glue.create_trigger(
            Name=f"{name}-{number}",
            Type="SCHEDULED",
            Schedule=f"cron({due.minute} {due.hour} * * ? *)",
            Actions=[{"JobName": job}],
            StartOnCreation=True,
        )
    return due


def _come(database: Cluster, due: datetime) -> None:
    """Let the time of all schedules have come that have not fired."""
    engine = create_engine(database.url.replace("postgresql://", "postgresql+psycopg://", 1))
    with engine.begin() as connection:
        connection.execute(
            text(
                "UPDATE triggers SET next_fire = :due "
                "WHERE type = 'SCHEDULED' AND id NOT IN (SELECT trigger_id FROM fires)"
            ),
            {"due": int(due.timestamp() * 1000)},
        )
    engine.dispose()
