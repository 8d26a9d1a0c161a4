"""What tests plan: AdvanceClock, EndNextRun, FailNextCall, ForgetPlans. Refused outside tests (setting `rehearsal`)."""

from __future__ import annotations

import asyncio
from typing import Any

from openglue.api.context import Context
from openglue.errors import AccessDeniedException, GlueError, InvalidInputException
from openglue.rehearsal import PlannedEnd, PlannedError, Rehearsal
from openglue.store import triggers

#: Scheduled fires that one step of the clock may pass, and seconds for each to be recorded.
FIRES = 1000
FIRE_DEADLINE_S = 10.0
#: The errors that may be planned, by their code.
_ERRORS = {error.__name__: error for error in GlueError.__subclasses__()}
#: AWS's own words, where the code has some of its own (contract 12).
_MESSAGES = {"ThrottlingException": "Rate exceeded"}


async def advance_clock(context: Context, request: dict[str, Any]) -> dict[str, Any]:
    """Move the service's clock on, past every scheduled fire in between: each is recorded before the clock goes on.

    Raises InvalidInputException if there are too many of them; the clock stands at the last one then.
    """
    clock = _rehearsal(context).clock
    target = clock.now() + request["Milliseconds"]
    for _ in range(FIRES):
        due = await context.read(triggers.next_fire)
        if due is None or due > target:
            clock.advance(target - clock.now())
            context.wake()
            return {}
        clock.advance(max(due - clock.now(), 0))
        context.wake()
        async with asyncio.timeout(FIRE_DEADLINE_S):
            while await context.read(triggers.next_fire) == due:
                await asyncio.sleep(0.002)
    raise InvalidInputException(f"Milliseconds {request['Milliseconds']} pass more than {FIRES} scheduled fires")


async def end_next_run(context: Context, request: dict[str, Any]) -> dict[str, Any]:
    end = PlannedEnd(state=request["JobRunState"], message=request.get("ErrorMessage"), job=request.get("JobName"))
    _rehearsal(context).plan_end(end, request.get("Times") or 1)
    return {}


async def fail_next_call(context: Context, request: dict[str, Any]) -> dict[str, Any]:
    if request["Code"] not in _ERRORS:
        raise InvalidInputException(
            f"Code {request['Code']} is not valid: one of {', '.join(sorted(_ERRORS))} is expected"
        )
    error = PlannedError(code=request["Code"], operation=request.get("Operation"))
    _rehearsal(context).plan_error(error, request.get("Times") or 1)
    return {}


async def forget_plans(context: Context, _request: dict[str, Any]) -> dict[str, Any]:
    _rehearsal(context).clear()
    return {}


def fail_if_planned(rehearsal: Rehearsal, operation: str) -> None:
    """Raise the error that a test has planned for this call of one of Glue's operations."""
    code = rehearsal.take_error(operation)
    if code is not None:
        raise _ERRORS[code](_MESSAGES.get(code, "This call fails because a test has asked for it"))


def _rehearsal(context: Context) -> Rehearsal:
    if context.rehearsal is None:
        raise AccessDeniedException(
            "This service does real work: only one with the setting `rehearsal` lets a test decide what happens. "
            "The fixture `openglue` of the pytest plugin starts one."
        )
    return context.rehearsal
