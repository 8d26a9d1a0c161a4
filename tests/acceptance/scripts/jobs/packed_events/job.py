import sys

from awsglue.context import GlueContext
from awsglue.job import Job
from awsglue.transforms import *
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext

args = getResolvedOptions(sys.argv, ["JOB_NAME"])
glueContext = GlueContext(SparkContext.getOrCreate())
job = Job(glueContext)
job.init(args["JOB_NAME"], args)

events = glueContext.create_dynamic_frame.from_options(
    "s3", {"paths": ["s3://packed-events/in/events.csv"]}, "csv", {"withHeader": True, "separator": "|", "quoteChar": -1}
)
unboxed = Unbox.apply(frame=events, path="payload", format="json", transformation_ctx="unboxed")
unboxed.printSchema()
errors = ErrorsAsDynamicFrame.apply(unboxed)
print(unboxed.count(), "good", unboxed.errorsCount(), "bad", errors.count())
flat = UnnestFrame.apply(frame=unboxed)
DropNullFields.apply(frame=flat).toDF().select("id", "`payload.item.price`").orderBy("id").show()
try:
    Unbox.apply(frame=events, path="payload", format="json", totalThreshold=1).assertErrorThreshold()
except Exception as error:
    print(type(error).__name__, "2 error records" in str(error))
spigotted = Spigot.apply(flat, "s3://packed-events/sample/", options={"topk": 1})
glueContext.write_dynamic_frame.from_options(
    frame=spigotted, connection_type="s3", connection_options={"path": "s3://packed-events/out/"}, format="json"
)
job.commit()
