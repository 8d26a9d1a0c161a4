import sys

from awsglue.context import GlueContext
from awsglue.dynamicframe import DynamicFrame
from awsglue.job import Job
from awsglue.transforms import *
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext

args = getResolvedOptions(sys.argv, ["JOB_NAME", "source_path", "target_path"])
glueContext = GlueContext(SparkContext.getOrCreate())
job = Job(glueContext)
job.init(args["JOB_NAME"], args)

products = glueContext.create_dynamic_frame.from_options(
    "s3", {"paths": [args["source_path"]]}, "json", transformation_ctx="products"
)
products.printSchema()

by_columns = products.resolveChoice(specs=[("stock", "make_cols"), ("sku", "cast:string")])
by_columns.printSchema()
clean = products.resolveChoice(
    specs=[("sku", "cast:string"), ("stock", "cast:int"), ("dimensions.weight", "cast:double"), ("prices[]", "cast:double")]
)
leftover = ResolveChoice.apply(frame=clean, choice="make_cols", transformation_ctx="leftover")
final = DropNullFields.apply(frame=leftover)
print("rows without stock:", final.toDF().filter("stock is null").count())
glueContext.write_dynamic_frame.from_options(
    frame=final.coalesce(1),
    connection_type="s3",
    connection_options={"path": args["target_path"]},
    format="glueparquet",
    format_options={"compression": "gzip"},
    transformation_ctx="write",
)
job.commit()
