"""R6: PostgreSQL is restarted, killed and cut off under load: what was acknowledged is there, healthy runs go on."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from botocore.exceptions import BotoCoreError, ClientError
from tests.conftest import wait_for
from tests.faults.cluster import Cluster, cluster
from tests.faults.conftest import BIN, Server, finish
from tests.faults.invariants import check_alive, check_invariants, rows_of
from tests.faults.load import Load
from tests.faults.proxy import Proxy
from tests.faults.report import percentile

from openglue.clock import SystemClock
from openglue.store.database import StoreAwayError, Tx
from openglue.store.opening import open_database

pytestmark = pytest.mark.timeout(300)
LONG = [pytest.mark.long, pytest.mark.faults, pytest.mark.timeout(1800)]
#: Seconds of a stall: connections survive the short one; the long one is more than anybody waits for an answer.
STALL_S, SILENCE_S = 5.0, 40.0


@pytest.fixture
def database(runtime_directory: None) -> Iterator[Cluster]:
    with cluster() as made:
        yield made


@pytest.fixture
def network(database: Cluster) -> Iterator[Proxy]:
    """What is between the server and its database."""
    with Proxy(database.port) as proxy:
        yield proxy


@pytest.fixture
def server(database: Cluster, network: Proxy, tmp_path: Path) -> Iterator[Server]:
    made = Server(tmp_path / "data", db=database.url_at(network.port), settings={"pythonshell_slots": 4})
    made.start()
    yield made
    finish(made)


@pytest.fixture
def faults(server: Server, database: Cluster, network: Proxy, rng: random.Random) -> dict[str, Callable[[], None]]:
    """What may happen to a database, by name; each is over when its function returns."""

    def restart() -> None:
        database.end(signal.SIGQUIT)
        server.lives(rng.uniform(0, 0.3))
        database.start()

    def kill() -> None:
        database.end(signal.SIGKILL)
        database.start()

    def stall(seconds: float) -> None:
        network.cut()
        try:
            server.lives(seconds)
        finally:
            network.heal()

    return {
        "restarts": restart,
        "kills": kill,
        "cuts": lambda: None if database.cut_all() else pytest.fail("nobody was connected"),
        "stalls": lambda: stall(STALL_S),
        "silences": lambda: stall(SILENCE_S),
    }


@pytest.mark.parametrize(
    "times",
    [
        {"restarts": 2, "kills": 1, "cuts": 1, "stalls": 1},
        pytest.param({"restarts": 20, "kills": 5, "cuts": 5, "stalls": 5, "silences": 2}, marks=LONG),
    ],
    ids=["a few", "many"],
)
def test_a_database_that_fails_under_load_loses_nothing(
    server: Server,
    faults: dict[str, Callable[[], None]],
    rng: random.Random,
    tell: Callable[..., None],
    tmp_path: Path,
    times: dict[str, int],
) -> None:
    go = tmp_path / "go"
    job = server.job("", ExecutionProperty={"MaxConcurrentRuns": 8})
    fresh = server.job("", ExecutionProperty={"MaxConcurrentRuns": 100})
    long = server.job(f"import os, time\nwhile not os.path.exists({str(go)!r}): time.sleep(0.05)")
    healthy = server.start_run(long)
    wait_for(lambda: server.starts(long), deadline_s=60)
    order = [name for name, count in times.items() for _ in range(count)]
    rng.shuffle(order)
    resumed_s = []
    after = []
    with Load(server, job, attempts=8, mode="legacy") as load:

        def starts() -> str | None:
            try:
                return server.start_run(fresh)
            except (BotoCoreError, ClientError):
                return None

        for name in order:
            server.lives(rng.uniform(0, 1.0))
            faults[name]()
            began = time.monotonic()
            # The service resumes by itself, and what is new goes well.
            after.append(wait_for(starts, deadline_s=90, what=f"a start after {name}"))
            assert server.ended(fresh, str(after[-1]))["JobRunState"] == "SUCCEEDED"
            resumed_s.append(time.monotonic() - began)
    states = load.settle(deadline_s=60 + len(load.acknowledged) / 50)
    assert server.get(long, healthy)["JobRunState"] == "RUNNING"
    go.touch()
    assert server.ended(long, healthy)["JobRunState"] == "SUCCEEDED"
    rows = rows_of(server)
    states = {run["id"]: run["state"] for run in rows.runs}
    acknowledged = [healthy, *map(str, after), *load.acknowledged.values()]
    calls = load.calls()
    figures = {
        **dict.fromkeys(faults, 0),
        **times,
        "acknowledged": len(acknowledged),
        "missing": len({*acknowledged} - states.keys()),
        "errors": load.errors.total(),
        # Of calls that were never answered, some were done all the same, each once.
        "unanswered": len(calls.keys() - load.acknowledged.keys()),
        "twice": sum(count > 1 for count in calls.values()),
        "killed": sum(state != "SUCCEEDED" for state in states.values()),
        "p50_s": percentile(resumed_s, 50),
        "most_s": max(resumed_s),
    }
    tell(
        "PostgreSQL",
        "under load PostgreSQL was restarted {restarts} times, its postmaster killed {kills} times, all connections "
        "cut {cuts} times, the network silent {stalls} times for 5 s and {silences} times for 40 s: of "
        "{acknowledged:,} acknowledged writes {missing} were missing and {twice} done twice, {killed} healthy runs "
        "were killed; a new run had succeeded {p50_s:.1f} s after a fault (median), {most_s:.1f} s (longest); {errors} "
        "errors came through the SDK's retries, {unanswered} of whose calls had been done",
        **figures,
    )
    assert (figures["missing"], figures["twice"], figures["killed"]) == (0, 0, 0), (figures, load.errors)
    assert figures["unanswered"] <= figures["errors"]
    check_alive(server)
    check_invariants(server, acknowledged)
    assert Counter(run["active"] for run in rows.runs) == {0: len(rows.runs)}


@pytest.mark.long
@pytest.mark.faults
def test_a_database_that_says_nothing_any_more_is_away(database: Cluster, network: Proxy, tmp_path: Path) -> None:
    store = open_database(tmp_path, database.url_at(network.port), SystemClock())
    assert store.read(Tx.lease_now)
    network.cut()
    # Nobody is told that the other side is gone: only what is not acknowledged in time says so.
    with pytest.raises(StoreAwayError):
        store.read(Tx.lease_now)
    network.heal()
    assert store.read(Tx.lease_now)
    store.close()


def test_while_the_database_is_away_doctor_says_that_the_server_goes_on_by_itself(
    server: Server, database: Cluster
) -> None:
    def checks(url: str) -> dict[str, dict[str, str]]:
        command = [BIN / "openglue", "doctor", "--data", str(server.data), "--json"]
        environ = {**os.environ, "OPENGLUE_DB": url}
        done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=120, check=False)
        return {check["name"]: check for check in json.loads(done.stdout)["checks"]}

    database.end(signal.SIGQUIT)
    found = checks(database.url)
    assert "Connection refused" in found["database"]["found"]
    assert found["database"]["advice"].startswith("start it, ")
    assert found["service"]["found"] == f"the one at {server.url} gets no answer from its database"
    assert found["service"]["advice"] == "see to the database; the service then goes on by itself"
    database.start()
    wait_for(lambda: checks(database.url)["service"]["verdict"] == "ok", deadline_s=60)
    elsewhere = checks(database.url.removesuffix("postgres") + "nothing")["database"]
    assert "does not exist" in elsewhere["found"]
    assert elsewhere["advice"].startswith("give another ")


@pytest.mark.long
@pytest.mark.faults
def test_a_call_to_a_silent_database_is_told_how_long_it_was_waited_for(server: Server, network: Proxy) -> None:
    network.cut()
    with pytest.raises(ClientError, match=r"The store did not answer: \S"):
        server.glue.get_jobs()
    network.heal()
