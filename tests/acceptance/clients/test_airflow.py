"""Apache Airflow's Glue operator and sensor: `airflow dags test` runs real DAGs, which start and watch real runs."""

from __future__ import annotations

import re
import signal
from pathlib import Path
from typing import Any

import psutil
import pytest
from tests.acceptance.clients.airflow import Airflow
from tests.acceptance.clients.conftest import one
from tests.acceptance.conftest import Glue

# Room for the installation that the first test waits for; a DAG run has a deadline of its own.
pytestmark = [pytest.mark.long, pytest.mark.timeout(1800)]

ROLE = "arn:aws:iam::000000000000:role/airflow"
#: A script that prints for long enough to be looked at more than once.
COUNTING = """
    import sys, time
    for number in range(30):
        print("out", number, flush=True)
        print("err", number, file=sys.stderr, flush=True)
        time.sleep(0.1)
"""


def forwarded(log: str, word: str) -> list[str]:
    """The lines of COUNTING's stream `word` that a task log has, in its order."""
    return re.findall(rf"^\t({word} \d+)$", log, re.MULTILINE)


def test_the_operator_starts_a_run_and_waits_for_its_success(glue: Glue, airflow: Airflow) -> None:
    job = glue.job("import sys; print(sys.argv)")
    log = airflow.succeed(f"""
        GlueJobOperator(
            task_id="run", job_name="{job}", script_args={{"--day": "{{{{ ds_nodash }}}}"}}, job_poll_interval=0.2
        )
    """)
    run = one(glue, job)
    assert run["JobRunState"] == "SUCCEEDED"
    assert re.fullmatch(r"\d{8}", run["Arguments"]["--day"])
    assert f"AWS Glue Job: {job} status: SUCCEEDED. Run Id: {run['Id']}" in log


def test_a_failed_run_fails_the_task_and_its_traceback_is_in_the_task_log(glue: Glue, airflow: Airflow) -> None:
    job = glue.job("raise ValueError('broken')")
    log = airflow.fail(f'GlueJobOperator(task_id="run", job_name="{job}", verbose=True, job_poll_interval=0.2)')
    assert f"AirflowException: Exiting Job {one(glue, job)['Id']} Run State: FAILED" in log
    assert "\tValueError: broken\n" in log


def test_each_line_of_the_script_is_forwarded_once(glue: Glue, airflow: Airflow) -> None:
    job = glue.job(COUNTING)
    log = airflow.succeed(f'GlueJobOperator(task_id="run", job_name="{job}", verbose=True, job_poll_interval=0.5)')
    assert log.count("Glue Job Run /aws-glue/python-jobs/output Logs:") > 1, "the log was read in one piece"
    assert forwarded(log, "out") == [f"out {number}" for number in range(30)]
    assert forwarded(log, "err") == [f"err {number}" for number in range(30)]


def test_a_killed_task_stops_its_run(glue: Glue, airflow: Airflow, tmp_path: Path) -> None:
    script = f"""
        import subprocess, sys, time
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
        open({str(tmp_path / "pid")!r}, "w").write(str(child.pid))
        time.sleep(600)
    """
    job = glue.job(script)
    task = f'GlueJobOperator(task_id="run", job_name="{job}", stop_job_run_on_kill=True, job_poll_interval=0.2)'
    with airflow.start(task) as program:
        pid = int(program.until(tmp_path / "pid"))
        program.interrupt(signal.SIGTERM)
        assert program.wait() == 1, program.said
        assert "GlueJobRunStoppedError" in program.said
    assert one(glue, job)["JobRunState"] == "STOPPED"
    assert not psutil.pid_exists(pid)


def test_a_deferred_task_is_woken_by_its_runs_success(glue: Glue, airflow: Airflow) -> None:
    job = glue.job("import time; time.sleep(1.5)")
    log = airflow.succeed(f'GlueJobOperator(task_id="run", job_name="{job}", deferrable=True, waiter_delay=1)')
    run = one(glue, job)
    assert run["JobRunState"] == "SUCCEEDED"
    assert "--airflow_task_uuid" in run["Arguments"], "a retry finds its run by this argument"
    assert "Status of AWS Glue job is: RUNNING" in log
    assert "[DAG TEST] Trigger completed" in log


def test_a_deferred_task_is_told_why_its_run_failed(glue: Glue, airflow: Airflow) -> None:
    job = glue.job("import time; time.sleep(1.5); raise ValueError('broken')")
    log = airflow.fail(f'GlueJobOperator(task_id="run", job_name="{job}", deferrable=True, waiter_delay=1)')
    assert one(glue, job)["JobRunState"] == "FAILED"
    assert "FAILED - ValueError: broken" in log


def test_a_deferred_task_forwards_each_line_once(glue: Glue, airflow: Airflow) -> None:
    job = glue.job(COUNTING)
    log = airflow.succeed(
        f'GlueJobOperator(task_id="run", job_name="{job}", deferrable=True, verbose=True, waiter_delay=1)'
    )
    assert log.count("Glue Job Run /aws-glue/python-jobs/output Logs:") > 1, "the log was read in one piece"
    assert forwarded(log, "out") == [f"out {number}" for number in range(30)]
    assert forwarded(log, "err") == [f"err {number}" for number in range(30)]


SENSORS = """
    start = GlueJobOperator(task_id="start", job_name="{job}", wait_for_completion=False)
    watched = {{"job_name": "{job}", "run_id": start.output, "poke_interval": 1}}
    GlueJobSensor(task_id="poking", verbose=True, **watched)
    GlueJobSensor(task_id="deferred", deferrable=True, **watched)
"""


def test_sensors_wait_for_a_runs_success(glue: Glue, airflow: Airflow) -> None:
    job = glue.job(COUNTING)
    log = airflow.succeed(SENSORS.format(job=job))
    run_id = one(glue, job)["Id"]
    assert log.count(f"Poking for job run status :for Glue Job {job} and ID {run_id}") > 1
    assert forwarded(log, "out") == [f"out {number}" for number in range(30)]
    assert "AWS Glue Job completed." in log


def test_sensors_fail_with_the_run(glue: Glue, airflow: Airflow) -> None:
    job = glue.job("raise ValueError('broken')")
    log = airflow.fail(SENSORS.format(job=job))
    assert f"'Exiting Job %s Run State: %s', '{one(glue, job)['Id']}', 'FAILED'" in log
    assert "FAILED - ValueError: broken" in log


def test_a_start_beyond_the_limit_fails_the_task_and_names_the_error(glue: Glue, airflow: Airflow) -> None:
    job = glue.job("import time; time.sleep(600)")
    run_id = glue.start(job)
    log = airflow.fail(f'GlueJobOperator(task_id="run", job_name="{job}", job_poll_interval=0.2)')
    assert "An error occurred (ConcurrentRunsExceededException) when calling the StartJobRun operation" in log
    glue("BatchStopJobRun", JobName=job, JobRunIds=[run_id])
    assert glue.wait(job, run_id)["JobRunState"] == "STOPPED"


@pytest.mark.spark
@pytest.mark.xdist_group("spark")
def test_the_operator_uploads_a_script_and_creates_a_spark_job_that_names_no_version(
    glue: Glue, airflow: Airflow, openglue: Any, tmp_path: Path
) -> None:
    bucket = openglue.bucket("airflow-scripts")
    script = tmp_path / "count.py"
    script.write_text(
        "from pyspark.sql import SparkSession\nprint('counted', SparkSession.builder.getOrCreate().range(5).count())"
    )
    log = airflow.succeed(f"""
        GlueJobOperator(
            task_id="run", job_name="created-by-airflow", script_location="{script}", s3_bucket="{bucket.name}",
            iam_role_arn="{ROLE}", verbose=True, job_poll_interval=0.5
        )
    """)
    job = glue("GetJob", JobName="created-by-airflow")["Job"]
    assert job["Command"]["Name"] == "glueetl"
    assert job["Command"]["ScriptLocation"] == f"s3://{bucket.name}/artifacts/glue-scripts/count.py"
    assert (job["MaxCapacity"], job["Role"]) == (10.0, ROLE)
    assert (bucket / "artifacts/glue-scripts/count.py").read_text() == script.read_text()
    assert one(glue, "created-by-airflow")["JobRunState"] == "SUCCEEDED"
    assert "\tcounted 5\n" in log
