"""The job that `files` runs: small files read with a DynamicFrame and with plain Spark, in turns, in one session."""

from __future__ import annotations

import json
import os
import statistics
import sys
import time
from collections.abc import Callable

from pyspark.context import SparkContext
from pyspark.sql import DataFrame

from awsglue.context import GlueContext
from awsglue.utils import getResolvedOptions

rounds = int(getResolvedOptions(sys.argv, ["rounds"])["rounds"])
glue = GlueContext(SparkContext.getOrCreate())
spark = glue.spark_session
HEADER = {"withHeader": True}


def summed(frame: DataFrame) -> int:
    return int(frame.selectExpr("sum(id)").first()[0])


def grouped(format_: str, options: dict) -> DataFrame:
    paths = {"paths": [f"s3://files/{format_}/"], "groupFiles": "inPartition"}
    return glue.create_dynamic_frame.from_options("s3", paths, format_, options).toDF()


def ungrouped(format_: str, options: dict) -> DataFrame:
    return glue.create_dynamic_frame.from_options("s3", {"paths": [f"s3://files/{format_}/"]}, format_, options).toDF()


WORK: dict[str, dict[str, Callable[[], int]]] = {
    "json": {
        "groupFiles": lambda: summed(grouped("json", {})),
        "no groupFiles": lambda: summed(ungrouped("json", {})),
        "spark.read.json": lambda: summed(spark.read.json("s3://files/json/")),
    },
    "csv": {
        "groupFiles": lambda: summed(grouped("csv", HEADER)),
        "no groupFiles": lambda: summed(ungrouped("csv", HEADER)),
        "spark.read.csv": lambda: summed(spark.read.csv("s3://files/csv/", header=True)),
    },
}

print(json.dumps({"cores": os.cpu_count(), "load": os.getloadavg()[0]}))
print(f"{'seconds':40}{'p50':>9}{'min':>9}{'max':>9}")
# Spark and Python start their parts before anything is measured.
summed(spark.read.json("s3://files/json/00000*.json"))
summed(glue.create_dynamic_frame.from_options("s3", {"paths": ["s3://files/json/00000*.json"]}, "json").toDF())
for format_, work in WORK.items():
    taken: dict[str, list[float]] = {name: [] for name in work}
    sums = set()
    for _ in range(rounds):
        for name, act in work.items():
            began = time.perf_counter()
            sums.add(act())
            taken[name].append(time.perf_counter() - began)
    assert len(sums) == 1, sums
    for name, seconds in taken.items():
        middle = statistics.median(seconds)
        print(f"{format_ + ': ' + name:40}{middle:>9.2f}{min(seconds):>9.2f}{max(seconds):>9.2f}")
    ours, _, plain = (statistics.median(seconds) for seconds in taken.values())
    print(f"{format_}: groupFiles is {plain / ours:.1f} times as quick as plain Spark", flush=True)
