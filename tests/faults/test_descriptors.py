"""Descriptors: a server without one can read no file of its runs, and must not take that for their end."""

from __future__ import annotations

import resource
import socket
from collections.abc import Iterator
from contextlib import ExitStack, suppress

import pytest
from tests.conftest import wait_for
from tests.faults.conftest import Server
from tests.faults.invariants import check_alive

#: Descriptors that a server may have.
MOST = 128
#: Seconds for which it has none left: several rounds of the scheduler.
SHORT_S = 3.0


@pytest.fixture
def idle() -> Iterator[ExitStack]:
    """Connections that are made and stay."""
    with ExitStack() as connections:
        yield connections


def connect(server: Server, idle: ExitStack) -> None:
    connection = idle.enter_context(socket.socket())
    connection.settimeout(1)
    with suppress(OSError):  # the server may have to close it at once
        connection.connect(("127.0.0.1", server.port))
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")


def test_a_server_without_a_free_descriptor_ends_no_run_that_it_has_taken_up(server: Server, idle: ExitStack) -> None:
    server.prefix = ("sh", "-c", f'ulimit -n {MOST} && exec "$@"', "sh")
    server.start()
    go_on = server.data.parent / "go-on"
    job = server.job(f"import time\nwhile not os.path.exists({str(go_on)!r}):\n    time.sleep(0.05)")
    run_id = server.start_run(job)
    wait_for(lambda: server.starts(job) == 1, what="the script's start")
    server.kill()
    server.start()
    (workspace,) = server.data.glob(f"runs/{run_id}.*")
    log = server.data.parent / "server.log"

    def times_told() -> int:
        connect(server, idle)  # there may have been another descriptor
        return log.read_text().count(f"what has become of {workspace.name} cannot be told now")

    for _ in range(2 * MOST):
        connect(server, idle)
    wait_for(times_told, what="a look that fails")
    server.lives(SHORT_S)
    idle.close()
    server.answered()
    assert server.get(job, run_id)["JobRunState"] == "RUNNING"
    go_on.touch()
    assert server.ended(job, run_id)["JobRunState"] == "SUCCEEDED"
    assert times_told() == 1
    check_alive(server)


def test_a_server_takes_the_descriptors_that_it_may_have_and_scripts_keep_their_limit(server: Server) -> None:
    server.prefix = ("sh", "-c", 'ulimit -Sn 256 && ulimit -Hn 4096 && exec "$@"', "sh")
    server.start()
    assert server.process is not None
    assert resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE) == (4096, 4096)
    told = server.data.parent / "told"
    job = server.job(
        f"import resource\nopen({str(told)!r}, 'w').write(str(resource.getrlimit(resource.RLIMIT_NOFILE)))"
    )
    assert server.ended(job, server.start_run(job))["JobRunState"] == "SUCCEEDED"
    assert told.read_text() == "(256, 4096)"
