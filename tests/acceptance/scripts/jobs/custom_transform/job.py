import sys
from awsglue.transforms import *
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext
from awsglue.context import GlueContext
from awsglue.job import Job
from awsglue.dynamicframe import DynamicFrame, DynamicFrameCollection


# Script generated for node Custom Transform
def MyTransform(glueContext, dfc) -> DynamicFrameCollection:
    from pyspark.sql.functions import col, upper

    df = dfc.select(list(dfc.keys())[0]).toDF()
    loud = DynamicFrame.fromDF(df.withColumn("city", upper(col("city"))), glueContext, "loud")
    few = DynamicFrame.fromDF(df.where("n < 3").select("id"), glueContext, "few")
    return DynamicFrameCollection({"loud": loud, "few": few}, glueContext)


args = getResolvedOptions(sys.argv, ["JOB_NAME"])
glueContext = GlueContext(SparkContext.getOrCreate())
job = Job(glueContext)
job.init(args["JOB_NAME"], args)

source = glueContext.create_dynamic_frame.from_options(
    connection_type="s3",
    format="json",
    connection_options={"paths": ["s3://custom-transform/in/"]},
    transformation_ctx="source",
)
custom = MyTransform(glueContext, DynamicFrameCollection({"source": source}, glueContext))
loud = SelectFromCollection.apply(dfc=custom, key=list(custom.keys())[0], transformation_ctx="loud")
print(len(custom), sorted(custom.keys()), custom["few"].count())

halves = SplitFields.apply(frame=loud, paths=["city"], name1="cities", name2="rest", transformation_ctx="halves")
rows = SplitRows.apply(frame=loud, comparison_dict={"n": {">": 1, "<=": 4}}, name1="some", name2="others")
counted = MapToCollection.apply(
    dfc=rows, callable=lambda frame, ctx: frame.drop_fields(["city"]), transformation_ctx="counted"
)
print({name: counted.select(name).count() for name in sorted(counted.keys())})
print(halves.select("cities").schema().jsonValue()["fields"][0]["name"], halves.select("nothing").count())
glueContext.write_dynamic_frame.from_options(
    frame=counted, connection_type="s3", connection_options={"path": "s3://custom-transform/out"}, format="json"
)
job.commit()
