"""Job bookmarks: how long a run takes to find ten new files among a hundred thousand, and what a listing of a million
files takes of memory.

The files are in a bucket of the embedded S3, in a hundred folders. The job lists them with a bookmark and without one,
beside os.walk and Spark's own listing, each in a run of its own.
"""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from openglue.testing import OpenGlue

FILES = int(os.environ.get("BENCH_FILES", "100000"))
MILLION = int(os.environ.get("BENCH_MILLION", "1000000"))
NEW = 10
FOLDERS = 100
DEADLINE_S = 3000
YEAR_S = 365 * 24 * 3600
#: Names of one file.
LINKS = 100


def put_files(folder: Path, count: int) -> None:
    """Files that were written long ago: many names of each, since what is in them does not matter to a listing."""
    numbers = itertools.count()
    long_ago = time.time() - YEAR_S
    for part in range(FOLDERS):
        below = folder / f"day={part:03}"
        below.mkdir(parents=True)
        for _ in range(count // FOLDERS):
            number = next(numbers)
            name = below / f"part-{number:07}.json"
            if number % LINKS == 0:
                origin = name
                name.write_text(json.dumps({"n": number}) + "\n")
                os.utime(name, (long_ago + number, long_ago + number))
            else:
                name.hardlink_to(origin)


def run(service: OpenGlue, way: str) -> tuple[float, str]:
    """The seconds that a listing took in a run, and the run's log."""
    arguments = {"job-bookmark-option": "job-bookmark-enable", "way": way, "folder": str(service.bucket("lake") / "in")}
    done = service.run(Path(__file__).with_name("bookmarks_job.py"), arguments, timeout_s=DEADLINE_S)
    if done.state != "SUCCEEDED":
        sys.exit(f"the run is {done.state}: {done.error}\n{done.errors[-2000:]}")
    return json.loads(done.output.splitlines()[-1])["seconds"], done.errors


def times() -> None:
    with tempfile.TemporaryDirectory() as folder:
        service = OpenGlue.start(Path(folder), {})
        try:
            lake = service.bucket("lake") / "in"
            put_files(lake, FILES)
            first = run(service, "bookmark")
            for number in range(NEW):
                (lake / "day=000" / f"new-{number}.json").write_text('{"n": 1}\n')
            told = {way: run(service, way) for way in ("bookmark", "whole", "os.walk", "spark")}
        finally:
            service.stop()
    assert f"reading {FILES} files" in first[1], first[1]
    assert f"reading {NEW} files" in told["bookmark"][1], told["bookmark"][1]
    print(f"{f'listing {FILES + NEW:,} files':44}{'seconds':>9}")
    for way, words in {
        "bookmark": f"from_options with a bookmark, {NEW} are new",
        "whole": "from_options without a bookmark",
        "os.walk": "os.walk and os.stat",
        "spark": "spark.read.text, which lists in the JVM",
    }.items():
        print(f"{words:44}{told[way][0]:>9.2f}")
    print(f"{'from_options, the first run of the job':44}{first[0]:>9.2f}")


def memory() -> None:
    with tempfile.TemporaryDirectory() as folder:
        put_files(Path(folder), MILLION)
        print(f"\n{f'one listing of {MILLION:,} files':44}{'seconds':>9}{'MiB':>9}{'state, bytes':>14}")
        program = Path(__file__).with_name("bookmarks_listing.py")
        for what in ("read before", "within the band", "bounded", "all as a list"):
            done = subprocess.run(
                [sys.executable, program, folder, what], check=True, capture_output=True, text=True, timeout=DEADLINE_S
            )
            told = json.loads(done.stdout)
            print(f"{what:44}{told['seconds']:>9.2f}{told['mib']:>9.1f}{told['state']:>14,}", flush=True)


def main() -> None:
    print(json.dumps({"cores": os.cpu_count(), "load": os.getloadavg()[0]}))
    times()
    memory()


if __name__ == "__main__":
    main()
