import sys

from awsglue.context import GlueContext
from awsglue.job import Job
from awsglue.transforms import *
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext

args = getResolvedOptions(sys.argv, ["JOB_NAME", "source", "target"])
glueContext = GlueContext(SparkContext.getOrCreate())
job = Job(glueContext)
job.init(args["JOB_NAME"], args)

new = glueContext.create_dynamic_frame.from_options(
    connection_type="s3",
    connection_options={"paths": [args["source"]], "recurse": True},
    format="csv",
    format_options={"withHeader": True},
    transformation_ctx="new",
)
print("new records:", new.count())
if new.count() == 0:
    print("nothing to do")
else:
    mapped = ApplyMapping.apply(
        frame=new,
        mappings=[("id", "string", "id", "int"), ("v", "string", "v", "string")],
        transformation_ctx="mapped",
    )
    glueContext.write_dynamic_frame.from_options(
        frame=mapped,
        connection_type="s3",
        connection_options={"path": args["target"]},
        format="json",
        transformation_ctx="written",
    )
job.commit()
