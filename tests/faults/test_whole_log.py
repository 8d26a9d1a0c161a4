"""A run whose state is terminal has its whole log, also when it ended while no server was there."""

from __future__ import annotations

import time
from pathlib import Path

from tests.conftest import wait_for
from tests.faults.conftest import Server
from tests.faults.invariants import check_alive

from openglue.model.states import TERMINAL

LINES = 40
RUNS = 4


def test_a_run_that_ended_without_a_server_has_its_whole_log_as_soon_as_it_is_terminal(
    server: Server, tmp_path: Path
) -> None:
    server.start()
    gate = tmp_path / "gate"
    script = f"""
import time
deadline = time.monotonic() + 60
while not os.path.exists({str(gate)!r}) and time.monotonic() < deadline:
    time.sleep(0.02)
for n in range({LINES}):
    print(n, flush=True)
"""
    # Several: each tries again at moments of its own.
    jobs = [server.job(script) for _ in range(RUNS)]
    waiting = {server.start_run(job): job for job in jobs}
    wait_for(lambda: all(server.starts(job) for job in jobs))
    server.kill()
    gate.touch()
    wait_for(lambda: len([*server.data.glob("runs/*/outcome.json")]) == RUNS, what="the outcomes on disk")
    server.start()
    deadline = time.monotonic() + 60
    while waiting:
        assert time.monotonic() < deadline, f"{len(waiting)} runs have not ended"
        for run_id, job in list(waiting.items()):
            run = server.get(job, run_id)
            if run["JobRunState"] in TERMINAL:
                group = f"{run['LogGroupName']}/output"
                page = server.logs.get_log_events(logGroupName=group, logStreamName=run_id, startFromHead=True)
                assert [event["message"] for event in page["events"]] == [str(n) for n in range(LINES)]
                assert run["JobRunState"] == "SUCCEEDED"
                del waiting[run_id]
    check_alive(server)
