"""The queue: WAITING runs are let in as limits allow, and end when they have waited too long (contract 4)."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from typing import assert_never

from openglue.clock import Clock
from openglue.model.admission import GAVE_UP, Admit, GiveUp, WaitFor, admit, reason
from openglue.store import admission, waiting
from openglue.store.admission import Policy
from openglue.store.database import Database, Tx, do

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
        (queue, slots, usage), steady = self._database.read(
            lambda tx: (admission.queue(tx, self._policy), tx.steady_now())
        )
        for decision in admit(queue, slots, usage, self._policy.limits, steady):
            do(self._database, partial(self._carry_out, decision))
            if isinstance(decision, GiveUp):
                run = decision.run
                log.info("run %s of %s has waited too long: %s", run.run_id, run.job_name, GAVE_UP[decision.limit])
                self._on_move(run.run_id)

    def _carry_out(self, decision: Admit | GiveUp | WaitFor, tx: Tx) -> None:
        now = self._clock.now()
        match decision:
            case Admit(run=run):
                admission.admit(tx, run.run_id, self._policy, actor=self._node, now=now)
            case GiveUp(run=run, limit=limit):
                admission.give_up(tx, run.run_id, limit, actor=self._node, now=now)
            case WaitFor(run=run, limit=limit):
                most = admission.slots(tx, run.job_id, self._policy).most
                detail = reason(limit, run.job_name, most, self._policy.limits)
                waiting.wait_for(tx, run.run_id, limit=limit.value, detail=detail)
            case _:
                assert_never(decision)
