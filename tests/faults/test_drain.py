"""A machine that goes away: its server lets go of its work, and nothing that was accepted is lost."""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import wait_for
from tests.faults.conftest import BIN, Server, finish
from tests.faults.invariants import check_alive

from openglue.cli.service import Service

#: A script that ends when its job's file is there.
UNTIL = """
import os, sys, time
deadline = time.monotonic() + 60
while not os.path.exists({file!r}):
    if time.monotonic() > deadline:
        sys.exit(f"there never was {file!r}")
    time.sleep(0.02)
"""


def drain(server: Server, *words: str) -> subprocess.CompletedProcess[str]:
    command = [BIN / "openglue", "drain", "--endpoint", server.url, *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=90, check=False)


def node(server: Server, *words: str) -> dict[str, Any]:
    done = drain(server, "--json", *words)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)  # type: ignore[no-any-return]


def ids(node: dict[str, Any]) -> list[str]:
    return [run["Id"] for run in node["JobRuns"]]


def test_a_draining_server_keeps_what_it_has_and_takes_nothing_new(server: Server, tmp_path: Path) -> None:
    server.start()
    gate = tmp_path / "gate"
    job = server.job(UNTIL.format(file=str(gate)), ExecutionProperty={"MaxConcurrentRuns": 9})
    first = server.start_run(job)
    wait_for(lambda: server.starts(job))

    drained = node(server)
    assert (drained["State"], ids(drained)) == ("DRAINING", [first])
    second = server.start_run(job)
    detail = wait_for(lambda: server.get(job, second).get("StateDetail"), what="a word on why it waits")
    assert "drains" in str(detail)
    assert server.get(job, second)["JobRunState"] == "STARTING"
    doctor = subprocess.run(
        [BIN / "openglue", "doctor", "--data", str(server.data)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert f"the one at {server.url} drains" in doctor.stdout

    waited = drain(server, "--wait", "0.5")
    assert waited.returncode == 1, "a run is left when the time is over"
    assert f"1 run is left: {job} {first} RUNNING" in waited.stderr
    gate.touch()
    waited = drain(server, "--wait", "60")
    assert (waited.returncode, waited.stderr.splitlines()[-1]) == (0, "no run is left")
    assert "1 run is accepted and left to a server that takes runs" in waited.stdout
    assert node(server)["State"] == "DRAINED"
    assert server.ended(job, first)["JobRunState"] == "SUCCEEDED"
    assert server.get(job, second)["JobRunState"] == "STARTING", "accepted, and not lost"

    server.stop()
    server.start()
    assert server.ended(job, second)["JobRunState"] == "SUCCEEDED", "a restart takes runs again"
    check_alive(server)


def test_a_server_that_is_resumed_takes_what_has_waited(server: Server) -> None:
    server.start()
    assert node(server)["State"] == "DRAINED"
    job = server.job("")
    run_id = server.start_run(job)
    wait_for(lambda: server.get(job, run_id).get("StateDetail"))
    assert "takes runs again" in drain(server, "--resume").stdout
    assert server.ended(job, run_id)["JobRunState"] == "SUCCEEDED"
    assert drain(server, "--resume", "--wait", "1").returncode == 2


def test_runs_can_be_stopped_with_it(server: Server) -> None:
    server.start()
    jobs = [server.job("import time\ntime.sleep(600)") for _ in range(2)]
    runs = [server.start_run(job) for job in jobs]
    wait_for(lambda: all(server.starts(job) for job in jobs))
    done = drain(server, "--stop-runs", "--wait", "60")
    assert (done.returncode, done.stderr.splitlines()[-1]) == (0, "no run is left")
    ends = [server.get(job, run_id)["JobRunState"] for job, run_id in zip(jobs, runs, strict=True)]
    assert ends == ["STOPPED", "STOPPED"]


@pytest.mark.timeout(180)
def test_of_two_servers_the_other_one_goes_on_taking_runs(postgres_url: str, tmp_path: Path) -> None:
    servers = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        servers.append(Server(tmp_path / name / "data", db=postgres_url))
    one, two = servers
    try:
        one.start()
        two.start()
        job = one.job("", ExecutionProperty={"MaxConcurrentRuns": 99})
        for server in servers:
            # Woken by its own StartJobRun, each takes some.
            for _ in range(3):
                server.start_run(job)
        wait_for(lambda: one.starts(job) == 6, deadline_s=60)
        assert node(one, "--wait", "60")["State"] == "DRAINED"
        later = [one.start_run(job) for _ in range(5)]
        assert [one.ended(job, run_id)["JobRunState"] for run_id in later] == ["SUCCEEDED"] * 5
        takers: Counter[str] = Counter()
        for run_id in later:
            history = Service(one.url).own("GetJobRunHistory", RunId=run_id)
            takers.update(entry["Actor"] for entry in history["Ledger"] if entry["Cause"] == "claimed")
        assert takers == {Service(two.url).own("GetNode")["NodeId"]: 5}
    finally:
        for server in servers:
            finish(server)
