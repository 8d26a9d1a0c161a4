import re
import sys
from awsglue.transforms import *
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext
from awsglue.context import GlueContext
from awsglue.job import Job
from pyspark.sql import functions as SqlFuncs
from awsglue.dynamicframe import DynamicFrame


def sparkAggregate(glueContext, parentFrame, groups, aggs, transformation_ctx) -> DynamicFrame:
    aggsFuncs = []
    for column, func in aggs:
        aggsFuncs.append(getattr(SqlFuncs, func)(column))
    result = (
        parentFrame.toDF().groupBy(*groups).agg(*aggsFuncs) if len(groups) > 0 else parentFrame.toDF().agg(*aggsFuncs)
    )
    return DynamicFrame.fromDF(result, glueContext, transformation_ctx)


args = getResolvedOptions(sys.argv, ["JOB_NAME"])
sc = SparkContext()
glueContext = GlueContext(sc)
spark = glueContext.spark_session
job = Job(glueContext)
job.init(args["JOB_NAME"], args)

# Script generated for node Trips
Trips_node1700000000001 = glueContext.create_dynamic_frame.from_options(
    format_options={"quoteChar": '"', "withHeader": True, "separator": ","},
    connection_type="s3",
    format="csv",
    connection_options={"paths": ["s3://studio-nodes/in/trips/"], "recurse": True},
    transformation_ctx="Trips_node1700000000001",
)

# Script generated for node Zones
Zones_node1700000000002 = glueContext.create_dynamic_frame.from_options(
    format_options={"multiLine": "false"},
    connection_type="s3",
    format="json",
    connection_options={"paths": ["s3://studio-nodes/in/zones/"], "recurse": True},
    transformation_ctx="Zones_node1700000000002",
)

# Script generated for node Change Schema
ChangeSchema_node1700000000003 = ApplyMapping.apply(
    frame=Trips_node1700000000001,
    mappings=[
        ("zone", "string", "trip_zone", "int"),
        ("distance", "string", "distance", "double"),
        ("fare", "string", "fare", "double"),
    ],
    transformation_ctx="ChangeSchema_node1700000000003",
)

# Script generated for node Rename Field
RenameField_node1700000000004 = RenameField.apply(
    frame=Zones_node1700000000002,
    old_name="id",
    new_name="zone_id",
    transformation_ctx="RenameField_node1700000000004",
)

# Script generated for node Join
Join_node1700000000005 = Join.apply(
    frame1=ChangeSchema_node1700000000003,
    frame2=RenameField_node1700000000004,
    keys1=["trip_zone"],
    keys2=["zone_id"],
    transformation_ctx="Join_node1700000000005",
)

# Script generated for node Left Join
ChangeSchemaDF = ChangeSchema_node1700000000003.toDF()
RenameFieldDF = RenameField_node1700000000004.toDF()
LeftJoin_node1700000000006 = DynamicFrame.fromDF(
    ChangeSchemaDF.join(RenameFieldDF, (ChangeSchemaDF["trip_zone"] == RenameFieldDF["zone_id"]), "left"),
    glueContext,
    "LeftJoin_node1700000000006",
)

# Script generated for node Filter
Filter_node1700000000007 = Filter.apply(
    frame=Join_node1700000000005,
    f=lambda row: (row["fare"] > 5 and bool(re.match("^M", row["borough"]))),
    transformation_ctx="Filter_node1700000000007",
)

# Script generated for node Aggregate
Aggregate_node1700000000008 = sparkAggregate(
    glueContext,
    parentFrame=LeftJoin_node1700000000006,
    groups=["borough"],
    aggs=[["fare", "sum"], ["distance", "max"]],
    transformation_ctx="Aggregate_node1700000000008",
)

# Script generated for node Drop Fields
DropFields_node1700000000009 = DropFields.apply(
    frame=Filter_node1700000000007,
    paths=["zone_id", "shape"],
    transformation_ctx="DropFields_node1700000000009",
)

# Script generated for node Amazon S3
AmazonS3_node1700000000010 = glueContext.write_dynamic_frame.from_options(
    frame=DropFields_node1700000000009,
    connection_type="s3",
    format="csv",
    connection_options={"path": "s3://studio-nodes/out/trips/", "compression": "bzip2", "partitionKeys": []},
    transformation_ctx="AmazonS3_node1700000000010",
)

# Script generated for node Amazon S3
AmazonS3_node1700000000011 = glueContext.write_dynamic_frame.from_options(
    frame=Aggregate_node1700000000008,
    connection_type="s3",
    format="glueparquet",
    connection_options={"path": "s3://studio-nodes/out/boroughs/", "partitionKeys": []},
    format_options={"compression": "snappy"},
    transformation_ctx="AmazonS3_node1700000000011",
)

job.commit()
