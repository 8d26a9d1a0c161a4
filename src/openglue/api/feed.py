"""How far the outbox has come, for everybody who waits for events.

One task looks, for all readers together, and only while there are any; readers take turns at the store, so that many of
them cost an operation no more than one does. Whoever stops the server closes the feed, and its readers end.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TypeVar

from openglue.api.signals import Signals
from openglue.errors import GlueError, ThrottlingException

T = TypeVar("T")

#: Readers at a time.
READERS = 256
#: Seconds between two looks at the outbox, because another server may have written; and between two that are asked for.
LOOK_S = 1.0
PAUSE_S = 0.02


class Feed:
    """Used on the event loop only."""

    def __init__(self, signals: Signals) -> None:
        self._woken = asyncio.Event()
        signals.watch(self._woken.set)
        #: Number of the last event as far as is known.
        self.newest = 0
        #: Set, and replaced, when there is a newer event.
        self._moved = asyncio.Event()
        #: Set when the server stops.
        self.closed = asyncio.Event()
        self._turn = asyncio.Semaphore(1)
        self._readers = 0
        self._watcher: asyncio.Task[None] | None = None

    @contextmanager
    def reader(self, look: Callable[[], Awaitable[int]]) -> Iterator[None]:
        """Be a reader; while there is one, `look` says how far the outbox has come. Raises ThrottlingException."""
        if self._readers >= READERS:
            raise ThrottlingException(f"{READERS} readers of events are served at a time")
        self._readers += 1
        if self._watcher is None:
            self._watcher = asyncio.create_task(self._watch(look))
        try:
            yield
        finally:
            self._readers -= 1
            if self._readers == 0:
                self._watcher.cancel()
                self._watcher = None

    async def turn(self, read: Callable[[], Awaitable[T]]) -> T:
        """Read the store while no other reader does, and after everything else that is due."""
        async with self._turn:
            await asyncio.sleep(0)
            return await read()

    async def wait(self, position: int, timeout_s: float) -> None:
        """Wait until there is an event behind `position`, or the time is over."""
        if self.newest <= position:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._moved.wait(), timeout_s)

    def moved(self, newest: int) -> None:
        """The outbox has come this far."""
        if newest > self.newest:
            self.newest = newest
            self._moved.set()
            self._moved = asyncio.Event()

    async def _watch(self, look: Callable[[], Awaitable[int]]) -> None:
        while True:
            # A store that is away is looked for again; its readers stay.
            with suppress(GlueError):
                self.moved(await look())
            await asyncio.sleep(PAUSE_S)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), LOOK_S)
            self._woken.clear()
