"""R6: PostgreSQL is restarted and killed under load: what was acknowledged is there, and healthy runs go on."""

from __future__ import annotations

import random
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.conftest import wait_for
from tests.faults.cluster import Cluster, cluster
from tests.faults.conftest import Server, finish
from tests.faults.invariants import check_alive, check_invariants, rows_of
from tests.faults.load import Load

pytestmark = pytest.mark.timeout(300)
LONG = [pytest.mark.long, pytest.mark.faults, pytest.mark.timeout(1200)]


@pytest.fixture
def database(runtime_directory: None) -> Iterator[Cluster]:
    with cluster() as made:
        yield made


@pytest.fixture
def server(database: Cluster, tmp_path: Path) -> Iterator[Server]:
    made = Server(tmp_path / "data", db=database.url, settings={"pythonshell_slots": 4})
    made.start()
    yield made
    finish(made)


@pytest.mark.parametrize("restarts", [2, pytest.param(20, marks=LONG)])
def test_a_database_that_is_restarted_under_load_loses_nothing(
    server: Server, database: Cluster, rng: random.Random, tell: Callable[..., None], tmp_path: Path, restarts: int
) -> None:
    go = tmp_path / "go"
    job = server.job("", ExecutionProperty={"MaxConcurrentRuns": 30})
    long = server.job(f"import os, time\nwhile not os.path.exists({str(go)!r}): time.sleep(0.05)")
    healthy = server.start_run(long)
    wait_for(lambda: server.starts(long), deadline_s=60)
    cut = 0
    with Load(server, job, attempts=8, mode="legacy") as load:

        def goes_on() -> None:
            """The service resumes by itself: clients get through again."""
            before = len(load.acknowledged)
            wait_for(lambda: len(load.acknowledged) > before, deadline_s=90, what="a start that is answered")

        for _ in range(restarts):
            goes_on()
            server.lives(rng.uniform(0, 1.0))
            database.end(signal.SIGQUIT)
            server.lives(rng.uniform(0, 0.3))
            database.start()
        goes_on()
        database.end(signal.SIGKILL)
        database.start()
        goes_on()
        cut = database.cut_all()
        goes_on()
    states = load.settle(deadline_s=60 + len(load.acknowledged) / 50)
    assert server.get(long, healthy)["JobRunState"] == "RUNNING"
    go.touch()
    states[healthy] = server.ended(long, healthy)["JobRunState"]
    acknowledged = [healthy, *load.acknowledged.values()]
    calls = load.calls()
    figures = {
        "restarts": restarts,
        "cut": cut,
        "acknowledged": len(acknowledged),
        "missing": len({*acknowledged} - states.keys()),
        "errors": load.errors.total(),
        # Of calls that were never answered, some were done all the same, each once.
        "unanswered": len(calls.keys() - load.acknowledged.keys()),
        "twice": sum(count > 1 for count in calls.values()),
        "killed": sum(state != "SUCCEEDED" for state in states.values()),
    }
    tell(
        "PostgreSQL",
        "PostgreSQL restarted {restarts} times under load, its postmaster killed, {cut} connections cut: "
        "{acknowledged} acknowledged writes, {missing} missing, {twice} done twice, {killed} healthy runs killed; "
        "{errors} errors came through the SDK's retries, {unanswered} of whose calls had been done",
        **figures,
    )
    assert (figures["missing"], figures["twice"], figures["killed"]) == (0, 0, 0), (figures, load.errors)
    assert figures["unanswered"] <= figures["errors"]
    check_alive(server)
    check_invariants(server, acknowledged)
    assert not [run for run in rows_of(server).runs if run["active"]]
