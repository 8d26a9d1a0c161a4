"""Installations for a run: a stop ends them and the wait for them, and so does the end of the runner (promise P6)."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Iterator
from contextlib import suppress

import pytest
from tests.conftest import wait_for
from tests.faults.conftest import Server
from tests.faults.invariants import HYGIENE_S

from openglue.process import Identity, children, identify, is_alive

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def silent() -> Iterator[str]:
    """The address of a package index that accepts connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/simple"


def start_run(server: Server, job: str, index: str) -> str:
    arguments = {
        "--additional-python-modules": "no-such-package-of-openglue==1",
        "--python-modules-installer-option": f"--index-url {index}",
    }
    return str(server.glue.start_job_run(JobName=job, Arguments=arguments)["JobRunId"])


def runner(server: Server, run_id: str, fence: int) -> Identity | None:
    return Identity.read(server.data / f"runs/{run_id}.{fence}/runner.json")


def installer(server: Server, run_id: str, fence: int) -> Identity | None:
    """The process that installs for a run."""
    parent = runner(server, run_id, fence)
    found = [] if parent is None else children(parent.pid)
    return identify(found[0]) if found else None


def waits(server: Server, job: str, run_id: str) -> bool:
    """Whether a run's log says that it waits for another one's installation."""
    group = f"{server.get(job, run_id)['LogGroupName']}/error"
    # There is none before the first line of a run.
    with suppress(server.logs.exceptions.ResourceNotFoundException):
        told = server.logs.filter_log_events(logGroupName=group, logStreamNames=[run_id], filterPattern="waiting")
        return bool(told["events"])
    return False


def test_a_run_that_waits_for_the_installation_of_another_is_stopped_at_once(server: Server, silent: str) -> None:
    server.start()
    job = server.job("", ExecutionProperty={"MaxConcurrentRuns": 2})
    first = start_run(server, job, silent)
    uv = wait_for(lambda: installer(server, first, 1), deadline_s=60, what="the first run's uv")
    assert uv is not None
    second = start_run(server, job, silent)
    wait_for(lambda: waits(server, job, second), deadline_s=60, what="the second run's wait")
    server.glue.batch_stop_job_run(JobName=job, JobRunIds=[second])
    assert server.ended(job, second)["JobRunState"] == "STOPPED"
    assert is_alive(uv), "the run was stopped no sooner than the other one's installation was over"
    server.glue.batch_stop_job_run(JobName=job, JobRunIds=[first])
    assert server.ended(job, first)["JobRunState"] == "STOPPED"
    assert not is_alive(uv)
    assert server.starts(job) == 0


def test_an_installation_ends_with_its_runner_and_does_not_hold_up_the_next_one(server: Server, silent: str) -> None:
    server.start()
    job = server.job("")
    run_id = start_run(server, job, silent)
    uv = wait_for(lambda: installer(server, run_id, 1), deadline_s=60, what="uv")
    killed = runner(server, run_id, 1)
    assert uv is not None
    assert killed is not None
    os.kill(killed.pid, signal.SIGKILL)
    wait_for(lambda: not is_alive(uv), deadline_s=HYGIENE_S, what="the end of what the killed runner left")
    # That the run was given back has raised its fence, too.
    again = wait_for(lambda: installer(server, run_id, 3), deadline_s=30, what="uv of the next runner")
    assert again is not None
    server.glue.batch_stop_job_run(JobName=job, JobRunIds=[run_id])
    assert server.ended(job, run_id)["JobRunState"] == "STOPPED"
    assert not is_alive(again)
    assert server.starts(job) == 0
