"""Stops: whenever one comes, and whatever the script does against it, nothing of the run is left (promise P6)."""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.conftest import wait_for
from tests.faults.conftest import Server
from tests.faults.invariants import check_clean, leftovers
from tests.faults.report import percentile

from openglue import cgroup
from openglue.process import Identity

pytestmark = pytest.mark.timeout(300)
LONG = [pytest.mark.long, pytest.mark.faults, pytest.mark.timeout(1200)]
#: Runs that are stopped at a time.
TOGETHER = 5
#: Ends by itself after a moment, or never; with a child in a session of its own.
SCRIPT = """
import subprocess, sys, time
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
time.sleep({seconds})
"""


@pytest.mark.parametrize("stops", [10, pytest.param(100, marks=LONG)])
def test_a_stop_at_any_moment_leaves_nothing(
    server: Server, rng: random.Random, tell: Callable[..., None], stops: int
) -> None:
    server.settings["OPENGLUE_PYTHONSHELL_SLOTS"] = str(TOGETHER)
    server.start()
    jobs = [
        server.job(SCRIPT.format(seconds=seconds), ExecutionProperty={"MaxConcurrentRuns": 100})
        for seconds in (0.1, 600)
    ]
    # How far a run has come when it is stopped, and what comes then: some more milliseconds.
    moments = [(rng.choice(jobs), rng.choice(MOMENTS), rng.expovariate(20)) for _ in range(stops)]

    def stop(chance: tuple[str, str, float]) -> tuple[str, str, str]:
        job, moment, more_s = chance
        glue = server.client()
        run_id = str(glue.start_job_run(JobName=job)["JobRunId"])
        if moment != "accepted":
            wait_for(
                lambda: server.get(job, run_id)["JobRunState"] != "STARTING" or REACHED[moment](server, run_id),
                deadline_s=60,
            )
            time.sleep(more_s)  # the random moment itself
        glue.batch_stop_job_run(JobName=job, JobRunIds=[run_id])
        return run_id, moment, str(server.ended(job, run_id)["JobRunState"])

    with ThreadPoolExecutor(TOGETHER) as pool:
        ended = [*pool.map(stop, moments)]
    states = Counter(state for _, _, state in ended)
    assert states.keys() <= {"STOPPED", "SUCCEEDED"}, states
    check_clean(server)
    left = [*leftovers({run_id for run_id, _, _ in ended})]
    tell(
        "stops",
        "{stops} runs were stopped at random moments, {stopped} of them before they ended by themselves: {left} "
        "processes and cgroups were left",
        stops=stops,
        stopped=states["STOPPED"],
        left=len(left),
    )
    assert left == []


def _workspace(server: Server, run_id: str) -> bool:
    return any(server.data.glob(f"runs/{run_id}.*"))


def _booting(server: Server, run_id: str) -> bool:
    return any(server.data.glob(f"runs/{run_id}.*/work/*.py"))


#: What is there of a run that has come so far.
REACHED: dict[str, Callable[[Server, str], bool]] = {
    "launching": _workspace,
    "booting": _booting,
    "running": lambda server, run_id: bool(server.started()[run_id]),
}
MOMENTS = ["accepted", *REACHED]


#: Ignores SIGTERM, becomes a daemon by two forks, in a session of its own, without open files and under another name.
STUBBORN = """
import ctypes, os, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.closerange(0, 100)
        ctypes.CDLL(None).prctl(15, b"kworker/0:1", 0, 0, 0)
        open({there!r}, "w").close()
        while True:
            time.sleep(600)
    os._exit(0)
while True:
    time.sleep(600)
"""


@pytest.mark.parametrize("times", [1, pytest.param(20, marks=LONG)])
def test_a_script_that_resists_is_gone_after_its_grace(
    server: Server, tell: Callable[..., None], tmp_path: Path, times: int
) -> None:
    server.settings["OPENGLUE_STOP_GRACE_S"] = "1"
    server.start()
    took = []
    for number in range(times):
        there = tmp_path / str(number)
        job = server.job(STUBBORN.format(there=str(there)))
        run_id = server.start_run(job)
        wait_for(there.exists, deadline_s=60, what="the daemon")
        began = time.monotonic()
        server.glue.batch_stop_job_run(JobName=job, JobRunIds=[run_id])
        wait_for(lambda run_id=run_id: not [*leftovers({run_id})], what="an empty process table")  # type: ignore[misc]
        took.append(time.monotonic() - began)
        assert server.ended(job, run_id)["JobRunState"] == "STOPPED"
    place = cgroup.find()
    tell(
        "stubborn scripts",
        "{times} scripts that ignore SIGTERM and hide behind a daemon were stopped, with a grace of 1 s (cgroup "
        "v{version}): all of their processes were gone after {p50_s:.2f} s (median), {most_s:.2f} s (longest)",
        times=times,
        version=0 if place is None else place.version,
        p50_s=percentile(took, 50),
        most_s=max(took),
    )


def test_a_stop_whose_runner_is_frozen_ends_also_after_a_restart_of_the_server(server: Server) -> None:
    server.settings |= {"OPENGLUE_STOP_GRACE_S": "1", "OPENGLUE_REHEARSAL": "true"}
    server.start()
    job = server.job("import time\ntime.sleep(600)")
    run_id = server.start_run(job)
    wait_for(lambda: server.starts(job), deadline_s=60)
    [file] = server.data.glob(f"runs/{run_id}.*/runner.json")
    runner = Identity.read(file)
    assert runner is not None
    os.kill(runner.pid, signal.SIGSTOP)
    server.glue.batch_stop_job_run(JobName=job, JobRunIds=[run_id])
    server.kill()
    server.start()

    def stopped() -> bool:
        server.advance(seconds=10)
        return str(server.get(job, run_id)["JobRunState"]) == "STOPPED"

    wait_for(stopped, what="the end of the stop")
    assert [*leftovers({run_id})] == []
    # Its slot is free.
    again = server.start_run(job)
    server.glue.batch_stop_job_run(JobName=job, JobRunIds=[again])
    assert server.ended(job, again)["JobRunState"] == "STOPPED"
