"""The end of a run: its final state, its ledger row, its event and the run that follows it, in one transaction."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from openglue.model.outcome import Outcome, verdict
from openglue.model.restart import restart_of, successor_of
from openglue.model.retry import is_retried, retry_of
from openglue.model.run import Run
from openglue.model.states import Cause, RunState
from openglue.store import account, jobs, runs
from openglue.store.database import Tx


def finish(tx: Tx, run: Run, result: Outcome, *, actor: str, now: int, retry_delay_ms: int) -> Run | None:
    """End a run with what happened to it; None if somebody else has ended it or holds another fence (promise P3)."""
    judged = verdict(result, run.state, run.command)
    ended = runs.move(
        tx,
        run,
        judged.state,
        cause=judged.cause,
        actor=actor,
        now=min(now, result.ended_on or now),
        detail=judged.error_message,
        execution_ms=result.execution_ms if run.running_on is not None else 0,
        error_message=judged.error_message,
        outcome=msgspec.json.encode(result.to_json()).decode(),
    )
    if ended is None:
        return None
    # What follows a run does not start before its end, although the wall clock may have been set back.
    after = max(now, ended.last_modified_on)
    if ended.state is RunState.FAILED and is_retried(ended, jobs.definition(tx, ended.definition_sha)):
        _follow(
            tx,
            ended,
            lambda seq: retry_of(ended, seq=seq, now=after, steady=tx.steady_now(), delay_ms=retry_delay_ms),
            cause=Cause.RETRIED,
            actor=actor,
            detail=f"attempt {ended.attempt} ended: {ended.error_message or ended.state}",
        )
    elif ended.state is RunState.EXPIRED and restart_of(ended) is not None:
        _follow(
            tx,
            ended,
            lambda seq: successor_of(ended, seq=seq, now=after, steady=tx.steady_now()),
            cause=Cause.RESTARTED,
            actor=actor,
        )
    return ended


def _follow(
    tx: Tx, ended: Run, follower: Callable[[int], Run], *, cause: Cause, actor: str, detail: str | None = None
) -> None:
    """The follower takes over the slot that the ended run has just given back, whatever the limits are by now.

    A job that was deleted meanwhile, or created anew under the same name, is not started again.
    """
    seq = jobs.take_again(tx, ended.job_id)
    if seq is None:
        return
    run = follower(seq)
    account.change(tx, runs=1, dpu_16ths=run.dpu_16ths)
    runs.add(tx, run, cause=cause, actor=actor, root_fire=runs.root_fire(tx, ended.id), detail=detail)
