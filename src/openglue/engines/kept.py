"""Workspaces that outlive their runs, for a person to look into: the newest ones, for some days."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from openglue.clock import Clock, Steady

#: What the name of a kept workspace ends in.
SUFFIX = ".kept"
#: In the workspace of a run that asked for it to be kept if it fails.
WISH_FILE = "keep"
DAY_MS = 86_400_000
#: Milliseconds between two looks for what is too old.
LOOK_MS = 600_000


class Kept:
    def __init__(self, root: Path, clock: Clock, *, every: bool, failed: bool, most: int, days: int) -> None:
        """Of the workspaces below `root`, keep `every` one, or those of `failed` runs, or only on wish.

        At most `most` are kept, each for `days`.
        """
        self._root = root
        self._clock = clock
        self._steady = Steady(clock, clock.now())
        self._every = every
        self._failed = failed
        self._most = most
        self._days = days
        self._next_look = clock.boot()

    def wants(self, workspace: Path, *, failed: bool) -> bool:
        """Whether the workspace of a run that has ended, and `failed` or not, is to be kept."""
        return self._every or (failed and (self._failed or (workspace / WISH_FILE).exists()))

    def keep(self, workspace: Path) -> None:
        now = self._clock.now() / 1000
        os.utime(workspace, (now, now))
        workspace.rename(workspace.with_name(f"{workspace.name}{SUFFIX}"))
        self._prune()

    def round(self) -> None:
        """Now and then remove what is too old."""
        if self._clock.boot() >= self._next_look:
            self._next_look = self._clock.boot() + LOOK_MS
            self._prune()

    def _prune(self) -> None:
        # None goes early because the wall clock has jumped.
        oldest = min(self._clock.now(), self._steady.now()) / 1000 - self._days * DAY_MS / 1000
        for number, (since, workspace) in enumerate(sorted(self._workspaces(), reverse=True)):
            if number >= self._most or since < oldest:
                shutil.rmtree(workspace, ignore_errors=True)

    def _workspaces(self) -> Iterator[tuple[float, Path]]:
        for entry in self._root.iterdir():
            if entry.suffix == SUFFIX:
                with suppress(FileNotFoundError):  # its user may have removed it
                    yield entry.stat().st_mtime, entry


def kept_workspace(root: Path, run_id: str, fence: int) -> Path | None:
    """Where the workspace of a run is, if it was kept and still is there."""
    place = root / f"{run_id}.{fence}{SUFFIX}"
    return place if place.is_dir() else None
