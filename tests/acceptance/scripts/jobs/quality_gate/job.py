import sys
from awsglue.transforms import *
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext
from awsglue.context import GlueContext
from awsglue.job import Job
from awsgluedq.transforms import EvaluateDataQuality
from awsglue.dynamicframe import DynamicFrame
import concurrent.futures
import re

args = getResolvedOptions(sys.argv, ["JOB_NAME", "strict"])
sc = SparkContext()
glueContext = GlueContext(sc)
spark = glueContext.spark_session
job = Job(glueContext)
job.init(args["JOB_NAME"], args)

# Script generated for node Amazon S3
AmazonS3_node1 = glueContext.create_dynamic_frame.from_options(
    format_options={"multiLine": "false"},
    connection_type="s3",
    format="json",
    connection_options={"paths": ["s3://quality-gate/in/"], "recurse": True},
    transformation_ctx="AmazonS3_node1",
)

# Script generated for node Evaluate Data Quality (Multiframe)
EvaluateDataQualityMultiframe_node2_ruleset = """
    # Example rules: Completeness "colA" between 0.4 and 0.8, ColumnCount > 10
    Rules = [
        RowCount between 1 and 100,
        IsComplete "id",
        IsUnique "id",
        Completeness "email" >= 0.5,
        ColumnValues "state" in ["new", "done"],
        ColumnValues "amount" > 0 with threshold > 0.5
    ]
"""
EvaluateDataQualityMultiframe_node2 = EvaluateDataQuality().process_rows(
    frame=AmazonS3_node1,
    ruleset=EvaluateDataQualityMultiframe_node2_ruleset,
    publishing_options={
        "dataQualityEvaluationContext": "EvaluateDataQualityMultiframe_node2",
        "enableDataQualityCloudWatchMetrics": False,
        "enableDataQualityResultsPublishing": False,
    },
    additional_options={
        "observations.scope": "ALL",
        "performanceTuning.caching": "CACHE_NOTHING",
    },
)

# Script generated for node ruleOutcomes
ruleOutcomes_node3 = SelectFromCollection.apply(
    dfc=EvaluateDataQualityMultiframe_node2, key="ruleOutcomes", transformation_ctx="ruleOutcomes_node3"
)
ruleOutcomes_node3.toDF().show(truncate=False)
# Script generated for node rowLevelOutcomes
rowLevelOutcomes_node4 = SelectFromCollection.apply(
    dfc=EvaluateDataQualityMultiframe_node2, key="rowLevelOutcomes", transformation_ctx="rowLevelOutcomes_node4"
)
rows = rowLevelOutcomes_node4.toDF()
good = rows.filter(rows.DataQualityEvaluationResult == "Passed").select("id", "state")
bad = rows.filter(rows.DataQualityEvaluationResult == "Failed").select("id", "DataQualityRulesFail")
good.coalesce(1).write.mode("append").json("s3://quality-gate/good/")
bad.coalesce(1).write.mode("append").json("s3://quality-gate/bad/")

failed = ruleOutcomes_node3.toDF().filter("Outcome = 'Failed'").count()
print("failed rules:", failed)
if args["strict"] == "true":
    assert failed == 0, "The job failed due to failing DQ rules for node: AmazonS3_node1"
job.commit()
