"""The process tree of a run: start its root, wait for it, leave nothing of it.

The runner is a subreaper: whatever the user's code disowns becomes its child, so the tree can be emptied by killing
children until there are none (spec/reliability 2.5). Where the system has cgroups the tree is also a group of its own,
which the kernel keeps within its bounds and lets be killed at once; where it has none, the tree may be a PID namespace
of its own, which is killed at once, too, and dies with the runner. The runner itself is in neither.
"""

from __future__ import annotations

import ctypes
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from openglue.cgroup import Group
from openglue.process import children
from openglue.runner.namespace import Namespace

_PR_SET_CHILD_SUBREAPER = 36
#: Seconds for the tree to end once it is swept. A fork bomb needs luck, or a cgroup.
SWEEP_S = 10.0
#: Seconds between two rounds of a sweep in which nothing has ended; a tree of depth n takes n rounds.
ROUND_S = 0.001
#: Seconds between two looks at a child where the system has no pidfd.
POLL_S = 0.02


def become_subreaper() -> None:
    """Orphans of this process's descendants become its children. Linux only; elsewhere the agent's sweep remains."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


@dataclass(frozen=True, kw_only=True)
class Exit:
    """How the root of the tree ended: an exit code, or the signal that ended it."""

    code: int | None
    signal: int | None


class Tree:
    def __init__(
        self,
        argv: Sequence[str],
        environment: Mapping[str, str],
        cwd: Path,
        *,
        stdin: int = subprocess.DEVNULL,
        stdout: int,
        stderr: int,
        inherit: Sequence[int] = (),
        bwrap: str | None = None,
    ) -> None:
        """Start the root in a session of its own, with `inherit` open. Raises OSError if it cannot be started.

        With `bwrap` in a PID namespace of its own, if the system lets it.
        """

        def start(command: Sequence[str], descriptors: Sequence[int]) -> subprocess.Popen[bytes]:
            return subprocess.Popen(
                command,
                env=dict(environment),
                cwd=cwd,
                stdin=stdin,
                stdout=stdout,
                stderr=stderr,
                start_new_session=True,
                pass_fds=descriptors,
            )

        self._namespace: Namespace | None = None
        if bwrap is not None:
            with suppress(OSError):
                self._namespace = Namespace(bwrap, argv, inherit, start)
        self._root = start(argv, inherit) if self._namespace is None else self._namespace.process
        self._group: Group | None = None
        #: When the first sweep began.
        self._swept_at: float | None = None

    @property
    def has_namespace(self) -> bool:
        return self._namespace is not None

    def enter(self, group: Group) -> bool:
        """Move the root, before it has started anything, into a group, which ends with the tree.

        False if the system does not let it in, which is no reason not to run.
        """
        self._group = group
        try:
            group.add(self._root.pid)
        except OSError:
            return False
        return True

    def refusals(self) -> int:
        """How often the kernel refused it another process or thread."""
        return 0 if self._group is None else self._group.refusals()

    def wait(self, timeout_s: float | None, *wake: int) -> Exit | None:
        """Wait for the root's end, at most `timeout_s`, or until one of `wake` is readable: then None."""
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        if not hasattr(os, "pidfd_open"):
            return self._poll(deadline, wake)
        if (ended := self._ended()) is not None:
            return ended
        descriptor = os.pidfd_open(self._root.pid)
        try:
            poller = select.poll()
            poller.register(descriptor, select.POLLIN)
            for descriptor_of_others in wake:
                poller.register(descriptor_of_others, select.POLLIN)
            # poll takes a C int of milliseconds: longer waits are slept in pieces by the caller's loop.
            milliseconds = None if timeout_s is None else max(0, min(int(timeout_s * 1000) + 1, 2**31 - 1))
            poller.poll(milliseconds)
        finally:
            os.close(descriptor)
        return self._ended()

    def terminate(self, grace_s: float) -> Exit:
        """SIGTERM to the root, time to end in order, then the sweep."""
        if self._namespace is not None:
            self._namespace.terminate()
        else:
            with suppress(ProcessLookupError, PermissionError):
                self._root.terminate()
        ended = self.wait(grace_s)
        self.sweep()
        return ended if ended is not None else self._reaped()

    def sweep(self, within_s: float = SWEEP_S) -> list[int]:
        """Kill whatever is left; the pids of what is left all the same, empty when no child of this process lives.

        Left alone is what this process may not signal: another user's, as what `sudo` started. Given up is what has not
        ended `within_s` seconds after the first sweep began, so that none waits for it again.
        """
        if self._group is not None:
            self._group.kill()
        if self._root.poll() is None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._root.pid, signal.SIGKILL)
        self._swept_at = self._swept_at or time.monotonic()
        left = self._empty(self._swept_at + within_s)
        self._root.poll()
        if self._group is not None:
            # What cannot be removed now is the agent's: it finds the group by its file in the workspace.
            self._group.remove()
        return left

    def _empty(self, until: float) -> list[int]:
        """Kill children, and those that the killed ones leave to this process, until nothing changes any more."""
        while True:
            left = children(os.getpid())
            resisting = [pid for pid in left if not _kill(pid)]
            living = [pid for pid in left if not self._collect(pid)]
            # Whoever has ended may have left children: those are the next round's.
            if living == left == resisting or time.monotonic() >= until:
                return living
            if living == left:
                time.sleep(ROUND_S)

    def _collect(self, pid: int) -> bool:
        """Whether a child has ended; how the root did is for its owner."""
        if pid == self._root.pid:
            return self._root.poll() is not None
        try:
            return os.waitpid(pid, os.WNOHANG)[0] != 0
        except ChildProcessError:
            return True

    def _ended(self) -> Exit | None:
        code = self._root.poll()
        if code is None:
            return None
        if self._namespace is not None:
            code = self._namespace.code()
        return Exit(code=code, signal=None) if code >= 0 else Exit(code=None, signal=-code)

    def _reaped(self) -> Exit:
        return self._ended() or Exit(code=None, signal=int(signal.SIGKILL))

    def _poll(self, deadline: float | None, wake: Sequence[int]) -> Exit | None:
        while (ended := self._ended()) is None:
            if deadline is not None and time.monotonic() >= deadline:
                return None
            readable = select.select(wake, [], [], POLL_S)[0]
            if readable:
                return None
        return ended


def _kill(pid: int) -> bool:
    """Kill a child, whose number is its own until it is collected; False if this process may not."""
    try:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    except PermissionError:
        return False
    return True
