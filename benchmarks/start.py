"""From the call to the user's first line, for pythonshell; to a ready Spark session, for glueetl beside spark-submit,
and what the tasks of a Python function cost there.

Peers measured in the same run: a bare `python -c` of the same runtime (nothing can be faster), and plain `spark-submit`
of the same PySpark with its own defaults.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from platformdirs import user_cache_path
from uv import find_uv_bin

from openglue.runtimes import Runtimes
from openglue.testing import OpenGlue

RUNS = int(os.environ.get("BENCH_RUNS", "15"))
SPARK_RUNS = int(os.environ.get("BENCH_SPARK_RUNS", "4"))

SHELL = "import time\nprint(time.time())\n"
SPARK = """
import time
from pyspark.context import SparkContext
from pyspark.sql import SparkSession
spark = SparkSession(SparkContext())
session = time.time()
spark.range(1000).selectExpr("sum(id)").collect()
query = time.time()
numbers = spark.sparkContext.parallelize(range(8), 8).map(lambda number: number + 1)
numbers.sum()
again = time.time()
for _ in range(5):
    numbers.sum()
print(session, query, (time.time() - again) / 5)
"""


def row(name: str, seconds: list[float]) -> float:
    ordered = sorted(seconds)
    median = statistics.median(ordered)
    print(f"{name:58}{median * 1000:>9.0f}{ordered[0] * 1000:>9.0f}{ordered[-1] * 1000:>9.0f}", flush=True)
    return median


def shell(service: OpenGlue, pause_s: float) -> list[float]:
    """Seconds from StartJobRun to the script's first line; `pause_s` between two calls."""
    glue = service.client("glue")
    file = service.data / "first_line.py"
    file.write_text(SHELL)
    name = f"shell-{pause_s}"
    glue.create_job(
        Name=name,
        Role="r",
        Command={"Name": "pythonshell", "ScriptLocation": str(file)},
        DefaultArguments={"library-set": "none"},
        ExecutionProperty={"MaxConcurrentRuns": 100},
    )
    seconds = []
    for _ in range(RUNS + 1):
        began = time.time()
        run_id = glue.start_job_run(JobName=name)["JobRunId"]
        seconds.append(output(service, name, run_id)[0] - began)
        time.sleep(pause_s)
    return seconds[1:]


def output(service: OpenGlue, job: str, run_id: str) -> list[float]:
    glue, logs = service.client("glue"), service.client("logs")
    while (run := glue.get_job_run(JobName=job, RunId=run_id)["JobRun"])["JobRunState"] != "SUCCEEDED":
        if run["JobRunState"] in ("FAILED", "TIMEOUT"):
            sys.exit(f"the run failed: {run['ErrorMessage']}")
        time.sleep(0.02)
    group = f"{run['LogGroupName']}/output"
    events = logs.get_log_events(logGroupName=group, logStreamName=run_id, startFromHead=True)["events"]
    return [float(word) for word in events[0]["message"].split()]


def bare(python: Path) -> list[float]:
    seconds = []
    for _ in range(RUNS):
        began = time.time()
        done = subprocess.run([python, "-c", SHELL], capture_output=True, check=True, text=True)
        seconds.append(float(done.stdout) - began)
    return seconds


def spark(service: OpenGlue) -> tuple[list[float], list[float], list[float]]:
    glue = service.client("glue")
    file = service.data / "session.py"
    file.write_text(SPARK)
    glue.create_job(Name="spark", Role="r", Command={"Name": "glueetl", "ScriptLocation": str(file)})
    sessions, queries, tasks = [], [], []
    for _ in range(SPARK_RUNS + 1):
        began = time.time()
        run_id = glue.start_job_run(JobName="spark")["JobRunId"]
        session, query, took = output(service, "spark", run_id)
        sessions.append(session - began)
        queries.append(query - began)
        tasks.append(took)
    return sessions[1:], queries[1:], tasks[1:]


def spark_submit(runtime: object, folder: Path) -> tuple[list[float], list[float], list[float]]:
    file = folder / "submitted.py"
    file.write_text(SPARK)
    environ = {
        **os.environ,
        "JAVA_HOME": str(runtime.java.home),
        "PYSPARK_PYTHON": str(runtime.python),
        "SPARK_HOME": str(runtime.spark_home),
    }
    sessions, queries, tasks = [], [], []
    for _ in range(SPARK_RUNS + 1):
        began = time.time()
        command = [runtime.spark_home / "bin" / "spark-submit", "--master", "local[2]", file]
        done = subprocess.run(command, capture_output=True, check=True, text=True, env=environ, cwd=folder)
        session, query, took = (float(word) for word in done.stdout.split()[-3:])
        sessions.append(session - began)
        queries.append(query - began)
        tasks.append(took)
    return sessions[1:], queries[1:], tasks[1:]


def main() -> None:
    runtimes = Runtimes(user_cache_path("openglue", appauthor=False), Path(find_uv_bin()))
    plain, glue51 = runtimes.find("pythonshell-none"), runtimes.find("glue-5.1")
    if plain is None or glue51 is None:
        sys.exit("run `openglue runtime install glue-5.1 pythonshell-none` first")
    print(f"{'':58}{'p50 ms':>9}{'min':>9}{'max':>9}")
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        data.mkdir()
        service = OpenGlue.start(data, {})
        try:
            row("python -c, bare", bare(plain.python))
            row("pythonshell, call to first line, one a second", shell(service, 1.0))
            row("pythonshell, call to first line, back to back", shell(service, 0.0))
            submitted, submitted_query, submitted_tasks = spark_submit(glue51, Path(folder))
            ours, ours_query, ours_tasks = spark(service)
        finally:
            service.stop()
        theirs = row("spark-submit, start to session", submitted)
        mine = row("glueetl, StartJobRun to session", ours)
        row("spark-submit, start to first query done", submitted_query)
        row("glueetl, StartJobRun to first query done", ours_query)
        theirs_tasks = row("spark-submit, 8 small tasks of a Python function", submitted_tasks)
        mine_tasks = row("glueetl, 8 small tasks of a Python function", ours_tasks)
        print(f"glueetl session: {mine / theirs:.2f}x the time of spark-submit")
        print(f"small tasks of a Python function: {mine_tasks / theirs_tasks:.2f}x the time of spark-submit")


if __name__ == "__main__":
    main()
