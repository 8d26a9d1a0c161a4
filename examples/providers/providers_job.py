"""What hospitals charge, out of records that do not agree on their types: an AWS Glue job.

--source   where payments.json is; an id in it is a number or a word
--target   where the result goes:
               west_and_south/...json    providers of two states, with addresses and amounts put together
"""

import sys

from pyspark.context import SparkContext

from awsglue.context import GlueContext
from awsglue.job import Job
from awsglue.transforms import ApplyMapping, Filter, Map, ResolveChoice
from awsglue.utils import getResolvedOptions

args = getResolvedOptions(sys.argv, ["JOB_NAME", "source", "target"])
glue_context = GlueContext(SparkContext.getOrCreate())
job = Job(glue_context)
job.init(args["JOB_NAME"], args)

payments = glue_context.create_dynamic_frame.from_options(
    connection_type="s3",
    connection_options={"paths": [f"{args['source'].rstrip('/')}/payments.json"]},
    format="json",
    transformation_ctx="payments",
)
payments.printSchema()

# An id that is a word becomes null; the record stays.
resolved = ResolveChoice.apply(payments, specs=[("provider id", "cast:long")])
print(f"{resolved.toDF().where('`provider id` IS NULL').count()} providers without an id")


def with_amounts(record: dict) -> dict:
    """Amounts as numbers, and the address in one place. A record without a number of discharges is an error record."""
    record["per_discharge"] = float(record["covered"].lstrip("$")) / record["discharges"]
    record["covered"] = float(record["covered"].lstrip("$"))
    record["paid"] = float(record["paid"].lstrip("$")) if record["paid"].startswith("$") else None
    record["address"] = {"lines": [record["street"], f"{record['city']}, {record['state']}"], "zip": record["zip"]}
    for name in ("street", "city", "zip"):
        del record[name]
    return record


amounts = Map.apply(resolved, with_amounts, info="with_amounts")
print(f"{amounts.errorsCount()} records could not be computed:")
amounts.errorsAsDynamicFrame().select_fields(["error"]).show(1)

mapped = ApplyMapping.apply(
    Filter.apply(amounts, lambda record: record["state"] in ("AL", "CA") and record["per_discharge"] < 2000),
    [
        ("`provider id`", "long", "provider.id", "long"),
        ("name", "string", "provider.name", "string"),
        ("address.zip", "int", "provider.zip", "string"),
        ("address.lines", "array", "provider.lines", "array"),
        ("covered", "double", "charges.covered", "double"),
        ("paid", "double", "charges.paid", "decimal(10,2)"),
    ],
)
mapped.printSchema()
glue_context.write_dynamic_frame.from_options(
    frame=mapped.coalesce(1),
    connection_type="s3",
    connection_options={"path": f"{args['target'].rstrip('/')}/west_and_south/"},
    format="json",
    transformation_ctx="write",
)
job.commit()
