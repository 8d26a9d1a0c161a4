import sys

from awsglue.context import GlueContext
from awsglue.job import Job
from awsglue.transforms import Relationalize
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext

args = getResolvedOptions(sys.argv, ["JOB_NAME", "TempDir", "target"])
glueContext = GlueContext(SparkContext.getOrCreate())
job = Job(glueContext)
job.init(args["JOB_NAME"], args)

companies = glueContext.create_dynamic_frame.from_options(
    connection_type="s3",
    connection_options={"paths": ["s3://relational-tables/in/"]},
    format="json",
    format_options={"jsonPath": "$.companies[*]", "multiline": True},
)
dfc = Relationalize.apply(frame=companies, staging_path=args["TempDir"], name="root", transformation_ctx="dfc")
for name in dfc.keys():
    frame = dfc.select(name)
    for field in frame.toDF().columns:
        frame = frame.rename_field(f"`{field}`", field.replace(".val.", "_").replace(".", "_"))
    print(name, frame.count(), sorted(frame.toDF().columns))
    glueContext.write_dynamic_frame.from_options(
        frame=frame.coalesce(1),
        connection_type="s3",
        connection_options={"path": f"{args['target']}/{name}"},
        format="csv",
        format_options={"separator": "|", "quoteChar": -1},
    )
employees = dfc.select("root_employees")
joined = dfc.select("root").join(["employees"], ["id"], employees)
print("joined", joined.count())
job.commit()
