"""R2: every named crash point is in the code and is visited, alone and, in the long tier, in pairs."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from botocore.exceptions import BotoCoreError
from tests.conftest import wait_for
from tests.faults import test_bookmarks, test_server_dies, test_triggers
from tests.faults.conftest import Server
from tests.faults.invariants import check_alive, check_invariants, rows_of

import openglue
from openglue.faultpoints import FAULT_POINTS

#: Points by the test that dies there.
VISITED = [
    *test_server_dies.SERVER_POINTS,
    *test_server_dies.RUNNER_POINTS,
    *test_bookmarks.POINTS,
    *test_triggers.POINTS,
]


def test_every_point_is_in_the_code_and_visited_by_a_test() -> None:
    source = Path(openglue.__file__).parent
    reached = {
        name for file in source.rglob("*.py") for name in re.findall(r"""reach\(["'](.+?)["']\)""", file.read_text())
    }
    assert reached == set(FAULT_POINTS)
    assert sorted(VISITED) == sorted(FAULT_POINTS), "each point in one test that dies there"


@pytest.mark.long
@pytest.mark.faults
@pytest.mark.timeout(1200)
def test_a_server_dies_while_it_recovers_from_its_death(server: Server, tell: Callable[..., None]) -> None:
    points = test_server_dies.SERVER_POINTS
    twice = 0
    acknowledged = []
    for first in points:
        for second in points:
            server.start(crash_at=first)
            job = server.job("", MaxRetries=1)
            try:
                acknowledged.append(server.start_run(job))
            except BotoCoreError:
                assert "accept" in first
            server.died()
            server.spawn(crash_at=second)
            twice += _dies(server, job)
            server.start()
            for run in server.glue.get_job_runs(JobName=job)["JobRuns"]:
                assert server.ended(job, run["Id"])["JobRunState"] == "SUCCEEDED"
            # A runner whose last report was not answered would make it to the next server, and to its crash point.
            wait_for(lambda: not [*server.data.glob("runs/*/runner.json")], what="the end of all runners")
            assert server.stop() == 0
            check_invariants(server, acknowledged)
    server.start()
    check_alive(server)
    tell(
        "pairs of points",
        "the server was killed at {pairs} pairs of crash points, {twice} times while it recovered from the first: of "
        "{acknowledged} acknowledged runs 0 were lost",
        pairs=len(points) ** 2,
        twice=twice,
        acknowledged=len(acknowledged),
    )


def _dies(server: Server, job: str) -> bool:
    """Whether the server dies again before everything has come to its end; then it is killed."""
    assert server.process is not None

    def over() -> bool:
        assert server.process is not None
        if server.process.poll() is not None:
            return True
        return not any(run["active"] for run in rows_of(server).runs if run["job_name"] == job)

    wait_for(over, deadline_s=60, what="an end, of the server or of its runs")
    try:
        return server.process.wait(0.2) == -9
    except subprocess.TimeoutExpired:
        server.kill()
        return False
