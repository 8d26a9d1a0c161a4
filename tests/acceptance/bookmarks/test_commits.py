"""What a script may do with its job's bookmark, and what it may not: one real run that tries it all, and ends badly."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.acceptance.conftest import Glue

pytestmark = [pytest.mark.spark, pytest.mark.timeout(240)]

SCRIPT = """
import json, sys
import boto3
from awsglue.context import GlueContext
from awsglue.job import Job
from awsglue.utils import getResolvedOptions
from pyspark.sql import SparkSession

args = getResolvedOptions(sys.argv, ["JOB_NAME"])
spark = SparkSession.builder.getOrCreate()
one, other = GlueContext(spark.sparkContext), GlueContext(spark)
told, s3, glue = {}, boto3.client("s3"), boto3.client("glue")

def read(context, ctx, path="s3://commits/in/"):
    frame = context.create_dynamic_frame.from_options(
        "s3", {"paths": [path]}, "csv", {"withHeader": True}, transformation_ctx=ctx
    )
    return sorted(row.name for row in frame.toDF().collect())

def refused(act):
    try:
        act()
    except Exception as error:
        return f"{type(error).__name__}: {error}"

job = Job(spark)
told["too early"] = refused(job.commit)
told["before init"] = read(one, "in")
job.init(args["JOB_NAME"])
told["first"] = read(one, "in")
s3.put_object(Bucket="commits", Key="in/b.csv", Body=b"name\\nb\\n")
told["again"] = read(other, "in")
told["mixed"] = refused(lambda: read(one, "in", "s3://commits/in/a.csv"))
job.commit()
told["after a commit"] = read(one, "in")
job.commit()
told["entry"] = glue.get_job_bookmark(JobName=args["JOB_NAME"])["JobBookmarkEntry"]
told["nothing new"] = read(one, "in")
glue.reset_job_bookmark(JobName=args["JOB_NAME"])
print("TOLD " + json.dumps(told))
job.commit()
"""


@pytest.fixture(scope="module")
def run(glue: Glue, openglue: Any) -> dict[str, Any]:
    (openglue.bucket("commits") / "in").mkdir()
    (openglue.bucket("commits") / "in" / "a.csv").write_text("name\na\n")
    return glue.run(SCRIPT, kind="glueetl", DefaultArguments={"--job-bookmark-option": "job-bookmark-enable"})


@pytest.fixture(scope="module")
def told(glue: Glue, run: dict[str, Any]) -> dict[str, Any]:
    lines = [line for line in glue.text(run).splitlines() if line.startswith("TOLD ")]
    assert lines, glue.text(run, "error")
    return json.loads(lines[0].removeprefix("TOLD "))


def test_a_commit_before_init_is_refused(told: dict[str, Any]):
    assert told["too early"] == "RuntimeError: job.commit() comes before job.init(): there is nothing to commit yet"


def test_a_source_that_is_made_before_init_is_read_whole(told: dict[str, Any]):
    assert told["before init"] == told["first"] == ["a"]


def test_a_source_has_the_same_files_until_the_commit_in_whatever_context_it_is_made(told: dict[str, Any]):
    assert told["again"] == ["a"]


def test_two_sources_with_one_context_are_refused(told: dict[str, Any]):
    assert told["mixed"].startswith("ValueError: transformation_ctx 'in' names two things in this run, ")
    assert "(s3 s3://commits/in/ csv) and (s3 s3://commits/in/a.csv csv)" in told["mixed"]


def test_a_script_may_commit_more_than_once(told: dict[str, Any]):
    assert (told["after a commit"], told["nothing new"]) == (["b"], [])
    assert told["entry"]["Run"] == 2
    assert json.loads(told["entry"]["JobBookmark"])["in"]["timestamps"]["RUN"] == "1"


def test_a_reset_while_a_run_goes_on_makes_its_commit_fail(glue: Glue, run: dict[str, Any], told: dict[str, Any]):
    assert told
    assert run["JobRunState"] == "FAILED"
    assert f"the bookmark of job {run['JobName']} was reset after this run began" in run["ErrorMessage"]
    entry = glue.client.get_job_bookmark(JobName=run["JobName"])["JobBookmarkEntry"]
    assert entry["JobBookmark"] == "{}"


def test_the_log_says_what_was_read(glue: Glue, run: dict[str, Any]):
    lines = [line for line in glue.text(run, "error").splitlines() if line.startswith("openglue: transformation_ctx")]
    assert lines == [
        "openglue: transformation_ctx 'in': reading 1 file that is new",
        "openglue: transformation_ctx 'in': reading 1 file that is new",
        "openglue: transformation_ctx 'in': reading 0 files that are new",
    ]
