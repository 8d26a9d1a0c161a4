"""R18: a pid that was a runner's is a stranger's now: nobody signals it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.conftest import wait_for

from openglue.clock import SystemClock, boot_s
from openglue.engines.local import IDENTITY_FILE, LocalEngine
from openglue.model.decide import Gone
from openglue.process import identify, is_alive, send

LAST = Path("/proc/sys/kernel/ns_last_pid")
#: Tries to get a pid that others may take first.
TRIES = 20


def spawn() -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])


def ticks() -> int:
    """The time as the kernel notes it of processes that start."""
    return int(boot_s() * os.sysconf("SC_CLK_TCK"))


def stranger(pid: int) -> subprocess.Popen[bytes] | None:
    """Another process with that pid; None if somebody else has it."""
    for _ in range(TRIES):
        try:
            LAST.write_text(str(pid - 1))
        except OSError as error:
            pytest.skip(f"pids cannot be chosen here: {LAST}: {error.strerror}")
        process = spawn()
        if process.pid == pid:
            return process
        end(process)
    return None


def end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait(30)


@pytest.mark.parametrize("times", [5, pytest.param(100, marks=[pytest.mark.long, pytest.mark.faults])])
def test_a_stranger_with_a_runners_pid_is_never_signalled(
    tmp_path: Path, tell: Callable[..., None], times: int
) -> None:
    engine = LocalEngine(tmp_path / "runs", SystemClock())
    met = 0
    for number in range(2 * times):
        process = spawn()
        identity = identify(process.pid)
        assert identity is not None
        end(process)
        # Within one tick of the kernel's clock even their start times were the same; no pid comes round so soon.
        wait_for(lambda tick=identity.start_time: ticks() > tick, what="another tick")  # type: ignore[misc]
        other = stranger(process.pid)
        if other is None:
            continue
        workspace = tmp_path / "runs" / f"jr_{number}.1"
        workspace.mkdir()
        identity.write(workspace / IDENTITY_FILE)
        try:
            assert not is_alive(identity)
            assert not send(identity, signal.SIGKILL)
            assert engine.look(f"jr_{number}", 1) == Gone()
            engine.kill(f"jr_{number}", 1)
            assert engine.clear(f"jr_{number}", 1)
            assert other.poll() is None, "a stranger was signalled"
        finally:
            end(other)
        met += 1
        if met == times:
            break
    tell("pid reuse", "{met} strangers were given the pid of a dead runner: 0 were signalled", met=met)
    assert met == times
