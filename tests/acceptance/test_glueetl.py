"""Spark runs through boto3: real PySpark, real S3 paths. Each test is one run or two; they share a worker."""

from __future__ import annotations

import json
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from tests.acceptance.conftest import Glue

from openglue.testing import QUICK_JAVA

pytestmark = [pytest.mark.spark, pytest.mark.timeout(240)]

#: What one run can tell about itself: many questions, one Spark start.
TELL = """
import json, os, sys
import boto3
from awsglue.context import GlueContext
from awsglue.job import Job
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext

args = getResolvedOptions(sys.argv, ["JOB_NAME", "bucket", "day"])
glue_context = GlueContext(SparkContext())
spark = glue_context.spark_session
job = Job(glue_context)
job.init(args["JOB_NAME"], args)
bucket = args["bucket"]

frame = glue_context.create_dynamic_frame.from_options(
    connection_type="s3", connection_options={"paths": [f"s3://{bucket}/in/"]}, format="csv",
    format_options={"withHeader": True},
)
counted = frame.toDF().groupBy("city").count()
from awsglue.dynamicframe import DynamicFrame
glue_context.write_dynamic_frame.from_options(
    frame=DynamicFrame.fromDF(counted, glue_context, "counted"), connection_type="s3",
    connection_options={"path": f"s3://{bucket}/out/", "partitionKeys": ["city"]}, format="parquet",
)
counted.write.json(f"s3a://{bucket}/json/")
boto3.client("s3").create_bucket(Bucket=f"{bucket}-made-during-the-run")
spark.range(3).write.parquet(f"s3://{bucket}-made-during-the-run/x/")
worker_env, worker_path = (
    spark.sparkContext.parallelize([1], 1).map(lambda _: (os.environ.get("CUSTOMER_E"), sys.path)).first()
)
print("TELL " + json.dumps({
    "argv": sys.argv, "cwd": os.getcwd(), "home": os.environ["HOME"], "rows": frame.count(),
    "back": sorted(map(list, spark.read.parquet(f"s3://{bucket}/out/").select("city", "count").collect())),
    "conf": spark.conf.get("spark.sql.session.timeZone"), "memory": spark.conf.get("spark.driver.memory"),
    "driver": os.environ.get("CUSTOMER_D"), "worker": worker_env, "worker_path": worker_path,
    "jar": spark._jvm.java.lang.Thread.currentThread().getContextClassLoader().getResource("mark.txt") is not None,
    "extra": open("extra.txt").read(), "master": spark.sparkContext.master,
    "java": list(spark._jvm.java.lang.management.ManagementFactory.getRuntimeMXBean().getInputArguments()),
    "listed": sorted(o["Key"] for o in boto3.client("s3").list_objects_v2(Bucket=bucket, Prefix="out/")["Contents"]),
}))
job.commit()
"""


@pytest.mark.contract("3.2", "6.4")
def test_a_glue_script_reads_and_writes_s3_and_finds_its_surroundings(
    glue: Glue, openglue: Any, tmp_path: Path
) -> None:
    s3 = openglue.client("s3")
    s3.create_bucket(Bucket="tell")
    s3.put_object(Bucket="tell", Key="in/a.csv", Body=b"city,n\noslo,1\nbern,2\noslo,3\n")
    s3.put_object(Bucket="tell", Key="files/extra.txt", Body=b"extra text")
    with zipfile.ZipFile(tmp_path / "mark.jar", "w") as jar:
        jar.writestr("mark.txt", "in the jar")
    s3.upload_file(str(tmp_path / "mark.jar"), "tell", "jars/mark.jar")
    s3.put_object(Bucket="tell", Key="scripts/tell.py", Body=TELL.encode())
    run = glue.run(
        "s3://tell/scripts/tell.py",
        kind="glueetl",
        arguments={"--day": "friday", "--enable-metrics": ""},
        DefaultArguments={
            "--bucket": "tell",
            "--TempDir": "s3://tell/tmp/",
            "--extra-files": "s3://tell/files/extra.txt",
            "--extra-jars": "s3://tell/jars/mark.jar",
            "--conf": "spark.sql.session.timeZone=Asia/Tokyo --conf spark.driver.memory=99g",
            "--customer-driver-env-vars": "CUSTOMER_D=driver,OTHER=x",
            "--customer-executor-env-vars": "CUSTOMER_E=worker",
            "--enable-spark-ui": "true",
            "--spark-event-logs-path": "s3://tell/events/",
            "--job-bookmark-option": "job-bookmark-disable",
            "--enable-continuous-cloudwatch-log": "true",
        },
    )
    assert run["JobRunState"] == "SUCCEEDED", glue.text(run, "error")
    line = next(line for line in glue.text(run).splitlines() if line.startswith("TELL "))
    told = json.loads(line.removeprefix("TELL "))
    assert told["rows"] == 3
    assert told["back"] == [["bern", 1], ["oslo", 2]]
    assert (told["driver"], told["worker"], told["extra"]) == ("driver", "worker", "extra text")
    archives = [entry for entry in told["worker_path"] if entry.endswith((".zip", ".jar"))]
    assert all("pyspark" not in entry for entry in archives), "nobody needs them, and each task would read them"
    assert told["jar"], "--extra-jars is on the class path"
    assert told["conf"] == "Asia/Tokyo"
    assert told["memory"] != "99g"
    assert told["master"].startswith("local[")
    assert set(QUICK_JAVA) <= set(told["java"])
    pairs = dict(zip(told["argv"], [*told["argv"][1:], ""], strict=True))
    assert pairs["--JOB_NAME"] == run["JobName"]
    assert pairs["--JOB_RUN_ID"] == run["Id"]
    assert pairs["--JOB_ID"].startswith("j_")
    assert pairs["--day"] == "friday"
    assert pairs["--enable-metrics"] == "" or pairs["--enable-metrics"].startswith("--")
    keys = told["listed"]
    assert any(key.startswith("out/city=oslo/") and key.endswith(".parquet") for key in keys)
    assert not [key for key in keys if key.endswith(".crc")]
    assert (openglue.data / "s3" / "tell-made-during-the-run" / "x").is_dir()
    assert s3.list_objects_v2(Bucket="tell", Prefix="events/")["KeyCount"] >= 1, (
        "the event log is where it was asked for"
    )
    errors = glue.text(run, "error")
    assert "--conf spark.driver.memory has no effect" in errors
    assert "OTHER is ignored" in errors
    noise = [text for text in errors.splitlines() if not text.startswith("openglue: ")]
    assert noise == [], "a healthy run is silent"


@pytest.mark.contract("2.6")
def test_starting_spark_belongs_to_starting(glue: Glue) -> None:
    from openglue.process import marked

    name = glue.job("print('begun')", kind="glueetl")
    run_id = glue.start(name)
    jvm_seen = False
    while glue.get(name, run_id)["JobRunState"] == "STARTING":
        for process in marked(f"{run_id}.1"):
            with suppress(OSError):  # it may end while we look
                jvm_seen = jvm_seen or b"java" in Path(f"/proc/{process.pid}/cmdline").read_bytes()
    assert jvm_seen, "the JVM started while the run was STARTING"
    assert glue.text(glue.wait(name, run_id)) == "begun"


@pytest.mark.contract("2.26", "2.27")
def test_a_failure_names_the_line_of_the_users_script(glue: Glue) -> None:
    run = glue.run(
        """
        from pyspark.sql import SparkSession
        spark = SparkSession.builder.getOrCreate()

        def load():
            return {}["missing"]

        load()
        """,
        kind="glueetl",
    )
    assert run["JobRunState"] == "FAILED"
    assert run["ErrorMessage"] == ("Error Category: INVALID_ARGUMENT_ERROR; Failed Line Number: 6; KeyError: 'missing'")
    assert glue.text(run, "error").rstrip().endswith("KeyError: 'missing'")
    assert run["LogGroupName"] == "/aws-glue/jobs"


@pytest.mark.contract("2.41")
@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("import sys\nsys.exit(0)", "SystemExit: 0"),
        ("def broken(:\n  pass", "Error Category: SYNTAX_ERROR; Failed Line Number: 1; SyntaxError: invalid syntax"),
    ],
)
def test_endings_that_aws_is_known_for(glue: Glue, script: str, message: str) -> None:
    run = glue.run(script, kind="glueetl")
    assert (run["JobRunState"], run["ErrorMessage"]) == ("FAILED", message)


def test_a_missing_bucket_is_called_a_missing_bucket(glue: Glue) -> None:
    run = glue.run(
        """
        from pyspark.sql import SparkSession
        SparkSession.builder.getOrCreate().read.json("s3://there-is-no-such-bucket/x/")
        """,
        kind="glueetl",
    )
    assert run["JobRunState"] == "FAILED"
    assert "The specified bucket does not exist: there-is-no-such-bucket" in run["ErrorMessage"]


def test_a_stop_ends_spark_and_its_jvm(glue: Glue) -> None:
    from openglue.process import marked

    name = glue.job(
        """
        from pyspark.context import SparkContext
        import time
        SparkContext()
        print("up", flush=True)
        time.sleep(600)
        """,
        kind="glueetl",
    )
    run_id = glue.start(name)
    run = glue.wait(name, run_id, {"RUNNING"})
    from tests.conftest import wait_for

    wait_for(lambda: "up" in glue.text(run), deadline_s=60, what="the session")
    assert len(list(marked(f"{run_id}.1"))) >= 2
    glue("BatchStopJobRun", JobName=name, JobRunIds=[run_id])
    assert glue.wait(name, run_id)["JobRunState"] == "STOPPED"
    wait_for(lambda: not list(marked(f"{run_id}.1")), deadline_s=10, what="an empty process table")
