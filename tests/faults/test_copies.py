"""A data directory that was copied, and servers of both on one PostgreSQL: neither touches the other's runs."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.conftest import wait_for
from tests.faults.conftest import Server, finish

from openglue.cli.service import Service


def forget(one: Server, two: Server) -> None:
    for server in (one, two):
        (server.data / "node").write_bytes(b"")


@pytest.mark.timeout(180)
@pytest.mark.parametrize("damage", [lambda _one, _two: None, forget], ids=["a copy", "empty node files"])
def test_servers_of_a_directory_and_its_copy_leave_each_other_their_runs(
    postgres_url: str, tmp_path: Path, damage: Callable[[Server, Server], None]
) -> None:
    go = tmp_path / "go"
    one, two = (Server(tmp_path / name / "data", db=postgres_url) for name in ("one", "two"))
    (tmp_path / "one").mkdir()
    one.start()
    try:
        job = one.job(
            f"import os, time\nwhile not os.path.exists({str(go)!r}): time.sleep(0.05)",
            ExecutionProperty={"MaxConcurrentRuns": 99},
        )
        runs = [one.start_run(job) for _ in range(2)]
        wait_for(lambda: one.starts(job) == 2, deadline_s=60)
        # While runs are under way: the copy has their workspaces, too.
        one.kill()
        shutil.copytree(one.data, two.data, symlinks=True, ignore=shutil.ignore_patterns("s3"))
        shutil.copytree(one.data / "s3", two.data / "s3")
        damage(one, two)
        two.start()
        one.start()
        nodes = {Service(server.url).own("GetNode")["NodeId"] for server in (one, two)}
        assert len(nodes) == 2
        runs.extend(server.start_run(job) for server in (one, two) for _ in range(2))
        wait_for(lambda: one.starts(job) == len(runs), deadline_s=60)
        # Several rounds of both schedulers.
        until = time.monotonic() + 3
        wait_for(lambda: time.monotonic() > until)
        states = [one.get(job, run_id)["JobRunState"] for run_id in runs]
        assert states == ["RUNNING"] * len(runs)
        go.touch()
        ends = [one.ended(job, run_id)["JobRunState"] for run_id in runs]
        assert ends == ["SUCCEEDED"] * len(runs)
    finally:
        go.touch()
        for server in (one, two):
            if server.process is not None:
                finish(server)
