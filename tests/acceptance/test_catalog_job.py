"""Tables of the Data Catalog in a job: boto3 makes them, runs read and write them, boto3 sees what they are then."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.acceptance.conftest import Glue

pytestmark = [pytest.mark.spark, pytest.mark.timeout(300)]

#: What is new of the raw rides, with a type for each field, goes to a table that the job makes itself.
CLEAN = """
import json, sys
from awsglue.context import GlueContext
from awsglue.job import Job
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext

args = getResolvedOptions(sys.argv, ["JOB_NAME", "table"])
glue_context = GlueContext(SparkContext())
job = Job(glue_context)
job.init(args["JOB_NAME"], args)
raw = glue_context.create_dynamic_frame.from_catalog(
    database="rides", table_name=args["table"], push_down_predicate="year >= 2025", transformation_ctx="raw"
)
count = raw.count()
if count:
    sink = glue_context.getSink(
        connection_type="s3", path="s3://rides/clean/", enableUpdateCatalog=True, partitionKeys=["year"]
    )
    sink.setFormat("parquet", useGlueParquetWriter=True)
    sink.setCatalogInfo(catalogDatabase="rides", catalogTableName="clean")
    sink.writeFrame(raw.resolveChoice(choice="cast:double"))
clean = glue_context.create_dynamic_frame.from_catalog(database="rides", table_name="clean").toDF()
rows = [list(row) for row in clean.select("id", "fare", "year").orderBy("id").collect()]
print("TELL " + json.dumps({"raw": count, "schema": str(raw.schema().jsonValue()), "clean": rows}))
job.commit()
"""


def told(glue: Glue, run: dict[str, Any]) -> dict[str, Any]:
    assert run["JobRunState"] == "SUCCEEDED", (run.get("ErrorMessage"), glue.text(run, "error"))
    line = next(line for line in glue.text(run).splitlines() if line.startswith("TELL "))
    return json.loads(line.removeprefix("TELL "))


def add_year(glue: Glue, openglue: Any, year: int, content: str | None) -> None:
    """A partition of the raw table, with a file if it is to have one."""
    if content is not None:
        openglue.client("s3").put_object(Bucket="rides", Key=f"raw/{year}/a.csv", Body=content.encode())
    glue(
        "CreatePartition",
        DatabaseName="rides",
        TableName="raw",
        PartitionInput={"Values": [str(year)], "StorageDescriptor": {"Location": f"s3://rides/raw/{year}/"}},
    )


def test_a_job_reads_a_table_and_makes_another_that_its_next_run_goes_on_with(glue: Glue, openglue: Any) -> None:
    openglue.client("s3").create_bucket(Bucket="rides")
    glue("CreateDatabase", DatabaseInput={"Name": "rides"})
    glue(
        "CreateTable",
        DatabaseName="rides",
        TableInput={
            "Name": "raw",
            "Parameters": {"classification": "csv", "skip.header.line.count": "1"},
            "PartitionKeys": [{"Name": "year", "Type": "int"}],
            "StorageDescriptor": {
                "Columns": [{"Name": "id", "Type": "bigint"}, {"Name": "fare", "Type": "double"}],
                "Location": "s3://rides/raw/",
            },
        },
    )
    add_year(glue, openglue, 2024, None)
    add_year(glue, openglue, 2025, "id,fare\n1,10.5\n2,free\n")
    job = glue.job(
        CLEAN,
        kind="glueetl",
        DefaultArguments={"--job-bookmark-option": "job-bookmark-enable", "--table": "raw"},
    )
    first = glue.wait(job, glue.start(job))
    told_first = told(glue, first)
    assert told_first["raw"] == 2
    assert "'choices': [{'dataType': 'double'" in told_first["schema"]
    assert told_first["clean"] == [[1, 10.5, 2025], [2, None, 2025]]
    assert "which is not there" not in glue.text(first, "error"), "2024 was never looked for"

    table = glue("GetTable", DatabaseName="rides", Name="clean")["Table"]
    assert {one["Name"]: one["Type"] for one in table["StorageDescriptor"]["Columns"]} == {
        "id": "bigint",
        "fare": "double",
    }
    assert table["PartitionKeys"] == [{"Name": "year", "Type": "int"}]
    assert table["Parameters"] == {
        "classification": "parquet",
        "useGlueParquetWriter": "true",
        "CreatedByJob": job,
        "CreatedByJobRun": first["Id"],
    }

    add_year(glue, openglue, 2026, "id,fare\n3,7\n")
    second = told(glue, glue.wait(job, glue.start(job)))
    assert second["raw"] == 1, "the bookmark has the first year"
    assert second["clean"] == [[1, 10.5, 2025], [2, None, 2025], [3, 7.0, 2026]]
    partitions = glue("GetPartitions", DatabaseName="rides", TableName="clean")["Partitions"]
    assert {one["Values"][0]: one["StorageDescriptor"]["Location"] for one in partitions} == {
        "2025": "s3://rides/clean/year=2025/",
        "2026": "s3://rides/clean/year=2026/",
    }

    failed = glue.wait(job, glue.start(job, Arguments={"--table": "nothing"}))
    assert failed["JobRunState"] == "FAILED"
    assert "EntityNotFoundException" in failed["ErrorMessage"]
    assert "Table nothing not found." in failed["ErrorMessage"]
