"""What every store must do with runs, whatever the database."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import text
from tests.contract.stores.store import SUCCESS, Store

from openglue.clock import FakeClock
from openglue.model.outcome import Ending, Outcome
from openglue.model.run import Run
from openglue.model.states import Cause, IllegalMoveError, RunState
from openglue.store import ledger, runs
from openglue.store.database import Database


@pytest.fixture
def store(database: Database, clock: FakeClock) -> Store:
    return Store(database, clock)


def test_a_run_is_read_back_as_it_was_accepted(store: Store) -> None:
    run = store.accept()
    assert store.get(run) == run


def test_only_one_of_two_claims_wins(store: Store) -> None:
    run = store.accept()
    first, second = store.claim(run, "a"), store.claim(run, "b")
    assert first is not None
    assert (first.owner, first.fence) == ("a", 1)
    assert second is None


def test_a_run_that_was_stopped_is_not_said_to_wait_for_room(store: Store) -> None:
    run = store.accept()
    assert store.write(lambda tx: runs.hold(tx, run, detail="Waiting for memory")) is True
    stopped = store.write(lambda tx: runs.ask_stop(tx, run, actor="api", now=store.clock.now()))
    assert stopped is not None
    assert store.write(lambda tx: runs.hold(tx, run, detail="Waiting for memory")) is False
    assert store.get(run) == stopped


def test_a_run_ends_whatever_its_script_says(store: Store) -> None:
    outcome = Outcome(ending=Ending.EXITED, exit_code=1, exception="ValueError", message="\x00no\x1b\U0001f41d")
    ended = store.finish(store.running(), outcome)
    assert ended is not None
    assert (ended.state, ended.error_message) == (RunState.FAILED, "ValueError: \ufffdno\x1b\U0001f41d")
    assert store.read(lambda tx: runs.outcome(tx, ended.id)) == outcome


def test_a_claim_holds_a_lease_in_the_stores_own_time(store: Store) -> None:
    claimed = store.claim(store.accept())
    assert claimed is not None
    assert claimed.lease_until is not None
    left = claimed.lease_until - store.read(lambda tx: tx.lease_now())
    assert 25_000 < left <= 30_000


def test_user_code_starts_once_whoever_asks(store: Store) -> None:
    claimed = store.claim(store.accept())
    assert claimed is not None
    assert store.start(claimed, "mine") is not None
    assert store.start(claimed, "mine") is not None, "the same token again is the same start"
    assert store.start(claimed, "another") is None


def test_a_stale_fence_cannot_start(store: Store) -> None:
    claimed = store.claim(store.accept())
    assert claimed is not None
    assert store.write(lambda tx: runs.release(tx, claimed, actor="n", reason="gone", now=2)) is not None
    assert store.start(claimed, "t") is None


def test_a_run_that_has_started_is_never_released(store: Store) -> None:
    run = store.running()
    assert store.write(lambda tx: runs.release(tx, run, actor="n", reason="gone", now=2)) is None


def test_a_stop_that_comes_first_wins_over_the_start(store: Store) -> None:
    claimed = store.claim(store.accept())
    assert claimed is not None
    assert store.write(lambda tx: runs.ask_stop(tx, claimed, actor="api", now=2)) is not None
    assert store.start(claimed, "t") is None


@pytest.mark.contract("2.18")
def test_a_run_that_was_asked_to_stop_ends_stopped_whatever_its_outcome(store: Store) -> None:
    run = store.running()
    stopping = store.write(lambda tx: runs.ask_stop(tx, run, actor="api", now=store.clock.now()))
    assert stopping is not None
    ended = store.finish(stopping, SUCCESS)
    assert ended is not None
    assert ended.state is RunState.STOPPED


def test_the_first_end_is_the_only_one(store: Store) -> None:
    run = store.running()
    ended = store.finish(run, SUCCESS)
    assert ended is not None
    assert (ended.state, ended.execution_ms, ended.owner) == (RunState.SUCCEEDED, 1500, None)
    store.clock.advance(60_000)
    assert store.finish(run, Outcome(ending=Ending.EXITED, exit_code=1)) is None
    assert store.get(run) == ended
    assert store.read(lambda tx: runs.outcome(tx, run.id)) == SUCCESS


def test_a_run_is_abandoned_until_its_lease_begins_anew(store: Store) -> None:
    seen = store.running()
    assert store.write(lambda tx: runs.is_abandoned(tx, seen))
    assert store.write(lambda tx: runs.renew(tx, seen.id, fence=seen.fence, lease_ms=60_000)) is not None
    assert not store.write(lambda tx: runs.is_abandoned(tx, seen))


def test_a_heartbeat_renews_the_lease_until_the_end(store: Store) -> None:
    run = store.running()
    store.clock.advance(10_000)
    renewed = store.write(lambda tx: runs.renew(tx, run.id, fence=run.fence, lease_ms=60_000))
    assert renewed is not None
    assert renewed.lease_until is not None
    assert run.lease_until is not None
    assert renewed.lease_until > run.lease_until
    assert store.write(lambda tx: runs.renew(tx, run.id, fence=run.fence - 1, lease_ms=1)) is None
    store.finish(run, SUCCESS)
    assert store.write(lambda tx: runs.renew(tx, run.id, fence=run.fence, lease_ms=1)) is None


def test_every_move_is_in_the_ledger(store: Store) -> None:
    run = store.running()
    store.finish(run, Outcome(ending=Ending.EXITED, exit_code=3))
    entries = store.read(lambda tx: ledger.of_run(tx, run.id))
    assert [(entry.from_state, entry.to_state, entry.cause) for entry in entries] == [
        (None, RunState.STARTING, Cause.ACCEPTED),
        (RunState.STARTING, RunState.STARTING, Cause.CLAIMED),
        (RunState.STARTING, RunState.RUNNING, Cause.STARTED),
        (RunState.RUNNING, RunState.FAILED, Cause.ENDED),
    ]
    assert [entry.seq for entry in entries] == [1, 2, 3, 4]
    assert entries[-1].detail == "Command failed with exit code 3"


def test_what_is_noted_late_stands_where_the_run_has_come_to_and_never_behind_its_end(store: Store) -> None:
    run = store.claim(store.accept())
    assert run is not None

    def note() -> None:
        store.write(lambda tx: runs.note(tx, run, cause=Cause.LAUNCHED, actor="n", now=1))

    store.write(lambda tx: runs.ask_stop(tx, run, actor="x", now=1))
    note()
    store.finish(store.get(run), Outcome(ending=Ending.STOPPED))
    note()
    entries = store.read(lambda tx: ledger.of_run(tx, run.id))
    assert [(entry.from_state, entry.to_state, entry.cause) for entry in entries[2:]] == [
        (RunState.STARTING, RunState.STOPPING, Cause.STOP_ASKED),
        (RunState.STOPPING, RunState.STOPPING, Cause.LAUNCHED),
        (RunState.STOPPING, RunState.STOPPED, Cause.STOPPED),
    ]


@pytest.mark.contract("2.1")
def test_a_move_that_the_table_does_not_have_is_refused(store: Store) -> None:
    run = store.accept()
    with pytest.raises(IllegalMoveError):
        store.write(lambda tx: runs.move(tx, run, RunState.SUCCEEDED, cause=Cause.ENDED, actor="x", now=1))
    assert store.get(run).state is RunState.STARTING


@pytest.mark.contract("9.13")
def test_pages_have_no_gaps_and_no_repeats_while_runs_are_added(store: Store) -> None:
    first = [store.accept().id for _ in range(7)]
    job = store.job()
    seen: list[str] = []
    before = 2**62
    while page := store.read(lambda tx, before=before: runs.page(tx, job_id=job.id, before=before, limit=3)):
        seen += [run.id for run in page]
        before = page[-1].seq
        store.accept()
    assert seen == first[::-1]


def test_active_runs_come_oldest_first_and_terminal_ones_not_at_all(store: Store) -> None:
    older, newer = store.accept(), store.accept(started_on=store.clock.now() + 5)
    ended = store.running()
    store.finish(ended, SUCCESS)
    assert [run.id for run in store.read(lambda tx: runs.to_decide(tx, limit=10))] == [older.id, newer.id]


def test_one_of_fifty_racing_callers_gets_the_only_slot(store: Store) -> None:
    accepted, refused = [], []
    barrier = threading.Barrier(50)

    def caller() -> None:
        barrier.wait(30)
        answer = store.ask()
        (accepted if isinstance(answer, Run) else refused).append(answer)

    threads = [threading.Thread(target=caller) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert (len(accepted), len(refused)) == (1, 49)


def test_a_stop_before_anybody_took_the_run_ends_it_at_once(store: Store) -> None:
    run = store.accept()
    stopped = store.write(lambda tx: runs.ask_stop(tx, run, actor="api", now=store.clock.now()))
    assert stopped is not None
    assert (stopped.state, stopped.error_message) == (RunState.STOPPED, "Job run stopped")
    assert stopped.completed_on == stopped.last_modified_on
    assert store.claim(run) is None


def test_a_round_looks_at_all_owned_runs_and_at_the_oldest_of_each_queue(store: Store) -> None:
    now = store.clock.now()
    shells = [store.accept(started_on=now + number) for number in range(5)]
    sparks = [store.accept(started_on=now + 10 + number, command="glueetl") for number in range(3)]
    owned = store.claim(store.accept(started_on=now + 20))
    assert owned is not None
    seen = [run.id for run in store.read(lambda tx: runs.to_decide(tx, limit=2))]
    assert seen == [*(run.id for run in shells[:2]), *(run.id for run in sparks[:2]), owned.id]


def test_the_query_for_active_runs_uses_its_index(store: Store, request: pytest.FixtureRequest) -> None:
    if "postgres" in request.node.name:
        pytest.skip("PostgreSQL's planner reads a small table whole, index or not")
    plan = store.read(
        lambda tx: tx.all(
            text(
                "EXPLAIN QUERY PLAN SELECT id FROM runs WHERE active = 1 AND owner IS NULL AND state <> 'WAITING' "
                "AND command = 'x' ORDER BY started_on, seq"
            )
        )
    )
    assert "ix_runs_unowned (command=?)" in str(plan)
    assert "TEMP B-TREE" not in str(plan)
    plan = store.read(
        lambda tx: tx.all(text("EXPLAIN QUERY PLAN SELECT id FROM runs WHERE active = 1 AND owner IS NOT NULL"))
    )
    assert "ix_runs_owned" in str(plan)
    plan = store.read(
        lambda tx: tx.all(
            text("EXPLAIN QUERY PLAN SELECT id FROM runs WHERE state = 'WAITING' ORDER BY queue_until, started_on, id")
        )
    )
    assert "ix_runs_waiting" in str(plan)
    plan = store.read(
        lambda tx: tx.all(
            text("EXPLAIN QUERY PLAN SELECT id FROM runs WHERE active = 1 AND notify_at IS NOT NULL AND notify_at <= 5")
        )
    )
    assert "ix_runs_to_notify (notify_at" in str(plan)
