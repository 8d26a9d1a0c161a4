import sys

from awsglue.context import GlueContext
from awsglue.dynamicframe import DynamicFrame
from awsglue.job import Job
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext
from pyspark.sql.functions import col, dayofmonth, lower, month, regexp_replace, to_timestamp, trim, udf, when, year
from pyspark.sql.types import StringType

args = getResolvedOptions(sys.argv, ["JOB_NAME", "S3_INPUT", "S3_OUTPUT"])
sc = SparkContext.getOrCreate()
glueContext = GlueContext(sc)
spark = glueContext.spark_session
job = Job(glueContext)
job.init(args["JOB_NAME"], args)


@udf(returnType=StringType())
def domain(address):
    return address.rsplit("@", 1)[-1] if address and "@" in address else None


dyf = glueContext.create_dynamic_frame.from_options(
    connection_type="s3",
    connection_options={"paths": [args["S3_INPUT"]]},
    format="csv",
    format_options={"withHeader": True},
)
df = dyf.toDF()
for name in df.columns:
    df = df.withColumnRenamed(name, name.strip().lower().replace(" ", "_"))
df = (
    df.withColumn("email", lower(trim(col("email"))))
    .withColumn("domain", domain(col("email")))
    .withColumn("amount", regexp_replace("amount", "[$,]", "").cast("decimal(12,2)"))
    .withColumn("ts", to_timestamp("signed_up", "dd/MM/yyyy HH:mm"))
    .withColumn("year", year("ts"))
    .withColumn("month", month("ts"))
    .withColumn("day", dayofmonth("ts"))
    .withColumn("tier", when(col("amount") >= 1000, "gold").otherwise("basic"))
    .drop("ts", "signed_up")
    .dropDuplicates(["email"])
    .na.drop(subset=["domain"])
)
df.show()
print(df.count())
df.printSchema()
dynamic_frame = DynamicFrame.fromDF(df.repartition(1), glueContext, "dynamic_frame")
glueContext.write_dynamic_frame.from_options(
    frame=dynamic_frame,
    connection_type="s3",
    connection_options={"path": args["S3_OUTPUT"], "partitionKeys": ["year", "month", "day"]},
    format="parquet",
    format_options={"compression": "snappy", "useGlueParquetWriter": True},
)
job.commit()
