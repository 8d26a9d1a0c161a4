"""R1 and R17: servers die, or are replaced, again and again under load (promises P1, P2, P6, P7)."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.conftest import wait_for
from tests.faults.conftest import Server, finish
from tests.faults.invariants import check_alive, check_clean, check_invariants, leftovers, rows_of, runners
from tests.faults.load import Load
from tests.faults.report import percentile

#: A slow machine starts slowly, and this starts a lot.
pytestmark = pytest.mark.timeout(600)
LONG = [pytest.mark.long, pytest.mark.faults]
#: Seconds that a server lives at most after its first answer, and after its start where it is killed before that; on a
#: slow machine as long as the one before took for its first answer.
LIFE_S = 0.4
#: Share of the servers that are killed while they start.
EARLY = 0.2
#: Seconds after the last fault in which every run has ended (promise P7).
SETTLE_S = 35.0
#: What the one run says that may fail here: its launch was interrupted three times.
GAVE_UP = "LAUNCH ERROR | the runner was lost 3 times before user code started"


@pytest.fixture
def busy(tmp_path: Path) -> Iterator[Server]:
    """A server with as many runs at a time as a small machine does well."""
    made = Server(tmp_path / "data", settings={"pythonshell_slots": 4})
    yield made
    finish(made)


@pytest.mark.parametrize("kills", [25, pytest.param(1000, marks=[*LONG, pytest.mark.timeout(3600)])])
def test_a_server_that_is_killed_under_load_loses_nothing(
    busy: Server, rng: random.Random, tell: Callable[..., None], kills: int
) -> None:
    busy.start()
    job = busy.job("", ExecutionProperty={"MaxConcurrentRuns": 30})
    recoveries = [LIFE_S]
    with Load(busy, job) as load:
        for _ in range(kills):
            busy.lives(rng.uniform(0, max(LIFE_S, recoveries[-1])))
            busy.kill()
            began = time.monotonic()
            busy.spawn()
            if rng.random() >= EARLY:
                busy.answered()
                recoveries.append(time.monotonic() - began)
        busy.answered()
    states = load.settle(deadline_s=SETTLE_S + len(load.acknowledged) / 100)
    acknowledged = load.acknowledged.values()
    figures = {
        "kills": kills,
        "acknowledged": len(acknowledged),
        "lost": len({*acknowledged} - states.keys()),
        "twice": sum(count > 1 for count in [*busy.started().values(), *load.calls().values()]),
        "stuck": sum(run["active"] for run in rows_of(busy).runs),
        "failed": sum(state != "SUCCEEDED" for state in states.values()),
        "p50_s": percentile(recoveries[1:], 50),
        "p99_s": percentile(recoveries[1:], 99),
    }
    check_alive(busy)
    check_clean(busy)
    assert busy.stop() == 0
    wait_for(lambda: not runners(busy.data), what="the end of all runners")
    figures["orphans"] = len([*leftovers(states.keys())])
    tell(
        "kill -9",
        "the server was killed {kills:,} times (kill -9) under load: of {acknowledged:,} acknowledged runs {lost} were "
        "lost, {twice} started twice, {stuck} got stuck, and {orphans} processes were left; it answered again after "
        "{p50_s:.2f} s (median), {p99_s:.2f} s (99 of 100)",
        **figures,
    )
    assert [figures[name] for name in ("lost", "twice", "stuck", "orphans")] == [0, 0, 0, 0], figures
    assert load.acknowledged, "nobody got through"
    failed = Counter(run["error_message"] for run in rows_of(busy).runs if run["state"] != "SUCCEEDED")
    assert failed.keys() <= {GAVE_UP}, failed
    check_invariants(busy, [*acknowledged])


@pytest.mark.parametrize("upgrades", [3, pytest.param(30, marks=[*LONG, pytest.mark.timeout(900)])])
def test_servers_that_are_replaced_under_load_are_no_trouble_to_anybody(
    busy: Server, rng: random.Random, tell: Callable[..., None], tmp_path: Path, upgrades: int
) -> None:
    go = tmp_path / "go"
    busy.start()
    job = busy.job("", ExecutionProperty={"MaxConcurrentRuns": 30})
    long = busy.job(f"import os, time\nwhile not os.path.exists({str(go)!r}): time.sleep(0.05)")
    healthy = busy.start_run(long)
    wait_for(lambda: busy.starts(long))
    with Load(busy, job, attempts=8, mode="legacy") as load:
        away_s = 0.0
        for _ in range(upgrades):
            # Up for longer than it was away, as no upgrade is the normal state of a service.
            busy.lives(max(rng.uniform(1, 3), 2 * away_s))
            began = time.monotonic()
            assert busy.stop() == 0
            busy.start()
            away_s = time.monotonic() - began
    states = load.settle(deadline_s=SETTLE_S + len(load.acknowledged) / 100)
    assert busy.get(long, healthy)["JobRunState"] == "RUNNING"
    go.touch()
    states[healthy] = busy.ended(long, healthy)["JobRunState"]
    killed = sum(state != "SUCCEEDED" for state in states.values())
    tell(
        "upgrade",
        "the server was replaced {upgrades} times under load: {acknowledged:,} runs started, {errors} errors came "
        "through the SDK's retries, {killed} runs did not succeed",
        upgrades=upgrades,
        acknowledged=len(load.acknowledged),
        errors=load.errors.total(),
        killed=killed,
    )
    assert (load.errors, killed) == (Counter(), 0)
    assert max(load.calls().values()) == 1
    check_invariants(busy, [healthy, *load.acknowledged.values()])
