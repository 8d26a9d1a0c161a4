"""What every store finds of runs, whatever their job."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import text
from sqlalchemy.dialects.sqlite import dialect as sqlite_dialect
from sqlalchemy.sql import ClauseElement
from tests.contract.stores.store import SUCCESS, Store

from openglue.clock import FakeClock
from openglue.model.run import Run
from openglue.store import listing, runs
from openglue.store.database import Compiler, Database

END = 2**62
Look = Callable[..., list[Run]]


@pytest.fixture
def store(database: Database, clock: FakeClock) -> Store:
    return Store(database, clock)


def pages(store: Store, look: Look, size: int) -> list[str]:
    """Ids by pages of a size, each after the last run of the one before."""

    def after(found: list[Run]) -> list[Run]:
        at, run_id = (found[-1].started_on, found[-1].id) if found else (END, "")
        return store.read(lambda tx: look(tx, started_on=at, run_id=run_id, limit=size))

    found: list[Run] = []
    while page := after(found):
        found += page
    return [run.id for run in found]


def test_pages_of_the_newest_runs_hold_each_run_once_also_of_one_millisecond(store: Store) -> None:
    accepted = []
    for count in (1, 4, 2):
        accepted += [store.accept(id=f"jr_{number:064x}") for number in range(len(accepted), len(accepted) + count)]
        store.clock.advance(1)
    expected = [run.id for run in sorted(accepted, key=lambda run: (run.started_on, run.id), reverse=True)]
    for size in (1, 2, 3, 10):
        assert pages(store, listing.newest, size) == expected


def test_the_active_runs_are_those_that_nobody_has_ended(store: Store) -> None:
    ended = store.running()
    store.finish(ended, SUCCESS)
    store.clock.advance(1)
    running = store.running()
    store.clock.advance(1)
    starting = store.accept()
    store.clock.advance(1)
    store.define(name="queued", JobRunQueuingEnabled=True)
    for _ in range(2):
        waiting = store.ask("queued")
    assert isinstance(waiting, Run)
    holding = store.read(lambda tx: runs.page(tx, job_id=waiting.job_id, before=END, limit=9))[-1]
    newest = sorted((waiting.id, holding.id), reverse=True)
    for size in (1, 2, 10):
        assert pages(store, listing.active, size) == [*newest, starting.id, running.id]


def test_runs_are_found_by_the_beginning_of_their_ids(store: Store) -> None:
    first, second = f"jr_{'ab' * 32}", f"jr_{'ab' * 31}cd"
    for run_id in (first, f"{first}_attempt_1", f"{first}_attempt_10", second):
        store.accept(id=run_id)

    def found(prefix: str, limit: int = 10) -> set[str]:
        return {run.id for run in store.read(lambda tx: listing.beginning(tx, prefix, limit=limit))}

    attempts = {first, f"{first}_attempt_1", f"{first}_attempt_10"}
    assert found("jr_abab") == {*attempts, second}
    assert found(first) == attempts
    assert found(f"{first}_attempt_1") == attempts - {first}
    assert found(second) == {second}
    assert found("jr_ac") == found("jr_aa") == found("jr_abab%") == set()
    assert len(found("jr_", limit=2)) == 2


def test_no_listing_goes_through_the_whole_history(store: Store, request: pytest.FixtureRequest) -> None:
    if "postgres" in request.node.name:
        pytest.skip("PostgreSQL's planner reads a small table whole, index or not")
    compiler = Compiler(sqlite_dialect(paramstyle="named"))
    place = {"started_on": 1, "run_id": "", "limit": 9}

    def plan(statement: ClauseElement, **params: object) -> str:
        query, literals, _ = compiler.get(statement)
        return str(store.read(lambda tx: tx.all(text(f"EXPLAIN QUERY PLAN {query}"), **literals, **params)))

    assert "USING INDEX ix_runs_started_on (started_on<?)" in plan(listing.NEWEST, **place)
    indexes = ("ix_runs_owned", "ix_runs_unowned", "ix_runs_waiting")
    for statement, index in zip(listing.ACTIVE, indexes, strict=True):
        assert f"USING INDEX {index}" in plan(statement, **place)
    assert "(id>? AND id<?)" in plan(listing.BETWEEN, first="a", last="b", limit=9)
