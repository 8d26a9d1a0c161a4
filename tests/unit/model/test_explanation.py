"""Why a run has not made a trigger fire."""

from __future__ import annotations

from typing import Any

import pytest

from openglue.model.states import RunState
from openglue.model.trigger import Rule, Trigger, TriggerState, Watched, conditions, created_trigger, held_back, missing

S = RunState.SUCCEEDED


def trigger(*, active: bool = True) -> Trigger:
    rows = [{"LogicalOperator": "EQUALS", "JobName": job, "State": "SUCCEEDED"} for job in ("a", "b", "a")]
    request = {
        "Name": "t",
        "Type": "CONDITIONAL",
        "Predicate": {"Logical": "AND", "Conditions": rows},
        "Actions": [{"JobName": "c"}],
        "StartOnCreation": active,
    }
    return created_trigger(request, now=1)


#: A run that has done all that is asked of one, and is held back by the rest.
PERFECT: dict[str, Any] = {
    "job_name": "a",
    "state": S,
    "trigger_name": "go",
    "retried_as": None,
    "seen": True,
    "unread": False,
}


@pytest.mark.parametrize(
    ("changes", "rule", "said"),
    [
        ({}, Rule.PARTNERS, "waits for other runs"),
        ({"state": RunState.RUNNING, "seen": False}, Rule.NOT_OVER, "it is RUNNING"),
        ({"state": RunState.FAILED, "seen": False}, Rule.OTHER_STATE, "ended FAILED, and the trigger waits for SUCC"),
        ({"retried_as": "jr_1_attempt_1", "seen": False}, Rule.RETRIED, "retried as jr_1_attempt_1"),
        ({"trigger_name": None, "seen": False}, Rule.MANUAL, "setting triggers_follow_manual_runs"),
        ({"seen": False, "unread": True}, Rule.UNREAD, "has not looked at it yet"),
        ({"seen": False}, Rule.TOO_EARLY, "before the trigger began to wait"),
    ],
)
def test_the_first_rule_that_held_a_run_back_is_told(changes: dict[str, Any], rule: Rule, said: str):
    found, reason = held_back(trigger(), Watched(**PERFECT | changes), follow_manual=False)
    assert found is rule
    assert said in reason


def test_a_run_by_a_client_is_not_held_back_for_that_where_the_setting_lifts_it():
    run = Watched(**PERFECT | {"trigger_name": None})
    assert held_back(trigger(), run, follow_manual=True)[0] is Rule.PARTNERS


def test_a_trigger_that_is_not_active_is_told():
    idle = trigger(active=False)
    assert idle.state is TriggerState.CREATED
    rule, reason = held_back(idle, Watched(**PERFECT | {"seen": False}), follow_manual=False)
    assert (rule, "StartTrigger" in reason) == (Rule.NOT_ACTIVE, True)


def test_what_a_root_misses_are_the_conditions_that_nothing_has_met():
    definition = trigger().definition
    assert conditions(definition) == [("a", S), ("b", S)]
    assert missing(definition, [("a", S), ("a", S)]) == [("b", S)]
    assert missing(definition, []) == [("a", S), ("b", S)]
