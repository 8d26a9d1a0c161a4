"""The runner's end of a terminal in which a run is debugged."""

from __future__ import annotations

import json
import os
import socket
import threading
from pathlib import Path

import pytest

from openglue.runner import terminal
from openglue.runner.terminal import Terminal


def test_a_suspended_command_does_not_hold_up_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminal, "TAKE_S", 1)
    path = str(tmp_path / "terminal")
    log, log_end = os.pipe()
    commands: list[socket.socket] = []
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen()

        def greet() -> None:
            commands.append(listener.accept()[0])
            commands[0].sendall(json.dumps({"term": "dumb", "lines": 24, "columns": 80}).encode())

        greeter = threading.Thread(target=greet)
        greeter.start()
        shown = Terminal(path, log_end)
        greeter.join(30)
    with commands[0]:
        # Nobody reads what is shown, which is far more than a socket holds.
        said = threading.Thread(target=lambda: [shown.say("x" * 4096) for _ in range(1000)], daemon=True)
        said.start()
        said.join(30)
        assert not said.is_alive()
        assert not shown.has_hung_up
        os.write(shown.slave, b"the script goes on\n")
        shown.close()
    with os.fdopen(log, "rb") as kept:
        assert kept.read() == b"the script goes on\n"
