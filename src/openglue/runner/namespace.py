"""The PID namespace of a run: the launcher in it, and how it ended.

    runner -> bwrap -> init.py, the first process of the namespace -> launcher -> whatever it starts

Each dies with the one before it. bwrap passes no signal on and changes exit codes, so the runner signals the launcher
itself, and init.py tells how that ended.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from openglue import namespace
from openglue.process import Identity, children, identify, send
from openglue.runner.init import BEGUN

_INIT = Path(__file__).with_name("init.py")
#: Starts a command with these descriptors open.
Start = Callable[[Sequence[str], Sequence[int]], "subprocess.Popen[bytes]"]


class Namespace:
    def __init__(self, bwrap: str, argv: Sequence[str], inherit: Sequence[int], start: Start) -> None:
        """Start a launcher in a namespace of its own. Raises OSError if there can be none, or no launcher in it."""
        self._code: int | None = None
        self._told, telling = os.pipe()
        try:
            init = [sys.executable, "-I", "-S", str(_INIT), str(telling)]
            #: It ends after everything else in the namespace.
            self.process = start([*namespace.command(bwrap), *init, *argv], (*inherit, telling))
        except OSError:
            os.close(self._told)
            raise
        finally:
            os.close(telling)
        if not self._has_begun():
            self.kill()
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(namespace.DEADLINE_S)
            os.close(self._told)
            raise OSError(f"{bwrap} has not started it")
        self._launcher = self._find_launcher()

    def terminate(self) -> None:
        """SIGTERM to the launcher."""
        if self._launcher is not None:
            send(self._launcher, signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL to bwrap and to the first process: they are one group."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)

    def code(self) -> int:
        """How the launcher ended, once `process` has: its exit code, or minus the signal's number."""
        if self._code is None:
            with os.fdopen(self._told, "rb") as stream:
                text = stream.read()
            # Of a first process that was killed itself nothing is heard.
            self._code = int(text) if text else -signal.SIGKILL
        return self._code

    def _has_begun(self) -> bool:
        poller = select.poll()
        poller.register(self._told, select.POLLIN)
        return bool(poller.poll(int(namespace.DEADLINE_S * 1000))) and os.read(self._told, 1) == BEGUN

    def _find_launcher(self) -> Identity | None:
        """The first child of the first process; None if it has ended already."""
        for first in children(self.process.pid):
            for launcher in children(first)[:1]:
                return identify(launcher)
        return None
