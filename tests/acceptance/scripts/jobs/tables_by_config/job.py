"""One script for all tables: what to do stands in a file of settings."""

import json
import sys

import boto3
from awsglue.context import GlueContext
from awsglue.job import Job
from awsglue.transforms import ApplyMapping
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext
from pyspark.sql.functions import current_timestamp, lit

args = getResolvedOptions(sys.argv, ["JOB_NAME", "config_bucket", "config_key"])
glueContext = GlueContext(SparkContext.getOrCreate())
job = Job(glueContext)
job.init(args["JOB_NAME"], args)

s3 = boto3.resource("s3")
config = json.loads(s3.Object(args["config_bucket"], args["config_key"]).get()["Body"].read().decode("utf-8"))
failures = {}
for table in config["tables"]:
    try:
        source = glueContext.create_dynamic_frame.from_options(
            connection_type="s3",
            connection_options={"paths": [table["source"]], "recurse": True, **table.get("connection_options", {})},
            format=table["format"],
            format_options=table.get("format_options", {}),
            transformation_ctx=f"source_{table['name']}",
        )
        mapped = ApplyMapping.apply(
            frame=source,
            mappings=[tuple(mapping) for mapping in table["mappings"]],
            transformation_ctx=f"mapped_{table['name']}",
        )
        df = mapped.toDF().withColumn("table_name", lit(table["name"])).withColumn("loaded_at", current_timestamp())
        print(table["name"], df.count())
        mapped.write(
            connection_type="s3",
            connection_options={"path": f"{config['target']}/{table['name']}/"},
            format=table["target_format"],
            format_options=table.get("target_options", {}),
        )
    except Exception as e:
        failures[table["name"]] = type(e).__name__
        print(f"{table['name']} failed: {e}", file=sys.stderr)
print("failures:", failures)
job.commit()
