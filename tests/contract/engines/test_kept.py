"""Workspaces that outlive their runs: which, how many, how long."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from openglue.clock import FakeClock
from openglue.engines.kept import DAY_MS, LOOK_MS, Kept, kept_workspace
from openglue.engines.local import LocalEngine


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def clear(tmp_path: Path, clock: FakeClock) -> Callable[..., Path | None]:
    """Clear the workspace of an ended run `jr_<number>`; where it is kept, if it is."""

    def call(number: int, *words: str) -> Path | None:
        kept = Kept(tmp_path, clock, every="every" in words, failed="every failed" in words, most=3, days=7)
        workspace = tmp_path / f"jr_{number}.1"
        workspace.mkdir()
        (workspace / "file").touch()
        if "wish" in words:
            (workspace / "keep").touch()
        assert LocalEngine(tmp_path, clock, kept=kept).clear(f"jr_{number}", 1, failed="failed" in words)
        assert not workspace.exists()
        return kept_workspace(tmp_path, f"jr_{number}", 1)

    return call


@pytest.mark.parametrize("words", [("failed", "wish"), ("failed", "every failed"), ("every",)])
def test_a_workspace_is_kept_when_that_is_wanted(clear: Callable[..., Path | None], words: tuple[str, ...]):
    place = clear(1, *words)
    assert place is not None
    assert (place / "file").exists()


@pytest.mark.parametrize("words", [("failed",), ("wish",), ("every failed",)])
def test_a_workspace_is_removed_when_it_is_not(clear: Callable[..., Path | None], words: tuple[str, ...]):
    assert clear(1, *words) is None


def test_the_newest_are_kept(clear: Callable[..., Path | None], clock: FakeClock, tmp_path: Path):
    for number in range(5):
        clock.advance(1000)
        clear(number, "failed", "wish")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["jr_2.1.kept", "jr_3.1.kept", "jr_4.1.kept"]


def test_none_is_kept_for_longer_than_was_said(clear: Callable[..., Path | None], clock: FakeClock, tmp_path: Path):
    kept = Kept(tmp_path, clock, every=False, failed=False, most=3, days=7)
    clear(1, "failed", "wish")
    clock.advance(7 * DAY_MS - LOOK_MS)
    kept.round()
    assert kept_workspace(tmp_path, "jr_1", 1) is not None
    clock.advance(2 * LOOK_MS)
    kept.round()
    assert kept_workspace(tmp_path, "jr_1", 1) is None


def test_none_goes_early_because_the_clock_was_set(clear: Callable[..., Path | None], clock: FakeClock, tmp_path: Path):
    kept = Kept(tmp_path, clock, every=False, failed=False, most=3, days=7)
    clear(1, "failed", "wish")
    clock.jump(10 * DAY_MS)
    kept.round()
    assert kept_workspace(tmp_path, "jr_1", 1) is not None
