import sys
from awsglue.transforms import *
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext
from awsglue.context import GlueContext
from awsglue.job import Job

## @params: [JOB_NAME]
args = getResolvedOptions(sys.argv, ["JOB_NAME"])

sc = SparkContext()
glueContext = GlueContext(sc)
spark = glueContext.spark_session
job = Job(glueContext)
job.init(args["JOB_NAME"], args)
## @type: DataSource
## @args: [connection_type = "s3", format = "csv", transformation_ctx = "datasource0"]
## @return: datasource0
## @inputs: []
datasource0 = glueContext.create_dynamic_frame.from_options(
    connection_type="s3",
    format="csv",
    connection_options={"paths": ["s3://console-csv/in/stations"], "recurse": True},
    format_options={"withHeader": True, "separator": ";", "quoteChar": '"'},
    transformation_ctx="datasource0",
)
## @type: ApplyMapping
applymapping1 = ApplyMapping.apply(
    frame=datasource0,
    mappings=[
        ("station_id", "string", "id", "long"),
        ("name", "string", "name", "string"),
        ("lat", "string", "position.lat", "double"),
        ("lon", "string", "position.lon", "double"),
        ("opened", "string", "opened", "date"),
        ("never there", "string", "nothing", "string"),
    ],
    transformation_ctx="applymapping1",
)
## @type: ResolveChoice
resolvechoice2 = ResolveChoice.apply(frame=applymapping1, choice="make_struct", transformation_ctx="resolvechoice2")
## @type: DropNullFields
dropnullfields3 = DropNullFields.apply(frame=resolvechoice2, transformation_ctx="dropnullfields3")
## @type: DataSink
datasink4 = glueContext.write_dynamic_frame.from_options(
    frame=dropnullfields3,
    connection_type="s3",
    connection_options={"path": "s3://console-csv/out"},
    format="parquet",
    transformation_ctx="datasink4",
)
job.commit()
