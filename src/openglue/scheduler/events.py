"""Forgetting events that are older than those that are kept, in small batches between other work."""

from __future__ import annotations

import logging

from openglue.clock import Clock
from openglue.store import outbox
from openglue.store.database import Database

log = logging.getLogger(__name__)

DAY_MS = 86_400_000
#: Milliseconds between two looks when there is nothing more to forget.
LOOK_MS = 600_000
BATCH = 200


class OldEvents:
    def __init__(self, database: Database, clock: Clock, *, days: int) -> None:
        self._database = database
        self._clock = clock
        self._days = days
        self._next_look = clock.boot()

    def round(self) -> None:
        """Forget a batch of old events; look again some minutes after the last one."""
        if self._clock.boot() < self._next_look:
            return
        older_than = self._clock.now() - self._days * DAY_MS
        forgotten = self._database.write(lambda tx: outbox.prune(tx, older_than=older_than, limit=BATCH)).result(
            timeout=30
        )
        if forgotten < BATCH:
            self._next_look = self._clock.boot() + LOOK_MS
