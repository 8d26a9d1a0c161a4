"""Retries: a failed run that has retries left is followed by a new run (contract 3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from openglue.model import restart
from openglue.model.arguments import TERMINAL
from openglue.model.run import Run, followed_by
from openglue.model.states import RunState

_SUFFIX = "_attempt_"


def is_retried(run: Run, definition: Mapping[str, Any]) -> bool:
    """Whether the end of `run` calls for a retry, by the MaxRetries of the definition that it was accepted with.

    Only FAILED is retried: neither TIMEOUT nor STOPPED (contract 2 and 3, design 10). Whoever debugs a run starts the
    next one.
    """
    if TERMINAL in (run.fixed.get("Arguments") or {}):
        return False
    return run.state is RunState.FAILED and run.retry_no < int(definition.get("MaxRetries") or 0)


def retry_of(run: Run, *, seq: int, now: int, steady: int, delay_ms: int) -> Run:
    """The run that follows the failed `run`: what was asked for stays, and the id says which attempt it is."""
    retry = followed_by(run, run_id=retry_id(run), seq=seq, now=now, steady=steady)
    return replace(
        retry,
        attempt=run.attempt + 1,
        retry_no=run.retry_no + 1,
        not_before=steady + delay_ms if delay_ms else None,
        state_detail="Waiting for the retry delay" if delay_ms else None,
    )


def retry_id(run: Run) -> str:
    """The id that the retry of `run` has, if there is one."""
    return f"{first_id(run.id)}{_SUFFIX}{run.attempt + 1}"


def first_id(run_id: str) -> str:
    """The id of the run that a run began with, whatever was retried and restarted since."""
    return run_id.partition(_SUFFIX)[0].partition(restart.SUFFIX)[0]
