"""Random stories of files and runs keep the promises of job bookmarks while the server, runners and scripts die.

The machine is that of tests/contract/bookmarks, here with real processes, files and time. A story that breaks a promise
is printed step by step; `--hypothesis-seed` plays the same stories again, as far as time allows.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import precondition, rule, run_state_machine_as_test
from tests.contract.bookmarks.machine import MINUTE, Machine
from tests.faults.bookmark_world import ServerWorld
from tests.faults.conftest import Server, finish


@pytest.fixture
def world(tmp_path: Path) -> Iterator[ServerWorld]:
    server = Server(tmp_path / "data", settings={"pythonshell_slots": 20})
    server.start()
    yield ServerWorld(server)
    finish(server)


class Dying(Machine):
    #: Of real time, which passes as slowly here as elsewhere.
    bands = (1, 300, 15 * MINUTE)
    waits = (0, 1, 100, 400)

    @precondition(lambda self: self.runs)
    @rule()
    def kill_the_server(self) -> None:
        self.world.die()


def play(world: ServerWorld, examples: int, steps: int) -> None:
    def story() -> Dying:
        world.begin()
        return Dying(world)

    run_state_machine_as_test(
        story,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            # What is played again meets another time.
            phases=[Phase.generate],
            report_multiple_bugs=False,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.timeout(300)
def test_each_version_of_a_file_is_read_once_whoever_dies(world: ServerWorld) -> None:
    play(world, examples=3, steps=12)


@pytest.mark.long
@pytest.mark.faults
@pytest.mark.timeout(3600)
def test_many_more_stories_in_which_somebody_dies(world: ServerWorld) -> None:
    play(world, examples=40, steps=30)
