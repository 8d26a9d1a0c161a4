"""Triggers: what starts jobs at a time, after other runs, or on demand (contract 10).

`states` has the one table of their moves, `trigger` the value and what operations make of it, `rules` what a
definition may say, `predicate` when runs that have ended satisfy it, `fire` what becomes of it then, `explanation` why
nothing did.
"""

from openglue.model.trigger.explanation import Rule, Watched, conditions, held_back, missing
from openglue.model.trigger.fire import Action, Fire, for_job, run_request
from openglue.model.trigger.predicate import Causes, End, satisfied
from openglue.model.trigger.rules import MAX_ACTIONS, WATCHED_STATES, check_acyclic, check_trigger
from openglue.model.trigger.states import MOVES, Operation, TriggerState, TriggerType, moved_state
from openglue.model.trigger.trigger import (
    Trigger,
    created_trigger,
    moved_trigger,
    started_jobs,
    trigger_members,
    updated_trigger,
    watched_jobs,
)

__all__ = [
    "MAX_ACTIONS",
    "MOVES",
    "WATCHED_STATES",
    "Action",
    "Causes",
    "End",
    "Fire",
    "Operation",
    "Rule",
    "Trigger",
    "TriggerState",
    "TriggerType",
    "Watched",
    "check_acyclic",
    "check_trigger",
    "conditions",
    "created_trigger",
    "for_job",
    "held_back",
    "missing",
    "moved_state",
    "moved_trigger",
    "run_request",
    "satisfied",
    "started_jobs",
    "trigger_members",
    "updated_trigger",
    "watched_jobs",
]
