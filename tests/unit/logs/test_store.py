from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from openglue.clock import FakeClock
from openglue.logs.cloudwatch import CloudWatch
from openglue.logs.store import GapError, LogStore, Tail, UnknownStream, View

if TYPE_CHECKING:
    from conftest import Logs

START = 1_700_000_000_000


def shown(tail: Tail) -> list[tuple[str, str]]:
    return [(line.stream, line.text.decode()) for line in tail.lines]


def test_a_follower_sees_both_streams_by_time_with_their_origin(logs: Logs):
    logs.run("jr_1")
    logs.write("jr_1", "output", (0, "one"), (20, "three"))
    logs.write("jr_1", "error", (10, "two"), (30, "four"))
    tail = logs.store.tail("jr_1")
    assert shown(tail) == [("output", "one"), ("error", "two"), ("output", "three"), ("error", "four")]
    assert not tail.more
    # A line that is late is shown late, and not lost.
    logs.write("jr_1", "error", (30, "five"))
    logs.write("jr_1", "output", (25, "late"))
    tail = logs.store.tail("jr_1", tail.cursor)
    assert shown(tail) == [("output", "late"), ("error", "five")]
    assert shown(logs.store.tail("jr_1", tail.cursor)) == []


def test_following_can_begin_with_the_last_lines(logs: Logs):
    logs.run("jr_1", *((number, f"line {number}") for number in range(10)))
    logs.write("jr_1", "error", (7, "problem"))
    tail = logs.store.tail("jr_1", last=3)
    assert shown(tail) == [("output", "line 7"), ("output", "line 8"), ("output", "line 9")]
    logs.write("jr_1", "error", (8, "another"))
    assert shown(logs.store.tail("jr_1", tail.cursor)) == [("error", "another")]


def test_following_can_be_of_one_stream(logs: Logs):
    logs.run("jr_1", (0, "out"))
    logs.write("jr_1", "error", (0, "err"))
    assert shown(logs.store.tail("jr_1", streams=["error"])) == [("error", "err")]


def test_a_cursor_is_valid_in_another_process(logs: Logs, tmp_path: Path):
    logs.run("jr_1", (0, "one"), (1, "two"))
    tail = logs.store.tail("jr_1", limit=1)
    assert tail.more
    again = LogStore(tmp_path / "logs", clock=FakeClock())
    assert shown(again.tail("jr_1", tail.cursor)) == [("output", "two")]


def test_a_follower_that_is_overrun_is_told_what_it_missed(tmp_path: Path):
    store = LogStore(tmp_path, clock=FakeClock(), head_bytes=100, tail_bytes=200, segment_bytes=100)
    store.create("/aws-glue/jobs", "jr_1", streams=["output"])
    frames = [b"%d\tline %04d\n" % (START, number) for number in range(200)]
    store.append("jr_1", "output", 0, b"".join(frames[:20]))
    tail = store.tail("jr_1")
    assert len(tail.lines) == 20
    store.append("jr_1", "output", 20 * len(frames[0]), b"".join(frames[20:]))
    missed, first, *_, last = shown(store.tail("jr_1", tail.cursor))
    gone = int(first[1].split()[1]) - 20
    assert missed == ("output", f"openglue: {gone * 10} bytes in {gone} lines were dropped here")
    assert last == ("output", "line 0199")


def test_a_run_is_created_once_and_may_get_more_later(logs: Logs):
    logs.run("jr_1", (0, "kept"))
    logs.clock.advance(1000)
    logs.store.create("/aws-glue/jobs", "jr_1", streams=["output", "progress"])
    assert logs.store.find("jr_1").streams == ("error", "output", "progress")
    assert logs.store.find("jr_1").created == START
    assert shown(logs.store.tail("jr_1")) == [("output", "kept")]


def test_what_was_never_created_is_unknown(logs: Logs):
    logs.run("jr_1")
    assert logs.store.has("jr_1")
    assert not logs.store.has("jr_2")
    with pytest.raises(UnknownStream):
        logs.store.append("jr_2", "output", 0, b"")
    with pytest.raises(UnknownStream):
        logs.store.append("jr_1", "progress", 0, b"")
    with pytest.raises(UnknownStream):
        logs.store.tail("jr_2")


@pytest.mark.parametrize("name", ["..", ".", "../../etc", "a/b", "%2e%2e", "ü"])
def test_no_name_leaves_the_store(logs: Logs, tmp_path: Path, name: str):
    logs.run(name, (0, "here"), group=name)
    assert shown(logs.store.tail(name)) == [("output", "here")]
    assert [info.name for info in CloudWatch(logs.store).streams_by_name(f"{name}/output")] == [name]
    assert [path.name for path in tmp_path.iterdir()] == ["logs"]
    logs.store.delete(name)
    assert not logs.store.has(name)


@pytest.mark.parametrize("name", ["", "x" * 256])
def test_a_name_that_no_file_can_have_is_refused(logs: Logs, name: str):
    with pytest.raises(ValueError, match="its name is empty or too long"):
        logs.store.create("/aws-glue/jobs", name)


def test_a_gap_is_refused_with_the_expected_offset(logs: Logs):
    logs.run("jr_1", (0, "one"))
    with pytest.raises(GapError) as refused:
        logs.store.append("jr_1", "output", 1000, b"")
    assert refused.value.expected == len("1700000000000\tone\n")


def test_deleting_a_run_removes_all_of_it(logs: Logs, tmp_path: Path):
    view = View(group="/aws-glue/jobs/logs-v2", stream="jr_1-driver")
    logs.run("jr_1", (0, "one"), views=[view])
    logs.run("jr_2", (0, "two"))
    assert logs.store.size() == 2 * len("1700000000000\tone\n") + sum(
        path.stat().st_size for path in (tmp_path / "logs" / "runs").rglob("*.json")
    )
    logs.store.delete("jr_1")
    logs.store.delete("jr_1")
    assert not logs.store.has("jr_1")
    assert not [path for path in tmp_path.rglob("*jr_1*") if path.is_file()]
    assert shown(logs.store.tail("jr_2")) == [("output", "two")]


def test_a_run_stands_in_the_hour_of_its_last_line(logs: Logs, tmp_path: Path):
    def hours() -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for path in sorted((tmp_path / "logs").rglob("hours/*/*")):
            found.setdefault(path.parent.name, []).append(path.name)
        return found

    logs.run("jr_1", (0, "one"))
    logs.run("jr_2", (0, "one"))
    assert hours() == {"2023111422": ["jr_1", "jr_2"]}
    logs.clock.advance(3_600_000)
    logs.write("jr_1", "output", (3_600_000, "two"))
    assert hours() == {"2023111422": ["jr_2"], "2023111423": ["jr_1"]}
    # A server that has just started knows of no hour.
    logs.clock.advance(3_600_000)
    again = LogStore(tmp_path / "logs", clock=logs.clock)
    again.append("jr_2", "error", 0, b"1700007200000\tthree\n")
    assert hours() == {"2023111423": ["jr_1"], "2023111500": ["jr_2"]}
    again.delete("jr_1")
    assert hours() == {"2023111500": ["jr_2"]}


def test_many_threads_write_and_read_at_once(logs: Logs):
    """One thread writes each stream, as one runner does; all of them read."""

    def work(number: int) -> None:
        run, stream = f"jr_{number % 4}", ("output", "error")[number // 4]
        logs.store.create("/aws-glue/jobs", run)
        for line in range(50):
            logs.write(run, stream, (line, f"{stream} {line}"))
            found = logs.store.tail(run, streams=[stream], last=2).lines
            assert [each.text for each in found][-1] == f"{stream} {line}".encode()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    for run in range(4):
        for stream in ("output", "error"):
            found = shown(logs.store.tail(f"jr_{run}", streams=[stream]))
            assert found == [(stream, f"{stream} {line}") for line in range(50)]
