"""The program with which `bookmarks` measures memory: one listing of a folder, in a process of its own."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from awsglue.bookmarks.state import MAX_BAND_MS, FileState
from awsglue.bookmarks.window import Rule, choose
from awsglue.files import Listing, walked


def peak_mib() -> float:
    """The most memory that this process has had."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM:")).split()[1]) / 1024


def main(folder: str, way: str) -> None:
    now = time.time_ns() // 1_000_000
    everything = Listing(recurse=True)
    known = Listing(recurse=True, modified_after=now - MAX_BAND_MS, changed_after=now)
    before = FileState(run=1, listed_at=now, band_ms=MAX_BAND_MS, marks=frozenset())
    # All that the listings need is loaded.
    choose(walked("file:/", str(Path(__file__).parent), everything), before=None, listed_at=now, rule=Rule(), run=1)
    state, start, began = None, peak_mib(), time.perf_counter()
    if way == "all as a list":
        sorted(walked("file:/", folder, everything), key=lambda file: file.path)
    elif way == "read before":
        state = choose(walked("file:/", folder, known), before=before, listed_at=now, rule=Rule(), run=2).state
    else:
        # As if all had been written within the band: no file is older than that.
        rule = Rule(band_ms=now) if way == "within the band" else Rule(most_files=1000)
        state = choose(walked("file:/", folder, everything), before=None, listed_at=now, rule=rule, run=1).state
    seconds, size = time.perf_counter() - began, len(json.dumps(state.to_json())) if state else 0
    print(json.dumps({"seconds": seconds, "mib": peak_mib() - start, "state": size}))


main(*sys.argv[1:])
