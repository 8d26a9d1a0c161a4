"""Who sat where, out of three files that refer to each other: an AWS Glue job.

    --source   where persons.json, memberships.json and organizations.json are
    --target   where the result goes:
                   history/organization_name=House/...parquet  a row for each membership
                   tables/history, tables/history_links, ...   the same as flat tables, as csv

Memberships of persons that nobody knows are left out, as an inner join does.
"""

import sys

from pyspark.context import SparkContext

from awsglue.context import GlueContext
from awsglue.dynamicframe import DynamicFrame
from awsglue.job import Job
from awsglue.transforms import DropFields, Join, Relationalize, RenameField
from awsglue.utils import getResolvedOptions

args = getResolvedOptions(sys.argv, ["JOB_NAME", "source", "target"])
source, target = args["source"].rstrip("/"), args["target"].rstrip("/")

glue_context = GlueContext(SparkContext.getOrCreate())
job = Job(glue_context)
job.init(args["JOB_NAME"], args)


def read(name: str) -> DynamicFrame:
    return glue_context.create_dynamic_frame.from_options(
        connection_type="s3",
        connection_options={"paths": [f"{source}/{name}.json"]},
        format="json",
        transformation_ctx=name,
    )


persons, memberships = read("persons"), read("memberships")
organizations = RenameField.apply(read("organizations"), "id", "organization")
organizations = RenameField.apply(organizations, "name", "organization_name")
# The parties' links and the persons' links have one name; no record of the history has both.
seats = Join.apply(organizations, memberships, "organization", "organization_id")
history = DropFields.apply(
    Join.apply(persons, seats, "id", "person_id"), ["person_id", "organization_id", "organization"]
)
print(f"{history.count()} memberships")
history.printSchema()

glue_context.write_dynamic_frame.from_options(
    frame=history,
    connection_type="s3",
    connection_options={"path": f"{target}/history/", "partitionKeys": ["organization_name"]},
    format="parquet",
    transformation_ctx="write_history",
)

tables = Relationalize.apply(frame=history, staging_path=f"{target}/staging/", name="history")
for name in sorted(tables.keys()):
    table = tables.select(name)
    print(f"{name}: {table.count()} rows of {', '.join(field.name for field in table.schema())}")
    glue_context.write_dynamic_frame.from_options(
        frame=table.coalesce(1),
        connection_type="s3",
        connection_options={"path": f"{target}/tables/{name}/"},
        format="csv",
        transformation_ctx=f"write_{name}",
    )
job.commit()
