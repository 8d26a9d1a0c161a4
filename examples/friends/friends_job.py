"""Records with lists in lists, as flat tables that a database can hold, and back again: an AWS Glue job.

    --source   where people.json is
    --target   where the result goes:
                   tables/people, tables/people_friends, ...   flat tables, as csv
                   languages/...json                           who knows somebody that talks what

A list becomes a table of its own. In its place the record keeps a number, by which the rows of that table name it as
their `id`; their `index` is the place in the list.
"""

import sys

from pyspark.context import SparkContext

from awsglue.context import GlueContext
from awsglue.dynamicframe import DynamicFrame
from awsglue.job import Job
from awsglue.transforms import ApplyMapping, Join, Relationalize
from awsglue.utils import getResolvedOptions

args = getResolvedOptions(sys.argv, ["JOB_NAME", "source", "target"])
source, target = args["source"].rstrip("/"), args["target"].rstrip("/")

glue_context = GlueContext(SparkContext.getOrCreate())
job = Job(glue_context)
job.init(args["JOB_NAME"], args)

people = glue_context.create_dynamic_frame.from_options(
    connection_type="s3",
    connection_options={"paths": [f"{source}/people.json"]},
    format="json",
    transformation_ctx="people",
)
people.printSchema()
tables = Relationalize.apply(
    frame=people, staging_path=f"{target}/staging/", name="people", transformation_ctx="tables"
)


def table(name: str) -> DynamicFrame:
    """A table whose columns a database takes: friends.val.name becomes friends_name."""
    frame = tables.select(name)
    columns = [field.name for field in frame.schema()]
    return ApplyMapping.apply(
        frame, [(f"`{column}`", column.replace(".val.", "_").replace(".", "_")) for column in columns]
    )


for name in sorted(tables.keys()):
    flat = table(name)
    print(f"{name}: {flat.count()} rows of {', '.join(field.name for field in flat.schema())}")
    glue_context.write_dynamic_frame.from_options(
        frame=flat.coalesce(1),
        connection_type="s3",
        connection_options={"path": f"{target}/tables/{name}/"},
        format="csv",
        transformation_ctx=f"write_{name}",
    )

# Back along the numbers: a person's friends, and what each of them talks.
friends = Join.apply(
    table("people").select_fields(["name", "friends"]),
    table("people_friends").rename_field("id", "friends_id").drop_fields(["index"]),
    keys1=["friends"],
    keys2=["friends_id"],
)
languages = Join.apply(friends, table("people_friends.val.talks"), keys1=["friends_talks"], keys2=["id"])
known = languages.toDF().selectExpr("name AS person", "friends_talks_val AS language").distinct()
glue_context.write_dynamic_frame.from_options(
    frame=DynamicFrame.fromDF(known.coalesce(1), glue_context, "known"),
    connection_type="s3",
    connection_options={"path": f"{target}/languages/"},
    format="json",
    transformation_ctx="write_languages",
)
job.commit()
