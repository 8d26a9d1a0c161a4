"""The types and states of triggers, and the one table of what operations make of them.

An operation is one transaction here, so that the passing states of the service model are never seen.
"""

from __future__ import annotations

from enum import StrEnum

from openglue.errors import InvalidInputException


class TriggerType(StrEnum):
    SCHEDULED = "SCHEDULED"  #: fires at the times of its Schedule
    CONDITIONAL = "CONDITIONAL"  #: fires when ended runs satisfy its Predicate
    ON_DEMAND = "ON_DEMAND"  #: fires when it is started
    EVENT = "EVENT"  #: fires on events from outside; kept and returned, nothing fires it yet


class TriggerState(StrEnum):
    """TriggerState of the service model, without the passing states (CREATING, ACTIVATING, DELETING...)."""

    CREATED = "CREATED"  #: does not fire by itself; ON_DEMAND and EVENT triggers stay here
    ACTIVATED = "ACTIVATED"  #: fires; StopTrigger ends that
    DEACTIVATED = "DEACTIVATED"  #: does not fire; StartTrigger ends that


class Operation(StrEnum):
    START = "StartTrigger"
    STOP = "StopTrigger"
    UPDATE = "UpdateTrigger"
    DELETE = "DeleteTrigger"


_T, _S, _O = TriggerType, TriggerState, Operation
#: Types that are switched on and off.
SWITCHED = (_T.SCHEDULED, _T.CONDITIONAL)
_ALL = tuple(TriggerType)

#: Add a move here: the state in which an operation leaves a trigger of a type; None is "no longer there".
#: AWS tells nothing of StartTrigger on an ACTIVATED trigger and of StopTrigger on a DEACTIVATED one: they are refused
#: as StopTrigger on a CREATED one is seen to be. UpdateTrigger works in every state, so that tools that stop a trigger
#: before it work as well as those that do not.
MOVES: dict[tuple[Operation, TriggerType, TriggerState], TriggerState | None] = {
    (operation, kind, origin): to
    for operation, kinds, origin, to in (
        (_O.START, SWITCHED, _S.CREATED, _S.ACTIVATED),
        (_O.START, SWITCHED, _S.DEACTIVATED, _S.ACTIVATED),
        (_O.START, (_T.ON_DEMAND,), _S.CREATED, _S.CREATED),
        (_O.STOP, SWITCHED, _S.ACTIVATED, _S.DEACTIVATED),
        (_O.UPDATE, _ALL, _S.CREATED, _S.CREATED),
        (_O.UPDATE, SWITCHED, _S.ACTIVATED, _S.ACTIVATED),
        (_O.UPDATE, SWITCHED, _S.DEACTIVATED, _S.DEACTIVATED),
        (_O.DELETE, _ALL, _S.CREATED, None),
        (_O.DELETE, SWITCHED, _S.ACTIVATED, None),
        (_O.DELETE, SWITCHED, _S.DEACTIVATED, None),
    )
    for kind in kinds
}


def first_state(kind: TriggerType, *, start_on_creation: bool) -> TriggerState:
    """The state of a trigger that was just created."""
    return TriggerState.ACTIVATED if start_on_creation and kind in SWITCHED else TriggerState.CREATED


def moved_state(operation: Operation, kind: TriggerType, state: TriggerState) -> TriggerState | None:
    """The state after an operation; None if the trigger is gone. Raises InvalidInputException in AWS's words."""
    if operation is Operation.START and kind is TriggerType.EVENT:
        raise InvalidInputException(f"Trigger Type {kind} cannot be started")  # observed
    try:
        return MOVES[operation, kind, state]
    except KeyError:
        # Observed of StopTrigger on a CREATED trigger, of any type.
        raise InvalidInputException(f"The operation is not allowed when trigger is in state: {state}") from None
