"""The tree of a run ends with it, and with its runner, by each of the means: a cgroup, a PID namespace, the sweep.

And by whichever it is held, its ends are told alike.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.conftest import wait_for
from tests.faults.conftest import Server, finish, hide_cgroups, runner, running
from tests.faults.invariants import check_alive
from tests.faults.report import percentile

from openglue import cgroup, namespace

pytestmark = pytest.mark.timeout(300)
LONG = [pytest.mark.long, pytest.mark.faults, pytest.mark.timeout(1200)]
GRACE_S = 1

#: As many as are there at a time.
MANY = 64
#: Ignores SIGTERM and becomes MANY. Each is in a session of its own, and if it hops, another process every moment.
BOMB = """
import os, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
until = time.monotonic() + 120
for _ in range({many} - 1):
    if os.fork() == 0:
        os.setsid()
        while {hops} and time.monotonic() < until:
            time.sleep(0.1)
            if os.fork():
                os._exit(0)
        break
time.sleep(600)
"""
#: Ignores SIGTERM, and has a bomb for a daemon by two forks, which knows its word, but nothing of the run if it hides.
SCRIPT = """
import os, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        environ = {{}} if {hides} else os.environ
        os.execve(sys.executable, [sys.executable, "-I", "-S", "-c", {bomb!r}, {word!r}], environ)
    os._exit(0)
time.sleep(600)
"""


@pytest.fixture(scope="module", params=["cgroup", "PID namespace", "sweep"])
def means(request: pytest.FixtureRequest) -> str:
    if request.param == "cgroup" and cgroup.find() is None:
        pytest.skip("no cgroup can be made here")
    if request.param == "PID namespace":
        bwrap = namespace.find()
        assert bwrap is not None, "bubblewrap is not installed; scripts/setup.sh does it"
        if refusal := namespace.refusal(bwrap):
            pytest.skip(f"no PID namespace can be made here: {refusal}")
    return str(request.param)


@pytest.fixture(scope="module")
def server(means: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Its runs are held by `means`."""
    folder = tmp_path_factory.mktemp("server")
    made = Server(folder / "data", settings={"stop_grace_s": GRACE_S, "pid_namespaces": means != "sweep"})
    if means != "cgroup":
        hide_cgroups(made)
    made.start()
    yield made
    finish(made)


def start(server: Server, means: str, **members: object) -> tuple[str, str, str]:
    """A run whose tree is complete: its job, its id and its word. Where only the sweep is, the tree does not hide."""
    hides = means != "sweep"
    word = f"bomb-{time.monotonic_ns()}"
    bomb = BOMB.format(many=MANY, hops=hides)
    job = server.job(SCRIPT.format(hides=hides, bomb=bomb, word=word), **members)
    run_id = server.start_run(job)
    # One that hops may be missed by a look.
    seen = MANY * 3 // 4 if hides else MANY
    wait_for(lambda: len(running(word)) >= seen, deadline_s=60, what="the tree")
    return job, run_id, word


def gone(word: str) -> None:
    wait_for(lambda: not running(word), what="the end of the tree")


TIMES = pytest.mark.parametrize("times", [1, pytest.param(20, marks=LONG)])


@TIMES
def test_a_tree_that_resists_ends_with_its_run(
    server: Server, means: str, tell: Callable[..., None], times: int
) -> None:
    took = []
    for _ in range(times):
        job, run_id, word = start(server, means)
        began = time.monotonic()
        server.glue.batch_stop_job_run(JobName=job, JobRunIds=[run_id])
        gone(word)
        took.append(time.monotonic() - began)
        assert server.ended(job, run_id)["JobRunState"] == "STOPPED"
    tell_of(tell, f"trees that resist, {means}", f"({means}), stopped with a grace of 1 s", took)


@TIMES
def test_a_tree_that_hides_ends_with_its_runner(
    server: Server, means: str, tell: Callable[..., None], times: int
) -> None:
    took = []
    for _ in range(times):
        job, run_id, word = start(server, means)
        began = time.monotonic()
        os.kill(runner(server, run_id), signal.SIGKILL)
        gone(word)
        took.append(time.monotonic() - began)
        run = server.ended(job, run_id)
        assert (run["JobRunState"], run["ErrorMessage"]) == ("FAILED", "The worker of this job run was lost")
    tell_of(tell, f"trees of killed runners, {means}", f"({means}), whose runner was killed", took)
    check_alive(server)


def tell_of(tell: Callable[..., None], scenario: str, fate: str, took: list[float]) -> None:
    tell(
        scenario,
        "{times} trees of {many} processes " + fate + ": gone after {p50_s:.2f} s (median), {most_s:.2f} s (longest)",
        times=len(took),
        many=MANY,
        p50_s=percentile(took, 50),
        most_s=max(took),
    )


NAMESPACE = pytest.mark.parametrize("means", ["PID namespace"], indirect=True, scope="module")


@NAMESPACE
def test_a_tree_ends_with_its_runner_while_no_server_is_there(server: Server, means: str) -> None:
    _, run_id, word = start(server, means)
    server.kill()
    assert running(word), "a run goes on without its server"
    os.kill(runner(server, run_id), signal.SIGKILL)
    gone(word)
    server.start()


#: What a script does, and how its run ends.
ENDS = {
    "pass": ("SUCCEEDED", None),
    "raise SystemExit(3)": ("FAILED", "SystemExit: 3"),
    "os._exit(137)": ("FAILED", "Command failed with exit code 137"),
    "os.kill(os.getpid(), 9)": ("FAILED", "Command failed with signal SIGKILL"),
    "os.kill(os.getpid(), 15)": ("FAILED", "Command failed with signal SIGTERM"),
    "os.abort()": ("FAILED", "Command failed with signal SIGABRT"),
    # In a namespace its parent is nobody that it could end.
    "import signal; [os.kill(1, n) for n in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL) if os.getppid() == 1]": (
        "SUCCEEDED",
        None,
    ),
    "os.getppid() == 1 and os.fork() == 0 and ([os.kill(1, 2) for _ in range(5_000_000)], os._exit(0))": (
        "SUCCEEDED",
        None,
    ),
    "raise ValueError('no')": ("FAILED", "ValueError: no"),
}


def test_every_end_is_told_as_it_was(server: Server) -> None:
    runs = {script: server.job(script) for script in ENDS}
    ids = {script: server.start_run(job) for script, job in runs.items()}
    ended = {script: server.ended(job, ids[script]) for script, job in runs.items()}
    assert {script: (run["JobRunState"], run.get("ErrorMessage")) for script, run in ended.items()} == ENDS


def test_a_script_that_is_stopped_hears_of_it(server: Server, tmp_path: Path) -> None:
    there, heard = tmp_path / "there", tmp_path / "heard"
    job = server.job(
        "import pathlib, signal, sys, time\n"
        "def hear(number, frame):\n"
        f"    pathlib.Path({str(heard)!r}).write_text(str(number))\n"
        "    sys.exit()\n"
        "signal.signal(signal.SIGTERM, hear)\n"
        f"pathlib.Path({str(there)!r}).touch()\n"
        "time.sleep(600)"
    )
    run_id = server.start_run(job)
    wait_for(there.exists, deadline_s=60, what="the script")
    server.glue.batch_stop_job_run(JobName=job, JobRunIds=[run_id])
    assert server.ended(job, run_id)["JobRunState"] == "STOPPED"
    assert heard.read_text() == str(int(signal.SIGTERM))


@pytest.mark.long
@pytest.mark.faults
def test_a_tree_that_resists_ends_at_its_timeout(server: Server, means: str) -> None:
    job, run_id, word = start(server, means, Timeout=1)
    wait_for(lambda: server.get(job, run_id)["JobRunState"] == "TIMEOUT", deadline_s=120, what="its timeout")
    gone(word)


SPARK = """
import os
from pyspark.sql import SparkSession
from pyspark.sql.functions import udf
spark = SparkSession.builder.getOrCreate()
double = udf(lambda n: n * 2, "long")
print(os.getppid(), spark.range(0, 1000, 1, 4).select(double("id").alias("n")).groupBy().sum().first()[0])
"""


@NAMESPACE
@pytest.mark.spark
def test_spark_works_in_a_namespace(server: Server) -> None:
    job = server.job(SPARK, kind="glueetl")
    run = server.ended(job, server.start_run(job))
    assert run["JobRunState"] == "SUCCEEDED", run
    group = f"{run['LogGroupName']}/output"
    events = server.logs.get_log_events(logGroupName=group, logStreamName=run["Id"], startFromHead=True)["events"]
    assert [event["message"] for event in events] == ["1 999000"]


@NAMESPACE
def test_where_no_namespace_is_allowed_runs_do_without_and_the_server_says_so(means: str, tmp_path: Path) -> None:
    server = Server(tmp_path / "data")
    hide_cgroups(server)
    none = 'echo 0 >/proc/sys/user/max_pid_namespaces && exec "$@"'
    server.prefix = (*server.prefix, "unshare", "--user", "--map-root-user", "sh", "-c", none, "sh")
    try:
        server.start()
        check_alive(server)
        assert "runs get no PID namespace: " in (server.data.parent / "server.log").read_text()
    finally:
        finish(server)
