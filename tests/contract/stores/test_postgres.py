"""What PostgreSQL alone can do to a transaction: make it wait, and make it wait for itself."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from tests.contract.stores.store import Store

from openglue.clock import FakeClock
from openglue.model.job import Job
from openglue.model.run import new_job_id
from openglue.model.states import Cause
from openglue.store import jobs, ledger, runs
from openglue.store.database import Database, StoreTimeoutError, Tx
from openglue.store.opening import open_database

DEFINITION = {"Role": "r", "Command": {"Name": "pythonshell"}}


@pytest.fixture
def database(postgres_url: str, tmp_path: Path, clock: FakeClock) -> Iterator[Database]:
    opened = open_database(tmp_path, postgres_url, clock)
    for name in ("a", "b"):
        opened.write(
            lambda tx, name=name: jobs.insert_job(tx, job_id=new_job_id(), name=name, definition=DEFINITION, now=1)
        ).result(30)
    yield opened
    opened.close()


def test_a_row_that_somebody_else_holds_is_given_up_and_nothing_is_written(
    database: Database, postgres_url: str
) -> None:
    with psycopg.connect(postgres_url) as other:
        other.execute("SELECT * FROM jobs WHERE name = 'a' FOR UPDATE")
        with pytest.raises(StoreTimeoutError, match="lock timeout"):
            database.write(lambda tx: jobs.take(tx, "a")).result(30)
    taken = database.write(lambda tx: jobs.take(tx, "a")).result(30)
    assert taken is not None
    assert (taken.seq, taken.slots) == (1, 0)


def test_of_transactions_that_wait_for_each_other_both_are_done(database: Database) -> None:
    met = threading.Barrier(2)

    def both(first: str, second: str) -> list[int]:
        tries = []

        def work(tx: Tx) -> int:
            tries.append(1)
            taken = jobs.take(tx, first)
            if len(tries) == 1:
                met.wait(30)
            assert taken is not None
            assert jobs.take(tx, second) is not None
            return taken.seq

        database.write(work).result(30)
        return tries

    results: list[list[int]] = []
    threads = [
        threading.Thread(target=lambda pair=pair: results.append(both(*pair))) for pair in (("a", "b"), ("b", "a"))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    # One of the two at least was given up by the database; on a busy machine it may be both, one after the other.
    assert len(results) == 2
    assert max(len(tries) for tries in results) > 1
    for name in ("a", "b"):
        taken = database.write(lambda tx, name=name: jobs.take(tx, name)).result(30)
        assert taken is not None
        assert taken.seq == 3


@pytest.mark.parametrize(
    "look", [lambda tx: getattr(jobs.take(tx, "a"), "job", None), lambda tx: jobs.get_locked(tx, "a")]
)
def test_whoever_waits_for_an_update_of_a_job_gets_what_it_brought(
    database: Database, postgres_url: str, wait_for: Callable[..., object], look: Callable[[Tx], Job | None]
) -> None:
    brought = DEFINITION | {"Timeout": 7}
    locked, go = threading.Event(), threading.Event()

    def update(tx: Tx) -> None:
        job = jobs.get_locked(tx, "a")
        assert job is not None
        locked.set()
        assert go.wait(30)
        jobs.replace_definition(tx, job, definition=brought, now=2)

    updated = database.write(update)
    assert locked.wait(30)
    looked = database.write(look)
    wait_for(lambda: waits(postgres_url), what="a transaction that waits")
    go.set()
    updated.result(30)
    found = looked.result(30)
    assert found is not None
    assert found.definition == brought


def test_two_who_write_down_what_happened_to_a_run_at_one_moment_get_two_numbers(
    database: Database, postgres_url: str, clock: FakeClock, wait_for: Callable[..., object]
) -> None:
    store = Store(database, clock)
    claimed = store.claim(store.accept())
    assert claimed is not None
    started, go = threading.Event(), threading.Event()

    def start(tx: Tx) -> None:
        runs.start(tx, claimed.id, fence=claimed.fence, token="t", actor="runner", now=1)
        started.set()
        assert go.wait(30)

    running = database.write(start)
    assert started.wait(30)
    noted = database.write(lambda tx: runs.note(tx, claimed, cause=Cause.LAUNCHED, actor="n", now=1))
    wait_for(lambda: waits(postgres_url), what="a transaction that waits")
    go.set()
    running.result(30)
    noted.result(30)
    causes = [entry.cause for entry in database.read(lambda tx: ledger.of_run(tx, claimed.id))]
    assert causes == [Cause.ACCEPTED, Cause.CLAIMED, Cause.STARTED, Cause.LAUNCHED]


def waits(postgres_url: str) -> bool:
    """Whether a transaction waits for another one."""
    with psycopg.connect(postgres_url) as other:
        row = other.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        ).fetchone()
    return row is not None and row[0] > 0
