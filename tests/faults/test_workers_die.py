"""R4: the runner, the script, Spark's driver or its JVM is killed: the run ends, says so, and is retried if asked."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.conftest import wait_for
from tests.faults.conftest import Server, runner
from tests.faults.invariants import check_clean
from tests.faults.report import percentile

from openglue.process import marked

pytestmark = pytest.mark.timeout(300)
LONG = [pytest.mark.long, pytest.mark.faults, pytest.mark.timeout(1200)]
LOST = "The worker of this job run was lost"
KILLED = "Command failed with signal SIGKILL"
#: Fails no more once the file is there.
WAITS = "import os, time\nwhile not os.path.exists({go!r}): time.sleep(0.02)"


def process(server: Server, run_id: str, program: bytes) -> int:
    """The first process of a run with that program in its command line."""
    [workspace] = server.data.glob(f"runs/{run_id}.*")
    found = sorted(
        identity.pid
        for identity in marked(workspace.name)
        if program in Path(f"/proc/{identity.pid}/cmdline").read_bytes().partition(b"\0")[0]
    )
    return found[0]


@pytest.mark.parametrize("times", [1, pytest.param(50, marks=LONG)])
@pytest.mark.parametrize(("victim", "message"), [("runner", LOST), ("script", KILLED)], ids=["runner", "script"])
def test_a_run_whose_process_is_killed_fails_and_is_retried(
    server: Server, tell: Callable[..., None], tmp_path: Path, victim: str, message: str, times: int
) -> None:
    server.start()
    took = []
    for number in range(times):
        go = tmp_path / f"go-{number}"
        job = server.job(WAITS.format(go=str(go)), MaxRetries=1)
        run_id = server.start_run(job)
        wait_for(lambda job=job: server.starts(job) == 1, deadline_s=60)  # type: ignore[misc]
        pid = runner(server, run_id) if victim == "runner" else process(server, run_id, b"python")
        began = time.monotonic()
        os.kill(pid, signal.SIGKILL)
        run = server.ended(job, run_id)
        took.append(time.monotonic() - began)
        assert (run["JobRunState"], run["ErrorMessage"]) == ("FAILED", message)
        wait_for(lambda job=job: server.starts(job) == 2, deadline_s=60, what="the retry")  # type: ignore[misc]
        go.touch()
        retry = server.ended(job, f"{run_id}_attempt_1")
        assert (retry["JobRunState"], retry["Attempt"], retry["PreviousRunId"]) == ("SUCCEEDED", 1, run_id)
    check_clean(server)
    tell(
        f"{victim} killed",
        "the " + victim + " of a run was killed {times} times (kill -9): the run was FAILED after {p50_s:.2f} s "
        "(median), {most_s:.2f} s (longest), and was retried once",
        times=times,
        p50_s=percentile(took, 50),
        most_s=max(took),
    )


def test_a_run_whose_runner_is_lost_has_executed_for_as_long_as_it_lived(server: Server) -> None:
    server.settings["OPENGLUE_REHEARSAL"] = "true"
    server.start()
    job = server.job("import time\ntime.sleep(600)")
    run_id = server.start_run(job)
    wait_for(lambda: server.starts(job), deadline_s=60)
    server.advance(seconds=3600)
    os.kill(runner(server, run_id), signal.SIGKILL)
    run = server.ended(job, run_id)
    assert (run["JobRunState"], run["ErrorMessage"]) == ("FAILED", LOST)
    assert run["ExecutionTime"] >= 3600


SPARK = """
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
while True:
    spark.range(10).count()
    open({there!r}, "w").close()
"""


@pytest.mark.spark
@pytest.mark.timeout(240)
def test_neither_half_of_a_spark_run_outlives_the_other(server: Server, tmp_path: Path) -> None:
    server.start()
    runs = {}
    for half in (b"python", b"java"):
        there = tmp_path / f"there-{half.decode()}"
        job = server.job(SPARK.format(there=str(there)), kind="glueetl")
        runs[half] = (job, server.start_run(job), there)
    for half, (job, run_id, there) in runs.items():
        wait_for(there.exists, deadline_s=120, what="Spark")
        os.kill(process(server, run_id, half), signal.SIGKILL)
        assert server.ended(job, run_id)["JobRunState"] == "FAILED"
    check_clean(server)
