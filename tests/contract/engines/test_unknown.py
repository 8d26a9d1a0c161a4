"""What an engine says of runs whose files it cannot read: that nobody knows, never that there is nothing."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from openglue.cgroup import Group
from openglue.clock import SystemClock
from openglue.engines.local import GROUP_FILE, IDENTITY_FILE, OUTCOME_FILE, LocalEngine
from openglue.model.decide import Alive, Exited, Gone, Unknown
from openglue.model.outcome import Ending, Outcome
from openglue.process import MARK, Identity, identify, marked


@contextmanager
def no_descriptors() -> Iterator[None]:
    """Nothing can be opened: EMFILE."""
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)


@pytest.fixture
def runner() -> Iterator[subprocess.Popen[bytes]]:
    """A process that carries the mark of jr_1.1."""
    process = subprocess.Popen([sys.executable, "-S", "-c", "import time; time.sleep(600)"], env={MARK: "jr_1.1"})
    yield process
    process.kill()
    process.wait(30)


@pytest.fixture
def workspace(tmp_path: Path, runner: subprocess.Popen[bytes]) -> Path:
    """The workspace that a runner of a server before has left."""
    made = tmp_path / "jr_1.1"
    made.mkdir()
    identity = identify(runner.pid)
    assert identity is not None
    identity.write(made / IDENTITY_FILE)
    return made


def test_a_runner_that_cannot_be_looked_at_is_unknown_and_told_once(
    tmp_path: Path, workspace: Path, caplog: pytest.LogCaptureFixture
) -> None:
    engine = LocalEngine(tmp_path, SystemClock())
    with no_descriptors():
        assert [engine.look("jr_1", 1) for _ in range(3)] == [Unknown()] * 3
    assert engine.look("jr_1", 1) == Alive()
    assert [record.getMessage().partition(", so")[0] for record in caplog.records] == [
        f"what has become of {workspace.name} cannot be told now"
    ]


def test_an_outcome_that_cannot_be_opened_is_not_a_lost_worker(
    tmp_path: Path, workspace: Path, runner: subprocess.Popen[bytes]
) -> None:
    outcome = Outcome(ending=Ending.EXITED, exit_code=0)
    (workspace / OUTCOME_FILE).write_text(json.dumps(outcome.to_json()))
    engine = LocalEngine(tmp_path, SystemClock())
    with no_descriptors():
        assert engine.look("jr_1", 1) == Unknown()
    assert engine.look("jr_1", 1) == Alive(has_ended=True)
    runner.kill()
    runner.wait(30)
    with no_descriptors():
        assert engine.look("jr_1", 1) == Unknown()
    assert engine.look("jr_1", 1) == Exited(outcome=outcome)


def test_a_workspace_that_cannot_be_looked_into_is_left_alone(
    tmp_path: Path, workspace: Path, runner: subprocess.Popen[bytes]
) -> None:
    engine = LocalEngine(tmp_path, SystemClock())
    with no_descriptors():
        assert engine.has_runner("jr_1", 1)
        assert not engine.clear("jr_1", 1)
    assert workspace.exists()
    assert runner.poll() is None
    assert not engine.clear("jr_1", 1), "now it is killed"
    runner.wait(30)
    assert engine.clear("jr_1", 1)
    assert not workspace.exists()


@pytest.mark.parametrize("kind", ["a directory", "text"])
def test_what_is_no_file_of_ours_is_none(tmp_path: Path, kind: str) -> None:
    workspace = tmp_path / "jr_1.1"
    workspace.mkdir()
    for name in (IDENTITY_FILE, GROUP_FILE):
        if kind == "text":
            (workspace / name).write_text("no JSON")
        else:
            (workspace / name).mkdir()
    engine = LocalEngine(tmp_path, SystemClock())
    assert engine.look("jr_1", 1) == Gone()
    assert engine.clear("jr_1", 1)


def test_without_descriptors_nobody_says_that_there_is_nothing(
    tmp_path: Path, workspace: Path, runner: subprocess.Popen[bytes]
) -> None:
    groups = tmp_path / "groups"
    (groups / "openglue-jr_1.1").mkdir(parents=True)
    (groups / "cgroup.procs").touch()
    group = Group(2, {"memory": groups / "openglue-jr_1.1"})
    group.write(workspace / GROUP_FILE)
    for ask in (
        lambda: Identity.read(workspace / IDENTITY_FILE),
        lambda: Group.read(workspace / GROUP_FILE),
        lambda: identify(runner.pid),
        lambda: list(marked("jr_1.1")),
    ):
        with no_descriptors(), pytest.raises(OSError, match="Too many open files"):
            ask()
    with no_descriptors():
        assert not group.remove(0)
    assert group.remove(0)
