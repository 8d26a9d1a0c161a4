import sys
import time

import boto3
from awsglue.utils import getResolvedOptions

args = getResolvedOptions(sys.argv, ["child_job", "days"])
if "--JOB_NAME" in sys.argv:
    print("started as", getResolvedOptions(sys.argv, ["JOB_NAME"])["JOB_NAME"])
glue = boto3.client("glue")


def run(day):
    return glue.start_job_run(JobName=args["child_job"], Arguments={"--day": day})["JobRunId"]


waiting = {run(day): day for day in args["days"].split(",")}
failed = []
while waiting:
    for run_id, day in list(waiting.items()):
        job_run = glue.get_job_run(JobName=args["child_job"], RunId=run_id)["JobRun"]
        if job_run["JobRunState"] in ("STARTING", "RUNNING", "STOPPING", "WAITING"):
            continue
        del waiting[run_id]
        if job_run["JobRunState"] != "SUCCEEDED":
            failed.append((day, job_run["ErrorMessage"]))
    time.sleep(0.1)
for day, message in failed:
    print(day, message)
if failed:
    raise Exception(f"{len(failed)} of the days failed")
