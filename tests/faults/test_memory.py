"""A run takes more memory than its share: it ends and says so, and its neighbours go on.

With whatever this machine has: cgroups where there are some, and with the watch, which holds where there are none.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.conftest import wait_for
from tests.faults.conftest import Server, end_runs, finish, hide_cgroups, running
from tests.faults.invariants import check_alive, check_invariants

from openglue import cgroup, namespace
from openglue.process import children, marked

#: Takes memory until somebody ends it, or it has far more than any share here.
HOG = """
held = []
for _ in range(48):
    held.append(bytearray(b"x" * (64 << 20)))
"""
OUT_OF_MEMORY = ("FAILED", "Command failed due to out of memory")


@pytest.fixture(params=["as this machine has it", "without cgroups"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    """Runs on 2 GiB; twice, the second time where no cgroup can be made."""
    settings = tmp_path / "openglue.toml"
    settings.write_text("memory_mb = 2048\n")
    made = Server(tmp_path / "data", "--config", str(settings))
    if request.param == "without cgroups":
        hide_cgroups(made)
    made.start()
    yield made
    assert made.stop() == 0
    check_invariants(made)
    left = [entry.name for entry in made.data.glob("runs/*") if groups(entry.name)]
    end_runs(made)
    assert not left, "a run's cgroup is left"


def groups(name: str) -> list[Path]:
    """What is there of the cgroup of a run, by its mark."""
    place = cgroup.find()
    found = [] if place is None else [directory / f"{cgroup.PREFIX}{name}" for directory in place.directories.values()]
    return [directory for directory in found if directory.exists()]


def end(server: Server, job: str, run_id: str) -> tuple[str, str | None]:
    run = server.ended(job, run_id)
    return run["JobRunState"], run.get("ErrorMessage")


def log(server: Server, run: dict[str, str], stream: str = "error") -> list[str]:
    group = f"{run['LogGroupName']}/{stream}"
    events = server.logs.get_log_events(logGroupName=group, logStreamName=run["Id"], startFromHead=True)["events"]
    return [event["message"] for event in events]


def test_a_run_beyond_its_memory_ends_and_its_neighbour_goes_on(server: Server, tmp_path: Path) -> None:
    go = tmp_path / "go"
    neighbour = server.job(
        f"import time, pathlib\nheld = bytearray(b'x' * (64 << 20))\nwhile not pathlib.Path({str(go)!r}).exists():\n"
        "    time.sleep(0.01)\nprint(len(held))"
    )
    hog = server.job(HOG + "import time\ntime.sleep(600)")
    neighbour_run = server.start_run(neighbour)
    wait_for(lambda: server.starts(neighbour))
    run = server.ended(hog, server.start_run(hog))
    assert (run["JobRunState"], run["ErrorMessage"]) == OUT_OF_MEMORY
    place = cgroup.find()
    means = "watched" if server.prefix or place is None else f"held by cgroup v{place.version}"
    said = log(server, run)[-1]
    assert said.startswith("openglue: this run went beyond its ")
    assert said.endswith(f" MiB of memory, which is {means}")
    go.touch()
    assert end(server, neighbour, neighbour_run) == ("SUCCEEDED", None)
    check_alive(server)


@pytest.mark.parametrize("afterwards", ["time.sleep(600)", "sys.exit(0)"])
def test_a_child_that_takes_too_much_ends_the_run_whatever_its_parent_makes_of_it(
    server: Server, afterwards: str
) -> None:
    hog = f"{HOG}import time; time.sleep(600)"
    job = server.job(f"import subprocess, sys, time\nsubprocess.run([sys.executable, '-c', {hog!r}])\n{afterwards}")
    assert end(server, job, server.start_run(job)) == OUT_OF_MEMORY


def test_the_cgroup_of_a_run_ends_with_it(server: Server) -> None:
    job = server.job("import time\ntime.sleep(600)")
    run_id = server.start_run(job)
    wait_for(lambda: server.starts(job))
    assert bool(groups(f"{run_id}.1")) != (bool(server.prefix) or cgroup.find() is None)
    server.glue.batch_stop_job_run(JobName=job, JobRunIds=[run_id])
    assert end(server, job, run_id) == ("STOPPED", "Job run stopped")
    assert not groups(f"{run_id}.1")


def test_what_a_killed_runner_leaves_is_swept_with_its_cgroup(server: Server) -> None:
    """Or is gone with its PID namespace, which dies with the runner."""
    bwrap = namespace.find()
    if (server.prefix or cgroup.find() is None) and (bwrap is None or namespace.refusal(bwrap)):
        pytest.skip("with neither a cgroup nor a PID namespace a process without the run's mark cannot be found")
    word = f"hidden-{server.port}"
    hidden = [sys.executable, "-c", "import time; time.sleep(600)", word]
    job = server.job(
        f"import subprocess, time\nsubprocess.Popen({hidden!r}, env={{}}, start_new_session=True)\ntime.sleep(600)"
    )
    run_id = server.start_run(job)
    wait_for(lambda: running(word), what="the child")
    runner = json.loads(next(server.data.glob("runs/*/runner.json")).read_text())["pid"]
    assert children(runner), "the script lives"
    os.kill(runner, signal.SIGKILL)
    assert end(server, job, run_id) == ("FAILED", "The worker of this job run was lost")
    wait_for(lambda: not groups(f"{run_id}.1"), deadline_s=10, what="no cgroup")
    assert not list(marked(f"{run_id}.1"))
    wait_for(lambda: not running(word), what="the end of what had hidden itself")


def test_a_run_without_end_of_threads_is_refused_more_and_its_log_says_so(server: Server) -> None:
    place = None if server.prefix else cgroup.find()
    if place is None or "pids" not in place.directories:
        pytest.skip("nothing counts processes here")
    job = server.job(
        "import threading\n"
        "threading.stack_size(64 << 10)\n"
        "over = threading.Event()\n"
        "try:\n"
        "    for born in range(1500):\n"
        "        threading.Thread(target=over.wait, daemon=True).start()\n"
        "except RuntimeError:\n"
        "    print(born)\n"
        "over.set()"
    )
    run = server.ended(job, server.start_run(job))
    assert run["JobRunState"] == "SUCCEEDED"
    assert log(server, run, "output") == ["1023"]
    assert log(server, run)[-1] == "openglue: this run wanted more than 1024 processes and threads at a time"


SPARK = """
from pyspark.context import SparkContext
from pyspark.sql import SparkSession
context = SparkContext()
spark = SparkSession(context)
"""


HERE = pytest.mark.parametrize("server", ["as this machine has it"], indirect=True)
NEW_ARRAY = "context._gateway.new_array(context._jvm.long, 400_000_000)"
FOUND_NO_FAULT = f"""
try:
    {NEW_ARRAY}
finally:
    raise SystemExit(0)
"""
UDF = f"""
def take(n):
{textwrap.indent(HOG, "    ")}
context.parallelize([1]).map(take).collect()
"""
FULL_HEAP = """
held = [context._gateway.new_array(context._jvm.long, 16_000_000) for _ in range(8)]
from pyspark.sql.functions import udf
half = udf(lambda n: n // 2, "long")
print(spark.range(0, 200_000, 1, 8).select(half("id").alias("half")).groupBy("half").count().count())
"""


@HERE
@pytest.mark.spark
@pytest.mark.parametrize(
    "script",
    [
        pytest.param(NEW_ARRAY, id="in the driver"),
        pytest.param("spark.range(1).selectExpr('size(sequence(1, 400000000))').collect()", id="in a task"),
        pytest.param(FOUND_NO_FAULT, id="and the script finds no fault"),
    ],
)
def test_a_heap_that_is_too_small_ends_the_run(server: Server, script: str) -> None:
    job = server.job(SPARK + script, kind="glueetl")
    assert end(server, job, server.start_run(job)) == OUT_OF_MEMORY


@pytest.mark.spark
@pytest.mark.parametrize("script", [pytest.param(HOG, id="the script"), pytest.param(UDF, id="a Python worker")])
def test_what_spark_has_beside_its_heap_counts_too(server: Server, script: str) -> None:
    job = server.job(SPARK + script, kind="glueetl")
    assert end(server, job, server.start_run(job)) == OUT_OF_MEMORY


@HERE
@pytest.mark.spark
def test_a_run_whose_heap_is_full_has_room_for_the_rest(server: Server) -> None:
    job = server.job(SPARK + FULL_HEAP, kind="glueetl")
    run = server.ended(job, server.start_run(job))
    assert (run["JobRunState"], log(server, run, "output")) == ("SUCCEEDED", ["100000"])
    place = cgroup.find()
    means = "watched" if place is None else f"held by cgroup v{place.version}"
    [share] = [line for line in log(server, run) if line.startswith("openglue: this run has ")]
    assert share.startswith("openglue: this run has 2048 MiB of memory (1280 of them for Spark's heap) and ")
    assert share.endswith(f"; its memory is {means}")


def test_a_run_whose_cgroup_a_server_cannot_see_is_ended_by_the_next_that_can(tmp_path: Path) -> None:
    if cgroup.find() is None:
        pytest.skip("this process may not make cgroups here")
    server = Server(tmp_path / "data")
    server.start()
    word = f"hidden-{server.port}"
    hidden = [sys.executable, "-c", "import time; time.sleep(600)", word]
    job = server.job(
        f"import subprocess, time\nsubprocess.Popen({hidden!r}, env={{}}, start_new_session=True)\ntime.sleep(600)"
    )
    run_id = server.start_run(job)
    wait_for(lambda: running(word), deadline_s=60, what="the child")
    [workspace] = server.data.glob("runs/*")
    server.kill()
    os.kill(json.loads((workspace / "runner.json").read_text())["pid"], signal.SIGKILL)
    hide_cgroups(server)
    try:
        server.start()
        assert end(server, job, run_id) == ("FAILED", "The worker of this job run was lost")
        # The run after it has been cleared away: this one's turn has come, too.
        check_alive(server)
        wait_for(lambda: [*server.data.glob("runs/*")] == [workspace], what="the other's end")
        assert server.stop() == 0
        assert running(word), "where its cgroup is hidden, nobody finds it"
        server.prefix = ()
        server.start()
        wait_for(lambda: not workspace.exists(), what="the end of its tree")
        assert not running(word)
        assert not groups(workspace.name)
    finally:
        finish(server)
