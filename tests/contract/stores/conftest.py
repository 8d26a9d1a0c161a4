"""The same suite over every database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from openglue.clock import FakeClock
from openglue.store.database import Database
from openglue.store.opening import open_database


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest, tmp_path: Path, clock: FakeClock) -> Iterator[Database]:
    url = request.getfixturevalue("postgres_url") if request.param == "postgres" else ""
    opened = open_database(tmp_path, url, clock)
    yield opened
    opened.close()
