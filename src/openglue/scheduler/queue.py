"""The queue: WAITING runs are let in as limits allow, and end when they have waited too long (contract 4)."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import assert_never

from openglue.clock import Clock
from openglue.model.admission import Admit, GiveUp, WaitFor, admit, reason
from openglue.model.job import max_concurrent_runs
from openglue.store import admission, jobs, waiting
from openglue.store.admission import Policy
from openglue.store.database import Database, Tx

log = logging.getLogger(__name__)


class Queue:
    def __init__(
        self, database: Database, clock: Clock, policy: Policy, node: str, on_move: Callable[[str], None]
    ) -> None:
        self._database = database
        self._clock = clock
        self._policy = policy
        self._node = node
        self._on_move = on_move

    def round(self) -> None:
        """Look at the WAITING runs once."""
        queue, usage = self._database.read(lambda tx: admission.queue(tx, self._policy))
        for decision in admit(queue, usage, self._policy.limits, self._clock.now()):
            match decision:
                case Admit(run=run):
                    self._write(
                        lambda tx, run=run: admission.admit(  # type: ignore[misc]
                            tx, run, self._policy, actor=self._node, now=self._clock.now()
                        )
                    )
                case GiveUp(run=run, limit=limit):
                    log.info("run %s of %s has waited too long for a limit: %s", run.id, run.job_name, limit)
                    self._write(
                        lambda tx, run=run, limit=limit: admission.give_up(  # type: ignore[misc]
                            tx, run, limit, actor=self._node, now=self._clock.now()
                        )
                    )
                    self._on_move(run.id)
                case WaitFor():
                    self._write(lambda tx, decision=decision: self._wait_for(tx, decision))  # type: ignore[misc]
                case _:
                    assert_never(decision)

    def _wait_for(self, tx: Tx, decision: WaitFor) -> None:
        run, limit = decision.run, decision.limit
        _, definition = jobs.slots(tx, run.job_id)
        slots = max_concurrent_runs(definition, self._policy.defaults)
        detail = reason(limit, run.job_name, slots, self._policy.limits)
        waiting.wait_for(tx, run, limit=limit.value, detail=detail)

    def _write(self, work: Callable[[Tx], object]) -> None:
        self._database.write(work).result(timeout=30)
