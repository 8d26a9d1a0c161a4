"""This terminal, lent to a run that is debugged in it; the other end of runner/terminal.py.

Until the script begins, the terminal is the command's: Ctrl-C stops the run. Then every key is the script's: Ctrl-C
interrupts it, as it does a Python program that is started in a terminal.
"""

from __future__ import annotations

import fcntl
import json
import os
import select
import shutil
import signal
import socket
import struct
import sys
import tempfile
import termios
import tty
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from openglue.cli.failure import RefusedError

_READ = 64 << 10
#: What comes with the pseudo-terminal's descriptor, because one cannot be sent alone.
_PASSED = b"\0"


class Terminal:
    def __init__(self) -> None:
        """Raises RefusedError where there is no terminal to lend."""
        if not (sys.stdin.isatty() and sys.stdout.isatty()):
            raise RefusedError("--debug needs a terminal: standard input and output are not both one")
        # Not the user's directory for temporary files: a socket's path has a hundred characters at most.
        self._folder = tempfile.TemporaryDirectory(prefix="openglue-", dir="/tmp")
        #: What the run is told: where to find this terminal.
        self.path = str(Path(self._folder.name, "terminal"))
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(self.path)
        self._listener.listen(1)
        self._run: socket.socket | None = None
        self._keyboard: int | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.hang_up()
        if self._keyboard is not None:
            os.close(self._keyboard)
        self._listener.close()
        self._folder.cleanup()

    def is_called(self) -> bool:
        """Whether the run has come to this terminal."""
        if self._run is None and select.select([self._listener], [], [], 0)[0]:
            self._run = self._listener.accept()[0]
            size = shutil.get_terminal_size()
            greeting = {"term": os.environ.get("TERM", "dumb"), "lines": size.lines, "columns": size.columns}
            self._run.sendall(json.dumps(greeting).encode())
        return self._run is not None

    def hang_up(self) -> None:
        """Leave the run; one that is still at this terminal ends."""
        if self._run is not None:
            self._run.close()

    def lend(self) -> None:
        """Show what the run writes, and give it the keys once its script has begun, until it hangs up."""
        assert self._run is not None  # noqa: S101 - it has called
        keys, typed = sys.stdin.fileno(), b""
        with ExitStack() as stack:
            while True:
                # What the script does not take yet waits here, and does not keep us from showing what it writes.
                keyboard = [] if self._keyboard is None else [self._keyboard]
                wanted = [keys] if keyboard and not typed else []
                readable, writable, _ = select.select([self._run, *wanted], keyboard if typed else [], [])
                if self._run in readable:
                    data, passed, _, _ = socket.recv_fds(self._run, _READ, 1)
                    if passed:
                        self._keyboard, data = passed[0], data.removesuffix(_PASSED)
                        _take_keys(stack, self._keyboard)
                    elif not data:
                        return
                    _write(data)
                if keys in readable:
                    typed = _typed(keys)
                if writable:
                    typed = typed[os.write(writable[0], typed) :]


def _typed(keys: int) -> bytes:
    """What was typed. The end of the terminal is a Ctrl-C, whether its signal comes first or not."""
    try:
        typed = os.read(keys, _READ)
    except OSError:
        typed = b""
    if not typed:
        raise KeyboardInterrupt
    return typed


def _take_keys(stack: ExitStack, keyboard: int) -> None:
    """Every key is a byte for the script, and it knows the size of the window, now and whenever that changes."""
    os.set_blocking(keyboard, False)
    keys = sys.stdin.fileno()
    stack.callback(_restore, keys, termios.tcgetattr(keys))
    tty.setraw(keys)

    def resize(_number: int = 0, _frame: Any = None) -> None:
        size = shutil.get_terminal_size()
        fcntl.ioctl(keyboard, termios.TIOCSWINSZ, struct.pack("HHHH", size.lines, size.columns, 0, 0))

    stack.callback(signal.signal, signal.SIGWINCH, signal.signal(signal.SIGWINCH, resize))
    resize()


def _restore(keys: int, attributes: list[Any]) -> None:
    # A terminal that has gone needs none.
    with suppress(termios.error):
        termios.tcsetattr(keys, termios.TCSADRAIN, attributes)


def _write(data: bytes) -> None:
    while data:
        data = data[os.write(sys.stdout.fileno(), data) :]
