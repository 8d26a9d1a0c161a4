"""What PostgreSQL alone can do to a transaction: make it wait, and make it wait for itself."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from openglue.clock import FakeClock
from openglue.model.run import new_job_id
from openglue.store import jobs
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
    assert sorted(len(tries) for tries in results) == [1, 2]
    for name in ("a", "b"):
        taken = database.write(lambda tx, name=name: jobs.take(tx, name)).result(30)
        assert taken is not None
        assert taken.seq == 3
