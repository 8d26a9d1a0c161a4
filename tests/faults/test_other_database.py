"""A server that is once started without its database: runs of that one go on, and are there when it is back."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.conftest import wait_for
from tests.faults.conftest import Server, finish
from tests.faults.invariants import check_alive, check_clean, check_invariants

from openglue.cli.service import Service
from openglue.process import Identity, is_alive


def node_of(server: Server) -> str:
    return str(Service(server.url).own("GetNode")["NodeId"])


@pytest.mark.timeout(180)
def test_a_server_without_its_database_leaves_the_runs_of_that_one_alone(postgres_url: str, tmp_path: Path) -> None:
    go = tmp_path / "go"
    server, alone = Server(tmp_path / "data", db=postgres_url), Server(tmp_path / "data")
    alone.effects = tmp_path / "alone.txt"
    try:
        server.start()
        node = node_of(server)
        job = server.job(f"import os, time\nwhile not os.path.exists({str(go)!r}): time.sleep(0.05)")
        run_id = server.start_run(job)
        wait_for(lambda: server.starts(job) == 1, deadline_s=60)
        (workspace,) = (server.data / "runs").glob(f"{run_id}.*")
        runner = Identity.read(workspace / "runner.json")
        assert runner is not None
        server.kill()

        alone.start()
        assert node_of(alone) != node
        # A whole run: its scheduler has looked at all that there is.
        check_alive(alone)
        assert workspace.is_dir()
        assert is_alive(runner)
        check_clean(alone)
        alone.stop()
        check_invariants(alone)

        server.start()
        assert node_of(server) == node
        go.touch()
        assert server.ended(job, run_id)["JobRunState"] == "SUCCEEDED"
        assert server.started()[run_id] == 1
    finally:
        go.touch()
        if alone.process is not None and alone.process.poll() is None:
            alone.stop()
        finish(server)
