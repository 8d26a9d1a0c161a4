import sys
import traceback

from awsglue.context import GlueContext
from awsglue.job import Job
from awsglue.utils import GlueArgumentError, getResolvedOptions
from pyspark.context import SparkContext

try:
    getResolvedOptions(sys.argv, ["not_given"])
except GlueArgumentError as e:
    print("caught:", e)

args = getResolvedOptions(sys.argv, ["JOB_NAME", "database-name", "limit"])
glueContext = GlueContext(SparkContext())
logger = glueContext.get_logger()
job = Job(glueContext)
job.init(args["JOB_NAME"], args)


def check(frame, limit):
    bad = frame.toDF().where("amount < 0").count()
    logger.info(f"{bad} bad rows in {args['database_name']}")
    if bad > limit:
        raise ValueError(f"{bad} rows with a negative amount, allowed are {limit}")


frame = glueContext.create_dynamic_frame.from_options("s3", {"paths": ["s3://failing-check/in/a.json"]}, "json")
try:
    check(frame, int(args["limit"]))
except ValueError:
    logger.error("stopping: " + traceback.format_exc().splitlines()[-1])
    raise
finally:
    print("cleaned up")
print("committed")
job.commit()
