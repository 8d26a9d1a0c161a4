"""Every order in which servers, runners, users, time and faults can act on a run keeps the promises; and rules that are
wrong are found out.
"""

from __future__ import annotations

import pytest
from tests.simulation.exploration import Explored, Violation, explore
from tests.simulation.mutants import MUTANTS, Found
from tests.simulation.rules import Rules
from tests.simulation.settings import LONG, SETTINGS, Setting


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


@pytest.mark.parametrize(("mutant", "found"), MUTANTS.items(), ids=[mutant.__name__ for mutant in MUTANTS])
def test_a_wrong_rule_is_found_out(mutant: type[Rules], found: Found) -> None:
    with pytest.raises(Violation, match=rf"^{found.breaks}:"):
        explore(found.setting.rules(mutant), found.setting.beginning())
