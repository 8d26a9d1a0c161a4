"""One run that cannot be dealt with must not keep the others from their turn."""

from __future__ import annotations

import json
import signal

from tests.conftest import wait_for
from tests.faults.conftest import Server
from tests.faults.invariants import check_alive

from openglue.process import Identity, send


def test_an_outcome_that_cannot_be_read_is_a_lost_worker_and_harms_nobody(server: Server) -> None:
    server.start()
    job = server.job("import time\ntime.sleep(600)")
    run_id = server.start_run(job)
    wait_for(lambda: server.starts(job) == 1, what="the script's start")
    (workspace,) = server.data.glob(f"runs/{run_id}.*")
    identity = Identity.read(workspace / "runner.json")
    assert identity is not None
    send(identity, signal.SIGSTOP)
    (workspace / "outcome.json").write_text(json.dumps({"ending": "no such ending"}))
    run = server.ended(job, run_id)
    assert (run["JobRunState"], run["ErrorMessage"]) == ("FAILED", "The worker of this job run was lost")
    check_alive(server)
    send(identity, signal.SIGKILL)
    wait_for(lambda: not workspace.exists(), what="the sweep")
