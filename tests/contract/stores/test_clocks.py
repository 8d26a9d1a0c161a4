"""The wall clock is set by hours and days: what waits, what is kept, and in which order; whatever the database."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.contract.stores.store import SUCCESS, Store

from openglue.clock import FakeClock, Steady
from openglue.model.admission import Admit, GiveUp, WaitFor, admit
from openglue.model.event import RUN_STATUS
from openglue.model.outcome import Ending, Outcome
from openglue.model.run import Run
from openglue.scheduler.pruning import Pruning
from openglue.store import admission, deadlines, idempotency, ledger, listing, notices, outbox, runs, waiting
from openglue.store.database import Database
from openglue.store.opening import open_database

HOUR = 3_600_000
DAY = 24 * HOUR
JUMPS = [-3 * DAY, -2 * HOUR, -HOUR, HOUR, 25 * HOUR, 10 * DAY]
FAILURE = Outcome(ending=Ending.EXITED, exit_code=1, exception="ValueError", message="no", execution_ms=10)


@pytest.fixture
def store(database: Database, clock: FakeClock) -> Store:
    return Store(database, clock)


def ask(store: Store) -> Run:
    answer = store.ask()
    assert isinstance(answer, Run)
    return answer


def look(store: Store) -> list[Admit | GiveUp | WaitFor]:
    """A scheduler's look at the queue."""
    policy = store.policy()
    (queue, slots, usage), steady = store.read(lambda tx: (admission.queue(tx, policy), tx.steady_now()))
    return list(admit(queue, slots, usage, policy.limits, steady))


def test_steady_time_goes_on_from_a_wall_time_as_boot_time_does() -> None:
    clock = FakeClock()
    steady = Steady(clock, 5000)
    clock.jump(10 * DAY)
    clock.advance(70)
    assert steady.now() == 5070


@pytest.mark.parametrize("jump", [-2 * HOUR, 10 * DAY])
def test_a_run_waits_for_its_limits_as_long_as_ever(store: Store, jump: int) -> None:
    store.define(JobRunQueuingEnabled=True)
    ask(store)
    waits = ask(store)
    store.clock.jump(jump)
    store.clock.advance(899_999)
    assert look(store) == []
    store.clock.advance(1)
    assert [(type(found), found.run.run_id) for found in look(store)] == [(GiveUp, waits.id)]


@pytest.mark.parametrize("jump", [-2 * HOUR, 10 * DAY])
def test_a_retry_waits_for_its_delay_alone(store: Store, jump: int) -> None:
    store.define(MaxRetries=1)
    store.retry_delay_ms = 5000
    store.finish(store.running(), FAILURE)
    store.clock.jump(jump)
    store.clock.advance(4999)
    assert store.read(lambda tx: runs.to_decide(tx, limit=9)) == []
    store.clock.advance(1)
    assert len(store.read(lambda tx: runs.to_decide(tx, limit=9))) == 1


def test_a_retry_does_not_start_before_what_it_repeats_has_ended(store: Store) -> None:
    store.define(MaxRetries=1)
    failed = store.running()
    store.clock.jump(-2 * HOUR)
    ended = store.finish(failed, FAILURE)
    assert ended is not None
    [retry] = store.read(lambda tx: runs.to_decide(tx, limit=9))
    assert retry.started_on == ended.completed_on


@pytest.mark.parametrize("jump", [-2 * HOUR, 10 * DAY])
def test_a_run_is_slow_after_its_minutes_and_not_before(store: Store, jump: int) -> None:
    store.define(NotificationProperty={"NotifyDelayAfter": 1})
    claimed = store.claim(ask(store))
    assert claimed is not None
    store.clock.jump(jump)
    started = store.start(claimed, "t")
    assert started is not None
    store.clock.advance(59_999)
    assert store.read(lambda tx: notices.due(tx, limit=9)) == []
    assert store.read(lambda tx: outbox.after(tx, 0, limit=9)) == []
    store.clock.advance(1)
    [late] = store.read(lambda tx: notices.due(tx, limit=9))
    store.write(lambda tx: notices.give(tx, late.id, now=store.clock.now()))
    told = store.read(lambda tx: outbox.after(tx, 0, limit=9))
    assert [(event.kind, event.detail["state"]) for event in told] == [(RUN_STATUS, "RUNNING")]


@pytest.mark.parametrize("jump", [-2 * HOUR, 10 * DAY])
def test_no_run_ends_before_it_began(store: Store, jump: int) -> None:
    claimed = store.claim(store.accept())
    assert claimed is not None
    store.clock.jump(jump)
    store.clock.advance(10)
    started = store.start(claimed, "t")
    assert started is not None
    store.clock.jump(jump)
    asked = store.write(lambda tx: runs.ask_stop(tx, started, actor="api", now=store.clock.now()))
    assert asked is not None
    store.clock.jump(jump)
    ended = store.finish(asked, SUCCESS)
    assert ended is not None
    assert started.running_on is not None
    assert ended.completed_on is not None
    assert ended.started_on <= started.running_on <= asked.last_modified_on <= ended.completed_on
    assert ended.completed_on == ended.last_modified_on
    times = [entry.at for entry in store.read(lambda tx: ledger.of_run(tx, ended.id))]
    assert times == sorted(times)


def test_no_run_gives_up_before_it_began_to_wait(store: Store) -> None:
    store.define(JobRunQueuingEnabled=True)
    ask(store)
    ask(store)
    store.clock.jump(-2 * HOUR)
    store.clock.advance(900_000)
    [gives_up] = look(store)
    assert isinstance(gives_up, GiveUp)
    ended = store.write(
        lambda tx: admission.give_up(tx, gives_up.run.run_id, gives_up.limit, actor="n", now=store.clock.now())
    )
    assert ended is not None
    assert ended.completed_on == ended.started_on


def test_the_queue_is_in_the_order_of_arrival_whatever_the_clock_says(store: Store) -> None:
    store.define(JobRunQueuingEnabled=True)
    ask(store)
    arrived = []
    for jump in (0, *JUMPS):
        store.clock.jump(jump)
        store.clock.advance(5)
        arrived.append(ask(store))
    assert [run.run_id for run in store.read(lambda tx: waiting.oldest(tx, limit=99))] == [run.id for run in arrived]
    places = store.read(lambda tx: [waiting.position(tx, run) for run in arrived])
    assert places == [*range(1, len(arrived) + 1)]
    assert store.read(waiting.positions) == {run.id: place for place, run in zip(places, arrived, strict=True)}


def test_pages_of_history_have_no_gaps_and_no_repeats_when_the_clock_is_set_between_them(store: Store) -> None:
    accepted = []
    for jump in (0, *JUMPS):
        store.clock.jump(jump)
        accepted.append(store.accept())
    of_job: list[str] = []
    of_all: list[str] = []
    before, place = 2**62, (2**62, "")
    for jump in JUMPS:
        for run in store.read(lambda tx: runs.page(tx, job_id=accepted[0].job_id, before=before, limit=2)):  # noqa: B023 - called at once
            of_job.append(run.id)
            before = run.seq
        for run in store.read(
            lambda tx: listing.newest(tx, started_on=place[0], run_id=place[1], limit=2)  # noqa: B023 - called at once
        ):
            of_all.append(run.id)
            place = (run.started_on, run.id)
        store.clock.jump(jump)
        store.accept()
    known = {run.id for run in accepted}
    assert [run_id for run_id in of_job if run_id in known] == [run.id for run in reversed(accepted)]
    for seen in (of_job, of_all):
        assert len(seen) == len(set(seen))
        assert known <= set(seen)


def test_an_answer_is_remembered_for_a_day_and_nothing_is_forgotten_early(store: Store) -> None:
    def count(calls: list[int]) -> dict[str, int]:
        calls.append(1)
        return {"call": len(calls)}

    once, calls = idempotency.Once(key="k", request_sha=""), list[int]()
    pruning = Pruning(store.database, store.clock, idempotency.prune, keep_ms=idempotency.KEPT_MS)

    def ask_again() -> dict[str, int]:
        return store.write(lambda tx: idempotency.do(tx, once, lambda _: count(calls), now=tx.steady_now()))

    for jump in (0, *JUMPS):
        store.clock.jump(jump)
        pruning.round()
        assert ask_again() == {"call": 1}
    store.clock.advance(DAY)
    assert ask_again() == {"call": 2}


def test_what_was_to_wait_for_days_after_a_wrong_clock_waits_no_longer_than_ever(
    store: Store, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """A server starts after the clock was set right, and finds deadlines that are days away."""
    if "postgres" in request.node.name:
        pytest.skip("its servers count from the database's clock, which no test sets")
    store.define(JobRunQueuingEnabled=True, MaxRetries=1, NotificationProperty={"NotifyDelayAfter": 1})
    store.retry_delay_ms = 5000
    store.finish(store.running(), FAILURE)
    waits = ask(store)
    store.clock.jump(-3 * DAY)
    again = open_database(tmp_path, "", store.clock)
    try:
        again.write(lambda tx: deadlines.shorten(tx, queue_ms=900_000, retry_delay_ms=5000)).result(30)
        store.clock.advance(4999)
        assert again.read(lambda tx: runs.to_decide(tx, limit=9)) == []
        store.clock.advance(1)
        [retry] = again.read(lambda tx: runs.to_decide(tx, limit=9))
        store.clock.advance(55_000)
        assert {run.id for run in again.read(lambda tx: notices.due(tx, limit=9))} == {retry.id, waits.id}
        [queued] = again.read(lambda tx: waiting.oldest(tx, limit=9))
        assert queued.queue_until == again.read(lambda tx: tx.steady_now()) - 60_000 + 900_000
    finally:
        again.close()


def test_servers_whose_own_clocks_differ_agree_about_waits(postgres_url: str, tmp_path: Path) -> None:
    clocks = [FakeClock(), FakeClock(FakeClock().now() + 10 * DAY)]
    first, second = databases = [open_database(tmp_path, postgres_url, clock) for clock in clocks]
    try:
        store = Store(first, clocks[0])
        store.define(JobRunQueuingEnabled=True, NotificationProperty={"NotifyDelayAfter": 9})
        ask(store)
        waits = ask(store)
        [found] = second.read(lambda tx: waiting.oldest(tx, limit=9))
        left = found.queue_until - second.read(lambda tx: tx.steady_now())
        assert found.run_id == waits.id
        assert 840_000 < left <= 960_000
        # Nor does a server that starts later find a wait too long, unless it makes them wait less.
        for queue_ms, expected in ((960_000, found.queue_until), (0, second.read(lambda tx: tx.steady_now()))):
            second.write(lambda tx: deadlines.shorten(tx, queue_ms=queue_ms, retry_delay_ms=0)).result(30)  # noqa: B023 - done at once
            [found] = first.read(lambda tx: waiting.oldest(tx, limit=9))
            assert found.queue_until == expected
    finally:
        for database in databases:
            database.close()
