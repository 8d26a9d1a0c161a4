"""What a run's log says of what it got."""

from __future__ import annotations

from typing import Any

import pytest

from openglue.commands.pythonshell import _share
from openglue.model.plan import Plan


@pytest.mark.parametrize(
    ("given", "asked", "said"),
    [
        (1024, 1024, ""),
        (512, 400, ""),
        (512, 1024, "512 MiB of memory, which its machine has for it, instead of 1024"),
    ],
)
def test_a_python_shell_run_is_told_when_it_gets_less_than_on_aws(given: int, asked: int, said: str) -> None:
    members: dict[str, Any] = dict.fromkeys(Plan.__dataclass_fields__)
    assert _share(Plan(**(members | {"memory_mb": given, "asked_mb": asked}))) == said
