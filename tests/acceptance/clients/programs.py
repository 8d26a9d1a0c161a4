"""Foreign programs as processes: started in a group of their own, their words in a file, none left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

#: The longest that any of them may take.
DEADLINE_S = 120.0


@dataclass(frozen=True, kw_only=True)
class Program:
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def said(self) -> str:
        """What it has written so far, to either stream."""
        return self.log.read_text(errors="replace")

    def interrupt(self, signum: signal.Signals) -> None:
        """Signal the program itself, as its operator would; not its group."""
        self.process.send_signal(signum)

    def until(self, look: Callable[[], object], what: str) -> None:
        """Wait until `look` sees `what`; the program must be running then."""
        deadline = time.monotonic() + DEADLINE_S
        while not look():
            assert self.process.poll() is None, f"ended without {what}:\n{self.said}"
            assert time.monotonic() < deadline, f"{what} did not come within {DEADLINE_S:g} s:\n{self.said}"
            time.sleep(0.05)

    def end(self, code: int) -> str:
        """All that it has said when it has ended, which it does with this exit code."""
        try:
            ended = self.process.wait(DEADLINE_S)
        except subprocess.TimeoutExpired as error:
            raise AssertionError(f"still running after {DEADLINE_S:g} s:\n{self.said}") from error
        assert ended == code, f"exit code {ended}:\n{self.said}"
        return self.said


@contextmanager
def started(
    command: Sequence[str | os.PathLike[str]], environment: Mapping[str, str], folder: Path
) -> Iterator[Program]:
    """Run `command` in `folder` while the block runs; then nothing of its group is left."""
    log = folder / "said.txt"
    with log.open("wb") as out:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield Program(process=process, log=log)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
