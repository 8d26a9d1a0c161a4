"""The server is killed: nothing acknowledged is lost, nothing starts twice, nothing is left."""

from __future__ import annotations

import time

import pytest
from botocore.exceptions import BotoCoreError
from tests.conftest import wait_for
from tests.faults.conftest import Server
from tests.faults.invariants import check_alive

from openglue.faultpoints import FAULT_POINTS
from openglue.process import marked

SERVER_POINTS = [point for point in FAULT_POINTS if ":" not in point]
RUNNER_POINTS = [point for point in FAULT_POINTS if point.startswith("runner:")]


def test_a_run_goes_on_while_the_server_is_dead_and_not_a_line_is_lost(server: Server) -> None:
    server.start()
    job = server.job("import time\nfor n in range(40):\n    print(n, flush=True)\n    time.sleep(0.05)")
    run_id = server.start_run(job)
    wait_for(lambda: server.get(job, run_id)["JobRunState"] == "RUNNING")
    for _ in range(2):
        server.kill()
        server.start()
    run = server.ended(job, run_id)
    assert run["JobRunState"] == "SUCCEEDED"
    assert server.starts(job) == 1
    group = f"{run['LogGroupName']}/output"
    events = server.logs.get_log_events(logGroupName=group, logStreamName=run_id, startFromHead=True)["events"]
    assert [event["message"] for event in events] == [str(n) for n in range(40)]
    check_alive(server)


def test_a_run_that_ends_while_the_server_is_dead_is_finished_by_the_next_one(server: Server) -> None:
    server.start()
    job = server.job("import time\ntime.sleep(1)")
    run_id = server.start_run(job)
    wait_for(lambda: server.starts(job))
    server.kill()
    wait_for(lambda: list(server.data.glob("runs/*/outcome.json")), what="the outcome on disk")
    written = next(server.data.glob("runs/*/outcome.json")).stat().st_mtime
    wait_for(lambda: time.time() > written + 1.5, what="time to pass")
    server.start()
    run = server.ended(job, run_id)
    assert run["JobRunState"] == "SUCCEEDED"
    assert run["CompletedOn"].timestamp() <= written + 0.5, "it ended when it ended, not when that became known"
    assert server.starts(job) == 1


def test_a_stop_that_was_asked_before_the_server_died_is_carried_out(server: Server) -> None:
    server.start()
    job = server.job("import time\ntime.sleep(600)")
    run_id = server.start_run(job)
    wait_for(lambda: server.starts(job))
    assert server.glue.batch_stop_job_run(JobName=job, JobRunIds=[run_id])["SuccessfulSubmissions"]
    server.kill()
    server.start()
    assert server.ended(job, run_id)["JobRunState"] == "STOPPED"


@pytest.mark.parametrize("point", SERVER_POINTS)
def test_the_server_dies_at_every_named_point(server: Server, point: str) -> None:
    server.start(crash_at=point)
    job = server.job("")
    run_id = None
    try:
        run_id = server.start_run(job)
    except BotoCoreError:
        assert "accept" in point, "only a crash around the accept may take the answer with it"
    server.died()
    server.start()
    listed = [run["Id"] for run in server.glue.get_job_runs(JobName=job)["JobRuns"]]
    if run_id is not None:
        assert listed == [run_id], "what was acknowledged is there"
    if point == "before accept":
        assert listed == []
    for listed_id in listed:
        run = server.ended(job, listed_id)
        assert run["JobRunState"] == "SUCCEEDED", run.get("ErrorMessage")
    assert server.starts(job) == len(listed)
    check_alive(server)


@pytest.mark.parametrize("point", RUNNER_POINTS)
def test_the_runner_dies_at_every_named_point(server: Server, point: str) -> None:
    server.start(crash_at=point)
    job = server.job("")
    run_id = server.start_run(job)
    run = server.ended(job, run_id)
    assert server.starts(job) <= 1, "user code of one run id starts once at most (promise P2)"
    if point == "runner: after outcome":
        assert run["JobRunState"] == "SUCCEEDED", "the outcome was on disk"
    else:
        assert run["JobRunState"] == "FAILED"
        assert "lost" in run["ErrorMessage"]
    server.stop()
    server.start()
    check_alive(server)


def test_what_a_killed_runner_leaves_is_swept(server: Server) -> None:
    server.start()
    job = server.job(
        "import subprocess, sys, time\n"
        "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'], start_new_session=True)\n"
        "time.sleep(600)"
    )
    run_id = server.start_run(job)
    mark = f"{run_id}.1"
    wait_for(lambda: server.starts(job) and len(list(marked(mark))) >= 2, what="the user's processes")
    identity = wait_for(lambda: list(server.data.glob("runs/*/runner.json")))[0]
    import json
    import os

    os.kill(json.loads(identity.read_text())["pid"], 9)
    run = server.ended(job, run_id)
    assert (run["JobRunState"], run["ErrorMessage"]) == ("FAILED", "The worker of this job run was lost")
    wait_for(lambda: not list(marked(mark)), deadline_s=10, what="an empty process table (promise P6)")


def test_a_graceful_stop_leaves_runs_alone(server: Server) -> None:
    server.start()
    job = server.job("import time\ntime.sleep(1.5)")
    run_id = server.start_run(job)
    wait_for(lambda: server.starts(job))
    assert server.stop() == 0
    server.start()
    assert server.ended(job, run_id)["JobRunState"] == "SUCCEEDED"
    assert server.starts(job) == 1
