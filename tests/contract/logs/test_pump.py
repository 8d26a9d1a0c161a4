"""The runner's end of the logs with real pipes, real processes and the real store behind it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from openglue.clock import FakeClock, SystemClock
from openglue.logs.store import GapError, LogStore
from openglue.runner.pump import Limits, Pump

RUN = "jr_1"
MIB = 1 << 20
DEADLINE_S = 30.0


class Server:
    """The store behind a connection that can fail in the ways of a network."""

    def __init__(self, root: Path, **limits: int) -> None:
        self.store = LogStore(root, clock=SystemClock(), **limits)
        self.store.create("/aws-glue/jobs", RUN)
        self.away = threading.Event()
        #: Cleared: requests hang.
        self.answers = threading.Event()
        self.answers.set()
        #: Requests that take effect and whose answers are lost.
        self.lose = 0

    def send(self, stream: str, offset: int, data: bytes) -> int:
        assert self.answers.wait(DEADLINE_S)
        if self.away.is_set():
            raise ConnectionRefusedError("away")
        try:
            expected = self.store.append(RUN, stream, offset, data)
        except GapError as gap:
            return gap.expected
        if data and self.lose:
            self.lose -= 1
            raise TimeoutError("the answer was lost")
        return expected

    def lines(self, stream: str = "output") -> list[bytes]:
        found: list[bytes] = []
        cursor = None
        while True:
            tail = self.store.tail(RUN, cursor, streams=[stream])
            found += [line.text for line in tail.lines]
            cursor = tail.cursor
            if not tail.more:
                return found


@pytest.fixture
def server(tmp_path: Path) -> Server:
    return Server(tmp_path / "logs")


@contextmanager
def job(
    server: Server, tmp_path: Path, program: str, limits: Limits | None = None, **options: Any
) -> Iterator[tuple[Pump, subprocess.Popen[bytes]]]:
    """A process whose output is pumped to the server."""
    output, output_end = os.pipe()
    error, error_end = os.pipe()
    pump = Pump({"output": output, "error": error}, tmp_path / "spool", server.send, limits)
    process = subprocess.Popen(
        [sys.executable, "-S", "-E", "-c", program],
        stdout=output_end,
        stderr=error_end,
        start_new_session=True,
        **options,
    )
    os.close(output_end)
    os.close(error_end)
    try:
        yield pump, process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(DEADLINE_S)
        server.away.clear()
        server.answers.set()
        assert pump.close(DEADLINE_S)


def spooled(tmp_path: Path) -> int:
    return sum(path.stat().st_size for path in (tmp_path / "spool").glob("*"))


def dropped(lines: list[bytes]) -> tuple[int, int]:
    """Bytes and lines that were dropped, as the lines say."""
    found = [re.fullmatch(rb"openglue: (\d+) bytes in (\d+) lines were dropped here", line) for line in lines]
    return sum(int(each[1]) for each in found if each), sum(int(each[2]) for each in found if each)


NUMBERED = """
import os, sys
# Lines of 128 bytes that are their number; a block is 512 KiB.
for block in range({blocks}):
    data = b"".join(b"%0127d\\n" % number for number in range(block * 4096, (block + 1) * 4096))
    while data:
        data = data[os.write(1, data):]
"""


def check_numbered(lines: list[bytes], blocks: int) -> None:
    """Every line of NUMBERED is there, or counted where it would be."""
    following = 0
    for line in lines:
        if line.startswith(b"openglue: "):
            written, lost = dropped([line])
            assert written == 128 * lost
            following += lost
        else:
            assert int(line) == following
            following += 1
    assert following == blocks * 4096


def test_lines_arrive_as_they_were_written_in_the_order_of_time(server: Server, tmp_path: Path):
    program = "import sys; print('out 1'); print('out 2', flush=True); print('err', file=sys.stderr)"
    before = SystemClock().now()
    with job(server, tmp_path, program) as (pump, process):
        assert process.wait(DEADLINE_S) == 0
        assert pump.close(DEADLINE_S)
        assert server.lines("output") == [b"out 1", b"out 2"]
        assert server.lines("error") == [b"err"]
        times = [line.timestamp for line in server.store.tail(RUN).lines]
        assert before <= times[0] <= times[-1] <= SystemClock().now()


def test_a_line_is_readable_while_the_job_runs(server: Server, tmp_path: Path, wait_for: Callable[..., object]):
    program = "import sys\nfor line in sys.stdin: print(line, end='', flush=True)"
    with job(server, tmp_path, program, stdin=subprocess.PIPE) as (_, process):
        assert process.stdin is not None
        for number in range(3):
            process.stdin.write(b"line %d\n" % number)
            process.stdin.flush()
            wait_for(lambda expected=number + 1: len(server.lines()) == expected)
        assert process.poll() is None
        process.stdin.close()


def test_binary_output_is_stored_byte_by_byte(server: Server, tmp_path: Path):
    source = tmp_path / "source"
    source.write_bytes(os.urandom(3 * MIB))
    program = f"import shutil; shutil.copyfileobj(open({str(source)!r}, 'rb'), open(1, 'wb'))"
    with job(server, tmp_path, program) as (pump, process):
        assert process.wait(DEADLINE_S) == 0
        assert pump.close(DEADLINE_S)
    assert b"\n".join(server.lines()) == source.read_bytes()


def test_a_last_line_without_its_end_is_a_line(server: Server, tmp_path: Path):
    with job(server, tmp_path, "import os; os.write(1, b'10%\\r20%\\nno end')") as (pump, process):
        process.wait(DEADLINE_S)
        assert pump.close(DEADLINE_S)
    assert server.lines() == [b"10%\r20%", b"no end"]


def test_a_giant_line_is_cut_and_says_how_much_is_missing(server: Server, tmp_path: Path):
    program = "import os\nfor _ in range(64): os.write(1, b'x' * (1 << 20))\nos.write(1, b'\\nafter\\n')"
    with job(server, tmp_path, program) as (pump, process):
        assert process.wait(DEADLINE_S) == 0
        assert pump.close(DEADLINE_S)
    giant, after = server.lines()
    kept = (256 << 10) - 64
    assert giant == b"x" * kept + b" ... openglue: %d bytes cut" % (64 * MIB - kept)
    assert after == b"after"


def test_a_flood_keeps_its_beginning_and_its_end_and_counts_the_rest(server: Server, tmp_path: Path):
    blocks = 128  # 64 MiB
    with job(server, tmp_path, NUMBERED.format(blocks=blocks)) as (pump, process):
        assert process.wait(DEADLINE_S) == 0
        assert pump.close(DEADLINE_S)
    lines = server.lines()
    check_numbered(lines, blocks)
    # 8 MiB of the framed stream from either end.
    whole = 8 * MIB // 142
    assert not any(line.startswith(b"openglue: ") for line in [*lines[:whole], *lines[-whole:]])
    assert server.store.size() < 18 * MIB


def test_a_server_that_is_away_is_waited_for_and_then_has_every_line(
    server: Server, tmp_path: Path, wait_for: Callable[..., object]
):
    blocks = 8  # 4 MiB
    server.away.set()
    with job(server, tmp_path, NUMBERED.format(blocks=blocks)) as (pump, process):
        assert process.wait(DEADLINE_S) == 0
        assert not pump.close(0)
        wait_for(lambda: spooled(tmp_path) > MIB, what="the spool")
        assert server.lines() == []
        server.away.clear()
        assert pump.close(DEADLINE_S)
    check_numbered(server.lines(), blocks)
    assert dropped(server.lines()) == (0, 0)
    assert list((tmp_path / "spool").iterdir()) == []


def test_a_flood_while_the_server_is_away_is_bounded_and_counted(tmp_path: Path):
    server = Server(tmp_path / "logs")
    blocks = 64  # 32 MiB
    server.away.set()
    limits = Limits(head=MIB, tail=MIB, batch=256 << 10, event=4096)
    with job(server, tmp_path, NUMBERED.format(blocks=blocks), limits) as (pump, process):
        assert process.wait(DEADLINE_S) == 0
        assert spooled(tmp_path) <= 3 * MIB
        server.away.clear()
        assert pump.close(DEADLINE_S)
    lines = server.lines()
    check_numbered(lines, blocks)
    assert dropped(lines)[1] > 0
    assert lines[0] == b"%0127d" % 0
    assert lines[-1] == b"%0127d" % (blocks * 4096 - 1)


def test_a_server_that_hangs_does_not_hold_the_job(server: Server, tmp_path: Path):
    blocks = 64
    server.answers.clear()
    with job(server, tmp_path, NUMBERED.format(blocks=blocks)) as (pump, process):
        # It ends though nobody has taken a single line.
        assert process.wait(DEADLINE_S) == 0
        server.answers.set()
        assert pump.close(DEADLINE_S)
    check_numbered(server.lines(), blocks)


def test_a_spool_that_cannot_be_written_costs_nothing_but_memory(server: Server, tmp_path: Path):
    (tmp_path / "spool").write_text("in the way")
    server.away.set()
    with job(server, tmp_path, NUMBERED.format(blocks=8)) as (pump, process):
        assert process.wait(DEADLINE_S) == 0
        server.away.clear()
        assert pump.close(DEADLINE_S)
    check_numbered(server.lines(), 8)
    assert dropped(server.lines()) == (0, 0)


def test_a_spool_file_that_is_gone_is_counted_as_dropped(
    server: Server, tmp_path: Path, wait_for: Callable[..., object]
):
    server.away.set()
    with job(server, tmp_path, NUMBERED.format(blocks=8)) as (pump, process):
        assert process.wait(DEADLINE_S) == 0
        wait_for(lambda: spooled(tmp_path) > MIB, what="the spool")
        for path in (tmp_path / "spool").iterdir():
            path.unlink()
        server.away.clear()
        assert pump.close(DEADLINE_S)
    check_numbered(server.lines(), 8)
    assert dropped(server.lines())[1] > 0


def test_answers_that_are_lost_repeat_nothing(server: Server, tmp_path: Path):
    server.lose = 3
    with job(server, tmp_path, NUMBERED.format(blocks=8)) as (pump, process):
        assert process.wait(DEADLINE_S) == 0
        assert pump.close(DEADLINE_S)
    assert server.lose == 0
    check_numbered(server.lines(), 8)
    assert dropped(server.lines()) == (0, 0)


def test_a_second_runner_goes_on_where_the_first_one_ended(server: Server, tmp_path: Path):
    for number in range(2):
        with job(server, tmp_path, f"print('runner {number}')") as (pump, process):
            process.wait(DEADLINE_S)
            assert pump.close(DEADLINE_S)
    assert server.lines() == [b"runner 0", b"runner 1"]


def test_what_the_server_lost_is_said(server: Server, tmp_path: Path, wait_for: Callable[..., object]):
    program = "import sys\nfor line in sys.stdin: print(line, end='', flush=True)"
    with job(server, tmp_path, program, stdin=subprocess.PIPE) as (_, process):
        assert process.stdin is not None
        process.stdin.write(b"first\nsecond\n")
        process.stdin.flush()
        wait_for(lambda: server.lines() == [b"first", b"second"])
        # As after a loss of power: acknowledged, and gone.
        segment = next((tmp_path / "logs").rglob("output.*"))
        os.truncate(segment, 25)
        process.stdin.write(b"third\n")
        process.stdin.close()
        wait_for(lambda: server.lines()[-1:] == [b"third"])
    assert server.lines() == [b"first", b"openglue: the log server lost 21 bytes of this stream here", b"third"]


def test_close_does_not_wait_for_a_process_that_inherited_the_pipe(server: Server, tmp_path: Path):
    program = """
import os, time
print("from the job", flush=True)
if os.fork() == 0:
    time.sleep(600)
"""
    with job(server, tmp_path, program) as (pump, process):
        assert process.wait(DEADLINE_S) == 0
        assert pump.close(DEADLINE_S)
        assert server.lines() == [b"from the job"]


def test_close_does_not_wait_for_a_process_that_writes_on(server: Server, tmp_path: Path):
    program = """
import os
print("from the job", flush=True)
if os.fork() == 0:
    while True:
        os.write(1, b"still here\\n" * 1000)
"""
    with job(server, tmp_path, program) as (pump, process):
        assert process.wait(DEADLINE_S) == 0
        assert pump.close(DEADLINE_S)
        assert server.store.tail(RUN, limit=1).lines[0].text == b"from the job"


def test_close_says_that_not_all_is_delivered_and_may_be_asked_again(server: Server, tmp_path: Path):
    server.away.set()
    with job(server, tmp_path, "print('late')") as (pump, process):
        process.wait(DEADLINE_S)
        assert not pump.close(0)
        assert not pump.close(0)
        server.away.clear()
        assert pump.close(DEADLINE_S)
        assert pump.close(0)
        assert server.lines() == [b"late"]


def test_openglues_own_lines_stand_between_the_jobs(server: Server, tmp_path: Path, wait_for: Callable[..., object]):
    program = "import sys\nfor line in sys.stdin: print(line, end='', flush=True)"
    with job(server, tmp_path, program, stdin=subprocess.PIPE) as (pump, process):
        assert process.stdin is not None
        process.stdin.write(b"first\n")
        process.stdin.flush()
        wait_for(lambda: server.lines() == [b"first"])
        pump.add("output", "openglue: two\nopenglue: lines")
        process.stdin.write(b"last\n")
        process.stdin.close()
        process.wait(DEADLINE_S)
        assert pump.close(DEADLINE_S)
    assert server.lines() == [b"first", b"openglue: two", b"openglue: lines", b"last"]


def test_the_last_lines_are_at_hand_for_an_error_message(
    server: Server, tmp_path: Path, wait_for: Callable[..., object]
):
    server.away.set()
    program = NUMBERED.format(blocks=1) + "os.write(2, b'Traceback\\n  line 3\\nValueError: \\xff no')"
    with job(server, tmp_path, program) as (pump, process):
        pump.add("error", "openglue: not the job's")
        assert process.wait(DEADLINE_S) == 0
        wait_for(lambda: pump.tail("error", 5)[-1:] == ["ValueError: � no"])
        assert pump.tail("error", 2) == ["  line 3", "ValueError: � no"]
        assert pump.tail("error", 50) == ["Traceback", "  line 3", "ValueError: � no"]
        assert pump.tail("error", 0) == []
        wait_for(lambda: pump.tail("output", 1) == [f"{4095:0127d}"])
        # The first line of the last 64 KiB may have begun before them.
        assert pump.tail("output", 100_000)[0] == f"{4096 - 511:0127d}"


def test_times_do_not_go_back_when_the_clock_does(server: Server, tmp_path: Path):
    read, write = os.pipe()
    clock = FakeClock()
    pump = Pump({"output": read}, tmp_path / "spool", server.send, clock=clock)
    pump.add("output", "one")
    clock.advance(-5000)
    pump.add("output", "two")
    os.close(write)
    assert pump.close(DEADLINE_S)
    assert [line.timestamp for line in server.store.tail(RUN).lines] == [1_700_000_000_000] * 2


def test_a_pump_leaves_no_descriptor_and_no_thread(server: Server, tmp_path: Path):
    def descriptors() -> list[int]:
        return [fd for fd in range(256) if _is_open(fd)]

    before = descriptors()
    with job(server, tmp_path, "print('x')") as (pump, process):
        process.wait(DEADLINE_S)
        assert pump.close(DEADLINE_S)
        assert pump.close(DEADLINE_S)
    assert descriptors() == before
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("log ")]


def _is_open(fd: int) -> bool:
    with suppress(OSError):
        os.fstat(fd)
        return True
    return False


def test_the_pump_needs_the_standard_library_only():
    source = Path(__file__).parents[3] / "src"
    program = (
        f"import sys; sys.path.insert(0, {str(source)!r}); import openglue.runner.pump; "
        "print(*[m for m in sys.modules if m.partition('.')[0] not in sys.stdlib_module_names | {'__main__'}])"
    )
    found = subprocess.run(
        [sys.executable, "-S", "-E", "-c", program], capture_output=True, text=True, check=True, timeout=DEADLINE_S
    )
    ours = {"openglue", "openglue.clock", "openglue.runner", "openglue.runner.pump", "openglue.runner.spool"}
    assert set(found.stdout.split()) == ours
