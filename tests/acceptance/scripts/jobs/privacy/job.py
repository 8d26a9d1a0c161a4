import hashlib
import sys

from awsglue.context import GlueContext
from awsglue.job import Job
from awsglue.transforms import *
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext

args = getResolvedOptions(sys.argv, ["JOB_NAME", "source", "target", "salt"])
glueContext = GlueContext(SparkContext.getOrCreate())
logger = glueContext.get_logger()
job = Job(glueContext)
job.init(args["JOB_NAME"], args)
SALT = args["salt"]


def hide(record):
    record["email"] = hashlib.sha256((SALT + record["email"]).encode()).hexdigest()[:8]
    record["age_group"] = f"{record['age'] // 10 * 10}s"
    record["home"] = {"country": record["address"]["country"], "zip": str(record["address"]["zip"])[:2] + "***"}
    del record["age"], record["address"]
    return record


def is_valid(row):
    return row["consent"] == True and row["age"] >= 18  # noqa: E712 - as users write it


people = glueContext.create_dynamic_frame.from_options(
    connection_type="s3", connection_options={"paths": [args["source"]]}, format="json", transformation_ctx="people"
)
logger.info(f"read {people.count()} people")
adults = Filter.apply(frame=people, f=is_valid, transformation_ctx="adults")
hidden = Map.apply(frame=adults, f=hide, transformation_ctx="hidden")
logger.warn(f"{hidden.errorsCount()} people had no address")
marketing = hidden.filter(lambda row: row["newsletter"])
hidden.select_fields(["id", "email", "age_group", "home"]).toDF().orderBy("id").show(truncate=False)
marketing.drop_fields(["consent", "newsletter"]).write(
    connection_type="s3", connection_options={"path": args["target"]}, format="json"
)
job.commit()
