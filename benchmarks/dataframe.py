"""What DynamicFrame costs beside plain Spark, in one job: from_options, ApplyMapping and a write; Filter; Map.

The peers are spark.read.json with a select and a write, and the same Python function in an RDD and in a UDF.
"""

from __future__ import annotations

import json
import os
import random
import sys
import tempfile
import time
from pathlib import Path

from openglue.testing import OpenGlue

RECORDS = int(os.environ.get("BENCH_RECORDS", "300000"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
FILES = 4
DEADLINE_S = 1800


def put_records(folder: Path) -> int:
    """Nested records in JSON; answers their bytes."""
    dice = random.Random(1)  # noqa: S311 - data that are the same in each run
    folder.mkdir(parents=True)
    for number in range(FILES):
        with (folder / f"part-{number}.json").open("w") as file:
            for id_ in range(number, RECORDS, FILES):
                record = {
                    "id": id_,
                    "name": f"person {id_ % 997}",
                    "address": {"city": dice.choice(["Oslo", "Lima", "Rome", "Bonn"]), "zip": dice.randrange(10**5)},
                    "amount": round(dice.random() * 100, 2),
                    "tags": [f"t{dice.randrange(50)}" for _ in range(dice.randrange(4))],
                    "active": dice.random() < 0.5,
                    "note": "x" * dice.randrange(80),
                }
                file.write(json.dumps(record) + "\n")
    return sum(file.stat().st_size for file in folder.iterdir())


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        data.mkdir()
        source = Path(folder) / "source"
        size = put_records(source)
        print(f"{RECORDS:,} records, {size / 1e6:.0f} MB")
        service = OpenGlue.start(data, {})
        try:
            glue, logs = service.client("glue"), service.client("logs")
            script = Path(__file__).with_name("dataframe_job.py")
            glue.create_job(Name="dataframe", Role="r", Command={"Name": "glueetl", "ScriptLocation": str(script)})
            arguments = {"--source": str(source), "--target": f"{folder}/target", "--rounds": str(ROUNDS)}
            run_id = glue.start_job_run(JobName="dataframe", Arguments=arguments)["JobRunId"]
            deadline = time.monotonic() + DEADLINE_S
            while (run := glue.get_job_run(JobName="dataframe", RunId=run_id)["JobRun"])["JobRunState"] != "SUCCEEDED":
                if run["JobRunState"] in ("FAILED", "TIMEOUT", "ERROR") or time.monotonic() > deadline:
                    sys.exit(f"the run is {run['JobRunState']}: {run.get('ErrorMessage')}")
                time.sleep(0.5)
            group = f"{run['LogGroupName']}/output"
            for event in logs.get_log_events(logGroupName=group, logStreamName=run_id, startFromHead=True)["events"]:
                print(event["message"])
        finally:
            service.stop()


if __name__ == "__main__":
    main()
