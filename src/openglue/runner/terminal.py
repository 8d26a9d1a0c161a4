"""The terminal of a run that somebody debugs (`openglue run --debug`).

    script <--pseudo-terminal--> runner --socket--> command, which shows it
                                   |                   |
                                   +--> the run's log  +--> keys and window sizes, straight to the pseudo-terminal

The command listens on a Unix socket and the run's argument names it, so a run can only be debugged on its own machine.
The runner connects before anything else and is sent the terminal's kind and size in a line of JSON; it sends what there
is to show and, when the script begins, the pseudo-terminal's own descriptor. Whoever closes the socket hangs up: a run
never outlives the terminal that it is debugged in.
"""

from __future__ import annotations

import fcntl
import json
import os
import select
import socket
import struct
import termios
import threading
from contextlib import suppress

#: Seconds for the command to answer, and for the rest of what the script wrote to be shown.
ANSWER_S = 10.0
#: Seconds for the command to take something that is shown; struct timeval.
TAKE_S = 10
_TIMEVAL = struct.Struct("ll")
#: Bytes of the line that describes the terminal, and of one read.
_GREETING = 4096
_READ = 64 << 10
#: Goes with the pseudo-terminal's descriptor, because one cannot be sent alone.
PASSED = b"\0"


class TerminalError(Exception):
    """There is no terminal; the message says why."""


class Terminal:
    def __init__(self, path: str, log: int) -> None:
        """Connect to whoever listens at `path`; `log` gets a copy of what the script writes, and is closed.

        Raises TerminalError.
        """
        self._log = log
        self._socket = socket.socket(socket.AF_UNIX)
        try:
            self._socket.settimeout(ANSWER_S)
            self._socket.connect(path)
            greeting = json.loads(self._socket.recv(_GREETING))
            #: TERM of the script.
            self.kind = str(greeting["term"])
            self._socket.settimeout(None)
            # For what is sent only: nobody reads from it before there is something to read.
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, _TIMEVAL.pack(TAKE_S, 0))
            self._master, self.slave = os.openpty()
            resize(self._master, int(greeting["lines"]), int(greeting["columns"]))
        except (OSError, ValueError, KeyError, TypeError) as error:
            self._socket.close()
            os.close(log)
            reason = getattr(error, "strerror", None) or "it does not say what it is"
            raise TerminalError(f"nobody is at the terminal in which to debug it ({path}: {reason})") from error
        #: Becomes readable when the command has gone.
        self.wake, self._ring = os.pipe()
        self.has_hung_up = False
        self._ended, self._end = os.pipe()
        self._sending = threading.Lock()
        self._is_shown = True
        self._held = b""
        self._thread = threading.Thread(target=self._relay, name="terminal", daemon=True)
        self._thread.start()

    def say(self, text: str) -> None:
        """Show a line of OpenGlue's own."""
        self._show(f"{text}\r\n".encode())

    def give_away(self) -> None:
        """From now on keys are the script's. It alone has its end of the pseudo-terminal, so that its end is seen."""
        self._let_go()
        with self._sending, suppress(OSError):
            socket.send_fds(self._socket, [PASSED], [self._master])

    def close(self) -> None:
        """Show what is left of what the script wrote, and hang up. No process holds the script's end any more."""
        self._let_go()
        os.close(self._end)
        self._thread.join(ANSWER_S)
        # A command that was suspended takes nothing.
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _let_go(self) -> None:
        slave, self.slave = self.slave, -1
        if slave >= 0:
            os.close(slave)

    def _relay(self) -> None:
        """Until the end is asked for and nothing is left to read, or, if nobody listens any more, to log."""
        poller = select.poll()
        for descriptor in (self._master, self._socket.fileno(), self._ended):
            poller.register(descriptor, select.POLLIN)
        is_ending = False
        while True:
            ready = {descriptor for descriptor, _ in poller.poll(0 if is_ending else None)}
            if self._master in ready and not self._read():
                poller.unregister(self._master)
                ready.discard(self._master)
            if self._socket.fileno() in ready and not self._is_there():
                poller.unregister(self._socket)
                self.has_hung_up = True
                os.write(self._ring, b"!")
            if self._ended in ready and not is_ending:
                poller.unregister(self._ended)
                is_ending = True
            elif is_ending and self._master not in ready:
                break
        os.close(self._master)
        self._keep(self._held)
        os.close(self._log)

    def _read(self) -> bool:
        """Log and show what the script wrote; False when no process has its end open."""
        try:
            data = os.read(self._master, _READ)
        except OSError:
            data = b""
        if data:
            # In the log a line ends as everywhere; its end may come in two reads.
            text = self._held + data
            self._held = b"\r" if text.endswith(b"\r") else b""
            self._keep(text[: len(text) - len(self._held)].replace(b"\r\n", b"\n"))
            self._show(data)
        return bool(data)

    def _keep(self, text: bytes) -> None:
        # The reader of the log ends before us when the run's end has to be told.
        with suppress(BrokenPipeError):
            os.write(self._log, text)

    def _is_there(self) -> bool:
        try:
            return bool(self._socket.recv(_READ))
        except OSError:
            return False

    def _show(self, data: bytes) -> None:
        """Until that fails once: a run does not wait for a command that was suspended. The log has it all."""
        with self._sending:
            if self._is_shown:
                try:
                    self._socket.sendall(data)
                except OSError:
                    # Whether anybody is there, the other direction tells.
                    self._is_shown = False


def resize(terminal: int, lines: int, columns: int) -> None:
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
