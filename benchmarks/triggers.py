"""Schedules: what thousands of them cost while none is due, and how soon a thousand that are due together are accepted.

One service with its default database (SQLite). Idle cost is the processor time of the whole service, with schedules and
without. The peer of the burst is the same number of runs started by clients, with boto3 in eight threads.
`TRIGGER_SCHEDULES` and `TRIGGER_BURST` set the numbers.
"""

from __future__ import annotations

import os
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
from botocore.config import Config

from openglue.testing import OpenGlue

SCHEDULES = int(os.environ.get("TRIGGER_SCHEDULES", "10000"))
BURST = int(os.environ.get("TRIGGER_BURST", "1000"))
IDLE_S = 20
THREADS = 8
JOBS = 20
DEADLINE_S = 120
SETTINGS = {
    "account_runs": 100_000,
    "account_dpu": 100_000,
    "account_triggers": 100_000,
    "rehearsal": False,
}


def cpu_s(process: psutil.Process) -> float:
    """Processor time of the service alone; its runs are processes of their own."""
    times = process.cpu_times()
    return times.user + times.system


def idle(process: psutil.Process) -> float:
    """Share of a core that the service uses while nothing happens."""
    began, used = time.monotonic(), cpu_s(process)
    time.sleep(IDLE_S)
    return (cpu_s(process) - used) / (time.monotonic() - began)


def create(glue: Any, numbers: Iterable[int], schedule: str) -> None:
    def one(number: int) -> None:
        glue.create_trigger(
            Name=f"t{number}",
            Type="SCHEDULED",
            Schedule=schedule,
            Actions=[{"JobName": f"j{number % JOBS}"}],
            StartOnCreation=True,
        )

    with ThreadPoolExecutor(THREADS) as threads:
        list(threads.map(one, numbers))


def query(service: OpenGlue, statement: str, *values: Any) -> list[Any]:
    with closing(sqlite3.connect(service.data / "openglue.db", timeout=30)) as database, database:
        return database.execute(statement, values).fetchall()


def accepted(service: OpenGlue, *, triggered: bool) -> list[int]:
    """When runs were accepted, epoch milliseconds."""
    where = "IS NOT NULL" if triggered else "IS NULL"
    rows = query(service, f"SELECT started_on FROM runs WHERE trigger_name {where} AND state <> 'FAILED'")  # noqa: S608 - our own words
    return sorted(at for (at,) in rows)


def drained(service: OpenGlue) -> None:
    """Stop what still runs, so that the two bursts meet the same service."""
    glue = service.client("glue")
    until = time.monotonic() + DEADLINE_S
    while True:
        rows = query(service, "SELECT job_name, id FROM runs WHERE active = 1")
        if not rows:
            return
        assert time.monotonic() < until, f"{len(rows)} runs do not end"
        by_job: dict[str, list[str]] = {}
        for job, run in rows:
            by_job.setdefault(job, []).append(run)
        for job, ids in by_job.items():
            for first in range(0, len(ids), 25):
                glue.batch_stop_job_run(JobName=job, JobRunIds=ids[first : first + 25])
        time.sleep(0.5)


def burst(service: OpenGlue) -> list[float]:
    """Let BURST schedules be due; seconds from then until each run was accepted."""
    due = datetime.now(UTC).replace(second=0, microsecond=0)
    glue = service.client("glue", config=Config(max_pool_connections=THREADS))
    create(glue, range(SCHEDULES, SCHEDULES + BURST), f"cron({due.minute} {due.hour} * * ? *)")
    began = int(time.time() * 1000)
    query(
        service,
        "UPDATE triggers SET next_fire = ? WHERE document LIKE ?",
        int(due.timestamp() * 1000),
        f"%cron({due.minute} {due.hour} %",
    )
    until = time.monotonic() + DEADLINE_S
    while len(times := accepted(service, triggered=True)) < BURST:
        assert time.monotonic() < until, f"{len(times)} of {BURST} were accepted"
        time.sleep(0.2)
    return [(at - began) / 1000 for at in times]


def started(service: OpenGlue) -> list[float]:
    """The peer: BURST runs that clients start, as fast as they can."""
    glue = service.client("glue", config=Config(max_pool_connections=THREADS))
    began = int(time.time() * 1000)
    with ThreadPoolExecutor(THREADS) as threads:
        list(threads.map(lambda number: glue.start_job_run(JobName=f"j{number % JOBS}"), range(BURST)))
    return [(at - began) / 1000 for at in accepted(service, triggered=False)]


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "script.py"
        script.write_text("print('done')")
        data = Path(folder) / "data"
        data.mkdir()
        service = OpenGlue.start(data, SETTINGS)
        try:
            glue = service.client("glue", config=Config(max_pool_connections=THREADS))
            for number in range(JOBS):
                glue.create_job(
                    Name=f"j{number}",
                    Role="r",
                    Command={"Name": "pythonshell", "ScriptLocation": str(script)},
                    DefaultArguments={"library-set": "none"},
                    ExecutionProperty={"MaxConcurrentRuns": 10_000},
                )
            process = psutil.Process(service.pid)
            empty = idle(process)
            far = datetime.now(UTC) + timedelta(hours=3)
            create(glue, range(SCHEDULES), f"cron({far.minute} {far.hour} * * ? *)")
            full = idle(process)
            print(f"{'idle: share of a core':44}{'%':>9}")
            print(f"{'no schedule (peer)':44}{empty * 100:>9.2f}")
            print(f"{f'{SCHEDULES:,} active schedules':44}{full * 100:>9.2f}")
            by_trigger = burst(service)
            drained(service)
            by_client = started(service)
            print(f"\n{f'{BURST:,} runs at once: seconds until accepted':44}{'first':>9}{'p50':>9}{'last':>9}")
            for name, times in (("schedules that are due", by_trigger), ("StartJobRun by 8 clients (peer)", by_client)):
                print(f"{name:44}{times[0]:>9.2f}{statistics.median(times):>9.2f}{times[-1]:>9.2f}")
            drained(service)
        finally:
            service.stop()


if __name__ == "__main__":
    main()
