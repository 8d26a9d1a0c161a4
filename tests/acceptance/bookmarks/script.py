"""The job of the scenarios: reads what its argument `--plan` names, tells what it read, and commits if it may."""

import json
import sys

from pyspark.context import SparkContext

from awsglue.context import GlueContext
from awsglue.job import Job
from awsglue.transforms import Relationalize
from awsglue.utils import getResolvedOptions

args = getResolvedOptions(sys.argv, ["JOB_NAME", "plan", "end"])
glue_context = GlueContext(SparkContext.getOrCreate())
spark = glue_context.spark_session
job = Job(glue_context)
job.init(args["JOB_NAME"], args)

told = {}
for name, source in json.loads(args["plan"]).items():
    if "write" in source:
        rows = spark.createDataFrame([(source["write"],)] * 2, "name string")
        rows.coalesce(1).write.mode("append").parquet(source["path"])
    if "table" in source:
        frame = glue_context.create_dynamic_frame.from_catalog(
            "lake", source["table"], transformation_ctx=source["ctx"]
        )
    else:
        frame = glue_context.create_dynamic_frame.from_options(
            "s3",
            {"paths": [source["path"]], **source.get("options", {})},
            source["format"],
            {"withHeader": True} if source["format"] == "csv" else {},
            transformation_ctx=source["ctx"],
        )
    told[name] = sorted(row["name"] for row in frame.toDF().collect())
    if "sink" in source:
        told[f"{name} fields"] = [field.name for field in frame.schema()]
        glue_context.write_dynamic_frame.from_options(
            frame, "s3", {"path": source["sink"]}, "json", transformation_ctx=f"{source['ctx']}-sink"
        )
    if "numbers" in source:
        tables = Relationalize.apply(frame, "s3://lake/staged/", "root", transformation_ctx=source["numbers"])
        told[f"{name} numbers"] = sorted(row.id for row in tables.select("root_items").toDF().collect())
    if source.get("format") == "parquet":
        told[f"{name} by Spark"] = spark.read.parquet(source["path"]).count()
print("TOLD " + json.dumps(told))  # noqa: T201 - how a job tells
if args["end"] == "fail":
    raise RuntimeError("before the commit")
if args["end"] == "commit":
    job.commit()
