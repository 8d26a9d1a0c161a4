"""Random lives of runs keep the promises, over both databases; and code that is wrong is found out."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from sqlalchemy import Connection, NullPool, create_engine
from tests.contract.bookmarks.mutants import Mutant
from tests.contract.stores.run_machine import Machine
from tests.contract.stores.run_mutants import MUTANTS
from tests.contract.stores.run_service import Service
from tests.contract.stores.store import Store

from openglue.clock import FakeClock
from openglue.store.database import Database


@pytest.fixture
def reader(request: pytest.FixtureRequest, database: Database, tmp_path: Path) -> Iterator[Connection]:
    """A connection beside those of the service."""
    url = f"sqlite:///file:{tmp_path / 'openglue.db'}?mode=ro&uri=true"
    if request.node.callspec.params["database"] == "postgres":
        url = request.getfixturevalue("postgres_url").replace("postgresql://", "postgresql+psycopg://", 1)
    with create_engine(url, poolclass=NullPool).connect() as connection:
        yield connection


@pytest.fixture
def service(database: Database, clock: FakeClock, tmp_path: Path) -> Iterator[Service]:
    with asyncio.Runner() as loop:
        yield Service(Store(database, clock), tmp_path, loop)


def play(service: Service, reader: Connection, **how: object) -> None:
    how = {"stateful_step_count": 60, "deadline": None, "suppress_health_check": list(HealthCheck), **how}
    run_state_machine_as_test(lambda: Machine(service, reader), settings=settings(**how))


@pytest.mark.timeout(600)
def test_no_run_is_lost_or_started_twice_whatever_happens_between_two_transactions(
    service: Service, reader: Connection
) -> None:
    play(service, reader, max_examples=20)


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_many_more_lives_keep_the_promises(service: Service, reader: Connection) -> None:
    play(service, reader, max_examples=1000)


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize("mutant", MUTANTS, ids=[mutant.mistake for mutant in MUTANTS])
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_mistake_is_found_out(service: Service, reader: Connection, mutant: Mutant) -> None:
    found = {"max_examples": 400, "phases": [Phase.generate], "report_multiple_bugs": False, "database": None}
    with mutant.alive(), pytest.raises(AssertionError, match=rf"^({mutant.breaks})"):
        play(service, reader, derandomize=True, **found)
