"""From the start of the program to the first answer, with a long history in SQLite: after a stop and after a kill -9.

Measured beside it in the same run: a bare interpreter, and one that imports SQLAlchemy, which no service over it can be
faster than. `RESTART_RUNS` sets the number of stored runs.
"""

from __future__ import annotations

import http.client
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from history import fill

from openglue.clock import SystemClock
from openglue.model.run import new_job_id
from openglue.store.opening import open_database
from openglue.store.sqlite import SqliteDatabase

RUNS = int(os.environ.get("RESTART_RUNS", "10000"))
JOBS = 10
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "11"))
DEADLINE_S = 60.0
PROGRAM = Path(sys.executable).parent / "openglue"


def row(name: str, seconds: list[float]) -> float:
    ordered = sorted(seconds)
    median = statistics.median(ordered)
    print(f"{name:58}{median * 1000:>9.0f}{ordered[0] * 1000:>9.0f}{ordered[-1] * 1000:>9.0f}", flush=True)
    return median


def timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def python(text: str) -> float:
    return timed(lambda: subprocess.run([sys.executable, "-c", text], check=True))


def answer(data: Path, job: str) -> None:
    """Wait until the server of `data` answers with a page of runs."""
    until = time.monotonic() + DEADLINE_S
    while True:
        try:
            address = json.loads((data / "server.json").read_bytes())["url"].removeprefix("http://")
            connection = http.client.HTTPConnection(address, timeout=DEADLINE_S)
            connection.request("POST", "/", json.dumps({"JobName": job}), {"X-Amz-Target": "AWSGlue.GetJobRuns"})
            response = connection.getresponse()
            if response.status != 200:
                sys.exit(f"HTTP {response.status}: {response.read()!r}")
            return
        except (OSError, ValueError):
            if time.monotonic() > until:
                sys.exit(f"no answer in {DEADLINE_S:.0f} s")
            time.sleep(0.001)


def restart(data: Path, job: str, *, kill: bool) -> float:
    """Seconds from the start of a server to its first answer; it is ended afterwards."""
    (data / "server.json").unlink(missing_ok=True)
    began = time.perf_counter()
    server = subprocess.Popen([PROGRAM, "serve", "--data", data, "--port", "0"], stdout=subprocess.DEVNULL)
    try:
        answer(data, job)
        return time.perf_counter() - began
    finally:
        if kill:
            server.kill()
        else:
            server.terminate()
        server.wait(DEADLINE_S)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        database = open_database(data, "", SystemClock())
        assert isinstance(database, SqliteDatabase)
        job_ids = [new_job_id() for _ in range(JOBS)]
        fill(database, job_ids, RUNS)
        database.close()
        print(f"{RUNS:,} runs of {JOBS} jobs")
        print(f"{'':58}{'p50 ms':>9}{'min':>9}{'max':>9}")
        bare, imported, stopped, killed = [], [], [], []
        restart(data, job_ids[0], kill=False)
        # By turns: what else the machine does is then the same for all.
        for _ in range(ROUNDS):
            bare.append(python("pass"))
            imported.append(python("import sqlalchemy"))
            stopped.append(restart(data, job_ids[0], kill=True))
            killed.append(restart(data, job_ids[0], kill=False))
        row("python -c pass", bare)
        peer = row("python -c 'import sqlalchemy'", imported)
        row("openglue serve to the first page of runs, after a stop", stopped)
        ours = row("openglue serve to the first page of runs, after kill -9", killed)
        print(f"first answer after kill -9: {ours / peer:.2f}x the time of import sqlalchemy")


if __name__ == "__main__":
    main()
