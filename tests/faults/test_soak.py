"""R19: a server that works for long needs no more of the machine than before."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from tests.faults.conftest import Server, finish
from tests.faults.invariants import check_alive, check_clean, check_invariants
from tests.faults.load import Load

pytestmark = [pytest.mark.long, pytest.mark.faults, pytest.mark.timeout(1800)]
#: Servers one after the other, and seconds of each; those before what it needs is looked at; seconds between two looks.
SERVERS, LIFE_S, WARM_S, LOOK_S = 2, 240.0, 60.0, 2.0
#: Open files that come and go with calls and runs, and MiB of the write-ahead log (R19).
FILES, WAL_MB = 30, 64
#: MiB of memory an hour. Caches are still being filled in a few minutes; what leaks with each run shows.
SLOPE_MB_H = 200


class Needs(NamedTuple):
    """What a server has of the machine at a moment, monotonic seconds."""

    at: float
    memory_mb: float
    files: int
    wal_mb: float


@pytest.fixture
def busy(tmp_path: Path) -> Iterator[Server]:
    made = Server(tmp_path / "data", settings={"pythonshell_slots": 4})
    yield made
    finish(made)


def test_a_server_that_works_for_long_needs_no_more_than_before(busy: Server, tell: Callable[..., None]) -> None:
    busy.start()
    job = busy.job("print('x' * 1000)", ExecutionProperty={"MaxConcurrentRuns": 4})
    lives: list[list[Needs]] = []
    with Load(busy, job, clients=2, attempts=8, mode="legacy") as load:
        for number in range(SERVERS):
            if number:
                assert busy.stop() == 0
                busy.start()
            busy.lives(WARM_S)
            lives.append([*_watch(busy)])
    states = load.settle(deadline_s=60)
    figures = {
        "minutes": SERVERS * (LIFE_S + WARM_S) / 60,
        "servers": SERVERS,
        "runs": len(states),
        "failed": sum(state != "SUCCEEDED" for state in states.values()),
        "memory_mb": max(needs.memory_mb for life in lives for needs in life),
        "slope_mb_h": max(_slope(life) for life in lives) * 3600,
        "files": max(needs.files for life in lives for needs in life),
        "more_files": max(life[-1].files - life[0].files for life in lives),
        "wal_mb": max(needs.wal_mb for life in lives for needs in life),
    }
    tell(
        "soak",
        "{minutes:.0f} minutes of load on {servers} servers, one after the other: {runs:,} runs, {failed} failed; "
        "{memory_mb:.0f} MiB of memory at most, {slope_mb_h:+.1f} MiB an hour, {files} open files at most, "
        "{more_files:+} at the end, a write-ahead log of {wal_mb:.1f} MiB at most",
        **figures,
    )
    assert figures["failed"] == 0
    assert figures["more_files"] <= FILES
    assert figures["wal_mb"] <= WAL_MB
    assert figures["slope_mb_h"] <= SLOPE_MB_H
    assert not load.errors
    check_alive(busy)
    check_clean(busy)
    check_invariants(busy, [*load.acknowledged.values()])


def _watch(server: Server) -> Iterator[Needs]:
    until = time.monotonic() + LIFE_S
    while time.monotonic() < until:
        server.lives(LOOK_S)
        assert server.process is not None
        entry = Path(f"/proc/{server.process.pid}")
        kib = int((entry / "status").read_text().partition("VmRSS:")[2].split()[0])
        wal = server.data / "openglue.db-wal"
        yield Needs(time.monotonic(), kib / 1024, len([*(entry / "fd").iterdir()]), wal.stat().st_size / (1 << 20))


def _slope(life: list[Needs]) -> float:
    """MiB of memory that it takes more each second."""
    return statistics.linear_regression([needs.at for needs in life], [needs.memory_mb for needs in life]).slope
