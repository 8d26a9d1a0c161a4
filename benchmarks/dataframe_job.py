"""The job that `dataframe` runs: each thing done with a DynamicFrame and with plain Spark, in turns, in one session."""

from __future__ import annotations

import json
import os
import statistics
import sys
import time
from collections.abc import Callable

from pyspark.context import SparkContext
from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812 - the name that PySpark's documentation uses

from awsglue.context import GlueContext
from awsglue.dynamicframe import DynamicFrame
from awsglue.transforms import ApplyMapping, Filter, Map
from awsglue.utils import getResolvedOptions

args = getResolvedOptions(sys.argv, ["source", "target", "rounds"])
source, target, rounds = args["source"], args["target"], int(args["rounds"])
glue = GlueContext(SparkContext.getOrCreate())
spark = glue.spark_session

MAPPINGS = [
    ("id", "int", "id", "long"),
    ("name", "string", "name", "string"),
    ("address.city", "string", "city", "string"),
    ("address.zip", "int", "zip", "string"),
    ("amount", "double", "amount", "double"),
]


def awake(record: dict) -> bool:
    return record["address"]["city"] in {"Oslo", "Lima"} and record["amount"] > 10


def merged(record: dict) -> dict:
    record["place"] = {"city": record["address"]["city"], "tags": record["tags"]}
    record["cents"] = round(record["amount"] * 100)
    del record["address"], record["tags"]
    return record


def done(frame: DataFrame) -> None:
    frame.write.format("noop").mode("overwrite").save()


def glue_copy() -> None:
    frame = glue.create_dynamic_frame.from_options("s3", {"paths": [source]}, format="json")
    glue.write_dynamic_frame.from_options(
        ApplyMapping.apply(frame, MAPPINGS), "s3", {"path": f"{target}/glue-{time.time_ns()}"}, format="json"
    )


def spark_copy() -> None:
    frame = spark.read.json(source).selectExpr(
        "cast(id AS bigint) AS id", "name", "address.city", "cast(address.zip AS string) AS zip", "amount"
    )
    frame.write.json(f"{target}/spark-{time.time_ns()}")


def peers(rows: DataFrame) -> dict[str, dict[str, Callable[[], None]]]:
    frame = DynamicFrame.fromDF(rows, glue, "rows")
    made = "id long, name string, amount double, active boolean, note string, cents long"
    made += ", place struct<city: string, tags: array<string>>"
    everything = F.struct(*rows.columns)
    judge = F.udf(lambda row: awake(row.asDict(recursive=True)), "boolean")
    merge = F.udf(lambda row: merged(row.asDict(recursive=True)), f"struct<{made.replace(' ', ':', 0)}>")
    return {
        "Filter": {
            "awsglue": lambda: done(Filter.apply(frame, awake).toDF()),
            "rdd.filter": lambda: done(
                spark.createDataFrame(rows.rdd.filter(lambda row: awake(row.asDict(recursive=True))), rows.schema)
            ),
            "udf": lambda: done(rows.where(judge(everything))),
        },
        "Map": {
            "awsglue": lambda: done(Map.apply(frame, merged).toDF()),
            "rdd.map": lambda: done(
                spark.createDataFrame(rows.rdd.map(lambda row: merged(row.asDict(recursive=True))), made)
            ),
            "udf": lambda: done(rows.select(merge(everything).alias("row")).select("row.*")),
        },
    }


def measure(work: dict[str, Callable[[], None]]) -> dict[str, list[float]]:
    """Seconds of each round by peer; the first round is not counted, in which Spark compiles."""
    taken: dict[str, list[float]] = {name: [] for name in work}
    for number in range(rounds + 1):
        for name, act in work.items():
            began = time.perf_counter()
            act()
            if number:
                taken[name].append(time.perf_counter() - began)
            spark.catalog.clearCache()
    return taken


def report(title: str, taken: dict[str, list[float]]) -> None:
    for name, seconds in taken.items():
        print(f"{title + ': ' + name:40}{statistics.median(seconds):>9.2f}{min(seconds):>9.2f}{max(seconds):>9.2f}")
    ours, *others = (statistics.median(seconds) for seconds in taken.values())
    print(f"{title}: awsglue takes {ours / min(others):.2f}x the time of the faster peer", flush=True)


print(json.dumps({"cores": os.cpu_count(), "load": os.getloadavg()[0]}))
print(f"{'seconds':40}{'p50':>9}{'min':>9}{'max':>9}")
report("from_options, ApplyMapping, write", measure({"awsglue": glue_copy, "spark.read.json": spark_copy}))
parquet = f"{target}/rows"
spark.read.json(source).write.parquet(parquet)
for title, work in peers(spark.read.parquet(parquet)).items():
    report(title, measure(work))
