"""What the machine of bookmarks takes for read is what Spark reads: stories of it again, with real Spark runs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.contract.bookmarks.machine import MINUTE, Machine
from tests.contract.bookmarks.model import Source
from tests.contract.bookmarks.story import PART, WHOLE
from tests.contract.bookmarks.world import CRASH, FAILURE, FINE, LOST, LOST_ANSWER, SUCCESS
from tests.faults.conftest import Server, finish
from tests.faults.spark_world import SparkWorld

from awsglue.bookmarks.session import ENABLE, PAUSE

pytestmark = [pytest.mark.spark, pytest.mark.long, pytest.mark.faults, pytest.mark.timeout(1200)]

QUARTER = 15 * MINUTE
#: Steps as the machine prints them: a rule, what it is given, and what it draws; add a story here.
Step = tuple[str, dict[str, Any], list[Any]]
STORIES: dict[str, list[Step]] = {
    "late, modified and deleted files; an answer that is lost": [
        ("begin", {}, [QUARTER, Source(band=1, files=1)]),
        ("write", {"name": "a.csv"}, []),
        ("arrive_together", {"count": 3}, [MINUTE]),
        ("run", {"way": FINE, "how": SUCCESS}, []),
        ("modify_within_the_second", {}, [0]),
        ("arrive_late", {"name": "b.csv", "age": 5 * MINUTE}, []),
        ("arrive_late", {"name": "c.csv", "age": 60 * MINUTE}, []),
        ("arrive_from_the_future", {"name": "d.csv", "minutes": 10}, []),
        ("delete", {}, [4]),
        ("run", {"way": LOST_ANSWER, "how": SUCCESS}, []),
        ("run_that_commits_twice", {"way": FINE, "name": "e.csv"}, []),
    ],
    "a run that fails and its retry, a pause, a range, a rewind": [
        ("begin", {}, [300, Source(band=1, in_band=1)]),
        ("arrive_together", {"count": 4}, [0]),
        ("run", {"way": FINE, "how": SUCCESS}, []),
        ("write", {"name": "a.csv"}, []),
        ("start", {"option": ENABLE, "way": FINE}, []),
        ("read", {"ctx": WHOLE}, [0]),
        ("end", {"how": FAILURE}, [0]),
        ("read", {"ctx": WHOLE}, [0]),
        ("read", {"ctx": PART}, [0]),
        ("commit", {"way": CRASH}, [0]),
        ("end", {"how": SUCCESS}, [0]),
        ("run_without_a_commit", {"option": PAUSE, "how": LOST}, []),
        ("end", {"how": SUCCESS}, [0]),
        ("start_with_a_range", {}, [0, 2]),
        ("read", {"ctx": WHOLE}, [0]),
        ("read", {"ctx": PART}, [0]),
        ("end", {"how": SUCCESS}, [0]),
        ("rewind", {"ours": False}, [0]),
    ],
    "a reset while a run goes on, an import, and new options": [
        ("begin", {}, [QUARTER, Source(band=1, files=2)]),
        ("arrive_together", {"count": 4}, [QUARTER]),
        ("run", {"way": FINE, "how": SUCCESS}, []),
        ("export", {}, []),
        ("write", {"name": "a.csv"}, []),
        ("start", {"option": ENABLE, "way": FINE}, []),
        ("read", {"ctx": PART}, [0]),
        ("reset", {}, []),
        ("commit", {"way": FINE}, [0]),
        ("end", {"how": SUCCESS}, [0]),
        ("import_", {}, [0]),
        ("ask_for_other_options", {}, [1, Source(band=1, files=1)]),
        ("kill_the_server", {}, []),
        ("run", {"way": FINE, "how": SUCCESS}, []),
    ],
}


class Recorded:
    """What was drawn, drawn again."""

    def __init__(self, drawn: list[Any]) -> None:
        self._drawn = iter(drawn)

    def draw(self, _strategy: object) -> Any:
        return next(self._drawn)


class Replayed(Machine):
    bands = (1, 300, QUARTER)

    def kill_the_server(self) -> None:
        self.world.die()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[SparkWorld]:
    server = Server(tmp_path / "data")
    server.start()
    yield SparkWorld(server)
    finish(server)


@pytest.mark.parametrize("story", STORIES.values(), ids=STORIES)
def test_spark_reads_what_the_machine_takes_for_read(world: SparkWorld, story: list[Step]) -> None:
    machine = Replayed(world)
    for step, given, drawn in story:
        data = {"data": Recorded(drawn)} if drawn else {}
        getattr(machine, step)(**given, **data)
        machine.the_entry_says_what_has_happened()
    machine.teardown()
