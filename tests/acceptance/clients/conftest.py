"""Foreign clients: programs of their own environments, against the service that the other acceptance tests use."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.acceptance.clients.airflow import Airflow
from tests.acceptance.clients.dagster import Dagster
from tests.acceptance.clients.environments import environment
from tests.acceptance.conftest import Glue

from openglue.config import load

#: A script that sleeps, and whose child in a session of its own sleeps as well; the child's pid comes into `file`.
SLEEPING = """
    import os, subprocess, sys, time
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
    with open("{file}.new", "w") as out:
        out.write(str(child.pid))
    os.rename("{file}.new", "{file}")
    time.sleep(600)
"""


@pytest.fixture(scope="session")
def installed(request: pytest.FixtureRequest) -> Callable[[str], Path]:
    """Gives the directory of programs of a client, installed when it is not, which the terminal shows."""
    capture = request.config.pluginmanager.getplugin("capturemanager")

    def say(line: str) -> None:
        with capture.global_and_fixture_disabled():
            sys.stderr.write(f"\n{line}")
            sys.stderr.flush()

    return lambda name: environment(name, load().cache, say)


@pytest.fixture(scope="session")
def airflow(openglue: Any, installed: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Airflow:
    airflow = Airflow(installed("airflow"), tmp_path_factory.mktemp("airflow"), openglue.url)
    airflow.migrate()
    return airflow


@pytest.fixture(scope="session")
def dagster(openglue: Any, installed: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Dagster:
    return Dagster(installed("dagster"), tmp_path_factory.mktemp("dagster"), openglue.url)


def one(glue: Glue, job: str) -> dict[str, Any]:
    """The only run of a job."""
    [run] = glue("GetJobRuns", JobName=job)["JobRuns"]
    return run
