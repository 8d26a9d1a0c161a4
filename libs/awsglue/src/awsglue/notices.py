"""One-line notes to the person who reads the run's log. Nothing that was asked for is left undone without one."""

from __future__ import annotations

import sys


def notice(text: str) -> None:
    print(f"openglue: {text}", file=sys.stderr, flush=True)
