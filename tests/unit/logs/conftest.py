from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from openglue.clock import FakeClock
from openglue.logs.store import LogStore

START = 1_700_000_000_000


def framed(*lines: tuple[int, str | bytes]) -> bytes:
    """Lines as a runner sends them; times count from START."""
    return b"".join(
        b"%013d\t%s\n" % (START + time, text.encode() if isinstance(text, str) else text) for time, text in lines
    )


class Logs:
    """A store and a runner's side of it, for tests that only need logs to be there."""

    def __init__(self, root: Path) -> None:
        self.clock = FakeClock(START)
        self.store = LogStore(root, clock=self.clock)
        self.context = SimpleNamespace(logs=self.store)

    def write(self, run_id: str, stream: str, *lines: tuple[int, str | bytes]) -> None:
        offset = self.store.append(run_id, stream, 0, b"")
        data = framed(*lines)
        assert self.store.append(run_id, stream, offset, data) == offset + len(data)

    def run(self, run_id: str, *lines: tuple[int, str | bytes], group: str = "/aws-glue/jobs", **more: Any) -> None:
        """A run with some output."""
        self.store.create(group, run_id, **more)
        if lines:
            self.write(run_id, "output", *lines)


@pytest.fixture
def logs(tmp_path: Path) -> Logs:
    return Logs(tmp_path / "logs")
