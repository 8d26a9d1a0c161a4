"""Random stories of files and runs keep the promises of job bookmarks, over both databases; and code that is wrong is
found out.

A story that breaks a promise is told shortened, step by step; it is kept in .hypothesis and comes first the next time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from tests.contract.bookmarks.machine import Machine
from tests.contract.bookmarks.mutants import MUTANTS, Mutant
from tests.contract.bookmarks.store_world import StoreWorld
from tests.contract.stores.store import Store

from openglue.clock import FakeClock
from openglue.store.database import Database
from openglue.store.opening import open_database


@pytest.fixture
def world(database: Database, clock: FakeClock) -> Iterator[StoreWorld]:
    with asyncio.Runner() as runner:
        yield StoreWorld(Store(database, clock), runner)


@pytest.fixture(scope="module")
def one_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoreWorld]:
    """A world for all mutants: they have to be quick."""
    clock = FakeClock()
    database = open_database(tmp_path_factory.mktemp("mutants"), "", clock)
    with asyncio.Runner() as runner:
        yield StoreWorld(Store(database, clock), runner)
    database.close()


def play(world: StoreWorld, **how: object) -> None:
    def story() -> Machine:
        world.begin()
        return Machine(world)

    how = {"stateful_step_count": 50, "deadline": None, "suppress_health_check": list(HealthCheck), **how}
    run_state_machine_as_test(story, settings=settings(**how))


@pytest.mark.timeout(600)
def test_each_version_of_a_file_is_read_once_whatever_happens(world: StoreWorld) -> None:
    play(world, max_examples=20)


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_many_more_stories_keep_the_promises(world: StoreWorld) -> None:
    play(world, max_examples=2000)


@pytest.mark.parametrize("mutant", MUTANTS, ids=[mutant.mistake for mutant in MUTANTS])
def test_a_mistake_is_found_out(one_world: StoreWorld, mutant: Mutant) -> None:
    found = {"max_examples": 150, "phases": [Phase.generate], "report_multiple_bugs": False, "database": None}
    with mutant.alive(), pytest.raises(AssertionError, match=rf"^{mutant.breaks}"):
        play(one_world, derandomize=True, **found)
