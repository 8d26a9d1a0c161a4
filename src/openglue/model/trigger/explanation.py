"""Why a run has not made a CONDITIONAL trigger fire: the first rule that held it back, in words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from openglue.model.job import Document
from openglue.model.states import TERMINAL, RunState
from openglue.model.trigger.states import TriggerState
from openglue.model.trigger.trigger import Trigger


class Rule(StrEnum):
    """What keeps a run of a job that a trigger watches from making it fire, in the order in which it is asked."""

    NOT_OVER = "not over"
    OTHER_STATE = "other state"
    RETRIED = "retried"
    MANUAL = "started by a client"
    NOT_ACTIVE = "trigger not active"
    UNREAD = "not looked at yet"
    TOO_EARLY = "ended before"
    PARTNERS = "waits for others"


@dataclass(frozen=True, kw_only=True)
class Watched:
    """What there is to know of a run of a job that a trigger watches."""

    job_name: str
    state: RunState
    #: Trigger that started the run; None if a client did.
    trigger_name: str | None
    #: The run that took over from it.
    retried_as: str | None
    #: The trigger has seen its end as one that it waits for.
    seen: bool
    #: The trigger has not looked at all ends yet that there are.
    unread: bool


def held_back(trigger: Trigger, run: Watched, *, follow_manual: bool) -> tuple[Rule, str]:
    """The rule that keeps a run from having made the trigger fire, and what to tell of it."""
    awaited = conditions(trigger.definition)
    if run.state not in TERMINAL:
        return Rule.NOT_OVER, f"it is {run.state}"
    if (run.job_name, run.state) not in awaited:
        states = ", ".join(state for job, state in awaited if job == run.job_name)
        return Rule.OTHER_STATE, f"it ended {run.state}, and the trigger waits for {states}"
    if run.retried_as is not None:
        return Rule.RETRIED, f"it was retried as {run.retried_as}, and only the last attempt counts"
    if run.trigger_name is None and not follow_manual:
        return (
            Rule.MANUAL,
            "a client started it, and only runs that a trigger started count (setting triggers_follow_manual_runs)",
        )
    if run.seen:
        return Rule.PARTNERS, "it waits for other runs that descend from the same start"
    if trigger.state is not TriggerState.ACTIVATED:
        return Rule.NOT_ACTIVE, f"the trigger is {trigger.state}; StartTrigger lets it wait for runs that end then"
    if run.unread:
        return Rule.UNREAD, "the trigger has not looked at it yet"
    return Rule.TOO_EARLY, "it ended before the trigger began to wait for what it waits for now"


def missing(definition: Document, seen: Iterable[tuple[str, RunState]]) -> list[tuple[str, RunState]]:
    """The conditions that runs of one root leave open."""
    met = set(seen)
    return [condition for condition in conditions(definition) if condition not in met]


def conditions(definition: Document) -> list[tuple[str, RunState]]:
    """The jobs that a trigger waits for, and in which state each of their runs has to end; each once."""
    rows = (definition.get("Predicate") or {}).get("Conditions") or ()
    return list(dict.fromkeys((str(row["JobName"]), RunState(row["State"])) for row in rows))
