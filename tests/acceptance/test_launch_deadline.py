"""A launch that hangs ends at its deadline, or when it is stopped."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.acceptance.conftest import Glue
from tests.acceptance.contract.conftest import served


@pytest.fixture
def silent() -> Iterator[str]:
    """The address of a package index that accepts connections and says nothing."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(16)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/simple"


def test_an_installation_that_hangs_ends_at_the_launch_deadline(silent: str, tmp_path: Path) -> None:
    # In a rehearsal the service keeps the deadline itself, without the minute that it leaves to runners.
    with served(tmp_path, {"launch_deadline_s": 3, "rehearsal": False}) as glue:
        run = hanging(glue, silent)
        assert (run["JobRunState"], run["ExecutionTime"]) == ("FAILED", 0)
        assert run["ErrorMessage"] == "LAUNCH ERROR | not ready 3 s after the launch"


def hanging(glue: Glue, index: str) -> dict[str, object]:
    arguments = {
        "--additional-python-modules": "no-such-package-of-openglue==1",
        "--python-modules-installer-option": f"--index-url {index}",
    }
    run: dict[str, object] = glue.run("print()", DefaultArguments=arguments)
    return run
