"""Every marked example of every page runs, and prints what the page says.

The examples of one page run in its order, in one directory, against a service of its own. Python blocks share their
names. Bash blocks run as scripts that stop at the first command that fails. Pages say http://127.0.0.1:4566; the
service of a test is elsewhere.
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import pytest

from openglue.config import load
from openglue.runtimes.tool import environment as installing
from openglue.testing import OpenGlue

from .pages import Block, blocks, is_marked, matches, name, pages

ADDRESS = "http://127.0.0.1:4566"
BLOCK_DEADLINE_S = 200
#: What one block exports, the next one has.
_RESTORE = 'if [ -f "$HOME/.exported" ]; then . "$HOME/.exported"; fi'
_SAVE = 'export -p > "$HOME/.exported"'

EXAMPLES = [page for page in pages() if is_marked(page.read_text())]


class Examples:
    """The examples of one page, one after the other."""

    def __init__(self, folder: Path, url: str, environment: dict[str, str]) -> None:
        self._folder = folder
        self._url = url
        self._environment = environment
        self._names: dict[str, Any] = {"__name__": "__main__"}
        #: What the block executed last has printed; None before there is one.
        self._printed: str | None = None

    def take(self, block: Block) -> None:
        """Do what a block's mark says. Raises AssertionError."""
        if block.mark == "file":
            (self._folder / block.detail).write_text(self._here(block.text))
        elif block.mark == "output":
            if self._printed is None:
                raise AssertionError("nothing was executed before this output")
            if not matches(block.text, self._printed):
                raise AssertionError(f"expected:\n{block.text}\nprinted:\n{self._printed}")
        elif block.detail == "pytest":
            (self._folder / "test_example.py").write_text(self._here(block.text))
            self._printed = self._bash("pytest -q -p no:cacheprovider test_example.py", exit_code=0)
        elif block.language == "python":
            self._printed = self._as_written(self._python(block.text))
        elif block.language == "bash":
            wanted = int(block.detail.removeprefix("exit ") or 0)
            self._printed = self._as_written(self._bash(block.text, exit_code=wanted))
        else:
            raise AssertionError(f"no way to run a block in {block.language!r}")

    def _python(self, text: str) -> str:
        printed = io.StringIO()
        with redirect_stdout(printed):
            exec(compile(self._here(text), "example", "exec"), self._names)  # noqa: S102 - what this test is for
        return printed.getvalue()

    def _bash(self, text: str, *, exit_code: int) -> str:
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", f"{_RESTORE}\n{self._here(text)}\n{_SAVE}"],
            cwd=self._folder,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=BLOCK_DEADLINE_S,
            check=False,
        )
        if done.returncode != exit_code:
            raise AssertionError(f"exit code {done.returncode}:\n{done.stdout}")
        return done.stdout

    def _here(self, text: str) -> str:
        return text.replace(ADDRESS, self._url)

    def _as_written(self, text: str) -> str:
        return text.replace(self._url, ADDRESS)


@pytest.fixture
def service(tmp_path: Path) -> Iterator[OpenGlue]:
    (tmp_path / "service").mkdir()
    started = OpenGlue.start(tmp_path / "service", {})
    yield started
    started.stop()


def needs_spark(page: Path) -> bool:
    return "from pyspark" in page.read_text()


@pytest.mark.timeout(BLOCK_DEADLINE_S + 100)
@pytest.mark.parametrize(
    "page", [pytest.param(page, id=name(page), marks=[pytest.mark.spark] * needs_spark(page)) for page in EXAMPLES]
)
def test_the_examples_of_the_page_run(page: Path, service: OpenGlue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    home = tmp_path / "home"
    folder = tmp_path / "examples"
    home.mkdir()
    folder.mkdir()
    environment = {
        # How this machine reaches package indexes.
        **installing(os.environ),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "AWS_ENDPOINT_URL": service.url,
        # Before HOME is another one: the runtimes of whoever runs the tests.
        "OPENGLUE_CACHE": str(load().cache),
    }
    for variable, value in environment.items():
        monkeypatch.setenv(variable, value)
    monkeypatch.chdir(folder)
    examples = Examples(folder, service.url, environment)
    for block in blocks(page.read_text()):
        try:
            examples.take(block)
        except AssertionError as error:
            raise AssertionError(f"{name(page)}, the block at line {block.line}: {error}") from error
