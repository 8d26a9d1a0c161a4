"""Every order in which servers, runners, users, time and faults can act on a run keeps the promises; and rules that are
wrong are found out.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from tests.simulation.exploration import Explored, Violation, explore
from tests.simulation.mutants import MUTANTS
from tests.simulation.rules import ACCEPTED, Rules
from tests.simulation.world import Server, World


@dataclass(frozen=True, kw_only=True)
class Setting:
    """What there is, and what may go wrong in one search."""

    servers: int = 1
    faults: int
    stops: int = 0
    resets: int = 0
    max_retries: int = 0
    bookmark: bool = False

    def rules(self, kind: type[Rules]) -> Rules:
        return kind(max_retries=self.max_retries, bookmark=self.bookmark)

    def beginning(self) -> World:
        servers = (Server(),) * self.servers
        return World(rows=(ACCEPTED,), servers=servers, faults=self.faults, stops=self.stops, resets=self.resets)


#: Together they take some ten seconds; what they have in common is looked at again, what they combine is not.
SETTINGS = {
    "a stop and a retry": Setting(faults=2, stops=1, max_retries=1),
    "a bookmark that is reset": Setting(faults=1, resets=1, max_retries=1, bookmark=True),
    "a stop between two servers": Setting(servers=2, faults=1, stops=1),
    "two faults of two servers": Setting(servers=2, faults=2),
}
LONG = {
    "three faults": Setting(faults=3, stops=1, max_retries=1),
    "a bookmark and a stop": Setting(faults=2, stops=1, resets=1, max_retries=1, bookmark=True),
    "two servers, two faults and a stop": Setting(servers=2, faults=2, stops=1),
    "two servers and a retry": Setting(servers=2, faults=1, max_retries=1),
}


@pytest.fixture(scope="module")
def explored() -> dict[str, Explored]:
    """What there is to see under the rules as they are. Raises Violation if they are wrong."""
    return {name: explore(setting.rules(Rules), setting.beginning()) for name, setting in SETTINGS.items()}


def test_every_order_of_events_keeps_the_promises(explored: dict[str, Explored]) -> None:
    # A search that finds next to nothing has lost a kind of step.
    assert all(found.worlds > 5_000 for found in explored.values()), explored


def test_every_kind_of_step_happens(explored: dict[str, Explored]) -> None:
    kinds = set().union(*(found.kinds for found in explored.values()))
    assert kinds >= {
        "server  dies",
        "server  cannot launch",
        "server  carries out release of run ",
        "server  carries out finish of run : its owner is back",
        "runner . is killed",
        "runner . goes on",
        "runner . hears that it is stale",
        "runner . hears of the stop first",
        "runner . renews its lease",
        "the answer to runner . is lost",
        "user code of runner . commits",
        "the bookmark is reset",
        "server  has been up for long",
    }


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize("setting", LONG.values(), ids=LONG)
def test_more_of_them_keep_the_promises(setting: Setting) -> None:
    assert explore(setting.rules(Rules), setting.beginning()).worlds > 20_000


@pytest.mark.parametrize(("mutant", "promise"), MUTANTS.items(), ids=[mutant.__name__ for mutant in MUTANTS])
def test_a_wrong_rule_is_found_out(mutant: type[Rules], promise: str) -> None:
    for setting in SETTINGS.values():
        try:
            explore(setting.rules(mutant), setting.beginning())
        except Violation as violation:
            if str(violation).startswith(promise):
                return
    pytest.fail(f"nobody noticed {mutant.__name__}")
