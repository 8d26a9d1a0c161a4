import sys

from awsglue.context import GlueContext
from awsglue.job import Job
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext

args = getResolvedOptions(sys.argv, ["JOB_NAME"])
glue_context = GlueContext(SparkContext.getOrCreate())
job = Job(glue_context)
job.init(args["JOB_NAME"], args)

export = glue_context.create_dynamic_frame.from_options(
    connection_type="s3",
    connection_options={"paths": ["s3://dynamodb-export/in/data/"], "compressionType": "gzip"},
    format="json",
)
simple = export.simplify_ddb_json()
simple.printSchema()
numbers = simple.resolveChoice(specs=[("Price", "cast:double"), ("Stock.Count", "cast:int")])
print(export.unnest_ddb_json().toDF().columns)
glue_context.write_dynamic_frame.from_options(
    frame=numbers.coalesce(1),
    connection_type="s3",
    connection_options={"path": "s3://dynamodb-export/out/"},
    format="parquet",
)
job.commit()
