import sys

from awsglue.context import GlueContext
from awsglue.dynamicframe import DynamicFrame
from awsglue.job import Job
from awsglue.transforms import *
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext

args = getResolvedOptions(sys.argv, ["JOB_NAME", "url", "driver", "target"])
glueContext = GlueContext(SparkContext.getOrCreate())
spark = glueContext.spark_session
job = Job(glueContext)
job.init(args["JOB_NAME"], args)
connection = {"url": args["url"], "className": args["driver"]}

orders = glueContext.create_dynamic_frame.from_options(
    connection_type="s3",
    connection_options={"paths": ["s3://database-load/in/orders.csv"]},
    format="csv",
    format_options={"withHeader": True},
)
typed = ApplyMapping.apply(
    frame=orders,
    mappings=[("id", "string", "ID", "int"), ("item", "string", "ITEM", "string"), ("price", "string", "PRICE", "decimal(8,2)")],
)
for attempt in ("first", "second"):
    glueContext.write_dynamic_frame.from_options(
        frame=typed.filter(lambda row: (row["ID"] % 2 == 0) == (attempt == "first")),
        connection_type="custom.jdbc",
        connection_options={
            **connection,
            "dbtable": "ORDERS",
            "preactions": "CREATE TABLE LOADS (NAME VARCHAR(10))" if attempt == "first" else "",
            "postactions": f"INSERT INTO LOADS VALUES ('{attempt}')",
        },
    )

everything = glueContext.create_dynamic_frame.from_options(
    connection_type="custom.jdbc",
    connection_options={**connection, "dbtable": "ORDERS", "hashfield": "ID", "hashpartitions": "3"},
    transformation_ctx="everything",
)
print(everything.count(), everything.getNumPartitions())
dear = glueContext.create_dynamic_frame.from_options(
    connection_type="custom.jdbc",
    connection_options={**connection, "query": "SELECT ITEM, PRICE FROM ORDERS WHERE PRICE > 5"},
)
loads = spark.read.format("jdbc").option("url", args["url"]).option("dbtable", "LOADS").load()
print(sorted(row.NAME for row in loads.collect()))
glueContext.write_dynamic_frame.from_options(
    frame=dear, connection_type="s3", connection_options={"path": args["target"]}, format="parquet"
)
job.commit()
