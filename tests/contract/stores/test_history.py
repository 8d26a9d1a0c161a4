"""What is older than the history that is kept is forgotten, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace
from sqlalchemy import text
from tests.contract.stores.store import SUCCESS, Store

from openglue.clock import FakeClock
from openglue.logs.store import LogStore
from openglue.model.job import Defaults
from openglue.model.run import Run, accepted_run
from openglue.model.states import Cause, RunState
from openglue.scheduler.history import BATCH, DAY_MS, WALK_MS, History
from openglue.store import history, jobs, ledger, runs
from openglue.store.database import Database, Tx


@pytest.fixture
def store(database: Database, clock: FakeClock) -> Store:
    store = Store(database, clock)
    store.define(ExecutionProperty={"MaxConcurrentRuns": 1000})
    return store


@pytest.fixture
def logs(tmp_path: Path, clock: FakeClock) -> LogStore:
    return LogStore(tmp_path / "logs", clock=clock)


def ended(store: Store) -> Run:
    run = store.finish(store.running(), SUCCESS)
    assert run is not None
    return run


def kept(store: Store, run: Run) -> bool:
    return store.read(lambda tx: runs.get(tx, run.id)) is not None


@pytest.mark.contract("1.22")
def test_runs_go_with_their_logs_and_ledger_when_they_are_too_old(store: Store, logs: LogStore) -> None:
    forgetting = History(store.database, logs, store.clock, days=10)
    old, active = ended(store), store.accept()
    logs.create("/g", old.id)
    store.clock.advance(5 * DAY_MS)
    young = ended(store)
    store.clock.advance(5 * DAY_MS + 1)
    for _ in range(3):
        forgetting.round()
    assert [kept(store, run) for run in (old, active, young)] == [False, True, True]
    assert not logs.has(old.id)
    assert store.read(lambda tx: ledger.of_run(tx, old.id)) == []


def test_nothing_is_looked_at_again_within_an_hour(store: Store, logs: LogStore) -> None:
    forgetting = History(store.database, logs, store.clock, days=1)
    forgetting.round()
    old = ended(store)
    store.clock.advance(WALK_MS - 1)
    store.database.write(lambda tx: tx.run(text("UPDATE runs SET completed_on = 1"))).result(30)
    forgetting.round()
    assert kept(store, old)
    store.clock.advance(1)
    forgetting.round()
    assert not kept(store, old)


def test_a_long_history_goes_in_batches(store: Store, logs: LogStore) -> None:
    forgetting = History(store.database, logs, store.clock, days=1)
    many = [store.accept() for _ in range(BATCH + 5)]
    store.database.write(
        lambda tx: tx.run(text("UPDATE runs SET completed_on = 1, active = 0, state = 'SUCCEEDED'"))
    ).result(30)
    forgetting.round()
    assert sum(kept(store, run) for run in many) == 5
    forgetting.round()
    assert not any(kept(store, run) for run in many)


def test_a_deleted_job_goes_with_its_last_run(store: Store, logs: LogStore) -> None:
    forgetting = History(store.database, logs, store.clock, days=1)
    run = ended(store)
    store.write(lambda tx: jobs.delete(tx, "j", now=2))
    forgetting.round()
    assert kept(store, run)
    store.clock.advance(DAY_MS + WALK_MS)
    for _ in range(3):
        forgetting.round()
    assert not kept(store, run)
    assert store.read(lambda tx: history.job_ids(tx, after="", limit=9)) == []


def test_a_deleted_job_stays_with_a_run_that_came_after_the_look(store: Store) -> None:
    job = store.job()
    store.write(lambda tx: jobs.delete(tx, "j", now=2))
    assert store.read(lambda tx: history.is_forgotten(tx, job.id))
    store.write(lambda tx: add_late_run(tx, store.clock.now()))
    store.write(lambda tx: history.forget_job(tx, job.id))
    assert store.read(lambda tx: history.job_ids(tx, after="", limit=9)) == [job.id]


def add_late_run(tx: Tx, now: int) -> None:
    """The run in ERROR of a trigger whose job is gone."""
    found = jobs.take_deleted(tx, "j")
    assert found is not None
    defaults = Defaults(glue_version="5.1", max_concurrent_runs=1)
    run = accepted_run(found.job, {}, None, defaults, seq=found.seq, now=now, steady=now)
    over = replace(run, state=RunState.ERROR, completed_on=now)
    runs.add(tx, over, cause=Cause.TRIGGER_REFUSED, actor="n")
