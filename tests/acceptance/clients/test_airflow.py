"""Apache Airflow's Glue operator and sensor: `airflow dags test` runs real DAGs, which start and watch real runs."""

from __future__ import annotations

import re
import signal
from pathlib import Path
from typing import Any

import psutil
import pytest
from tests.acceptance.clients.airflow import Airflow
from tests.acceptance.clients.conftest import SLEEPING, one
from tests.acceptance.conftest import Glue

# Room for the installation that the first test waits for; a DAG run has a deadline of its own.
pytestmark = [pytest.mark.long, pytest.mark.timeout(1800)]

ROLE = "arn:aws:iam::000000000000:role/airflow"
#: A script that prints half of its lines, and the others when there is a file `gate`.
COUNTING = """
    import os, sys, time
    for number in range(30):
        for _ in range(2000 if number == 15 else 0):
            if os.path.exists("{gate}"):
                break
            time.sleep(0.05)
        print("out", number, flush=True)
        print("err", number, file=sys.stderr, flush=True)
"""


def forwarded(log: str, word: str) -> list[str]:
    """The lines of COUNTING's stream `word` that a task log has, in its order."""
    return re.findall(rf"^\t({word} \d+)$", log, re.MULTILINE)


def test_the_operator_starts_a_run_and_waits_for_its_success(glue: Glue, airflow: Airflow) -> None:
    job = glue.job("import sys; print(sys.argv)")
    log = airflow.run(f"""
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
    log = airflow.run(
        f'GlueJobOperator(task_id="run", job_name="{job}", verbose=True, job_poll_interval=0.2)', succeeds=False
    )
    assert f"AirflowException: Exiting Job {one(glue, job)['Id']} Run State: FAILED" in log
    assert "\tValueError: broken\n" in log


@pytest.mark.parametrize(
    "mode", ["job_poll_interval=0.5", "deferrable=True, waiter_delay=1"], ids=["waiting", "deferred"]
)
def test_each_line_of_the_script_is_forwarded_once(glue: Glue, airflow: Airflow, tmp_path: Path, mode: str) -> None:
    job = glue.job(COUNTING.format(gate=tmp_path / "gate"))
    with airflow.start(f'GlueJobOperator(task_id="run", job_name="{job}", verbose=True, {mode})') as program:
        program.until(lambda: "\tout 14\n" in program.said, "the first half of the log")
        (tmp_path / "gate").touch()
        log = program.end(0)
    assert forwarded(log, "out") == [f"out {number}" for number in range(30)]
    assert forwarded(log, "err") == [f"err {number}" for number in range(30)]


def test_a_killed_task_stops_its_run(glue: Glue, airflow: Airflow, tmp_path: Path) -> None:
    job = glue.job(SLEEPING.format(file=tmp_path / "pid"))
    task = f'GlueJobOperator(task_id="run", job_name="{job}", stop_job_run_on_kill=True, job_poll_interval=0.2)'
    with airflow.start(task) as program:
        program.until((tmp_path / "pid").exists, "the script's start")
        program.until(lambda: "Polling for AWS Glue Job" in program.said, "a look at the run")
        program.interrupt(signal.SIGTERM)
        assert "GlueJobRunStoppedError" in program.end(1)
    assert one(glue, job)["JobRunState"] == "STOPPED"
    assert not psutil.pid_exists(int((tmp_path / "pid").read_text()))


def test_a_deferred_task_is_woken_by_its_runs_success(glue: Glue, airflow: Airflow, tmp_path: Path) -> None:
    job = glue.job(COUNTING.format(gate=tmp_path / "gate"))
    with airflow.start(f'GlueJobOperator(task_id="run", job_name="{job}", deferrable=True, waiter_delay=1)') as program:
        program.until(lambda: "Status of AWS Glue job is: RUNNING" in program.said, "a look at the run")
        (tmp_path / "gate").touch()
        assert "[DAG TEST] Trigger completed" in program.end(0)
    run = one(glue, job)
    assert run["JobRunState"] == "SUCCEEDED"
    assert "--airflow_task_uuid" in run["Arguments"], "a retry finds its run by this argument"


def test_a_deferred_task_is_told_why_its_run_failed(glue: Glue, airflow: Airflow) -> None:
    job = glue.job("raise ValueError('broken')")
    task = f'GlueJobOperator(task_id="run", job_name="{job}", deferrable=True, waiter_delay=1)'
    assert "FAILED - ValueError: broken" in airflow.run(task, succeeds=False)
    assert one(glue, job)["JobRunState"] == "FAILED"


def sensors(job: str) -> str:
    """Tasks that start a run, look for its end themselves, and have it looked for."""
    return f"""
        start = GlueJobOperator(task_id="start", job_name="{job}", wait_for_completion=False)
        watched = {{"job_name": "{job}", "run_id": start.output, "poke_interval": 1}}
        poking = GlueJobSensor(task_id="poking", verbose=True, **watched)
        deferred = GlueJobSensor(task_id="deferred", deferrable=True, trigger_rule="all_done", **watched)
        start >> poking >> deferred
    """


def test_sensors_wait_for_a_runs_success(glue: Glue, airflow: Airflow, tmp_path: Path) -> None:
    job = glue.job(COUNTING.format(gate=tmp_path / "gate"))
    with airflow.start(sensors(job)) as program:
        program.until(lambda: program.said.count("Poking for job run status") > 1, "a second look at the run")
        (tmp_path / "gate").touch()
        log = program.end(0)
    assert f"Poking for job run status :for Glue Job {job} and ID {one(glue, job)['Id']}" in log
    assert forwarded(log, "out") == [f"out {number}" for number in range(30)]
    assert "AWS Glue Job completed." in log


def test_sensors_fail_with_the_run(glue: Glue, airflow: Airflow) -> None:
    job = glue.job("raise ValueError('broken')")
    log = airflow.run(sensors(job), succeeds=False)
    assert f"'Exiting Job %s Run State: %s', '{one(glue, job)['Id']}', 'FAILED'" in log
    assert "FAILED - ValueError: broken" in log


def test_a_start_beyond_the_limit_fails_the_task_and_names_the_error(glue: Glue, airflow: Airflow) -> None:
    job = glue.job("import time; time.sleep(600)")
    run_id = glue.start(job)
    log = airflow.run(f'GlueJobOperator(task_id="run", job_name="{job}", job_poll_interval=0.2)', succeeds=False)
    assert "An error occurred (ConcurrentRunsExceededException) when calling the StartJobRun operation" in log
    glue("BatchStopJobRun", JobName=job, JobRunIds=[run_id])
    assert glue.wait(job, run_id)["JobRunState"] == "STOPPED"


@pytest.mark.spark
def test_the_operator_uploads_a_script_and_creates_a_spark_job_that_names_no_version(
    glue: Glue, airflow: Airflow, openglue: Any, tmp_path: Path
) -> None:
    bucket = openglue.bucket("airflow-scripts")
    script = tmp_path / "count.py"
    script.write_text(
        "from pyspark.sql import SparkSession\nprint('counted', SparkSession.builder.getOrCreate().range(5).count())"
    )
    log = airflow.run(f"""
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


def test_the_operator_creates_a_job_with_a_role_and_updates_what_differs_and_its_tags(
    glue: Glue, airflow: Airflow
) -> None:
    script = glue.script("print('done')")
    tasks = f"""
        def task(name, tags):
            command = {{"Name": "pythonshell", "ScriptLocation": "{script}", "PythonVersion": "3.9"}}
            arguments = {{"library-set": "none"}}
            return GlueJobOperator(
                task_id=name, job_name="updated-by-airflow", job_desc=name, iam_role_name="airflow", num_of_dpus=1,
                create_job_kwargs={{"Command": command, "DefaultArguments": arguments, "Tags": tags}},
                update_config=True, job_poll_interval=0.2,
            )

        task("first", {{"team": "a", "old": "x"}}) >> task("second", {{"team": "b", "new": "y"}})
    """
    log = airflow.run(tasks)
    job = glue("GetJob", JobName="updated-by-airflow")["Job"]
    assert (job["Description"], job["Role"]) == ("second", ROLE)
    assert "Updated configurations: {'Description': 'second'} [" in log, "nothing else is seen to differ"
    arn = "arn:aws:glue:us-east-1:000000000000:job/updated-by-airflow"
    assert glue("GetTags", ResourceArn=arn)["Tags"] == {"team": "b", "new": "y"}
