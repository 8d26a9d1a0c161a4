"""Delays of the flights out of New York City by airline and month: an AWS Glue job with a bookmark.

    --source   flights/ with a csv file for each month, airlines.csv and airports.csv
    --target   where the result goes:
                   by_month/month=1/...parquet    a row for an airline's month
                   by_airline/...json             a row for an airline, of the flights that this run has read

With --job-bookmark-option job-bookmark-enable a run reads the files that came or changed since the last one.
A flight is late when it arrives more than 15 minutes after its time, and cancelled when it never departs.
"""

import sys
from collections.abc import Sequence
from urllib.parse import urlsplit

import boto3
from pyspark.context import SparkContext
from pyspark.sql import DataFrame
from pyspark.sql.functions import desc, expr

from awsglue.context import GlueContext
from awsglue.dynamicframe import DynamicFrame
from awsglue.job import Job
from awsglue.transforms import ApplyMapping, Join
from awsglue.utils import getResolvedOptions

args = getResolvedOptions(sys.argv, ["JOB_NAME", "source", "target"])
source, target = args["source"].rstrip("/"), args["target"].rstrip("/")

glue_context = GlueContext(SparkContext.getOrCreate())
spark = glue_context.spark_session
job = Job(glue_context)
job.init(args["JOB_NAME"], args)


def read(path: str, transformation_ctx: str = "") -> DynamicFrame:
    """Csv files with a header. Glue takes every value of theirs for a string. With a name they have a bookmark."""
    return glue_context.create_dynamic_frame.from_options(
        connection_type="s3",
        connection_options={"paths": [f"{source}/{path}"]},
        format="csv",
        format_options={"withHeader": True},
        transformation_ctx=transformation_ctx,
    )


def write(rows: DataFrame, name: str, file_format: str, partitions: Sequence[str] = ("",)) -> None:
    """Write the rows, in place of those that an earlier run has left there: everything, or in these partitions."""
    where = urlsplit(f"{target}/{name}/")
    for partition in partitions:
        prefix = where.path.lstrip("/") + partition
        boto3.resource("s3").Bucket(where.netloc).objects.filter(Prefix=prefix).delete()
    glue_context.write_dynamic_frame.from_options(
        frame=DynamicFrame.fromDF(rows.coalesce(1), glue_context, name),
        connection_type="s3",
        connection_options={"path": where.geturl(), "partitionKeys": ["month"] if "month" in rows.columns else []},
        format=file_format,
        transformation_ctx=f"write_{name}",
    )
    print(f"wrote {where.geturl()}")


def delays(new: DynamicFrame) -> None:
    """What the new flights say of their months, and of the airlines."""
    flights = ApplyMapping.apply(
        frame=new,
        mappings=[
            ("month", "string", "month", "int"),
            ("carrier", "string", "carrier", "string"),
            ("dest", "string", "destination", "string"),
            # The delay of a flight that never was is written NA: no number, so it becomes null.
            ("dep_delay", "string", "departure_delay", "int"),
            ("arr_delay", "string", "arrival_delay", "int"),
        ],
    )
    # These are looked things up in, each time: they have no bookmark.
    airlines = ApplyMapping.apply(
        frame=read("airlines.csv"),
        mappings=[("carrier", "string", "airline_code", "string"), ("name", "string", "airline", "string")],
    )
    Join.apply(flights, airlines, "carrier", "airline_code").toDF().createOrReplaceTempView("flights")
    read("airports.csv").toDF().createOrReplaceTempView("airports")

    # Four airports in the Caribbean are not in the list: a left join keeps their flights.
    routes = spark.sql("""
        SELECT carrier, airline, month,
               coalesce(airports.name, destination) AS destination,
               count(*) AS flights,
               count(departure_delay) AS departures,
               sum(departure_delay) AS departure_minutes,
               count(arrival_delay) AS arrivals,
               sum(arrival_delay) AS arrival_minutes,
               count_if(arrival_delay > 15) AS late
        FROM flights LEFT JOIN airports ON destination = airports.faa
        GROUP BY carrier, airline, month, coalesce(airports.name, destination)
    """).cache()

    measures = [
        expr("sum(flights)").alias("flights"),
        expr("sum(flights - departures)").alias("cancelled"),
        expr("round(sum(departure_minutes) / sum(departures), 2)").alias("departure_delay"),
        expr("round(sum(arrival_minutes) / sum(arrivals), 2)").alias("arrival_delay"),
        expr("round(100 * sum(late) / sum(arrivals), 1)").alias("late_percent"),
    ]
    worst = "max_by(destination, arrival_minutes / arrivals) FILTER (WHERE arrivals >= 10)"
    by_month = routes.groupBy("carrier", "airline", "month").agg(*measures, expr(worst).alias("worst_destination"))
    by_airline = routes.groupBy("carrier", "airline").agg(*measures).orderBy(desc("flights"))

    counts = routes.groupBy("month").agg(expr("sum(flights)").alias("flights")).orderBy("month").collect()
    for row in counts:
        print(f"{row.flights:,} flights of month {row.month}")
    write(by_month, "by_month", "parquet", [f"month={row.month}/" for row in counts])
    write(by_airline, "by_airline", "json")


print(f"reading {source}/")
new_flights = read("flights/", transformation_ctx="flights")
# Where nothing is new, the frame has no fields.
if new_flights.toDF().columns:
    delays(new_flights)
else:
    print("no flights are new")
job.commit()
