import sys

from awsglue.context import GlueContext
from awsglue.dynamicframe import DynamicFrame
from awsglue.job import Job
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext
from pyspark.sql.types import IntegerType, StringType, StructType

args = getResolvedOptions(sys.argv, ["JOB_NAME", "input", "output", "checkpoint"])
glueContext = GlueContext(SparkContext.getOrCreate())
spark = glueContext.spark_session
job = Job(glueContext)
job.init(args["JOB_NAME"], args)

schema = StructType().add("sensor", StringType()).add("value", IntegerType())


def process(df, batch_id):
    if df.count() > 0:
        frame = DynamicFrame.fromDF(df, glueContext, "from_data_frame")
        glueContext.write_dynamic_frame.from_options(
            frame=frame, connection_type="s3", connection_options={"path": args["output"]}, format="json"
        )
        print("batch of", df.count())


query = (
    spark.readStream.schema(schema)
    .json(args["input"])
    .writeStream.foreachBatch(process)
    .option("checkpointLocation", args["checkpoint"])
    .trigger(availableNow=True)
    .start()
)
query.awaitTermination()
job.commit()
