"""A trigger: its row, its definition, and the Trigger structure that clients see.

The definition is the client's own document, member by member, so that what is read back equals what was written.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from openglue.model.job import Document
from openglue.model.schedule import Schedule
from openglue.model.trigger.rules import check_trigger
from openglue.model.trigger.states import Operation, TriggerState, TriggerType, first_state, moved_state

#: Members of CreateTrigger that are no part of the definition, and TriggerUpdate's Name, which means nothing.
_APART = frozenset({"Name", "Type", "Tags", "StartOnCreation"})


@dataclass(frozen=True, kw_only=True)
class Trigger:
    """One row of the triggers table; times are epoch milliseconds."""

    #: `t_` and 64 hex digits: a trigger created again under the same name shares no fire with this one.
    id: str
    name: str
    type: TriggerType
    state: TriggerState
    #: Schedule, Predicate, Actions, Description, EventBatchingCondition as they were given.
    definition: Document
    #: When a SCHEDULED trigger that is ACTIVATED fires next; None if it never does again, and for all others.
    next_fire: int | None
    created_on: int
    last_modified_on: int


def created_trigger(request: Mapping[str, Any], *, now: int) -> Trigger:
    """The trigger that CreateTrigger makes. Raises InvalidInputException for what it may not say."""
    kind = TriggerType(request["Type"])
    definition = _definition(request)
    start_on_creation = bool(request.get("StartOnCreation"))
    check_trigger(kind, definition, start_on_creation=start_on_creation)
    state = first_state(kind, start_on_creation=start_on_creation)
    return Trigger(
        id="t_" + secrets.token_hex(32),
        name=request["Name"],
        type=kind,
        state=state,
        definition=definition,
        next_fire=_next_fire(kind, state, definition, now),
        created_on=now,
        last_modified_on=now,
    )


def updated_trigger(trigger: Trigger, update: Mapping[str, Any], *, now: int) -> Trigger:
    """The trigger with the definition of a TriggerUpdate, which replaces the whole of it. Its state stays.

    A fire that is due and has not happened yet stays due: it was asked for before the update.
    """
    definition = _definition(update)
    check_trigger(trigger.type, definition, start_on_creation=False)
    updated = moved_trigger(replace(trigger, definition=definition), Operation.UPDATE, now=now)
    if trigger.next_fire is not None and trigger.next_fire <= now:
        return replace(updated, next_fire=trigger.next_fire)
    return updated


def moved_trigger(trigger: Trigger, operation: Operation, *, now: int) -> Trigger:
    """The trigger after StartTrigger, StopTrigger or UpdateTrigger. Raises InvalidInputException in AWS's words.

    That an ON_DEMAND trigger fires when it is started is the caller's part.
    """
    state = moved_state(operation, trigger.type, trigger.state)
    if state is None:
        raise ValueError(f"{operation} leaves no trigger")
    return replace(
        trigger,
        state=state,
        next_fire=_next_fire(trigger.type, state, trigger.definition, now),
        last_modified_on=now,
    )


def trigger_members(trigger: Trigger) -> dict[str, Any]:
    """The Trigger structure of GetTrigger. `Id` is reserved by AWS for future use, and absent."""
    return {
        **trigger.definition,
        "Name": trigger.name,
        "Type": trigger.type.value,
        "State": trigger.state.value,
    }


def started_jobs(definition: Document) -> list[str]:
    """Names of the jobs that a trigger starts, each once."""
    return list(dict.fromkeys(action["JobName"] for action in definition["Actions"]))


def watched_jobs(definition: Document) -> list[str]:
    """Names of the jobs whose runs a trigger waits for, each once."""
    conditions = (definition.get("Predicate") or {}).get("Conditions") or ()
    return list(dict.fromkeys(condition["JobName"] for condition in conditions))


def _definition(document: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name not in _APART and value is not None}


def _next_fire(kind: TriggerType, state: TriggerState, definition: Document, now: int) -> int | None:
    if kind is not TriggerType.SCHEDULED or state is not TriggerState.ACTIVATED:
        return None
    return Schedule.parse(definition["Schedule"]).next_fire(now)
