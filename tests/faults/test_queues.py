"""R12: a long queue is worked off in order, without losing a run or doing one twice."""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import pytest
from sqlalchemy import text
from tests.conftest import wait_for
from tests.faults.conftest import Server, finish
from tests.faults.invariants import check_alive, check_invariants, connected, rows_of
from tests.faults.report import percentile

pytestmark = [pytest.mark.long, pytest.mark.faults, pytest.mark.timeout(3600)]
RUNS, JOBS, CLIENTS, SLOTS = 10_000, 50, 8, 8
#: Ends that are planned in one call.
PLANNED = 1000


class Start(NamedTuple):
    """A start as its client has seen it: monotonic seconds."""

    run_id: str
    asked: float
    answered: float


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Server]:
    settings = {"queued_runs": RUNS, "queue_s": 86400, "pythonshell_slots": SLOTS, "rehearsal": True}
    made = Server(tmp_path / "data", settings=settings)
    made.start()
    yield made
    finish(made)


def test_a_long_queue_is_worked_off_in_order(served: Server, tell: Callable[..., None]) -> None:
    blocker = served.job("import time\ntime.sleep(3600)", ExecutionProperty={"MaxConcurrentRuns": SLOTS})
    blockers = [served.start_run(blocker) for _ in range(SLOTS)]
    wait_for(lambda: served.starts(blocker) == SLOTS, deadline_s=60)
    jobs = [served.job("", JobRunQueuingEnabled=True) for _ in range(JOBS)]

    def start(client: int) -> list[Start]:
        glue = served.client()
        starts = []
        for number in range(client, RUNS, CLIENTS):
            asked = time.monotonic()
            run_id = glue.start_job_run(JobName=jobs[number % JOBS])["JobRunId"]
            starts.append(Start(run_id, asked, time.monotonic()))
        return starts

    with ThreadPoolExecutor(CLIENTS) as threads:
        starts = {start.run_id: start for part in threads.map(start, range(CLIENTS)) for start in part}
    took_ms = [(start.answered - start.asked) * 1000 for start in starts.values()]
    queued_mb = _most_memory_mb(served)
    # What a run does is not looked at here: it succeeds as soon as it has a place.
    for _ in range(RUNS // PLANNED):
        _plan_ends(served)
    began = time.monotonic()
    served.glue.batch_stop_job_run(JobName=blocker, JobRunIds=blockers)
    wait_for(lambda: _active(served) == 0, deadline_s=3000, what="the end of the queue")
    drained_s = time.monotonic() - began
    rows = rows_of(served)
    runs = [run for run in rows.runs if run["id"] not in blockers]
    by_job: dict[str, list[Start]] = {}
    for run in sorted(runs, key=lambda run: run["running_on"]):
        by_job.setdefault(run["job_id"], []).append(starts[run["id"]])
    figures = {
        "runs": len(runs),
        "jobs": len(by_job),
        "lost": len(starts.keys() - {run["id"] for run in runs}),
        "twice": len(runs) - len(starts),
        "failed": sum(run["state"] != "SUCCEEDED" for run in runs),
        "overtaken": sum(_overtaken(order) for order in by_job.values()),
        "p50_ms": percentile(took_ms, 50),
        "p99_ms": percentile(took_ms, 99),
        "per_s": len(runs) / drained_s,
        "queued_mb": queued_mb,
        "most_mb": _most_memory_mb(served),
    }
    tell(
        "queue",
        "of {runs:,} queued runs of {jobs} jobs {lost} were lost, {twice} too many, {failed} failed, and {overtaken} "
        "were overtaken by a later one of their job; starts by 8 clients were answered within {p50_ms:.0f} ms "
        "(median), {p99_ms:.0f} ms (99 of 100), the queue was worked off at {per_s:.0f} runs a second, and the server "
        "took {queued_mb:.0f} MiB at most while the queue grew, {most_mb:.0f} MiB in all",
        **figures,
    )
    assert [figures[name] for name in ("lost", "twice", "failed", "overtaken")] == [0, 0, 0, 0], figures
    assert figures["runs"] == RUNS
    check_alive(served)
    check_invariants(served, [*starts])


def _overtaken(order: list[Start]) -> int:
    """How many runs of a job, in the order of their beginnings, began after one that was asked for after their answer.

    What is asked for at the same time may begin in any order.
    """
    overtaken = 0
    latest = 0.0
    for start in order:
        overtaken += start.answered < latest
        latest = max(latest, start.asked)
    return overtaken


def _plan_ends(server: Server) -> None:
    """Have PLANNED more runs succeed without running their scripts."""
    request = urllib.request.Request(  # noqa: S310 - our own address
        server.url,
        json.dumps({"JobRunState": "SUCCEEDED", "Times": PLANNED}).encode(),
        {"X-Amz-Target": "OpenGlue.EndNextRun", "Content-Type": "application/x-amz-json-1.1"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - our own address
        assert answer.status == 200


def _active(server: Server) -> int:
    with connected(server) as connection:
        return int(connection.execute(text("SELECT count(*) FROM runs WHERE active = 1")).scalar_one())


def _most_memory_mb(server: Server) -> float:
    assert server.process is not None
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024
