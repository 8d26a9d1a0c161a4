"""The reaper, with processes: what it clears away, and what it leaves alone."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from openglue.clock import SystemClock
from openglue.engines.local import IDENTITY_FILE, LocalEngine
from openglue.process import identify
from openglue.scheduler.reaper import Reaper
from openglue.store.database import Database
from openglue.store.opening import open_database


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = open_database(tmp_path, "", SystemClock())
    yield opened
    opened.close()


def test_an_unknown_run_is_left_alone_while_its_runner_lives(
    database: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The database may be another one than it was accepted in, or an older one."""
    workspace = tmp_path / "runs" / "jr_1.1"
    reaper = Reaper(database, LocalEngine(tmp_path / "runs", SystemClock()))
    workspace.mkdir()
    with subprocess.Popen(["sleep", "60"], start_new_session=True) as runner:
        try:
            identify(runner.pid).write(workspace / IDENTITY_FILE)
            for outcome in ("", "{}"):  # while it works, and while it waits for somebody to report to
                (workspace / "outcome.json").write_text(outcome)
                reaper.round()
            assert runner.poll() is None
            assert caplog.text.count("run jr_1 is not in this database") == 1
        finally:
            runner.kill()
    reaper.round()
    assert not workspace.exists()
