"""R16: a run writes more than anybody can keep: the disk is safe, and what is missing is counted."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.faults.conftest import Server
from tests.faults.invariants import check_alive
from tests.faults.report import percentile

GIB = 1 << 30
LINE = 128
#: One line of 1 GiB, then 1 GiB of lines that are their numbers.
FLOOD = """
import os
block = b"x" * (1 << 20)
def write(data):
    while data:
        data = data[os.write(1, data):]
for _ in range(1024):
    write(block)
write(b"\\n")
for block in range(2048):
    write(b"".join(b"%0127d\\n" % number for number in range(block * 4096, (block + 1) * 4096)))
"""
#: MiB that a run's log and what waits for it may take: what is kept of each end, and what is under way.
QUOTA_MIB = 64


@pytest.mark.long
@pytest.mark.faults
@pytest.mark.timeout(900)
def test_a_flood_takes_no_more_than_its_quota_and_is_counted_to_the_byte(
    server: Server, tell: Callable[..., None]
) -> None:
    server.start()
    job = server.job(FLOOD)
    run_id = server.start_run(job)
    most, answers = 0, []
    while True:
        began = time.monotonic()
        run = server.get(job, run_id)
        answers.append(time.monotonic() - began)
        if "CompletedOn" in run:
            break
        most = max(most, _size(server.data / "logs") + sum(map(_size, server.data.glob("runs/*/spool"))))
        server.lives(0.05)
    assert run["JobRunState"] == "SUCCEEDED"
    first, *lines = [message for message in _lines(server, run) if not message.startswith("openglue: this run")]
    cut = re.fullmatch(r"(x+) \.\.\. openglue: (\d+) bytes cut", first)
    assert cut is not None, first[-100:]
    assert len(cut[1]) + int(cut[2]) == GIB
    following = dropped = 0
    for line in lines:
        lost = re.fullmatch(r"openglue: (\d+) bytes in (\d+) lines were dropped here", line)
        if lost is None:
            assert int(line) == following
            following += 1
        else:
            assert int(lost[1]) == LINE * int(lost[2]), line
            following += int(lost[2])
            dropped += int(lost[1])
    assert following == GIB // LINE
    check_alive(server)
    tell(
        "log flood",
        "a script wrote a line of 1 GiB and 1 GiB of lines, {rate:.0f} MiB/s: {most_mib:.0f} MiB on disk at most, "
        "{dropped:,} bytes dropped and counted exactly; GetJobRun answered in {p99_ms:.0f} ms meanwhile (99 of 100)",
        most_mib=most / (1 << 20),
        dropped=dropped,
        rate=2048 / max(1, run["ExecutionTime"]),
        p99_ms=percentile(answers, 99) * 1000,
    )
    assert most < QUOTA_MIB << 20


def _size(folder: Path) -> int:
    total = 0
    for file in folder.rglob("*"):
        try:
            total += file.stat().st_size
        except FileNotFoundError:
            continue
    return total


def _lines(server: Server, run: dict[str, Any]) -> Iterator[str]:
    place = {"logGroupName": f"{run['LogGroupName']}/output", "logStreamName": run["Id"], "startFromHead": True}
    page = server.logs.get_log_events(**place)
    while page["events"]:
        yield from (event["message"] for event in page["events"])
        page = server.logs.get_log_events(**place, nextToken=page["nextForwardToken"])
