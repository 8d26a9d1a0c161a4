"""Many small files, in one job: from_options with and without groupFiles, beside plain Spark's readers.

The files are in a bucket of the embedded S3, as a job's own are. Each is read, with its schema found, and summed up.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path

from openglue.testing import OpenGlue

FILES = int(os.environ.get("BENCH_FILES", "10000"))
RECORDS = int(os.environ.get("BENCH_RECORDS", "5"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
DEADLINE_S = 3000


def put_files(bucket: Path) -> None:
    for folder in ("json", "csv"):
        (bucket / folder).mkdir(parents=True)
    for number in range(FILES):
        rows = [(number * RECORDS + one, f"name {one}", one * 1.5) for one in range(RECORDS)]
        lines = [json.dumps({"id": id_, "name": name, "at": {"price": price}}) for id_, name, price in rows]
        (bucket / "json" / f"{number:06}.json").write_text("\n".join(lines) + "\n")
        lines = ["id,name,price", *(",".join(map(str, row)) for row in rows)]
        (bucket / "csv" / f"{number:06}.csv").write_text("\n".join(lines) + "\n")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        service = OpenGlue.start(Path(folder), {})
        try:
            put_files(service.bucket("files"))
            print(f"{FILES:,} files of {RECORDS} records")
            script = Path(__file__).with_name("files_job.py")
            run = service.run(script, {"rounds": str(ROUNDS)}, timeout_s=DEADLINE_S)
            print(run.output, end="")
            if run.state != "SUCCEEDED":
                sys.exit(f"the run is {run.state}: {run.error}\n{run.errors[-2000:]}")
        finally:
            service.stop()


if __name__ == "__main__":
    main()
