"""The local engine: a detached runner process on this machine.

All it knows is in a run's workspace, `<data>/runs/<run id>.<fence>/`: `runner.json` (the runner's identity, written by
itself as its first act), `cgroup.json` (the run's cgroup, where it has one), `outcome.json` (how the run ended). So a
server that starts again knows what one that died knew. The Popen objects kept here serve only to reap our own children.
A server that cannot read those files (it may have no descriptor left) knows nothing of the run, and says so.

A machine that runs jobs keeps one runner parked: booted, waiting for its plan, used once.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TypeVar

from openglue import namespace
from openglue.cgroup import LEAVE_S, Group, settle
from openglue.clock import Clock
from openglue.engines.engine import LaunchError
from openglue.engines.kept import Kept
from openglue.faultpoints import VARIABLE
from openglue.model.decide import Alive, Exited, Gone, Unknown, Worker
from openglue.model.outcome import Ending, Outcome
from openglue.model.plan import Plan
from openglue.process import NO_FILE, Identity, is_alive, marked, send

T = TypeVar("T")
U = TypeVar("U")

log = logging.getLogger(__name__)

IDENTITY_FILE = "runner.json"
OUTCOME_FILE = "outcome.json"
GROUP_FILE = "cgroup.json"
#: Milliseconds for which a living runner's outcome is left to its own report.
REPORT_MS = 30_000
#: Milliseconds from when we see a runner's outcome to its end.
LEAVE_MS = 30_000
#: Milliseconds of quiet after a launch before another runner is booted: the run that just began needs the processor.
PARK_AFTER_MS = 30
#: Milliseconds without a launch after which no runner is parked any more.
PARK_MS = 600_000
#: Bytes that a pipe to a runner holds, so that a plan is handed over without waiting for its reader.
PIPE_BYTES = 1 << 20


class LocalEngine:
    def __init__(
        self,
        root: Path,
        clock: Clock,
        *,
        kept: Kept | None = None,
        environ: Mapping[str, str] | None = None,
        namespaces: bool = True,
        descriptors: tuple[int, int] | None = None,
    ) -> None:
        """`environ` is what a runner may see of the server's environment: it installs, perhaps through a proxy.

        `namespaces`: whether a run that can have no cgroup gets a PID namespace, where bwrap is allowed to make one.
        `descriptors`: how many a runner may have, soft and hard; as many as this process if not given.
        """
        self._root = root
        self._clock = clock
        self._environ = {"PATH": os.defpath, "LANG": "C.UTF-8", **(environ or {}), **_crash_point()}
        self._kept = kept
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        #: When we first saw the outcome of a runner that lives.
        self._ended_at: dict[str, int] = {}
        #: Workspaces that could not be looked into, as was told.
        self._unknown: set[str] = set()
        self._namespaces = namespaces
        self._descriptors = descriptors
        #: The bwrap that runs without a cgroup are started by.
        self._bwrap: str | None = None
        self._parked: subprocess.Popen[bytes] | None = None
        self._launched_at: int | None = None
        root.mkdir(mode=0o700, parents=True, exist_ok=True)

    def workspace(self, run_id: str, fence: int) -> Path:
        return self._root / _name(run_id, fence)

    def launch(self, plan: Plan) -> None:
        name = _name(plan.run_id, plan.fence)
        try:
            if self._launched_at is None:
                # Runners look for their place themselves; only the process that serves can make one by moving itself.
                place = settle()
                self._bwrap = _find_bwrap() if place is None and self._namespaces else None
            self._launched_at = self._clock.boot()
            (self._root / name).mkdir(mode=0o700)
            runner, self._parked = self._parked, None
            if runner is None or not _hand_over(plan, runner):
                runner = _boot(self._environ, self._bwrap, self._descriptors)
                if not _hand_over(plan, runner):
                    raise LaunchError(f"the runner ended at once with code {runner.wait(5)}")
        except OSError as error:
            raise LaunchError(f"the runner could not be started: {error.strerror}") from error
        self._children[name] = runner

    def look(self, run_id: str, fence: int) -> Worker:
        return self._known(_name(run_id, fence), self._worker, Unknown())

    def _known(self, name: str, look: Callable[[str], T], otherwise: U) -> T | U:
        """What a look at a workspace tells; `otherwise` where it cannot be read now."""
        try:
            return look(name)
        except OSError as error:
            if name not in self._unknown:  # told once, and looked at again and again
                self._unknown.add(name)
                text = "what has become of %s cannot be told now, so nothing is done about it: %s"
                log.error(text, name, error)  # noqa: TRY400 - its traceback says nothing more
            return otherwise

    def _worker(self, name: str) -> Worker:
        outcome = self._outcome(name)
        if self._is_alive(name) and (outcome is None or self._is_reporting(name)):
            return Alive(has_ended=outcome is not None)
        # It may have left its outcome between the two looks.
        outcome = outcome or self._outcome(name)
        return Gone() if outcome is None else Exited(outcome=outcome)

    def has_runner(self, run_id: str, fence: int) -> bool:
        return self._known(_name(run_id, fence), self._is_alive, True)

    def kill(self, run_id: str, fence: int) -> None:
        name = _name(run_id, fence)
        self._kill_runner(name)
        # Its runner is killed, so the run ends as its killer says; what cannot be done now, `clear` does.
        with suppress(OSError):
            self._sweep(name)
            self._end_group(name, LEAVE_S)

    def clear(self, run_id: str, fence: int, *, failed: bool = False) -> bool:
        return self._known(_name(run_id, fence), partial(self._clear, failed=failed), False)

    def _clear(self, name: str, *, failed: bool) -> bool:
        if self._is_alive(name):
            if not self._is_leaving(name):
                self._kill_runner(name)
            return False
        if self._sweep(name) or not self._end_group(name, 0):
            return False
        self._children.pop(name, None)
        self._ended_at.pop(name, None)
        self._unknown.discard(name)
        workspace = self._root / name
        if self._kept is not None and self._kept.wants(workspace, failed=failed):
            self._kept.keep(workspace)
        else:
            shutil.rmtree(workspace, ignore_errors=True)
        return True

    def held(self) -> list[tuple[str, int]]:
        found = []
        for entry in self._root.iterdir():
            run_id, _, fence = entry.name.rpartition(".")
            if fence.isdigit():
                found.append((run_id, int(fence)))
        return found

    def tend(self) -> None:
        quiet = None if self._launched_at is None else self._clock.boot() - self._launched_at
        if self._parked is not None and (quiet is None or quiet > PARK_MS or self._parked.poll() is not None):
            self.release()
        elif self._parked is None and quiet is not None and PARK_AFTER_MS < quiet < PARK_MS:
            with suppress(OSError):  # a machine that cannot start a process now says so at the next launch
                self._parked = _boot(self._environ, self._bwrap, self._descriptors)

    def release(self) -> None:
        """Let the parked runner go."""
        parked, self._parked = self._parked, None
        if parked is not None and parked.stdin is not None:
            parked.stdin.close()
            with suppress(subprocess.TimeoutExpired):
                parked.wait(5)

    def _outcome(self, name: str) -> Outcome | None:
        try:
            return Outcome.from_json(json.loads((self._root / name / OUTCOME_FILE).read_bytes()))
        except NO_FILE:
            return None
        except (ValueError, KeyError, TypeError):
            if name not in self._ended_at:  # told once, and looked at again and again
                log.exception("the outcome of %s cannot be read", name)
            return Outcome(ending=Ending.WORKER_LOST)

    def _is_alive(self, name: str) -> bool:
        child = self._children.get(name)
        if child is not None:
            return child.poll() is None
        identity = Identity.read(self._root / name / IDENTITY_FILE)
        return identity is not None and is_alive(identity)

    def _is_reporting(self, name: str) -> bool:
        """A runner reports its outcome itself, once we have its whole log; from when we see one it gets a while."""
        return self._known_ms(name) < REPORT_MS

    def _is_leaving(self, name: str) -> bool:
        """A runner that has written its outcome sends the rest of the log and goes; it gets LEAVE_MS for that."""
        return (self._root / name / OUTCOME_FILE).exists() and self._known_ms(name) < LEAVE_MS

    def _known_ms(self, name: str) -> int:
        """For how long we have known how the run ended."""
        now = self._clock.boot()
        return now - self._ended_at.setdefault(name, now)

    def _kill_runner(self, name: str) -> None:
        child = self._children.get(name)
        if child is not None:
            child.kill()
            return
        identity = Identity.read(self._root / name / IDENTITY_FILE)
        if identity is not None:
            send(identity, signal.SIGKILL)

    def _end_group(self, name: str, deadline_s: float) -> bool:
        """Kill what is left in the run's cgroup and remove it; whether it is gone."""
        group = Group.read(self._root / name / GROUP_FILE)
        if group is None:
            return True
        group.kill()
        return group.remove(deadline_s)

    def _sweep(self, name: str) -> bool:
        """Kill what still carries the run's mark; whether there was any."""
        found = False
        for identity in marked(name):
            found = send(identity, signal.SIGKILL) or found
        return found


def raise_limit() -> tuple[int, int] | None:
    """Let this process have as many descriptors as it may, for each connection takes one.

    Returns the limits from before, soft and hard, which are for runners: the usual soft limit, 1024, is there for code
    that uses select(), which breaks above it. None where a process cannot be given limits from outside (macOS); then
    nothing was raised.
    """
    if not hasattr(resource, "prlimit"):
        return None
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return soft, hard


def _name(run_id: str, fence: int) -> str:
    return f"{run_id}.{fence}"


def _find_bwrap() -> str | None:
    """The bwrap that may make PID namespaces here, if there is one."""
    bwrap = namespace.find()
    if bwrap is None:
        return None
    refusal = namespace.refusal(bwrap)
    if refusal:
        log.warning("runs get no PID namespace: %s is refused: %s", bwrap, refusal)
        return None
    return bwrap


def _boot(
    environ: Mapping[str, str], bwrap: str | None, descriptors: tuple[int, int] | None
) -> subprocess.Popen[bytes]:
    """A runner that waits for its plan. The standard library alone: without site it starts in a quarter of the time."""
    runner = Path(__file__).parents[1] / "runner" / "__main__.py"
    process = subprocess.Popen(
        [sys.executable, "-I", "-S", str(runner), *([] if bwrap is None else [bwrap])],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=dict(environ),
        start_new_session=True,
    )
    assert process.stdin is not None  # noqa: S101 - asked for above
    with suppress(OSError, AttributeError):  # only Linux can; a plan that fits a pipe is the rule
        fcntl.fcntl(process.stdin, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
    if descriptors is not None:
        # Before it has its plan, and so before it starts anything. For a limit no run is refused.
        with suppress(OSError):
            resource.prlimit(process.pid, resource.RLIMIT_NOFILE, descriptors)
    return process


def _hand_over(plan: Plan, runner: subprocess.Popen[bytes]) -> bool:
    """Give the plan to a booted runner; False if there is nobody any more."""
    assert runner.stdin is not None  # noqa: S101 - _boot made it
    try:
        runner.stdin.write(plan.to_json())
        runner.stdin.close()
    except BrokenPipeError:
        return False
    return True


def _crash_point() -> dict[str, str]:
    """The fault suite arms runners through their server's environment."""
    return {VARIABLE: os.environ[VARIABLE]} if VARIABLE in os.environ else {}
