"""Faults: real servers that die, and what must still be true when the next one has started."""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from tests.conftest import wait_for

from openglue.cgroup import Group
from openglue.faultpoints import VARIABLE
from openglue.model.states import MOVES, TERMINAL, RunState
from openglue.process import Identity, marked, send

BIN = Path(sys.executable).parent


class Server:
    """A server on one data directory that can be killed and started again, on the same port."""

    def __init__(self, data: Path, *options: str) -> None:
        self.data = data
        self.options = options
        #: What the program is started by, e.g. in namespaces of its own.
        self.prefix: tuple[str, ...] = ()
        self.effects = data.parent / "effects.txt"
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.process: subprocess.Popen[bytes] | None = None
        client: dict[str, Any] = {
            "endpoint_url": self.url,
            "region_name": "us-east-1",
            "aws_access_key_id": "x",
            "aws_secret_access_key": "x",
            "config": Config(retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=30),
        }
        self.glue = boto3.client("glue", **client)
        self.logs = boto3.client("logs", **client)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self, crash_at: str | None = None) -> None:
        environ = dict(os.environ) | ({} if crash_at is None else {VARIABLE: crash_at})
        with (self.data.parent / "server.log").open("ab") as log:
            command = [BIN / "openglue", "serve", "--data", str(self.data), "--port", str(self.port), *self.options]
            self.process = subprocess.Popen(
                [*self.prefix, *command],
                env=environ,
                stdout=subprocess.DEVNULL,
                stderr=log,
            )
        wait_for(self._answers, deadline_s=60, what="the server's answer")

    def _answers(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, (self.data.parent / "server.log").read_text()
        try:
            with urllib.request.urlopen(f"{self.url}/healthz", timeout=5) as answer:  # noqa: S310 - our own address
                return bool(answer.status == 200)
        except OSError:
            return False

    def kill(self) -> None:
        """kill -9."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(30)

    def died(self) -> None:
        """Wait for the crash point to be reached."""
        assert self.process is not None
        assert self.process.wait(60) == -9

    def stop(self) -> int:
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(30)

    def job(self, script: str, kind: str = "pythonshell", **members: Any) -> str:
        name = f"job-{time.monotonic_ns()}"
        file = self.data.parent / f"{name}.py"
        # The first act of every script: say that it ran, in one append.
        file.write_text(f"import os\nopen({str(self.effects)!r}, 'a').write({name!r} + chr(10))\n" + script)
        self.glue.create_job(
            Name=name,
            Role="r",
            Command={"Name": kind, "ScriptLocation": str(file)},
            DefaultArguments={"library-set": "none"} if kind == "pythonshell" else {},
            **members,
        )
        return name

    def start_run(self, job: str) -> str:
        return str(self.glue.start_job_run(JobName=job)["JobRunId"])

    def get(self, job: str, run_id: str) -> dict[str, Any]:
        run: dict[str, Any] = self.glue.get_job_run(JobName=job, RunId=run_id)["JobRun"]
        return run

    def ended(self, job: str, run_id: str) -> dict[str, Any]:
        """Wait for the run's end."""

        def look() -> dict[str, Any] | None:
            run = self.get(job, run_id)
            return run if run["JobRunState"] in TERMINAL else None

        run = wait_for(look, deadline_s=60, what=f"the end of {run_id}")
        assert run is not None
        return run

    def starts(self, job: str) -> int:
        """How often the user code of the job started."""
        return self.effects.read_text().splitlines().count(job) if self.effects.exists() else 0


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    made = Server(tmp_path / "data")
    yield made
    if made.process is not None and made.process.poll() is None:
        made.stop()
    check_invariants(made)
    end_runs(made)


def end_runs(server: Server) -> None:
    """End what runs, now that no server does."""
    for entry in server.data.glob("runs/*"):
        runner = Identity.read(entry / "runner.json")
        for identity in [*([] if runner is None else [runner]), *marked(entry.name)]:
            send(identity, signal.SIGKILL)
        if (group := Group.read(entry / "cgroup.json")) is not None:
            group.kill()
            assert group.remove(), "a killed run leaves its cgroup"


def check_invariants(server: Server) -> None:
    """What holds in every database that a server leaves, whatever happened to it."""
    database = sqlite3.connect(server.data / "openglue.db")
    try:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        for run_id, state, active, completed in database.execute("SELECT id, state, active, completed_on FROM runs"):
            terminal = RunState(state) in TERMINAL
            assert active == int(not terminal), run_id
            assert (completed is not None) == terminal, run_id
            path = database.execute(
                "SELECT from_state, to_state FROM ledger WHERE run_id = ? ORDER BY seq", (run_id,)
            ).fetchall()
            assert path[-1][1] == state, f"{run_id}: the ledger ends elsewhere"
            previous: str | None = None
            for origin, to in path:
                assert origin == previous, f"{run_id}: the ledger has a gap"
                legal = (None if origin is None else RunState(origin), RunState(to)) in MOVES
                assert legal or origin == to, f"{run_id}: {origin} -> {to}"
                previous = to
    finally:
        database.close()


def check_alive(server: Server) -> None:
    """After any fault, a fresh run must succeed."""
    job = server.job("")
    assert server.ended(job, server.start_run(job))["JobRunState"] == "SUCCEEDED"
