import json
import logging
import sys
from datetime import datetime, timezone

import boto3
from awsglue.context import GlueContext
from awsglue.job import Job
from awsglue.utils import getResolvedOptions
from botocore.exceptions import ClientError
from pyspark.context import SparkContext

logging.basicConfig(stream=sys.stdout, format="%(levelname)s %(name)s %(message)s")
logger = logging.getLogger("archive")
logger.setLevel(logging.INFO)

args = getResolvedOptions(sys.argv, ["JOB_NAME", "bucket_name", "prefix"])
bucket, prefix = args["bucket_name"], args["prefix"]
s3 = boto3.client("s3")
glue = boto3.client("glue", region_name="us-east-1")

glueContext = GlueContext(SparkContext.getOrCreate())
job = Job(glueContext)
job.init(args["JOB_NAME"], args)


def keys_below(prefix):
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for item in page.get("Contents", []):
            yield item["Key"]


def exists(key):
    try:
        s3.head_object(Bucket=bucket, Key=key)
    except ClientError as e:
        if e.response["Error"]["Code"] == "404":
            return False
        raise
    return True


if exists(f"{prefix}STOP"):
    logger.info("told to stop")
    sys.exit(1)
keys = [key for key in keys_below(prefix) if key.endswith(".json")]
logger.info("%d files", len(keys))
frame = glueContext.create_dynamic_frame.from_options(
    connection_type="s3",
    connection_options={"paths": [f"s3://{bucket}/{key}" for key in keys]},
    format="json",
)
total = frame.toDF().agg({"n": "sum"}).collect()[0][0]
run = glue.get_job_run(JobName=args["JOB_NAME"], RunId=args["JOB_RUN_ID"])["JobRun"]
logger.info("run is %s", run["JobRunState"])
s3.put_object(
    Bucket=bucket,
    Key="reports/total.json",
    Body=json.dumps({"total": total, "aware": datetime.now(timezone.utc).tzinfo is not None}).encode(),
)
resource = boto3.resource("s3")
for key in keys:
    resource.Object(bucket, key.replace(prefix, "archive/", 1)).copy_from(CopySource={"Bucket": bucket, "Key": key})
    resource.Object(bucket, key).delete()
logger.info("left: %s", list(keys_below(prefix)))
logger.info("archived: %s", list(keys_below("archive/")))
job.commit()
