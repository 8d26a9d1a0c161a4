from awsglue.context import GlueContext
from pyspark.context import SparkContext

glueContext = GlueContext(SparkContext.getOrCreate())

source = glueContext.getSource(
    connection_type="s3",
    paths=["s3://source-and-sink/in/"],
    recurse=True,
    exclusions='["**/draft*", "**.tmp"]',
    transformation_ctx="source",
)
source.setFormat("csv", withHeader=True, separator=",", multiLine=True, escaper="\\")
frame = source.getFrame()
print(frame.count(), frame.getNumPartitions() > 0, [field.name for field in frame.schema().fields])
narrow = frame.select_fields(["id", "text"]).rename_field("text", "body.text").coalesce(1)

sink = glueContext.getSink(connection_type="s3", path="s3://source-and-sink/out/", compression="gzip")
sink.setFormat("json")
errors = sink.writeFrame(narrow)
print(errors.count(), "errors")
both = glueContext.getSink("s3", path="s3://source-and-sink/both/", partitionKeys=["id"])
both.setFormat("parquet")
both.write(narrow)
