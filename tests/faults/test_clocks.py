"""R11: the wall clock jumps by hours and days, under a server with runs and schedules."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.acceptance.clients.environments import environment
from tests.conftest import wait_for
from tests.faults.conftest import Server
from tests.faults.invariants import check_alive, rows_of

from openglue.config import load

#: What is added to the time, one after the other.
JUMPS = ("+1h", "+25h", "+10d", "-2h", "-3d", "+0")
WAITS = "import os, time\nwhile not os.path.exists({go!r}): time.sleep(0.05)"


@pytest.fixture(scope="module")
def library() -> Path:
    """libfaketime, which is built from its source."""
    if shutil.which("cc") is None or shutil.which("make") is None:
        pytest.skip("libfaketime is built from its source, and there is no compiler here")
    root = environment("faketime", load().cache, print).parent
    [found] = root.glob("lib/*/site-packages/libfaketime/vendor/libfaketime/src/libfaketime.so.1")
    return found


@pytest.mark.long
@pytest.mark.faults
@pytest.mark.timeout(600)
def test_a_wall_clock_that_jumps_harms_no_run(
    server: Server, library: Path, tell: Callable[..., None], tmp_path: Path
) -> None:
    moved, go = tmp_path / "moved", tmp_path / "go"
    moved.write_text("+0")
    server.settings |= {
        "OPENGLUE_LEASE_S": "3",
        "LD_PRELOAD": str(library),
        # Wall time alone: suspended or not, boot time goes its way.
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "FAKETIME_TIMESTAMP_FILE": str(moved),
        "FAKETIME_NO_CACHE": "1",
    }
    server.start()
    job = server.job(WAITS.format(go=str(go)), ExecutionProperty={"MaxConcurrentRuns": 100})
    scheduled = server.job("", ExecutionProperty={"MaxConcurrentRuns": 100})
    server.glue.create_trigger(
        Name="hourly",
        Type="SCHEDULED",
        Schedule="cron(0 * * * ? *)",
        Actions=[{"JobName": scheduled}],
        StartOnCreation=True,
    )
    endless = server.glue.start_job_run(JobName=job)["JobRunId"]
    short = server.glue.start_job_run(JobName=job, Timeout=1)["JobRunId"]
    wait_for(lambda: server.starts(job) == 2, deadline_s=60)
    began = time.monotonic()
    for jump in JUMPS:
        moved.write_text(jump)
        # Some rounds of everything that looks at the time.
        server.lives(4)
        assert {server.get(job, run_id)["JobRunState"] for run_id in (endless, short)} == {"RUNNING"}, jump
        check_alive(server)
    timed_out = wait_for(lambda: _ended(server, job, short), deadline_s=120, what="the timeout")
    assert timed_out["JobRunState"] == "TIMEOUT"
    off = timed_out["ExecutionTime"] - 60
    go.touch()
    run = server.ended(job, endless)
    assert run["JobRunState"] == "SUCCEEDED"
    assert abs(run["ExecutionTime"] - (time.monotonic() - began)) < 10
    rows = rows_of(server)
    keys = [fire["fire_key"] for fire in rows.fires]
    tell(
        "clock jumps",
        "{jumps} jumps of the wall clock by hours and days: 0 runs ended, a timeout of 60 s off by {off} s, {fires} "
        "scheduled times, each once at most",
        jumps=len(JUMPS),
        off=off,
        fires=len(set(keys)),
    )
    assert len(keys) == len(set(keys))
    assert 0 <= off <= 1


def _ended(server: Server, job: str, run_id: str) -> dict[str, object] | None:
    run = server.get(job, run_id)
    return run if "CompletedOn" in run else None
