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
        if not do(self._database, self._prune_batch):
            self._next_look = self._clock.boot() + LOOK_MS

    def _prune_batch(self, tx: Tx) -> int:
        return self._prune(tx, earliest(tx, self._clock) - self._keep_ms, limit=BATCH)


def earliest(tx: Tx, clock: Clock) -> int:
    """The time by which rows are forgotten, epoch milliseconds: none goes early because the wall clock has jumped."""
    return min(clock.now(), tx.steady_now())
