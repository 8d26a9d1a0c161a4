"""The end of a run: its final state, its ledger row, its event and its retry, in one transaction."""

from __future__ import annotations

import msgspec

from openglue.model.outcome import Outcome, verdict
from openglue.model.retry import is_retried, retry_of
from openglue.model.run import Run
from openglue.model.states import Cause, RunState
from openglue.store import account, jobs, runs
from openglue.store.database import Tx


def finish(tx: Tx, run: Run, result: Outcome, *, actor: str, now: int, retry_delay_ms: int) -> Run | None:
    """End a run with what happened to it; None if somebody else has ended it or holds another fence (promise P3)."""
    judged = verdict(result, run.state, run.command)
    ended_at = max(min(now, result.ended_on or now), run.running_on or run.started_on)
    ended = runs.move(
        tx,
        run,
        judged.state,
        cause=judged.cause,
        actor=actor,
        now=ended_at,
        detail=judged.error_message,
        completed_on=ended_at,
        execution_ms=result.execution_ms if run.running_on is not None else 0,
        error_message=judged.error_message,
        outcome=msgspec.json.encode(result.to_json()).decode(),
    )
    if ended is None or ended.state is not RunState.FAILED:
        return ended
    if is_retried(ended, jobs.definition(tx, ended.definition_sha)):
        _retry(tx, ended, actor=actor, now=now, delay_ms=retry_delay_ms)
    return ended


def _retry(tx: Tx, failed: Run, *, actor: str, now: int, delay_ms: int) -> None:
    """The retry takes over the slot that the failed attempt has just given back, whatever the limits are by now.

    A job that was deleted meanwhile, or created anew under the same name, is not started again.
    """
    seq = jobs.take_again(tx, failed.job_id)
    if seq is None:
        return
    retry = retry_of(failed, seq=seq, now=now, delay_ms=delay_ms)
    account.change(tx, runs=1, dpu_16ths=retry.dpu_16ths)
    runs.add(
        tx,
        retry,
        cause=Cause.RETRIED,
        actor=actor,
        root_fire=runs.root_fire(tx, failed.id),
        detail=f"attempt {failed.attempt} ended: {failed.error_message or failed.state}",
    )
