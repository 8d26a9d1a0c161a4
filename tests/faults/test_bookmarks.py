"""The server or the runner dies around a commit: the bookmark has moved once, or not at all (promise P4)."""

from __future__ import annotations

import http.client
import json
import os
from collections.abc import Callable
from typing import Any

import pytest
from tests.bookmarked import WAITS, Script, state
from tests.conftest import wait_for
from tests.faults.conftest import Server

from awsglue.bookmarks.service import BookmarkService
from openglue.faultpoints import FAULT_POINTS

POINTS = [point for point in FAULT_POINTS if point.startswith("bookmark:")]


def waiting(server: Server) -> tuple[str, str, Callable[[], None]]:
    """A run that executes: its job, its id, and what lets it end."""
    file = server.data.parent / "wait"
    file.touch()
    job = server.job(WAITS.format(file=str(file)))
    run_id = server.start_run(job)
    wait_for(lambda: server.get(job, run_id)["JobRunState"] == "RUNNING")
    return job, run_id, file.unlink


def patient(server: Server, call: Callable[[], tuple[int, dict[str, Any]]]) -> tuple[int, dict[str, Any]]:
    """Call as the library does: again when the answer was lost. The server that died is started anew."""
    try:
        return call()
    except (OSError, http.client.HTTPException):
        server.died()
        server.start()
        return call()


@pytest.mark.parametrize("point", POINTS)
def test_a_commit_counts_once_wherever_the_server_dies(server: Server, point: str) -> None:
    server.start(crash_at=point)
    job, run_id, end = waiting(server)
    script = Script.of(server.url, server.data, run_id)
    status, begun = patient(server, script.begin)
    assert (status, begun["rev"], begun["attempt"], begun["state"]) == (200, 0, 0, {})
    assert patient(server, lambda: script.commit(0, state(1))) == (200, {"rev": 1})
    assert server.process is not None
    end()
    assert server.ended(job, run_id)["JobRunState"] == "SUCCEEDED"
    entry = server.glue.get_job_bookmark(JobName=job)["JobBookmarkEntry"]
    assert (entry["Version"], entry["Run"], entry["Attempt"], entry["RunId"]) == (2, 2, 0, run_id)
    assert json.loads(entry["JobBookmark"]) == state(1)


def test_a_script_finds_the_server_that_started_again_elsewhere(server: Server) -> None:
    server.start()
    job, run_id, end = waiting(server)
    script = Script.of(server.url, server.data, run_id)
    access = {
        "OPENGLUE_RUN_URL": f"{server.url}/_openglue/run/v1/{run_id}",
        "OPENGLUE_RUN_FENCE": str(script.fence),
        "OPENGLUE_RUN_TOKEN": script.token,
        "OPENGLUE_RUN_SERVER_FILE": str(server.data / "server.json"),
    }
    service = BookmarkService.of_run(access)
    assert service is not None
    rev = service.begin("job-bookmark-enable", None, None).rev
    server.kill()
    server.move()
    server.start()
    assert service.commit(rev, state(1), {}) == rev + 1
    end()
    assert server.ended(job, run_id)["JobRunState"] == "SUCCEEDED"


def test_a_script_whose_runner_is_lost_commits_nothing_any_more(server: Server) -> None:
    server.start()
    job, run_id, end = waiting(server)
    script = Script.of(server.url, server.data, run_id)
    rev = script.begin()[1]["rev"]
    identity = wait_for(lambda: list(server.data.glob("runs/*/runner.json")))[0]
    os.kill(json.loads(identity.read_text())["pid"], 9)
    assert server.ended(job, run_id)["JobRunState"] == "FAILED"
    assert script.commit(rev, state(1)) == (409, {"reason": "stale"})
    end()
    entry = server.glue.get_job_bookmark(JobName=job)["JobBookmarkEntry"]
    assert (entry["Version"], entry["JobBookmark"]) == (1, "{}")
    again, run_id, end = waiting(server)
    assert Script.of(server.url, server.data, run_id).begin()[1]["attempt"] == 0, "another job counts for itself"
    end()
    assert server.ended(again, run_id)["JobRunState"] == "SUCCEEDED"
