"""What tests plan: AdvanceClock, EndNextRun, FailNextCall, ForgetPlans. Refused outside tests (setting `rehearsal`)."""

from __future__ import annotations

from typing import Any

from openglue.api.context import Context
from openglue.errors import AccessDeniedException, GlueError, InvalidInputException
from openglue.rehearsal import PlannedEnd, PlannedError, Rehearsal

#: The errors that may be planned, by their code.
_ERRORS = {error.__name__: error for error in GlueError.__subclasses__()}
#: AWS's own words, where the code has some of its own (contract 12).
_MESSAGES = {"ThrottlingException": "Rate exceeded"}


async def advance_clock(context: Context, request: dict[str, Any]) -> dict[str, Any]:
    """Move the service's clock on, and look at what is due then."""
    _rehearsal(context).clock.advance(request["Milliseconds"])
    context.wake()
    return {}


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
