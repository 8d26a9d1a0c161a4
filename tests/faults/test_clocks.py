"""R11: the wall clock jumps by hours and days, under a server with runs, waits and schedules."""

from __future__ import annotations

import json
import shutil
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.acceptance.clients.environments import environment
from tests.conftest import wait_for
from tests.faults.conftest import Server
from tests.faults.invariants import check_alive, rows_of

from openglue.config import load
from openglue.model.event import RUN_STATUS

#: Seconds that are added to the time, one after the other.
HOUR, DAY = 3600, 86_400
#: Seconds that something waits, which is longer than the clock is set twice on a busy machine.
WAIT_S = 15
JUMPS = (HOUR, 25 * HOUR, 10 * DAY, -2 * HOUR, -3 * DAY, 0)
WAITS = "import os, time\nwhile not os.path.exists({go!r}): time.sleep(0.05)"
MANY = {"ExecutionProperty": {"MaxConcurrentRuns": 100}}


class Clocked:
    """A server whose wall clock can be set; boot time goes its way."""

    def __init__(self, server: Server, library: Path, folder: Path, **settings: object) -> None:
        self.server = server
        self.go = folder / "go"
        self._moved = folder / "moved"
        self._jump = 0.0
        self.jump(0)
        server.settings |= {
            **{f"OPENGLUE_{name.upper()}": str(value) for name, value in settings.items()},
            "LD_PRELOAD": str(library),
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "FAKETIME_TIMESTAMP_FILE": str(self._moved),
            "FAKETIME_NO_CACHE": "1",
        }
        server.start()

    def jump(self, seconds: float) -> None:
        """Set the clock so far ahead of what it is."""
        self._jump = seconds
        written = self._moved.with_suffix(".new")
        written.write_text(f"{seconds:+}")
        written.replace(self._moved)

    def now(self) -> float:
        return time.time() + self._jump

    def waits(self, **members: Any) -> str:
        """A job whose runs wait for the signal to go."""
        return self.server.job(WAITS.format(go=str(self.go)), **members)

    def hourly(self) -> str:
        """A job that is started every hour."""
        job = self.server.job("", **MANY)
        self.server.glue.create_trigger(
            Name="hourly",
            Type="SCHEDULED",
            Schedule="cron(0 * * * ? *)",
            Actions=[{"JobName": job}],
            StartOnCreation=True,
        )
        return job

    def queue_until(self, run_id: str) -> float:
        """When a WAITING run gives up, as its history says it."""
        headers = {"X-Amz-Target": "OpenGlue.GetJobRunHistory", "Content-Type": "application/x-amz-json-1.1"}
        call = urllib.request.Request(  # noqa: S310 - our own address
            self.server.url, json.dumps({"RunId": run_id}).encode(), headers
        )
        with urllib.request.urlopen(call, timeout=30) as answer:  # noqa: S310 - our own address
            return float(json.load(answer)["QueueUntil"])


@pytest.fixture(scope="module")
def library() -> Path:
    """libfaketime, which is built from its source."""
    if shutil.which("cc") is None or shutil.which("make") is None:
        pytest.skip("libfaketime is built from its source, and there is no compiler here")
    root = environment("faketime", load().cache, print).parent
    [found] = root.glob("lib/*/site-packages/libfaketime/vendor/libfaketime/src/libfaketime.so.1")
    return found


def test_what_waits_waits_as_long_as_ever_and_schedules_follow_the_clock(
    server: Server, library: Path, tmp_path: Path
) -> None:
    clocked = Clocked(server, library, tmp_path, lease_s=3, queue_s=WAIT_S, retry_delay_s=WAIT_S)
    job = clocked.waits(JobRunQueuingEnabled=True)
    failing = server.job("raise SystemExit('no')", MaxRetries=1)
    scheduled = clocked.hourly()
    executes = server.start_run(job)
    wait_for(lambda: server.starts(job) == 1, deadline_s=60, what="the start of the run")
    first = server.ended(failing, server.start_run(failing))
    began = time.monotonic()
    waits = server.start_run(job)
    for jump in (10 * DAY, -2 * HOUR):
        clocked.jump(jump)
        # A round of everything that looks at the time.
        server.lives(1.1)
        states = [server.get(job, run_id)["JobRunState"] for run_id in (executes, waits)]
        assert states == ["RUNNING", "WAITING"], jump
        assert server.starts(failing) == 1, "its retry has a delay"
        assert 0 < clocked.queue_until(waits) - clocked.now() <= WAIT_S, "it is told by the clock that was set"
    # A second before a full hour, again, and before the next one.
    hour = (time.time() // HOUR + 1) * HOUR
    for full in (hour, hour, hour + HOUR):
        clocked.jump(full - time.time() - 1)
        wait_for(lambda: clocked.now() > full + 0.5 and full in _fired(server), what="the full hour")  # noqa: B023 - called at once
    gave_up = server.ended(job, waits)
    assert gave_up["ErrorMessage"] == "Max concurrent runs exceeded"
    assert time.monotonic() - began >= WAIT_S
    assert server.ended(failing, f"{first['Id']}_attempt_1")["Attempt"] == 1
    clocked.go.touch()
    assert server.ended(job, executes)["JobRunState"] == "SUCCEEDED"
    wait_for(lambda: server.starts(scheduled) == len(_fired(server)), what="one start for each time")
    for run in server.glue.get_job_runs(JobName=job)["JobRuns"]:
        assert run["StartedOn"] <= run["CompletedOn"] <= run["LastModifiedOn"]


@pytest.mark.long
@pytest.mark.faults
@pytest.mark.timeout(600)
def test_a_wall_clock_that_jumps_harms_no_run(
    server: Server, library: Path, tell: Callable[..., None], tmp_path: Path
) -> None:
    clocked = Clocked(server, library, tmp_path, lease_s=3, queue_s=60, retry_delay_s=60)
    job, queued = clocked.waits(**MANY), clocked.waits(JobRunQueuingEnabled=True)
    failing = server.job("raise SystemExit('no')", MaxRetries=1)
    clocked.hourly()
    endless = server.glue.start_job_run(JobName=job, NotificationProperty={"NotifyDelayAfter": 1})["JobRunId"]
    short = server.glue.start_job_run(JobName=job, Timeout=1)["JobRunId"]
    holds, waits = server.start_run(queued), server.start_run(queued)
    failed = server.ended(failing, server.start_run(failing))
    wait_for(lambda: server.starts(job) == 2, deadline_s=60)
    began = time.monotonic()
    for jump in JUMPS:
        clocked.jump(jump)
        # Some rounds of everything that looks at the time.
        server.lives(4)
        states = [server.get(job, run_id)["JobRunState"] for run_id in (endless, short)]
        assert [*states, server.get(queued, waits)["JobRunState"]] == ["RUNNING", "RUNNING", "WAITING"], jump
        assert server.starts(failing) == 1, "its retry has a delay"
        assert _told_of(server, endless) == 0, "it is not late yet"
        check_alive(server)
    timed_out = wait_for(lambda: _ended(server, job, short), deadline_s=120, what="the timeout")
    assert timed_out["JobRunState"] == "TIMEOUT"
    off = timed_out["ExecutionTime"] - 60
    assert server.ended(queued, waits)["ErrorMessage"] == "Max concurrent runs exceeded"
    assert server.ended(failing, f"{failed['Id']}_attempt_1")["Attempt"] == 1
    wait_for(lambda: _told_of(server, endless) == 1, what="what is told of a slow run")
    clocked.go.touch()
    run = server.ended(job, endless)
    assert run["JobRunState"] == server.ended(queued, holds)["JobRunState"] == "SUCCEEDED"
    assert abs(run["ExecutionTime"] - (time.monotonic() - began)) < 10
    rows = rows_of(server)
    keys = [fire["fire_key"] for fire in rows.fires]
    tell(
        "clock jumps",
        "{jumps} jumps of the wall clock by hours and days: 0 runs ended, 0 waits ended early or late, a timeout of "
        "60 s off by {off} s, {fires} scheduled times, each once at most",
        jumps=len(JUMPS),
        off=off,
        fires=len(set(keys)),
    )
    assert len(keys) == len(set(keys))
    assert 0 <= off <= 1


def _fired(server: Server) -> list[float]:
    """The times that triggers have fired for."""
    return [int(fire["fire_key"]) / 1000 for fire in rows_of(server).fires]


def _told_of(server: Server, run_id: str) -> int:
    """How often it was told that a run is slow."""
    return sum(event["kind"] == RUN_STATUS and event["run_id"] == run_id for event in rows_of(server).outbox)


def _ended(server: Server, job: str, run_id: str) -> dict[str, object] | None:
    run = server.get(job, run_id)
    return run if "CompletedOn" in run else None
