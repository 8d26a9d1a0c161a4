"""No awsglue but for the arguments: read, window, write."""

import sys

from awsglue.utils import getResolvedOptions
from pyspark.sql import SparkSession, Window
from pyspark.sql import functions as F
from pyspark.sql.types import DoubleType, IntegerType, StringType, StructField, StructType, TimestampType

args = getResolvedOptions(sys.argv, ["input", "output"])
spark = (
    SparkSession.builder.appName("readings")
    .config("spark.sql.sources.partitionOverwriteMode", "dynamic")
    .config("spark.sql.session.timeZone", "UTC")
    .getOrCreate()
)
schema = StructType(
    [
        StructField("device", StringType(), nullable=False),
        StructField("at", TimestampType()),
        StructField("value", DoubleType()),
        StructField("quality", IntegerType()),
    ]
)
readings = spark.read.option("header", True).option("mode", "DROPMALFORMED").schema(schema).csv(args["input"])
newest = Window.partitionBy("device", F.to_date("at")).orderBy(F.col("at").desc())
last = (
    readings.where(F.col("quality") > 0)
    .withColumn("rank", F.row_number().over(newest))
    .where("rank = 1")
    .drop("rank")
    .withColumn("day", F.date_format("at", "yyyy-MM-dd"))
)
last.repartition("day").write.mode("overwrite").partitionBy("day").parquet(args["output"])
last.repartition("day").write.mode("overwrite").partitionBy("day").parquet(args["output"])
print(f"{spark.read.parquet(args['output']).count()} readings kept")
