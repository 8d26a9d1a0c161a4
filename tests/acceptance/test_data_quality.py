"""A job that checks its data, as scripts do it: right rows go on, wrong ones aside, and then the run fails."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.acceptance.conftest import Glue

pytestmark = [pytest.mark.spark, pytest.mark.timeout(240)]

CHECKED = """
import sys

from awsglue.context import GlueContext
from awsglue.dynamicframe import DynamicFrame
from awsglue.job import Job
from awsglue.transforms import *
from awsglue.utils import getResolvedOptions
from awsgluedq.transforms import EvaluateDataQuality
from pyspark.context import SparkContext

args = getResolvedOptions(sys.argv, ["JOB_NAME", "bucket"])
glueContext = GlueContext(SparkContext())
job = Job(glueContext)
job.init(args["JOB_NAME"], args)
bucket = args["bucket"]

orders = glueContext.create_dynamic_frame.from_options(
    connection_type="s3", connection_options={"paths": [f"s3://{bucket}/orders/"]}, format="json",
)
ruleset = \"\"\"
    Rules = [
        RowCount between 2 and 100,
        IsComplete "order_id",
        IsUnique "order_id",          # no order twice
        ColumnValues "state" in ["open", "paid"],
        (ColumnValues "amount" > 0) and (IsComplete "amount")
    ]
\"\"\"
checked = EvaluateDataQuality().process_rows(
    frame=orders,
    ruleset=ruleset,
    publishing_options={
        "dataQualityEvaluationContext": "orders",
        "enableDataQualityCloudWatchMetrics": True,
        "enableDataQualityResultsPublishing": True,
        "resultsS3Prefix": f"s3://{bucket}/results/",
    },
    additional_options={"performanceTuning.caching": "CACHE_NOTHING", "observations.scope": "ALL"},
)
outcomes = SelectFromCollection.apply(dfc=checked, key="ruleOutcomes", transformation_ctx="outcomes")
rows = SelectFromCollection.apply(dfc=checked, key="rowLevelOutcomes", transformation_ctx="rows").toDF()
outcomes.toDF().show(truncate=False)

columns = ["DataQualityRulesPass", "DataQualityRulesFail", "DataQualityRulesSkip", "DataQualityEvaluationResult"]
for result, folder in (("Passed", "curated"), ("Failed", "quarantine")):
    part = rows.filter(rows.DataQualityEvaluationResult == result)
    if result == "Passed":
        part = part.drop(*columns)
    glueContext.write_dynamic_frame.from_options(
        frame=DynamicFrame.fromDF(part, glueContext, folder), connection_type="s3",
        connection_options={"path": f"s3://{bucket}/{folder}/"}, format="json",
    )

failed = outcomes.toDF().filter("Outcome = 'Failed'").collect()
if failed:
    raise Exception("data quality: " + "; ".join(f"{row.Rule}: {row.FailureReason}" for row in failed))
job.commit()
"""


def test_a_run_fails_with_the_rules_that_its_data_breaks(glue: Glue, openglue: Any) -> None:
    s3 = openglue.client("s3")
    s3.create_bucket(Bucket="quality")
    orders = [
        {"order_id": "a", "state": "open", "amount": 10},
        {"order_id": "b", "state": "paid", "amount": 20},
        {"order_id": "b", "state": "lost", "amount": 5},
    ]
    s3.put_object(Bucket="quality", Key="orders/a.json", Body="\n".join(map(json.dumps, orders)).encode())
    run = glue.run(CHECKED, kind="glueetl", arguments={"--bucket": "quality"})
    errors = glue.text(run, "error")
    assert run["JobRunState"] == "FAILED", errors
    assert "data quality: IsUnique" in run["ErrorMessage"]
    assert 'ColumnValues "state" in ["open","paid"]: Value: 0.6666666666666666 does not meet' in run["ErrorMessage"]
    assert "RowCount" not in run["ErrorMessage"]

    def lines(prefix: str) -> list[dict[str, Any]]:
        keys = [one["Key"] for one in s3.list_objects_v2(Bucket="quality", Prefix=prefix).get("Contents", [])]
        texts = [s3.get_object(Bucket="quality", Key=key)["Body"].read().decode() for key in keys]
        return [json.loads(line) for text in texts for line in text.splitlines()]

    assert lines("curated/") == [orders[0]]
    aside = lines("quarantine/")
    assert sorted((row["state"], row["DataQualityRulesFail"]) for row in aside) == [
        ("lost", ['IsUnique "order_id"', 'ColumnValues "state" in ["open","paid"]']),
        ("paid", ['IsUnique "order_id"']),
    ]
    assert {row["DataQualityEvaluationResult"] for row in aside} == {"Failed"}
    results = lines("results/")
    assert [row["outcome"] for row in results] == ["Passed", "Passed", "Failed", "Failed", "Passed"]
    [notice] = [line for line in errors.splitlines() if "have no effect" in line]
    assert notice.startswith("openglue: data quality: enableDataQualityCloudWatchMetrics, ")
