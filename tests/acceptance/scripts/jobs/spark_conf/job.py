import argparse
import sys

from awsglue.context import GlueContext
from awsglue.job import Job
from awsglue.utils import getResolvedOptions
from pyspark import StorageLevel
from pyspark.conf import SparkConf
from pyspark.context import SparkContext
from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F

conf = SparkConf()
conf.set("spark.sql.shuffle.partitions", "3").set("spark.sql.legacy.timeParserPolicy", "LEGACY")
sc = SparkContext.getOrCreate(conf=conf)
sc.setLogLevel("ERROR")
glueContext = GlueContext(sc)
spark = glueContext.spark_session
spark.conf.set("spark.sql.parquet.compression.codec", "gzip")

parser = argparse.ArgumentParser()
parser.add_argument("--source", required=True)
parser.add_argument("--repeat", type=int, default=2)
known, rest = parser.parse_known_args(sys.argv[1:])
args = getResolvedOptions(sys.argv, ["JOB_NAME"] + (["only"] if "--only" in sys.argv else []))
job = Job(glueContext)
job.init(args["JOB_NAME"], args)


def words(df: DataFrame) -> DataFrame:
    return df.select(F.explode(F.split(F.lower("value"), "[^a-z]+")).alias("word")).where("word <> ''")


lines = spark.read.text(known.source)
counted = words(lines).groupBy("word").count().persist(StorageLevel.MEMORY_AND_DISK)
repeated = counted.where(F.col("count") >= known.repeat)
stop = sc.broadcast({"the", "a"})
kept = repeated.rdd.filter(lambda row: row["word"] not in stop.value).map(lambda row: Row(word=row["word"], n=row["count"]))
result = spark.createDataFrame(kept)
result.createOrReplaceGlobalTempView("result")
top = spark.sql("SELECT word, n FROM global_temp.result ORDER BY n DESC, word").collect()
print([(row.word, row.n) for row in top], spark.conf.get("spark.sql.shuffle.partitions"))
result.write.mode("append").save(known.source.replace("/in/", "/out/"), format="parquet")
job.commit()
