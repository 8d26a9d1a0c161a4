"""Services with small limits, so that what happens at a limit can be seen through boto3."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from botocore.config import Config
from tests.acceptance.conftest import Glue

from openglue.testing import OpenGlue

SLEEP = "import time; time.sleep(600)"
#: What `hold` gives: starts a run, and answers with its job and its id.
Hold = Callable[..., tuple[str, str]]


@contextmanager
def served(folder: Path, settings: Mapping[str, Any]) -> Iterator[Glue]:
    """A client of a service of its own."""
    (folder / "data").mkdir()
    (folder / "scripts").mkdir()
    service = OpenGlue.start(folder / "data", settings)
    options: dict[str, Any] = {"config": Config(retries={"max_attempts": 1}, max_pool_connections=32)}
    try:
        yield Glue(service.client("glue", **options), service.client("logs", **options), folder / "scripts")
    finally:
        service.stop()


@pytest.fixture(scope="session")
def limited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Glue]:
    """Three runs and two DPUs at a time, three runs in the queue; retries wait for an hour."""
    settings = {
        "account_runs": 3,
        "account_dpu": 2,
        "account_jobs": 100,
        "queued_runs": 3,
        "retry_delay_s": 3600,
        "default_glue_version": "4.0",
    }
    with served(tmp_path_factory.mktemp("limited"), settings) as glue:
        yield glue


@pytest.fixture(scope="session")
def impatient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Glue]:
    """Two runs and one DPU at a time; nothing waits for longer than half a second."""
    with served(tmp_path_factory.mktemp("impatient"), {"account_runs": 2, "account_dpu": 1, "queue_s": 0.5}) as glue:
        yield glue


@pytest.fixture(scope="session")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Glue]:
    """The machine's one place for Python shell runs is taken: every further one stays STARTING."""
    with served(tmp_path_factory.mktemp("crowded"), {"account_runs": 5000, "pythonshell_slots": 1}) as glue:
        name = glue.job(SLEEP)
        glue.wait(name, glue.start(name), {"RUNNING"})
        yield glue


@pytest.fixture
def hold() -> Iterator[Hold]:
    """Starts runs that go on until the test is over: hold(glue, **job) or hold(glue, job="name", **request)."""
    held: list[tuple[Glue, str, str]] = []

    def start(glue: Glue, job: str | None = None, **members: Any) -> tuple[str, str]:
        name = glue.job(SLEEP, **members) if job is None else job
        run_id = glue.start(name, **({} if job is None else members))
        held.append((glue, name, run_id))
        return name, run_id

    yield start
    for glue, name, run_id in held:
        glue("BatchStopJobRun", JobName=name, JobRunIds=[run_id])
    for glue, name, run_id in held:
        glue.wait(name, run_id)
