"""A terminal's window, as far as a program in it can tell."""

from __future__ import annotations

import os
import re
import select
import subprocess
import sys
import time
from pathlib import Path

DEADLINE_S = 60.0
#: Seconds of a hand between what is seen and a key. Python takes no Ctrl-C between writing a prompt and reading there.
HAND_S = 0.2
#: Makes the pseudo-terminal its own, as a terminal's window does, and becomes the command.
TAKE = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.executable, [sys.executable, "-m", "openglue.cli", *sys.argv[1:]])
"""


class Window:
    """A terminal's window in which the command runs."""

    def __init__(self, folder: Path, *words: str | Path) -> None:
        self._terminal, inner = os.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-c", TAKE, *map(str, words)],
            stdin=inner,
            stdout=inner,
            stderr=inner,
            cwd=folder,
            env={**os.environ, "TERM": "dumb"},
            start_new_session=True,
        )
        os.close(inner)
        self.shown = ""
        self._seen = 0

    def until(self, text: str) -> str:
        """What is shown up to `text`, since the last time."""
        deadline = time.monotonic() + DEADLINE_S
        while (found := self.shown.find(text, self._seen)) < 0:
            assert time.monotonic() < deadline, f"{text!r} was not shown:\n{self.shown}"
            if not self._read():
                raise AssertionError(f"the command ended without {text!r}:\n{self.shown}")
        passage = self.shown[self._seen : found + len(text)]
        self._seen = found + len(text)
        return passage

    def type(self, keys: str) -> None:
        time.sleep(HAND_S)
        os.write(self._terminal, keys.encode())

    def end(self) -> int:
        """The exit code of the command, when it has ended by itself."""
        while self._read():
            pass
        return self.process.wait(DEADLINE_S)

    def close(self) -> None:
        if self._terminal >= 0:
            os.close(self._terminal)
            self._terminal = -1

    @property
    def run_id(self) -> str:
        return re.findall(r"jr_[0-9a-f]{64}", self.shown)[0]

    def _read(self) -> bool:
        if not select.select([self._terminal], [], [], DEADLINE_S)[0]:
            raise AssertionError(f"nothing came for {DEADLINE_S} s:\n{self.shown}")
        try:
            data = os.read(self._terminal, 1 << 16)
        except OSError:
            return False
        self.shown += data.decode()
        return bool(data)
