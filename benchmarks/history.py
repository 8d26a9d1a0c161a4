"""Reading a long history: pages of GetJobRuns and single runs among a million, in the store (SQLite).

The peer is the same page read by OFFSET, which is how a page is usually found. `HISTORY_RUNS` sets the number of runs.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
from msgspec.structs import replace
from sqlalchemy import text

from openglue.clock import SystemClock
from openglue.model.job import Defaults
from openglue.model.run import Run, accepted_run, new_job_id, new_run_id
from openglue.model.states import RunState
from openglue.store import jobs, runs
from openglue.store.database import Tx
from openglue.store.opening import open_database
from openglue.store.sqlite import SqliteDatabase

RUNS = int(os.environ.get("HISTORY_RUNS", "1000000"))
JOBS = 10
PAGE = 200
ROUNDS = 200


def fill(database: SqliteDatabase, job_ids: list[str], runs: int) -> str:
    """So many ended runs, in rows as StartJobRun and the runner leave them; the id of one in the middle."""
    template: Run | None = None
    for job_id in job_ids:
        database.write(
            lambda tx, job_id=job_id: jobs.insert_job(  # type: ignore[misc]
                tx,
                job_id=job_id,
                name=job_id,
                definition={"Role": "r", "Command": {"Name": "glueetl", "ScriptLocation": "s3://b/s.py"}},
                now=1,
            )
        ).result(30)
    job = database.read(lambda tx: jobs.get(tx, job_ids[0]))
    assert job is not None
    template = accepted_run(
        job,
        {"Arguments": {"--day": "2026-01-01"}},
        None,
        Defaults(glue_version="5.1", max_concurrent_runs=1),
        seq=1,
        now=1_700_000_000_000,
    )
    template = replace(template, state=RunState.SUCCEEDED, completed_on=1_700_000_060_000, execution_ms=42_000)
    names = Run.__struct_fields__
    values = {name: getattr(template, name) for name in names}
    values |= {"state": template.state.value, "fixed": msgspec.json.encode(template.fixed).decode(), "active": 0}
    statement = text(
        f"INSERT INTO runs ({', '.join(values)}) VALUES ({', '.join(':' + name for name in values)})"  # noqa: S608 - our own columns
    )
    middle = ""

    def batch(first: int, last: int) -> Callable[[Tx], None]:
        def insert(tx: Tx) -> None:
            nonlocal middle
            for number in range(first, last):
                run_id = new_run_id()
                if number == runs // 2:
                    middle = run_id
                tx.run(statement, **(values | {"id": run_id, "job_id": job_ids[number % len(job_ids)], "seq": number}))

        return insert

    for first in range(0, runs, 20_000):
        database.write(batch(first, min(first + 20_000, runs))).result(600)
        if sys.stderr.isatty():
            print(f"\r{first:,} runs", end="", file=sys.stderr)
    return middle


def timed(work: Callable[[], object]) -> Iterator[float]:
    for _ in range(ROUNDS):
        began = time.perf_counter()
        work()
        yield (time.perf_counter() - began) * 1000


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        database = open_database(Path(folder), "", SystemClock())
        assert isinstance(database, SqliteDatabase)
        job_ids = [new_job_id() for _ in range(JOBS)]
        began = time.perf_counter()
        run_id = fill(database, job_ids, RUNS)
        print(f"{RUNS:,} runs of {JOBS} jobs, written in {time.perf_counter() - began:.0f} s")
        job = job_ids[0]
        offset = text(
            "SELECT * FROM runs WHERE job_id = :job ORDER BY started_on DESC, seq DESC LIMIT 200 OFFSET :offset"
        )
        cases: list[tuple[str, Callable[[], object]]] = [
            (
                f"page of {PAGE}, newest",
                lambda: database.read(lambda tx: runs.page(tx, job_id=job, before=2**62, limit=PAGE)),
            ),
            (
                f"page of {PAGE}, from the middle",
                lambda: database.read(lambda tx: runs.page(tx, job_id=job, before=RUNS // 2, limit=PAGE)),
            ),
            ("one run", lambda: database.read(lambda tx: runs.get(tx, run_id))),
            ("scheduler's look", lambda: database.read(lambda tx: runs.to_decide(tx, now=2**60, limit=32))),
        ]
        print(f"{'':36}{'p50 ms':>9}{'p99 ms':>9}")
        for name, work in cases:
            times = sorted(timed(work))
            print(f"{name:36}{statistics.median(times):>9.3f}{times[int(ROUNDS * 0.99)]:>9.3f}")
        began = time.perf_counter()
        database.read(lambda tx: tx.all(offset, job=job, offset=RUNS // JOBS // 2))
        print(f"{'the middle page by OFFSET (peer)':36}{(time.perf_counter() - began) * 1000:>9.3f}")
        database.close()


if __name__ == "__main__":
    main()
