"""The local engine: a detached runner process on this machine.

All it knows is in a run's workspace, `<data>/runs/<run id>.<fence>/`: `runner.json` (the runner's identity, written by
itself as its first act) and `outcome.json` (how the run ended). So a server that starts again knows what one that died
knew. The Popen objects kept here serve only to reap our own children.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import openglue
from openglue.clock import Clock
from openglue.engines.engine import LaunchError
from openglue.model.decide import Alive, Exited, Gone, Worker
from openglue.model.outcome import Outcome
from openglue.model.plan import Plan
from openglue.process import MARK, Identity, is_alive, marked, send

IDENTITY_FILE = "runner.json"
OUTCOME_FILE = "outcome.json"
RUNNER_LOG = "runner.log"
#: Milliseconds from a runner's outcome to its end.
LEAVE_MS = 30_000


class LocalEngine:
    def __init__(self, root: Path, clock: Clock, *, keep_workspaces: bool = False) -> None:
        self._root = root
        self._clock = clock
        self._keep = keep_workspaces
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        root.mkdir(mode=0o700, parents=True, exist_ok=True)

    def workspace(self, run_id: str, fence: int) -> Path:
        return self._root / _name(run_id, fence)

    def launch(self, plan: Plan) -> None:
        name = _name(plan.run_id, plan.fence)
        workspace = self._root / name
        try:
            workspace.mkdir(mode=0o700)
            # An unlinked file, not a pipe: a plan may be larger than a pipe holds, and nobody else can open it.
            with tempfile.TemporaryFile() as handover, (workspace / RUNNER_LOG).open("wb") as log:
                handover.write(plan.to_json())
                handover.seek(0)
                self._children[name] = subprocess.Popen(
                    _runner_command(),
                    stdin=handover,
                    stdout=log,
                    stderr=log,
                    cwd=workspace,
                    env={"PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8", MARK: name},
                    start_new_session=True,
                )
        except OSError as error:
            raise LaunchError(f"the runner could not be started: {error.strerror}") from error

    def look(self, run_id: str, fence: int) -> Worker:
        name = _name(run_id, fence)
        outcome = self._outcome(name)
        if outcome is not None:
            self._reap(name)
            return Exited(outcome=outcome)
        if self._is_alive(name):
            return Alive()
        # It may have left its outcome between the two looks.
        outcome = self._outcome(name)
        return Gone() if outcome is None else Exited(outcome=outcome)

    def kill(self, run_id: str, fence: int) -> None:
        name = _name(run_id, fence)
        identity = Identity.read(self._root / name / IDENTITY_FILE)
        if identity is not None:
            send(identity, signal.SIGKILL)
        child = self._children.get(name)
        if child is not None:
            child.kill()
        self._sweep(name)

    def clear(self, run_id: str, fence: int) -> bool:
        name = _name(run_id, fence)
        if self._is_alive(name) and self._is_leaving(name):
            return False
        if self._sweep(name):
            return False
        self._reap(name)
        self._children.pop(name, None)
        if not self._keep:
            shutil.rmtree(self._root / name, ignore_errors=True)
        else:
            (self._root / name).rename(self._root / f"{name}.kept")
        return True

    def held(self) -> list[tuple[str, int]]:
        found = []
        for entry in self._root.iterdir():
            run_id, _, fence = entry.name.rpartition(".")
            if fence.isdigit():
                found.append((run_id, int(fence)))
        return found

    def _outcome(self, name: str) -> Outcome | None:
        try:
            return Outcome.from_json(json.loads((self._root / name / OUTCOME_FILE).read_bytes()))
        except FileNotFoundError:
            return None

    def _is_alive(self, name: str) -> bool:
        child = self._children.get(name)
        if child is not None:
            return child.poll() is None
        identity = Identity.read(self._root / name / IDENTITY_FILE)
        return identity is not None and is_alive(identity)

    def _is_leaving(self, name: str) -> bool:
        """A runner that has written its outcome sends the rest of the log and goes; it gets LEAVE_MS for that."""
        try:
            written = (self._root / name / OUTCOME_FILE).stat().st_mtime
        except FileNotFoundError:
            return False
        return self._clock.now() < written * 1000 + LEAVE_MS

    def _reap(self, name: str) -> None:
        child = self._children.get(name)
        if child is not None:
            child.poll()

    def _sweep(self, name: str) -> bool:
        """Kill what still carries the run's mark; whether there was any."""
        found = False
        for identity in marked(name):
            found = send(identity, signal.SIGKILL) or found
        return found


def _name(run_id: str, fence: int) -> str:
    return f"{run_id}.{fence}"


def _runner_command() -> list[str]:
    """The runner is a program of the standard library alone: without site it starts in a quarter of the time."""
    package = Path(openglue.__file__).parent
    return [sys.executable, "-I", "-S", str(package / "runner" / "__main__.py")]
