import sys

import cleaning
import pandas as pd
from awsglue.context import GlueContext
from awsglue.dynamicframe import DynamicFrame
from awsglue.job import Job
from awsglue.utils import getResolvedOptions
from cleaning import CleanPhone
from pyspark.context import SparkContext
from pyspark.sql.functions import pandas_udf

args = getResolvedOptions(sys.argv, ["JOB_NAME", "target"])
glueContext = GlueContext(SparkContext.getOrCreate())
spark = glueContext.spark_session
job = Job(glueContext)
job.init(args["JOB_NAME"], args)


@pandas_udf("double")
def score(calls: pd.Series, failed: pd.Series) -> pd.Series:
    return (calls - failed) / calls


rows = spark.createDataFrame([("(0) 47-11", 4, 1), ("+47 08 15", 10, 0)], ["phone", "calls", "failed"])
frame = DynamicFrame.fromDF(rows, glueContext, "rows").map(f=CleanPhone(cleaning.PREFIX))
scored = frame.toDF().withColumn("score", score("calls", "failed"))
table = scored.orderBy("phone").toPandas()
print(table[["phone", "score"]].to_csv(index=False), end="")
table.to_csv(args["target"], index=False)
job.commit()
