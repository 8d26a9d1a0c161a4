"""Draining: a server takes no more runs, because its machine goes away. What it has goes on; what waits stays accepted.

It is not stored: a server that starts again takes runs, so that none is forgotten in this state.
"""

from __future__ import annotations

import platform
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock


class Drain:
    """Whether this server drains. Operations begin and end it; the scheduler takes runs through it."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._begun = False

    def begin(self) -> None:
        """Once this returns, no run is taken, and none is just being taken. Waits for the one that is."""
        with self._lock:
            self._begun = True

    def end(self) -> None:
        with self._lock:
            self._begun = False

    @contextmanager
    def taking(self) -> Iterator[bool]:
        """Hold draining off while a run is taken; whether one may be."""
        with self._lock:
            yield not self._begun

    @property
    def reason(self) -> str | None:
        """Why no run is taken, as its StateDetail says it; None if runs are."""
        if not self._begun:
            return None
        return f"Waiting for a server that takes runs: the one on {platform.node()} drains (openglue drain --resume)"
