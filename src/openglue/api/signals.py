"""Signals: what happened to a run is told to the requests that wait for it, across threads."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress


class Signals:
    """Bound to the event loop of the server; `notify` may come from any thread."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: dict[str, set[asyncio.Event]] = {}
        self._watching: list[Callable[[], None]] = []
        #: Whether the server stops: nobody is kept waiting any more.
        self.closed = False

    def bind(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    def watch(self, wake: Callable[[], None]) -> None:
        """Have `wake` called on the event loop whenever some run is notified, for good. It must not block."""
        self._watching.append(wake)

    def notify(self, run_id: str) -> None:
        """Something about this run may have changed."""
        if self._loop is not None:
            # The loop may be closing; then nobody waits any more.
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._set, run_id)

    def close(self) -> None:
        """The server stops: let everybody go who waits. On the event loop."""
        self.closed = True
        for events in self._waiting.values():
            for event in events:
                event.set()

    async def wait(self, run_id: str, timeout_s: float) -> bool:
        """Wait until the run is notified; False when the time is over."""
        event = asyncio.Event()
        self._waiting.setdefault(run_id, set()).add(event)
        try:
            await asyncio.wait_for(event.wait(), timeout_s)
        except TimeoutError:
            return False
        finally:
            waiting = self._waiting[run_id]
            waiting.discard(event)
            if not waiting:
                del self._waiting[run_id]
        return True

    def _set(self, run_id: str) -> None:
        for event in self._waiting.get(run_id, ()):
            event.set()
        for wake in self._watching:
            wake()
