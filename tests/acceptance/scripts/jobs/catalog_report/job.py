import sys
from awsglue.transforms import *
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext
from awsglue.context import GlueContext
from awsglue.job import Job

args = getResolvedOptions(sys.argv, ["JOB_NAME", "database", "year"])
sc = SparkContext()
glueContext = GlueContext(sc)
spark = glueContext.spark_session
job = Job(glueContext)
job.init(args["JOB_NAME"], args)

# Script generated for node Data Catalog table
orders = glueContext.create_dynamic_frame.from_catalog(
    database=args["database"],
    table_name="orders",
    push_down_predicate=f"(year == '{args['year']}' and month >= '02')",
    additional_options={"mergeSchema": "true"},
    transformation_ctx="orders",
)
products = glueContext.create_dynamic_frame.from_catalog(
    name_space=args["database"], table_name="products", transformation_ctx="products"
)
orders.printSchema()
# A quantity that is no number became a choice.
resolved = ResolveChoice.apply(
    frame=orders, choice="match_catalog", database=args["database"], table_name="orders", transformation_ctx="resolved"
)
named = Join.apply(frame1=resolved, frame2=products, keys1=["product"], keys2=["sku"]).drop_fields(["sku"])
report = named.toDF().groupBy("name", "year", "month").sum("quantity").withColumnRenamed("sum(quantity)", "quantity")
report.show()

# Script generated for node Amazon S3
sink = glueContext.getSink(
    path="s3://catalog-report/report/",
    connection_type="s3",
    updateBehavior="UPDATE_IN_DATABASE",
    partitionKeys=["year", "month"],
    enableUpdateCatalog=True,
    transformation_ctx="sink",
)
sink.setCatalogInfo(catalogDatabase=args["database"], catalogTableName="report")
sink.setFormat("glueparquet", compression="snappy")
from awsglue.dynamicframe import DynamicFrame

sink.writeFrame(DynamicFrame.fromDF(report, glueContext, "report"))
print(glueContext.create_data_frame.from_catalog(database=args["database"], table_name="report").count())
job.commit()
