"""A log server that is killed at any moment has what it acknowledged, and goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from openglue.clock import SystemClock
from openglue.logs.store import LogStore

LINES = 60_000

# Sends numbered lines from wherever the store is, and prints what was acknowledged.
PROGRAM = """
import sys
from pathlib import Path
from openglue.clock import SystemClock
from openglue.logs.store import LogStore

store = LogStore(Path(sys.argv[1]), clock=SystemClock(), head_bytes=100_000, tail_bytes=200_000, segment_bytes=50_000)
store.create("/aws-glue/jobs", "jr_1")
frames = [b"1700000000000\\t%06d\\n" % number for number in range(int(sys.argv[2]))]
size = len(frames[0])
offset = store.append("jr_1", "output", 0, b"")
while offset < size * len(frames):
    number = offset // size
    offset = store.append("jr_1", "output", offset, b"".join(frames[number : number + 300]))
    print(offset, flush=True)
"""


def test_a_store_that_is_killed_while_it_writes_has_what_it_acknowledged(tmp_path: Path):
    acknowledged = 0
    rounds = 0
    while acknowledged < LINES * 21:
        rounds += 1
        with subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(tmp_path / "logs"), str(LINES)], stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None
            for _ in range(10 + os.urandom(1)[0] % 40):
                acknowledged = int(process.stdout.readline() or acknowledged)
            process.send_signal(signal.SIGKILL)
            for line in process.stdout:
                # A line that was cut by the kill is none.
                acknowledged = int(line) if line.endswith("\n") else acknowledged
        store = LogStore(tmp_path / "logs", clock=SystemClock())
        end = store.append("jr_1", "output", 0, b"")
        assert end % 21 == 0
        assert end >= acknowledged
        acknowledged = end

        following = 0
        cursor = None
        while True:
            tail = store.tail("jr_1", cursor)
            for line in tail.lines:
                if line.text.startswith(b"openglue: "):
                    _, written, _, _, lost, *_ = line.text.split()
                    assert int(written) == 7 * int(lost)
                    following += int(lost)
                else:
                    assert int(line.text) == following
                    following += 1
            cursor = tail.cursor
            if not tail.more:
                break
        assert following == end // 21
    assert rounds > 2
