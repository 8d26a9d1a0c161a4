"""Pruning: rows that are kept for a time go when it is over, in small batches between other work."""

from __future__ import annotations

from typing import Protocol

from openglue.clock import Clock
from openglue.store.database import Database, Tx, do

#: Milliseconds between two looks when there is nothing more to prune.
LOOK_MS = 600_000
BATCH = 200


class Prune(Protocol):
    def __call__(self, tx: Tx, before: int, /, *, limit: int) -> int:
        """Delete rows older than `before` (epoch milliseconds), looking at `limit` at most; how many went."""


class Pruning:
    """One kind of rows, and for how long it is kept."""

    def __init__(self, database: Database, clock: Clock, prune: Prune, *, keep_ms: int) -> None:
        self._database = database
        self._clock = clock
        self._prune = prune
        self._keep_ms = keep_ms
        self._next_look = clock.boot()

    def round(self) -> None:
        """Prune a batch; look again some minutes after the last one."""
        if self._clock.boot() < self._next_look:
            return
        before = self._clock.now() - self._keep_ms
        pruned = do(self._database, lambda tx: self._prune(tx, before, limit=BATCH))
        if not pruned:
            self._next_look = self._clock.boot() + LOOK_MS
