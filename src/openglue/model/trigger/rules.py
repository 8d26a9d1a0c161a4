"""What the definition of a trigger may say beyond what the service model states (contract 10).

A rule is a small function from a definition to the sentence that refuses it, or None; RULES has them in the order in
which they are told. Sentences marked "observed" are AWS's own; the others are ours, name the member and say what would
be right.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from typing import Any

from openglue.errors import InvalidInputException
from openglue.model.job import Document
from openglue.model.schedule import Schedule
from openglue.model.states import RunState
from openglue.model.trigger.states import TriggerType

#: Actions of one trigger (contract 4: jobs per trigger).
MAX_ACTIONS = 50
#: States of a run that a condition may wait for.
WATCHED_STATES = (RunState.SUCCEEDED, RunState.STOPPED, RunState.FAILED, RunState.TIMEOUT)

#: The member that makes a type fire; it belongs to this type alone.
_OWN_MEMBER = {
    "Schedule": TriggerType.SCHEDULED,
    "Predicate": TriggerType.CONDITIONAL,
    "EventBatchingCondition": TriggerType.EVENT,
}

Rule = Callable[[TriggerType, Document], str | None]


def check_trigger(kind: TriggerType, definition: Document, *, start_on_creation: bool) -> None:
    """Judge the definition of CreateTrigger or UpdateTrigger. Raises InvalidInputException with the rule it breaks."""
    if start_on_creation and kind is TriggerType.ON_DEMAND:
        raise InvalidInputException(
            "StartOnCreation is not supported for ON_DEMAND triggers: StartTrigger fires such a trigger"
        )
    for rule in RULES:
        refusal = rule(kind, definition)
        if refusal is not None:
            raise InvalidInputException(refusal)
    if kind is TriggerType.SCHEDULED:
        Schedule.parse(definition["Schedule"])


def check_acyclic(name: str, definition: Document, others: Iterable[tuple[str, Document]]) -> None:
    """Refuse a trigger through which a job would start itself again and again.

    `others` are the names and definitions of all triggers; one of the same name counts as replaced. Raises
    InvalidInputException with the way around.
    """
    following: dict[str, list[tuple[str, str]]] = {}
    for other, document in others:
        if other != name:
            for watched in _watched(document):
                following.setdefault(watched, []).extend((other, started) for started in _started(document))
    goals = set(_watched(definition))
    #: Jobs that have been reached, and how.
    ways: dict[str, list[str]] = {job: [f"trigger {name}", f"job {job}"] for job in _started(definition)}
    pending = deque(ways)
    while pending:
        job = pending.popleft()
        if job in goals:
            raise InvalidInputException(
                f"Predicate: job {job} would start itself again: {' -> '.join([f'job {job}', *ways[job]])}"
            )
        for trigger, started in following.get(job, ()):
            if started not in ways:
                ways[started] = [*ways[job], f"trigger {trigger}", f"job {started}"]
                pending.append(started)


def _workflow(_kind: TriggerType, definition: Document) -> str | None:
    return "WorkflowName: workflows are not served here" if definition.get("WorkflowName") else None


def _actions(_kind: TriggerType, definition: Document) -> str | None:
    actions = definition.get("Actions") or ()
    if not actions:
        return "Actions is required: at least one action is expected, and an update replaces the whole definition"
    if len(actions) > MAX_ACTIONS:
        return f"Actions: {len(actions)} actions are not valid: at most {MAX_ACTIONS} are expected"
    for number, action in enumerate(actions):
        if action.get("CrawlerName"):
            return f"Actions[{number}].CrawlerName: crawlers are not served here, an action starts a job"
        if not action.get("JobName"):
            return f"Actions[{number}].JobName is required"
    return None


def _conditions(_kind: TriggerType, definition: Document) -> str | None:
    for number, condition in enumerate(_conditions_of(definition)):
        if not condition.get("LogicalOperator"):
            return "Logical operator cannot be null or empty"  # observed
        if not condition.get("CrawlState" if condition.get("CrawlerName") else "State"):
            return "State cannot be null or empty"  # observed
        where = f"Predicate.Conditions[{number}]"
        if condition.get("CrawlerName"):
            return f"{where}.CrawlerName: crawlers are not served here, a condition waits for a job"
        if not condition.get("JobName"):
            return f"{where}.JobName is required"
        if condition["State"] not in WATCHED_STATES:
            expected = ", ".join(WATCHED_STATES)
            return f"{where}.State {condition['State']} is not valid: one of {expected} is expected"
    return None


def _logical(_kind: TriggerType, definition: Document) -> str | None:
    if len(_conditions_of(definition)) > 1 and not definition["Predicate"].get("Logical"):
        return "Predicate.Logical is required with more than one condition: AND or ANY is expected"
    return None


def _job_on_both_sides(_kind: TriggerType, definition: Document) -> str | None:
    # Told before the type is looked at: AWS was seen to say this of a SCHEDULED trigger with a predicate.
    if set(_watched(definition)) & set(_started(definition)):
        return "Job cannot be a Predicate and Action for Conditional Trigger."  # observed
    return None


def _own_member(kind: TriggerType, definition: Document) -> str | None:
    conditions = _conditions_of(definition)
    for member, owner in _OWN_MEMBER.items():
        said = conditions if member == "Predicate" else definition.get(member)
        if kind is not owner and said:
            return f"{member} is not valid for {kind} triggers: it belongs to {owner} ones"
    if kind is TriggerType.SCHEDULED and not definition.get("Schedule"):
        return "Schedule is required for SCHEDULED triggers"
    if kind is TriggerType.CONDITIONAL and not conditions:
        return "Predicate is required for CONDITIONAL triggers, with at least one condition"
    return None


def _conditions_of(definition: Document) -> list[dict[str, Any]]:
    return list((definition.get("Predicate") or {}).get("Conditions") or ())


def _watched(definition: Document) -> list[str]:
    return [condition["JobName"] for condition in _conditions_of(definition)]


def _started(definition: Document) -> list[str]:
    return [action["JobName"] for action in definition["Actions"]]


#: The rules, in the order in which they are told. Add a rule here.
RULES: tuple[Rule, ...] = (_workflow, _actions, _conditions, _logical, _job_on_both_sides, _own_member)
