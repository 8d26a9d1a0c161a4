from datetime import date
from decimal import Decimal

from awsglue.context import GlueContext
from awsglue.dynamicframe import DynamicFrame, DynamicFrameWriter
from awsglue.gluetypes import Field, IntegerType, StringType, StructType
from awsglue.transforms import *
from pyspark.context import SparkContext
from pyspark.sql import SparkSession
from pyspark.sql.types import DateType, DecimalType
from pyspark.sql.types import StructField as SparkField
from pyspark.sql.types import StructType as SparkStruct

sc = SparkContext.getOrCreate()
glueContext = GlueContext(sc)
spark = SparkSession.builder.getOrCreate()
assert spark is glueContext.spark_session or spark.sparkContext is sc

dates = spark.sql("SELECT explode(sequence(to_date('2026-01-30'), to_date('2026-02-01'))) AS day")
rates = spark.createDataFrame(
    [(date(2026, 1, 30), Decimal("1.10")), (date(2026, 2, 1), Decimal("1.20"))],
    SparkStruct([SparkField("day", DateType()), SparkField("rate", DecimalType(6, 2))]),
)
left = DynamicFrame.fromDF(dates, glueContext, "dates")
right = DynamicFrame.fromDF(rates, glueContext, "rates")
both = Join.apply(left, right.rename_field("day", "rate_day"), "day", "rate_day").drop_fields("rate_day")
typed = ApplyMapping.apply(
    frame=both,
    mappings=[("day", "date", "day", "string"), ("rate", "decimal", "rate", "double")],
)
pairs = sc.parallelize([{"id": 1, "kind": "x"}, {"id": 2}])
frame = glueContext.create_dynamic_frame.from_rdd(
    pairs, "pairs", schema=StructType([Field("id", IntegerType()), Field("kind", StringType())])
)
frame.printSchema()
repeated = Union.apply(frame, frame).repartition(2)
print(repeated.count(), repeated.getNumPartitions(), repeated.name)
glueContext.write_dynamic_frame_from_options(
    frame=typed, connection_type="s3", connection_options={"path": "s3://made-in-the-script/rates"}, format="csv"
)
DynamicFrameWriter(glueContext).from_options(
    repeated.coalesce(1), "s3", {"path": "s3://made-in-the-script/pairs"}, format="avro", format_options={"version": "1.8"}
)
