import sys
from awsglue.transforms import *
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext
from awsglue.context import GlueContext
from awsglue.job import Job
from awsglue import DynamicFrame


def sparkSqlQuery(glueContext, query, mapping, transformation_ctx) -> DynamicFrame:
    for alias, frame in mapping.items():
        frame.toDF().createOrReplaceTempView(alias)
    result = spark.sql(query)
    return DynamicFrame.fromDF(result, glueContext, transformation_ctx)


args = getResolvedOptions(sys.argv, ["JOB_NAME"])
sc = SparkContext()
glueContext = GlueContext(sc)
spark = glueContext.spark_session
job = Job(glueContext)
job.init(args["JOB_NAME"], args)

# Script generated for node Orders
Orders_node1 = glueContext.create_dynamic_frame.from_options(
    format_options={"multiline": False},
    connection_type="s3",
    format="json",
    connection_options={"paths": ["s3://sql-query/in/orders.json"], "recurse": True},
    transformation_ctx="Orders_node1",
)

# Script generated for node Customers
Customers_node2 = glueContext.create_dynamic_frame.from_options(
    format_options={"quoteChar": '"', "withHeader": True, "separator": ",", "optimizePerformance": False},
    connection_type="s3",
    format="csv",
    connection_options={"paths": ["s3://sql-query/in/customers.csv"]},
    transformation_ctx="Customers_node2",
)

# Script generated for node SQL Query
SqlQuery0 = """
select c.country, count(distinct o.id) as orders, round(sum(item.price * item.quantity), 2) as turnover
from orders o
join customers c on c.id = o.customer
lateral view explode(o.items) as item
group by c.country
having sum(item.quantity) > 1
"""
SQLQuery_node3 = sparkSqlQuery(
    glueContext,
    query=SqlQuery0,
    mapping={"orders": Orders_node1, "customers": Customers_node2},
    transformation_ctx="SQLQuery_node3",
)

# Script generated for node Amazon S3
AmazonS3_node4 = glueContext.write_dynamic_frame.from_options(
    frame=SQLQuery_node3,
    connection_type="s3",
    format="json",
    connection_options={"path": "s3://sql-query/out/", "partitionKeys": ["country"], "compression": "gzip"},
    transformation_ctx="AmazonS3_node4",
)

job.commit()
