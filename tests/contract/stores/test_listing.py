"""What every store finds of runs, whatever their job."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import text
from sqlalchemy.dialects.sqlite import dialect as sqlite_dialect
from sqlalchemy.sql import ClauseElement
from tests.contract.stores.store import SUCCESS, Store

from openglue.api.operations.listing import Filter, Source, newest, of_job, page
from openglue.clock import FakeClock
from openglue.model.run import Run
from openglue.model.states import RunState
from openglue.store import listing, runs
from openglue.store.database import Compiler, Database, Tx

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


def listed(store: Store, source: Callable[[Tx, Filter], Source], limit: int, most: int, **asked: object) -> list[Run]:
    """All pages of a listing; each must be no longer than `limit`."""

    def look(position: str | None) -> tuple[list[Run], str | None]:
        wanted = Filter.of(asked)
        return store.read(lambda tx: page(tx, source(tx, wanted), wanted, position, limit, most))

    found: list[Run] = []
    position: str | None = None
    while True:
        some, position = look(position)
        assert len(some) <= limit
        found += some
        if position is None:
            return found


def ended_and_not(store: Store, count: int) -> list[Run]:
    """Runs of the job, newest first; every third has SUCCEEDED."""
    found = []
    for number in range(count):
        store.clock.advance(1000)
        run = store.running() if number % 3 == 0 else store.accept()
        if number % 3 == 0:
            ended = store.finish(run, SUCCESS)
            assert ended is not None
            run = ended
        found.append(run)
    return found[::-1]


@pytest.mark.parametrize(("limit", "most"), [(1, 1), (2, 3), (3, 1000), (100, 5)])
def test_pages_of_what_is_asked_for_hold_each_run_once(store: Store, limit: int, most: int) -> None:
    found = ended_and_not(store, 10)
    job = store.job()
    seconds = {name: found[index].started_on / 1000 for name, index in (("StartedAfter", 6), ("StartedBefore", 2))}
    sources: tuple[Callable[[Tx, Filter], Source], ...] = (newest, lambda tx, _: of_job(tx, job))
    for source in sources:

        def ids(source: Callable[[Tx, Filter], Source] = source, **asked: object) -> list[str]:
            return [run.id for run in listed(store, source, limit, most, **asked)]

        assert ids() == [run.id for run in found]
        assert ids(JobRunStates=["SUCCEEDED"]) == [run.id for run in found if run.state is RunState.SUCCEEDED]
        assert ids(JobRunStates=["STARTING"]) == [run.id for run in found if run.state is RunState.STARTING]
        assert ids(JobRunStates=["FAILED"]) == []
        assert ids(**seconds) == [run.id for run in found[3:7]]
        assert ids(Arguments={"--ключ": "значение \U0001f41d"}) == [run.id for run in found]
        assert ids(Arguments={"--ключ": "x"}) == []
    assert [run.id for run in listed(store, newest, limit, most, StartedAfter=1e300)] == []


def test_arguments_are_those_that_the_script_sees(store: Store) -> None:
    arguments = {"DefaultArguments": {"--a": "job", "--b": "job"}, "NonOverridableArguments": {"--c": "fixed"}}
    store.define(name="with", ExecutionProperty={"MaxConcurrentRuns": 9}, **arguments)
    run = store.ask("with", Arguments={"--b": "run", "--c": "run"})
    assert isinstance(run, Run)

    def ids(**wanted: str) -> list[str]:
        asked = {f"--{name}": value for name, value in wanted.items()}
        return [found.id for found in listed(store, newest, 10, 1000, Arguments=asked)]

    assert ids(a="job", b="run", c="fixed") == [run.id]
    assert ids(b="job") == ids(c="run") == []


def test_a_clock_that_was_set_back_hides_no_run_of_a_job(store: Store) -> None:
    early = store.accept()
    store.clock.advance(-1000)
    late = store.accept()
    job = store.job()
    since = early.started_on / 1000
    found = listed(store, lambda tx, _: of_job(tx, job), 10, 1000, StartedAfter=since)
    assert [run.id for run in found] == [early.id]
    assert late.started_on < early.started_on
