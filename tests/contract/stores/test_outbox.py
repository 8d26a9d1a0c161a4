"""Events on their way to readers: in order, once, and never past a reader; whatever the database."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable

import pytest
from tests.contract.stores.store import SUCCESS, Store

from openglue.clock import FakeClock
from openglue.model.event import RUN_STATUS, STATE_CHANGE, Event
from openglue.model.outcome import Ending, Outcome
from openglue.model.run import Run
from openglue.store import account, cursors, notices, outbox, runs
from openglue.store.database import Database, Tx


@pytest.fixture
def store(database: Database, clock: FakeClock) -> Store:
    return Store(database, clock)


def tell(store: Store, count: int, *, at: int = 0) -> None:
    """Write events about nothing."""

    def add(tx: Tx) -> None:
        for _ in range(count):
            _, seq = account.change(tx, events=1)
            outbox.add(tx, seq=seq, kind=STATE_CHANGE, run_id="jr_1", detail={"jobName": "j"}, at=at)

    store.write(add)


def seqs(store: Store, after: int = 0) -> list[int]:
    return [event.seq for event in store.read(lambda tx: outbox.after(tx, after, limit=100))]


def ended(store: Store, outcome: Outcome) -> Run:
    run = store.finish(store.running(), outcome)
    assert run is not None
    return run


def only_event(store: Store) -> Event:
    [event] = store.read(lambda tx: outbox.after(tx, 0, limit=10))
    return event


def test_the_end_of_a_run_is_told_with_the_body_that_aws_documents(store: Store) -> None:
    store.clock.advance(1_504_810_641_999 - store.clock.now())
    run = ended(store, SUCCESS)
    body = only_event(store).body(account="123456789012", region="us-west-2")
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", body.pop("id"))
    assert list(body) == ["version", "detail-type", "source", "account", "time", "region", "resources", "detail"]
    assert body == {
        "version": "0",
        "detail-type": "Glue Job State Change",
        "source": "aws.glue",
        "account": "123456789012",
        "time": "2017-09-07T18:57:21Z",
        "region": "us-west-2",
        "resources": [],
        "detail": {
            "jobName": "j",
            "severity": "INFO",
            "state": "SUCCEEDED",
            "jobRunId": run.id,
            "message": "Job run succeeded",
        },
    }


@pytest.mark.parametrize(
    ("outcome", "told"),
    [
        (
            Outcome(ending=Ending.EXITED, exit_code=1, exception="ValueError", message="no", execution_ms=1),
            ("ERROR", "FAILED", "ValueError: no"),
        ),
        (Outcome(ending=Ending.TIMED_OUT, execution_ms=1), ("WARN", "TIMEOUT", "Job run timed out")),
    ],
)
def test_an_end_that_is_no_success_is_told_with_its_severity(
    store: Store, outcome: Outcome, told: tuple[str, str, str]
) -> None:
    ended(store, outcome)
    detail = only_event(store).detail
    assert (detail["severity"], detail["state"], detail["message"]) == told


def test_a_stop_is_told_when_the_run_has_stopped(store: Store) -> None:
    running = store.running()
    stopping = store.write(lambda tx: runs.ask_stop(tx, running, actor="api", now=store.clock.now()))
    assert stopping is not None
    assert seqs(store) == []
    store.finish(stopping, Outcome(ending=Ending.STOPPED, execution_ms=1))
    detail = only_event(store).detail
    assert (detail["severity"], detail["state"], detail["message"]) == ("INFO", "STOPPED", "Job run stopped")


def test_a_slow_run_is_told_with_the_body_that_aws_documents(store: Store) -> None:
    store.define(NotificationProperty={"NotifyDelayAfter": 1})
    store.clock.advance(1_524_603_347_941 - store.clock.now())
    run = store.ask()
    assert isinstance(run, Run)
    store.clock.advance(106_000)
    store.write(lambda tx: notices.give(tx, run.id, now=store.clock.now()))
    event = only_event(store)
    body = event.body(account="123456789012", region="us-west-2")
    assert event.kind == RUN_STATUS
    assert (body["detail-type"], body["time"]) == ("Glue Job Run Status", "2018-04-24T20:57:33Z")
    assert body["detail"] == {
        "jobName": "j",
        "severity": "INFO",
        "notificationCondition": {"NotifyDelayAfter": 1.0},
        "state": "STARTING",
        "jobRunId": run.id,
        "message": "Job is in STARTING state",
        "startedOn": "2018-04-24T20:55:47.941Z",
    }


def test_an_events_id_stays_and_is_no_other_events(store: Store) -> None:
    tell(store, 3)
    first, second = (store.read(lambda tx: outbox.after(tx, 0, limit=10)) for _ in range(2))
    assert [event.id for event in first] == [event.id for event in second]
    assert len({event.id for event in first}) == 3
    elsewhere = Event(seq=1, kind=STATE_CHANGE, run_id="jr_2", detail={}, at=0)
    assert elsewhere.id not in {event.id for event in first}


def test_events_are_read_in_both_directions(store: Store) -> None:
    tell(store, 5)
    assert seqs(store, after=3) == [4, 5]
    assert [event.seq for event in store.read(lambda tx: outbox.before(tx, 5, limit=2))] == [4, 3]
    assert store.read(outbox.newest) == 5


def test_old_events_are_forgotten_in_order_and_their_numbers_are_not_used_again(store: Store) -> None:
    tell(store, 3, at=100)
    tell(store, 1, at=300)
    tell(store, 1, at=100)  # a clock that was set back leaves no gap

    def prune(limit: int) -> int:
        return store.write(lambda tx: outbox.prune(tx, 200, limit=limit))

    assert prune(2) == 2
    assert seqs(store) == [3, 4, 5]
    assert prune(10) == 1
    assert prune(10) == 0
    assert seqs(store) == [4, 5]
    assert store.write(lambda tx: outbox.prune(tx, 1000, limit=10)) == 2
    assert store.read(outbox.newest) == 5
    tell(store, 1)
    assert seqs(store) == [6]


def test_a_new_reader_begins_with_what_comes_and_keeps_its_place(store: Store) -> None:
    tell(store, 2)
    assert store.write(lambda tx: cursors.begin(tx, "r")) == 2
    tell(store, 3)
    store.write(lambda tx: cursors.advance(tx, "r", 4))
    store.write(lambda tx: cursors.advance(tx, "r", 3))
    assert store.read(lambda tx: cursors.get(tx, "r")) == 4
    assert store.write(lambda tx: cursors.begin(tx, "r")) == 4


def test_readers_that_begin_together_begin_at_one_place(store: Store) -> None:
    found = together(lambda _: store.write(lambda tx: cursors.begin(tx, "r")))
    assert found == [0] * len(found)


def hold(store: Store, owner: str, lease_ms: int = 60_000) -> bool:
    return store.write(lambda tx: cursors.hold(tx, "r", owner=owner, lease_ms=lease_ms))


def test_a_cursor_is_held_by_one_server_at_a_time(store: Store) -> None:
    store.write(lambda tx: cursors.begin(tx, "r"))
    assert hold(store, "a")
    assert hold(store, "a"), "its holder renews it"
    assert not hold(store, "b")
    store.write(lambda tx: cursors.let_go(tx, "r", owner="b"))
    assert not hold(store, "b"), "only the holder lets go"
    store.write(lambda tx: cursors.let_go(tx, "r", owner="a"))
    assert hold(store, "b")
    assert not hold(store, "a")


def test_a_cursor_is_free_when_its_holder_has_not_been_heard_of(store: Store, wait_for: Callable[..., object]) -> None:
    store.write(lambda tx: cursors.begin(tx, "r"))
    assert hold(store, "a", lease_ms=50)
    store.clock.advance(51)  # SQLite's lease time; PostgreSQL's goes by itself
    wait_for(lambda: hold(store, "b", lease_ms=50))


def test_a_lease_of_before_the_machine_started_binds_nobody(store: Store) -> None:
    store.write(lambda tx: cursors.begin(tx, "r"))
    assert hold(store, "a", lease_ms=10_000_000)
    assert hold(store, "b", lease_ms=60_000)


def test_of_servers_that_reach_for_a_cursor_together_one_gets_it(store: Store) -> None:
    store.write(lambda tx: cursors.begin(tx, "r"))
    assert sorted(together(lambda number: hold(store, f"node-{number}"))) == [False] * 7 + [True]


def together(work: Callable[[int], object]) -> list[object]:
    """What eight threads get that do the same at the same time."""
    found: list[object] = [None] * 8
    line = threading.Barrier(8)

    def one(number: int) -> None:
        line.wait(30)
        found[number] = work(number)

    threads = [threading.Thread(target=one, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return found
