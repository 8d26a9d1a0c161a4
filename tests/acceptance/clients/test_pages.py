"""The pages on foreign clients: their examples run, in the client's environment, and print what the page says.

A page marks as `client run` and `client output` what needs the client's own programs; the rest runs in `make test`,
with the examples of all pages.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from tests.acceptance.clients.airflow import Airflow
from tests.acceptance.clients.dagster import Dagster
from tests.docs.pages import ROOT, blocks
from tests.docs.test_examples import Examples

from openglue.testing import OpenGlue

pytestmark = [pytest.mark.long, pytest.mark.timeout(1800)]


@pytest.fixture
def service(tmp_path: Path) -> Iterator[OpenGlue]:
    """A service of the page's own, as a reader has it."""
    (tmp_path / "service").mkdir()
    started = OpenGlue.start(tmp_path / "service", {})
    yield started
    started.stop()


@pytest.fixture
def follow(
    service: OpenGlue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str, Mapping[str, str]], None]:
    def follow(page: str, environment: Mapping[str, str]) -> None:
        """Do what a page says, with the programs of `environment` and, after them, those of the tests."""
        folder = tmp_path / "page"
        home = tmp_path / "home"
        folder.mkdir()
        home.mkdir()
        monkeypatch.chdir(folder)
        here = {name: value.replace("PAGE", str(folder)) for name, value in environment.items()}
        path = f"{environment['PATH']}:{Path(sys.executable).parent}"
        examples = Examples(folder, service.url, here | {"HOME": str(home), "PATH": path})
        for block in blocks((ROOT / "docs" / "howto" / page).read_text().replace("<!-- client ", "<!-- ")):
            examples.take(block)

    return follow


@pytest.mark.spark
def test_the_page_on_airflow(follow: Callable[..., None], airflow: Airflow) -> None:
    follow("airflow.md", airflow.environment | {"AIRFLOW__CORE__DAGS_FOLDER": "PAGE"})


def test_the_page_on_idempotent_starts(follow: Callable[..., None], airflow: Airflow) -> None:
    follow("idempotent-starts.md", airflow.environment | {"AIRFLOW__CORE__DAGS_FOLDER": "PAGE"})


def test_the_page_on_dagster(follow: Callable[..., None], dagster: Dagster) -> None:
    follow("dagster.md", dagster.environment)
