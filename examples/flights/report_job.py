"""The flights month by month: an AWS Glue Python shell job over what flights_job.py has written.

    --source   where the airlines' months are, as partitioned Parquet
    --target   the csv file to write

pandas reads from S3 and writes to it, as in any Python shell job.
"""

import sys

import pandas as pd

from awsglue.utils import getResolvedOptions

args = getResolvedOptions(sys.argv, ["source", "target"])

months = pd.read_parquet(args["source"]).astype({"month": int})
months["label"] = months.airline + months.arrival_delay.map(" {:+.0f}".format)
# A few flights say little about an airline.
busy = months[months.flights >= 100]
groups = busy.groupby("month").arrival_delay

report = pd.DataFrame(
    {
        "flights": months.groupby("month").flights.sum(),
        "earliest": busy.loc[groups.idxmin()].set_index("month").label,
        "latest": busy.loc[groups.idxmax()].set_index("month").label,
    }
)
report.to_csv(args["target"])
print("Minutes after time of arrival, the best and the worst airline of each month\n")
print(report.to_string())
