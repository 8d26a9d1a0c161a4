"""Runs cases in the job's environment: one Spark session, the cases one after the other.

The names come as JSON on stdin with Spark's settings, the options of databases, and the variables by which cases of the
catalog find the service; a line of JSON for each case goes to the file named in argv.
"""

from __future__ import annotations

import json
import os
import re
import sys
import traceback
from pathlib import Path
from typing import Any

from .cases import CASES
from .lake import BUCKET, Lake


def main(report: Path, root: Path, order: dict[str, Any]) -> None:
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.master("local[2]").appName("formats")
    for name, value in order["settings"].items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    (root / BUCKET).mkdir(exist_ok=True)

    from awsglue.context import GlueContext

    glue = GlueContext(session.sparkContext)
    with report.open("w") as out:
        for name in order["cases"]:
            folder = re.sub(r"\W+", "-", name)
            surroundings = order["service"] if name.startswith("catalog") else {}
            os.environ.update(surroundings)
            try:
                CASES[name](Lake(glue, root, folder, order["databases"]))
                fault = ""
            except Exception:  # noqa: BLE001 - whatever a case raises is its result
                fault = traceback.format_exc()
            for variable in surroundings:
                del os.environ[variable]
            session.catalog.clearCache()
            print(json.dumps({"case": name, "fault": fault}), file=out, flush=True)
    session.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), json.load(sys.stdin))
