"""The job that `bookmarks` runs: lists a folder of many files in one of the ways there are, and tells the seconds."""

from __future__ import annotations

import json
import os
import sys
import time

from pyspark.context import SparkContext

from awsglue.context import GlueContext
from awsglue.job import Job
from awsglue.utils import getResolvedOptions

PATH = "s3://lake/in/"

args = getResolvedOptions(sys.argv, ["JOB_NAME", "way", "folder"])
glue = GlueContext(SparkContext.getOrCreate())
spark = glue.spark_session
job = Job(glue)
job.init(args["JOB_NAME"], args)


def from_options(ctx: str) -> None:
    """Make a frame: the files are listed, and none of them is looked into."""
    options = {"paths": [PATH], "recurse": True}
    glue.create_dynamic_frame.from_options("s3", options, "text", transformation_ctx=ctx)


def walk() -> None:
    for folder, _, names in os.walk(args["folder"]):
        for name in names:
            os.stat(os.path.join(folder, name))  # noqa: PTH116, PTH118 - as a script would that is in a hurry


WAYS = {
    "bookmark": lambda: from_options("in"),
    "whole": lambda: from_options(""),
    "os.walk": walk,
    "spark": lambda: spark.read.option("recursiveFileLookup", "true").text(PATH),
}
# What is loaded and compiled at its first use is not what is measured.
spark.range(1).count()
began = time.perf_counter()
WAYS[args["way"]]()
print(json.dumps({"seconds": time.perf_counter() - began}))
job.commit()
