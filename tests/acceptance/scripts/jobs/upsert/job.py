import sys

from awsglue.context import GlueContext
from awsglue.job import Job
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext

args = getResolvedOptions(sys.argv, ["JOB_NAME", "lake"])
glueContext = GlueContext(SparkContext.getOrCreate())
job = Job(glueContext)
job.init(args["JOB_NAME"], args)
lake = args["lake"].rstrip("/")


def read(path):
    return glueContext.create_dynamic_frame_from_options(
        connection_type="s3", connection_options={"paths": [path]}, format="json"
    )


current, changes = read(f"{lake}/in/current/"), read(f"{lake}/in/changes/")
deleted = changes.filter(lambda r: r["op"] == "D")
merged = current.mergeDynamicFrame(changes, ["id"], transformation_ctx="merged")
kept = merged.filter(lambda r: "op" not in r or r["op"] != "D").drop_fields(["op"])
print("before", current.count(), "after", kept.count(), "deleted", deleted.count())

glueContext.purge_s3_path(f"{lake}/out/", {"retentionPeriod": 0}, transformation_ctx="purge")
glueContext.write_dynamic_frame.from_options(
    frame=kept, connection_type="s3", connection_options={"path": f"{lake}/out/"}, format="json"
)
job.commit()
