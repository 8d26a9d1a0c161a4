"""What there is, and what may go wrong in one search."""

from __future__ import annotations

from dataclasses import dataclass

from tests.simulation.rules import ACCEPTED, Rules
from tests.simulation.world import Server, World


@dataclass(frozen=True, kw_only=True)
class Setting:
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


#: What they have in common is looked at again, what they combine is not.
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
#: The least in which each of the mutants can be found; a search ends at what it finds.
ONE_SERVER = Setting(faults=1, stops=1, max_retries=1)
TWO_SERVERS = Setting(servers=2, faults=1, stops=1)
TWO_FAULTS = Setting(servers=2, faults=2)
BOOKMARK = Setting(faults=1, resets=1, max_retries=1, bookmark=True)
