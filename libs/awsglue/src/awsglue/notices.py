"""One-line notes to the person who reads the run's log. Nothing that was asked for is left undone without one."""

from __future__ import annotations

import sys
from typing import NoReturn


def notice(text: str) -> None:
    print(f"openglue: {text}", file=sys.stderr, flush=True)


def no_terminal(*_arguments: object, **_options: object) -> NoReturn:
    """What breakpoint() does in the Python workers of Spark: the runner gives them PYTHONBREAKPOINT with this name."""
    raise RuntimeError(
        "breakpoint() was called in a Python worker of Spark, which has no terminal: "
        "call the function in the script itself, with a row of df.head()"
    )
