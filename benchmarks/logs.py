"""How fast a job's output is taken in, beside `cat` writing the same to a file.

A writer process writes into a pipe as fast as it can; the table shows how fast it got rid of it (what the job feels)
and how much of it was kept. The log server is a LogStore on the same disk; or the same, 100 ms late with every answer;
or away until the job has ended.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
from functools import partial
from pathlib import Path

from openglue.clock import SystemClock
from openglue.logs.store import LogStore
from openglue.runner.pump import Pump

MIB = 1 << 20
SIZE = 1024 * MIB

WRITER = """
import os, sys, time
block, size = {block}, {size}
start = time.perf_counter()
left = size
while left > 0:
    left -= os.write(1, block)
os.write(2, b"%f" % (time.perf_counter() - start))
"""

BLOCKS = {
    "100-byte lines": b"x" * 99 + b"\n",
    "10-byte lines": b"x" * 9 + b"\n",
    "no newline": b"x",
}


def writer(line: bytes, stdout: int) -> subprocess.Popen[bytes]:
    block = f"{line!r} * {(64 << 10) // len(line)}"
    program = WRITER.format(block=block, size=SIZE)
    return subprocess.Popen([sys.executable, "-S", "-E", "-c", program], stdout=stdout, stderr=subprocess.PIPE)


def seconds(process: subprocess.Popen[bytes]) -> float:
    _, error = process.communicate(timeout=120)
    return float(error)


def to_cat(line: bytes, folder: Path) -> tuple[float, int]:
    read, write = os.pipe()
    target = folder / "cat.out"
    with target.open("wb") as file, subprocess.Popen(["cat"], stdin=read, stdout=file) as cat:
        os.close(read)
        process = writer(line, write)
        os.close(write)
        took = seconds(process)
        cat.wait()
    kept = target.stat().st_size
    target.unlink()
    return took, kept


def to_pump(line: bytes, folder: Path, *, pause: float = 0, away: bool = False) -> tuple[float, int]:
    store = LogStore(folder / "logs", clock=SystemClock())
    store.create("/aws-glue/jobs", "jr_1")
    ended = threading.Event()

    def send(stream: str, offset: int, data: bytes) -> int:
        if away and not ended.is_set():
            raise ConnectionRefusedError
        time.sleep(pause)
        return store.append("jr_1", stream, offset, data)

    read, write = os.pipe()
    pump = Pump({"output": read}, folder / "spool", send)
    process = writer(line, write)
    os.close(write)
    took = seconds(process)
    ended.set()
    assert pump.close(30), "not everything was delivered"
    return took, store.size()


def main() -> None:
    print(f"{SIZE // MIB} MiB written to a pipe; MiB/s that the writer saw, MiB kept on disk; {os.cpu_count()} cores\n")
    print(f"{'':16} {'cat >file':>16} {'pump, store':>16} {'server slow':>16} {'server away':>16}")
    for name, line in BLOCKS.items():
        cells = []
        for measure in (to_cat, to_pump, partial(to_pump, pause=0.1), partial(to_pump, away=True)):
            with tempfile.TemporaryDirectory() as folder:
                took, kept = measure(line, Path(folder))
            cells.append(f"{SIZE / MIB / took:8.0f} {kept / MIB:6.0f} ")
        print(f"{name:16} {' '.join(cells)}")


if __name__ == "__main__":
    main()
