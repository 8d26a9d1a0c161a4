"""Every world that can be reached from the beginning, each looked at once."""

from __future__ import annotations

import gc
from collections import defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.simulation.invariants import at_rest, broken
from tests.simulation.rules import Rules
from tests.simulation.steps import steps
from tests.simulation.world import World

#: Worlds after which a search gives up: a rule that does not end would otherwise never tell.
LIMIT = 2_000_000


class Violation(Exception):  # noqa: N818 - what a search finds, not an error of its own
    """A promise was broken; the message is the shortest way there."""


@dataclass(kw_only=True)
class Explored:
    worlds: int = 0
    steps: int = 0
    names: set[str] = field(default_factory=set)

    @property
    def kinds(self) -> set[str]:
        """Names of steps, without the numbers of runs and runners."""
        return {"".join(char for char in name if not char.isdigit()) for name in self.names}


def explore(rules: Rules, beginning: World) -> Explored:
    """Look at every reachable world. Raises Violation at the first promise that is broken, or if a world can be reached
    from which what happens by itself does not lead to rest.
    """
    with _without_collecting():
        return _explore(rules, beginning)


@contextmanager
def _without_collecting() -> Iterator[None]:
    """Worlds are values without cycles: looking for cycles among ever more of them would take most of the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _explore(rules: Rules, beginning: World) -> Explored:
    came: dict[World, tuple[World, str] | None] = {beginning: None}
    before: dict[World, list[World]] = defaultdict(list)
    queue, found = deque([beginning]), Explored()
    while queue:
        world = queue.popleft()
        found.worlds += 1
        for step in steps(rules, world):
            found.steps += 1
            found.names.add(step.name)
            promise = broken(world, step.after)
            if promise is not None:
                raise Violation(_told(came, world, step.name, promise))
            if step.due:
                before[step.after].append(world)
            if step.after not in came:
                came[step.after] = (world, step.name)
                queue.append(step.after)
                assert len(came) < LIMIT, "the simulation does not end"
    _check_rest(came, before)
    return found


def _check_rest(came: dict[World, tuple[World, str] | None], before: dict[World, list[World]]) -> None:
    """From every world, what happens by itself leads to rest."""
    resting = [world for world in came if at_rest(world)]
    reached, queue = set(resting), deque(resting)
    while queue:
        for world in before[queue.popleft()]:
            if world not in reached:
                reached.add(world)
                queue.append(world)
    for world in came:  # in the order in which they were found: the shortest way first
        if world not in reached:
            raise Violation(_told(came, world, "nothing that leads on", "L1: a run never comes to rest"))


def _told(came: dict[World, tuple[World, str] | None], world: World, last: str, promise: str) -> str:
    way = [last]
    at: World | None = world
    while at is not None:
        step = came[at]
        if step is None:
            break
        at = step[0]
        way.append(step[1])
    lines = [f"{number:3} {name}" for number, name in enumerate(reversed(way), 1)]
    return "\n".join([promise, *lines])
