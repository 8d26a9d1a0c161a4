"""The `openglue` command as a process, on data directories of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

import pytest
from tests.acceptance.cli.window import Window

from openglue.clients import NoServiceError, find


class Cli:
    """Starts the command as a user's shell would, and ends what a test leaves running."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._started: list[subprocess.Popen[str]] = []

    def __call__(self, *words: str | Path, **environ: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            _command(words), capture_output=True, text=True, timeout=90, check=False, cwd=self.folder, env=_env(environ)
        )

    def start(
        self, *words: str | Path, stdout: IO[str] | int | None = subprocess.PIPE, stderr: IO[str] | None = None
    ) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            _command(words), stdout=stdout, stderr=stderr, text=True, cwd=self.folder, env=_env({})
        )
        self._started.append(process)
        return process

    def script(self, text: str, name: str | None = None) -> Path:
        file = self.folder / f"{name or 'script_' + uuid.uuid4().hex[:8]}.py"
        file.write_text(textwrap.dedent(text))
        return file

    def end(self) -> None:
        for process in self._started:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                try:
                    process.wait(30)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait(30)
            if process.stdout is not None:
                process.stdout.close()


def _command(words: tuple[str | Path, ...]) -> list[str]:
    return [sys.executable, "-m", "openglue.cli", *map(str, words)]


def _env(extra: dict[str, str]) -> dict[str, str]:
    return {**os.environ, **extra}


@pytest.fixture
def cli(tmp_path: Path) -> Iterator[Cli]:
    cli = Cli(tmp_path)
    yield cli
    cli.end()


@pytest.fixture
def serve(cli: Cli, wait_for: Callable[..., Any]) -> Callable[..., tuple[subprocess.Popen[str], str]]:
    """Start `openglue serve` on a data directory and a free port: the process, and its URL once it answers."""

    def start(data: Path, *words: str) -> tuple[subprocess.Popen[str], str]:
        process = cli.start("serve", "--data", data, "--port", "0", *words)

        def url() -> str | None:
            assert process.poll() is None, f"serve ended with {process.returncode}"
            try:
                return find(data=data)
            except NoServiceError:
                return None

        return process, wait_for(url, what="the service")

    return start


@pytest.fixture
def window(tmp_path: Path) -> Iterator[Callable[..., Window]]:
    opened: list[Window] = []

    def open_window(*words: str | Path) -> Window:
        opened.append(Window(tmp_path, *words))
        return opened[-1]

    yield open_window
    for each in opened:
        if each.process.poll() is None:
            each.process.kill()
            each.process.wait(30)
        each.close()
