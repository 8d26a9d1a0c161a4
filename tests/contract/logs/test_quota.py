"""What the logs of all runs take is known exactly, and whose logs go when that is too much."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.contract.stores.store import SUCCESS, Store

from openglue.clock import FakeClock
from openglue.logs.frame import Position
from openglue.logs.page import Cursor, Span, read
from openglue.logs.store import LogStore, View
from openglue.logs.usage import measure
from openglue.scheduler.quota import BATCH, Quota
from openglue.store.database import Database
from openglue.store.opening import open_database

GROUP = "/aws-glue/jobs"
HOUR_MS = 3_600_000


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def logs(tmp_path: Path, clock: FakeClock) -> LogStore:
    return open_logs(tmp_path, clock)


@pytest.fixture
def database(tmp_path: Path, clock: FakeClock) -> Iterator[Database]:
    opened = open_database(tmp_path, "", clock)
    yield opened
    opened.close()


@pytest.fixture
def store(database: Database, clock: FakeClock) -> Store:
    store = Store(database, clock)
    store.define(ExecutionProperty={"MaxConcurrentRuns": 1000})
    return store


def open_logs(folder: Path, clock: FakeClock) -> LogStore:
    return LogStore(folder / "logs", clock=clock, head_bytes=400, tail_bytes=400, segment_bytes=200)


def framed(stamp: int, *lines: str) -> bytes:
    return b"".join(b"%013d\t%s\n" % (stamp, line.encode()) for line in lines)


def on_disk(logs: LogStore) -> int:
    return sum(measure(file.parent) for file in logs.runs.rglob("run.json"))


def counted(logs: LogStore) -> int:
    used = logs.usage.count(60)
    assert used is not None
    return used


def texts(logs: LogStore, run_id: str, cursor: str | None = None) -> list[str]:
    return [line.text.decode() for line in logs.tail(run_id, cursor, streams=["output"]).lines]


@pytest.mark.parametrize("seed", range(5))
def test_what_all_logs_take_is_known_exactly_whatever_happens_while_they_are_counted(
    seed: int, tmp_path: Path, clock: FakeClock
) -> None:
    rng = random.Random(seed)  # noqa: S311 - chances, not secrets
    before = open_logs(tmp_path, clock)
    offsets: dict[str, int] = {}

    def act(logs: LogStore) -> None:
        run_id = f"jr_{rng.randrange(16):02x}{rng.randrange(4)}"
        choice = rng.random()
        if choice < 0.1:
            logs.delete(run_id)
            offsets.pop(run_id, None)
        elif run_id in offsets and choice < 0.2:
            logs.empty(run_id)
        else:
            logs.create(GROUP + str(rng.randrange(2)) if run_id not in offsets else logs_group(logs, run_id), run_id)
            data = framed(clock.now(), *("x" * rng.randrange(80) for _ in range(rng.randrange(1, 9))))
            offsets[run_id] = logs.append(run_id, "output", offsets.get(run_id, 0), data)

    for _ in range(60):
        act(before)
    logs = open_logs(tmp_path, clock)
    # Without time one folder is counted: what happens in between happens in the middle of the counting.
    steps = 0
    while logs.usage.count(0) is None:
        act(logs)
        steps += 1
        assert steps < 1000
    for _ in range(40):
        act(logs)
    assert counted(logs) == on_disk(logs)


def logs_group(logs: LogStore, run_id: str) -> str:
    return logs.find(run_id).names.description()[0]


def test_what_a_full_disk_has_taken_in_part_is_counted_until_it_is_cut_off(logs: LogStore) -> None:
    logs.create(GROUP, "jr_1")
    end = logs.append("jr_1", "output", 0, framed(1, "whole"))
    counted(logs)
    [segment] = logs.find("jr_1").path.glob("output.*")
    with segment.open("ab") as torn:
        torn.write(b"0000000000002\tto")
    logs.usage.change(logs.find("jr_1").path, len(b"0000000000002\tto"))
    logs.append("jr_1", "output", end, framed(2, "torn"))
    assert counted(logs) == on_disk(logs)
    assert texts(logs, "jr_1") == ["whole", "torn"]


def test_a_log_that_was_emptied_says_so_in_its_place_from_wherever_it_is_read(logs: LogStore, clock: FakeClock) -> None:
    logs.create(GROUP, "jr_1", views=[View(group="continuous", stream="jr_1")])
    end = logs.append("jr_1", "output", 0, framed(5, "a", "bb") + framed(9, "ccc"))
    first = logs.tail("jr_1", limit=1, streams=["output"])
    assert [line.text for line in first.lines] == [b"a"]
    logs.empty("jr_1")

    whole = logs.tail("jr_1", streams=["output"]).lines
    gone = "openglue: {} bytes in {} lines were removed here, to make room for newer logs"
    assert [(line.timestamp, line.text.decode()) for line in whole] == [(9, gone.format(9, 3))]
    assert texts(logs, "jr_1", first.cursor) == [gone.format(7, 2)], "whoever has read a part is told of the rest"
    assert [line.text.decode() for line in logs.tail("jr_1", last=5).lines] == [gone.format(9, 3)], "backward, too"
    assert logs.open(logs.find("jr_1"), "output").extent() == (None, None, 0)
    assert logs.tail("jr_1", streams=["error"]).lines == [], "nothing is said of a stream that had nothing"

    assert logs.append("jr_1", "output", 0, b"") == end, "a late line finds its place"
    logs.append("jr_1", "output", end, framed(12, "late"))
    assert texts(logs, "jr_1") == ["openglue: 9 bytes in 3 lines were dropped here", "late"]


def test_an_emptied_log_is_read_from_the_place_after_it_to_the_end(logs: LogStore) -> None:
    logs.create(GROUP, "jr_1")
    end = logs.append("jr_1", "output", 0, framed(5, "a"))
    logs.empty("jr_1")
    run = logs.find("jr_1")
    assert logs.open(run, "output").end() == Position(end, 1, 2)
    assert list(logs.open(run, "output").forward(Position(end, 1, 2))) == []
    assert read([], Cursor(), Span()).events == []


def written(store: Store, logs: LogStore, *, ended: bool = True) -> str:
    """A run with 100 bytes of logs."""
    run = store.running()
    logs.create(GROUP, run.id)
    assert logs.append(run.id, "output", 0, framed(store.clock.now(), "x" * 85)) == 100
    if ended:
        store.finish(run, SUCCESS)
    return run.id


def test_the_logs_of_the_runs_that_ended_longest_ago_go_first(
    store: Store, logs: LogStore, database: Database, clock: FakeClock
) -> None:
    ids = []
    for _ in range(6):
        ids.append(written(store, logs))
        clock.advance(HOUR_MS)
    Quota(database, logs, clock, most_bytes=350).round()
    assert ["removed" in texts(logs, run_id)[0] for run_id in ids] == [True] * 3 + [False] * 3
    assert counted(logs) == 300
    Quota(database, logs, clock, most_bytes=350).round()
    assert counted(logs) == 300, "and no more than need be"


def test_the_logs_of_a_run_that_is_not_over_stay(
    store: Store, logs: LogStore, database: Database, clock: FakeClock
) -> None:
    active = [written(store, logs, ended=False) for _ in range(3)]
    clock.advance(HOUR_MS)
    over = written(store, logs)
    quota = Quota(database, logs, clock, most_bytes=50)
    for _ in range(3):
        quota.round()
    assert ["removed" in texts(logs, run_id)[0] for run_id in [*active, over]] == [False] * 3 + [True]


def test_a_round_does_a_little_and_goes_on_with_the_next(
    store: Store, logs: LogStore, database: Database, clock: FakeClock
) -> None:
    for _ in range(BATCH + 5):
        written(store, logs)
    quota = Quota(database, logs, clock, most_bytes=0)
    quota.round()
    assert counted(logs) == 500
    quota.round()
    assert counted(logs) == 0
