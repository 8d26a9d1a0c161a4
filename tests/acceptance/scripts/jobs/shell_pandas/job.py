import io
import sys

import awswrangler as wr
import boto3
import pandas as pd
from awsglue.utils import getResolvedOptions

args = getResolvedOptions(sys.argv, ["bucket", "min-amount"])
bucket = args["bucket"]
s3 = boto3.client("s3")

body = s3.get_object(Bucket=bucket, Key="in/orders.csv")["Body"].read()
orders = pd.read_csv(io.BytesIO(body), parse_dates=["day"])
customers = wr.s3.read_json(f"s3://{bucket}/in/customers.json", lines=True)
merged = orders.merge(customers, left_on="customer", right_on="id", how="left", suffixes=("", "_customer"))
merged["amount"] = merged["amount"].fillna(0)
merged["month"] = merged["day"].dt.strftime("%Y-%m")
table = merged[merged["amount"] >= float(args["min_amount"])]
print(table.groupby("country")["amount"].sum().to_dict())

wr.s3.to_parquet(
    df=table[["id", "amount", "month", "country"]],
    path=f"s3://{bucket}/out/",
    dataset=True,
    partition_cols=["month"],
    mode="overwrite_partitions",
)
buffer = io.StringIO()
table.groupby("month", as_index=False)["amount"].sum().to_csv(buffer, index=False)
s3.put_object(Bucket=bucket, Key="report/months.csv", Body=buffer.getvalue())
print(sorted(wr.s3.list_objects(f"s3://{bucket}/report/")))
