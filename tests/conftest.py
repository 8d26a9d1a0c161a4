"""What every kind of test may use."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import TypeVar

import pytest

T = TypeVar("T")

# A developer's own settings and credentials never decide a test.
for name in [*os.environ]:
    if name.startswith(("OPENGLUE_", "AWS_")) and name not in {"OPENGLUE_CACHE", "OPENGLUE_TEST_PYTHON"}:
        del os.environ[name]


def wait_for(look: Callable[[], T], *, deadline_s: float = 30.0, what: str = "the condition") -> T:
    """Look until it is truthy, and return it; fail when the deadline has passed."""
    until = time.monotonic() + deadline_s
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > until:
            raise AssertionError(f"{what} did not come true within {deadline_s} s (last: {found!r})")
        time.sleep(0.01)


@pytest.fixture(name="wait_for")
def wait_for_fixture() -> Callable[..., object]:
    return wait_for
