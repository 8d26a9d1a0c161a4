"""What triggers may say, how they move, and when ended runs make them fire."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openglue.errors import InvalidInputException
from openglue.model.states import RunState
from openglue.model.trigger import (
    MAX_ACTIONS,
    MOVES,
    WATCHED_STATES,
    Causes,
    End,
    Operation,
    Trigger,
    TriggerState,
    TriggerType,
    check_acyclic,
    created_trigger,
    moved_state,
    moved_trigger,
    satisfied,
    started_jobs,
    trigger_members,
    updated_trigger,
    watched_jobs,
)

#: 2026-01-01 00:00 UTC.
NOW = 1_767_225_600_000
DAY = 86_400_000


def condition(job: str, state: str = "SUCCEEDED") -> dict[str, Any]:
    return {"LogicalOperator": "EQUALS", "JobName": job, "State": state}


def predicate(*jobs: str, logical: str | None = "AND") -> dict[str, Any]:
    conditions = [condition(job) for job in jobs]
    return {"Conditions": conditions} if logical is None else {"Logical": logical, "Conditions": conditions}


def actions(*jobs: str) -> list[dict[str, Any]]:
    return [{"JobName": job} for job in jobs]


DEFINITIONS: dict[str, dict[str, Any]] = {
    "SCHEDULED": {"Schedule": "cron(15 12 * * ? *)", "Actions": actions("a")},
    "CONDITIONAL": {"Predicate": predicate("w"), "Actions": actions("a")},
    "ON_DEMAND": {"Actions": actions("a")},
    "EVENT": {"Actions": actions("a"), "EventBatchingCondition": {"BatchSize": 5, "BatchWindow": 900}},
}


def create(kind: str, **changes: Any) -> Trigger:
    return created_trigger({"Name": "t", "Type": kind, **DEFINITIONS[kind], **changes}, now=NOW)


def refusal(kind: str, **changes: Any) -> str:
    with pytest.raises(InvalidInputException) as caught:
        create(kind, **changes)
    return caught.value.message


# The value.


def test_a_trigger_shows_what_it_was_given_and_its_state():
    given_members = {
        "Predicate": predicate("w", "v", logical="ANY"),
        "Actions": [{"JobName": "a", "Arguments": {"--x": ""}, "Timeout": 5, "NotificationProperty": {}}],
        "Description": "",
    }
    trigger = create("CONDITIONAL", **given_members, Tags={"k": "v"}, StartOnCreation=True)
    assert trigger_members(trigger) == {**given_members, "Name": "t", "Type": "CONDITIONAL", "State": "ACTIVATED"}


def test_a_trigger_of_the_same_name_is_another_one():
    assert create("ON_DEMAND").id != create("ON_DEMAND").id


def test_an_update_replaces_the_whole_definition_and_leaves_name_and_state():
    trigger = create("SCHEDULED", Description="old", StartOnCreation=True)
    updated = updated_trigger(
        trigger, {"Name": "other", "Schedule": "cron(0 1 * * ? *)", "Actions": actions("b")}, now=NOW + 1000
    )
    assert trigger_members(updated) == {
        "Name": "t",
        "Type": "SCHEDULED",
        "State": "ACTIVATED",
        "Schedule": "cron(0 1 * * ? *)",
        "Actions": actions("b"),
    }
    assert (updated.id, updated.created_on, updated.last_modified_on) == (trigger.id, NOW, NOW + 1000)
    assert updated.next_fire == NOW + 3_600_000


def test_an_update_is_judged_like_a_creation():
    with pytest.raises(InvalidInputException, match="Schedule is required for SCHEDULED triggers"):
        updated_trigger(create("SCHEDULED"), {"Actions": actions("b")}, now=NOW)


def test_a_fire_that_is_due_survives_an_update():
    trigger = create("SCHEDULED", StartOnCreation=True)
    noon = trigger.next_fire
    assert noon == NOW + (12 * 60 + 15) * 60_000
    update = {"Schedule": "cron(0 1 * * ? *)", "Actions": actions("b")}
    assert updated_trigger(trigger, update, now=noon).next_fire == noon
    assert updated_trigger(trigger, update, now=noon - 1).next_fire == NOW + DAY + 3_600_000


def test_only_an_active_scheduled_trigger_has_a_next_fire():
    assert create("SCHEDULED").next_fire is None
    active = moved_trigger(create("SCHEDULED"), Operation.START, now=NOW)
    assert active.next_fire == NOW + (12 * 60 + 15) * 60_000
    assert moved_trigger(active, Operation.STOP, now=NOW).next_fire is None
    assert create("CONDITIONAL", StartOnCreation=True).next_fire is None
    assert create("SCHEDULED", Schedule="cron(0 0 1 1 ? 2020)", StartOnCreation=True).next_fire is None


def test_a_trigger_knows_its_jobs_once_each():
    trigger = create("CONDITIONAL", Predicate=predicate("w", "v", "w"), Actions=actions("a", "b", "a"))
    assert started_jobs(trigger.definition) == ["a", "b"]
    assert watched_jobs(trigger.definition) == ["w", "v"]
    assert watched_jobs(create("ON_DEMAND").definition) == []


# Moves.


@pytest.mark.parametrize(
    ("kind", "start_on_creation", "state"),
    [
        ("SCHEDULED", False, "CREATED"),
        ("SCHEDULED", True, "ACTIVATED"),
        ("CONDITIONAL", False, "CREATED"),
        ("CONDITIONAL", True, "ACTIVATED"),
        ("ON_DEMAND", False, "CREATED"),
        ("EVENT", False, "CREATED"),
        ("EVENT", True, "CREATED"),
    ],
)
def test_a_new_trigger_is_active_only_if_that_was_asked_for(kind: str, start_on_creation: bool, state: str):  # noqa: FBT001 - a parameter of the table above
    assert create(kind, StartOnCreation=start_on_creation).state == state


SWITCHED_MOVES = {
    ("StartTrigger", "CREATED"): "ACTIVATED",
    ("StartTrigger", "DEACTIVATED"): "ACTIVATED",
    ("StopTrigger", "ACTIVATED"): "DEACTIVATED",
    **{("UpdateTrigger", state): state for state in ("CREATED", "ACTIVATED", "DEACTIVATED")},
    **{("DeleteTrigger", state): None for state in ("CREATED", "ACTIVATED", "DEACTIVATED")},
}
EXPECTED_MOVES = {
    "SCHEDULED": SWITCHED_MOVES,
    "CONDITIONAL": SWITCHED_MOVES,
    "ON_DEMAND": {
        ("StartTrigger", "CREATED"): "CREATED",
        ("UpdateTrigger", "CREATED"): "CREATED",
        ("DeleteTrigger", "CREATED"): None,
    },
    "EVENT": {("UpdateTrigger", "CREATED"): "CREATED", ("DeleteTrigger", "CREATED"): None},
}


def test_the_table_of_moves_is_what_aws_says():
    for kind in TriggerType:
        moves = {(operation, state): to for (operation, of, state), to in MOVES.items() if of is kind}
        assert moves == EXPECTED_MOVES[kind]


@pytest.mark.parametrize("kind", list(TriggerType))
@pytest.mark.parametrize("state", list(TriggerState))
@pytest.mark.parametrize("operation", list(Operation))
def test_a_move_that_is_not_in_the_table_is_refused_in_aws_words(
    kind: TriggerType, state: TriggerState, operation: Operation
):
    if (operation, kind, state) in MOVES:
        assert moved_state(operation, kind, state) == MOVES[operation, kind, state]
        return
    with pytest.raises(InvalidInputException) as caught:
        moved_state(operation, kind, state)
    if operation is Operation.START and kind is TriggerType.EVENT:
        assert caught.value.message == "Trigger Type EVENT cannot be started"
    else:
        assert caught.value.message == f"The operation is not allowed when trigger is in state: {state}"


def test_a_stopped_trigger_can_be_started_again():
    trigger = create("CONDITIONAL", StartOnCreation=True)
    for operation, state in ((Operation.STOP, "DEACTIVATED"), (Operation.START, "ACTIVATED")):
        trigger = moved_trigger(trigger, operation, now=NOW + 1)
        assert trigger.state == state
        assert trigger.last_modified_on == NOW + 1
    assert moved_trigger(create("ON_DEMAND"), Operation.START, now=NOW).state is TriggerState.CREATED


# What a definition may say.


@pytest.mark.parametrize("kind", list(DEFINITIONS))
def test_the_plain_definition_of_each_type_is_accepted(kind: str):
    assert create(kind).definition == DEFINITIONS[kind]


@pytest.mark.parametrize(
    ("kind", "changes", "message"),
    [
        # Observed.
        (
            "CONDITIONAL",
            {"Predicate": {"Conditions": [{"JobName": "w", "State": "SUCCEEDED"}]}},
            "Logical operator cannot be null or empty",
        ),
        (
            "CONDITIONAL",
            {"Predicate": {"Conditions": [{"CrawlerName": "c", "CrawlState": "SUCCEEDED"}]}},
            "Logical operator cannot be null or empty",
        ),
        (
            "CONDITIONAL",
            {"Predicate": {"Conditions": [{"LogicalOperator": "EQUALS", "CrawlerName": "c", "State": "SUCCEEDED"}]}},
            "State cannot be null or empty",
        ),
        (
            "CONDITIONAL",
            {"Predicate": {"Conditions": [{"LogicalOperator": "EQUALS", "JobName": "w"}]}},
            "State cannot be null or empty",
        ),
        (
            "CONDITIONAL",
            {"Predicate": predicate("w", "a"), "Actions": actions("b", "a")},
            "Job cannot be a Predicate and Action for Conditional Trigger.",
        ),
        ("SCHEDULED", {"Predicate": predicate("a")}, "Job cannot be a Predicate and Action for Conditional Trigger."),
        # Ours.
        (
            "CONDITIONAL",
            {"Predicate": predicate("w", "v", logical=None)},
            "Predicate.Logical is required with more than one condition: AND or ANY is expected",
        ),
        (
            "CONDITIONAL",
            {"Predicate": {"Conditions": [condition("w", "ERROR")]}},
            "Predicate.Conditions[0].State ERROR is not valid: one of SUCCEEDED, STOPPED, FAILED, TIMEOUT is expected",
        ),
        (
            "CONDITIONAL",
            {"Predicate": {"Conditions": [condition("w"), {"LogicalOperator": "EQUALS", "State": "FAILED"}]}},
            "Predicate.Conditions[1].JobName is required",
        ),
        (
            "CONDITIONAL",
            {
                "Predicate": {
                    "Conditions": [{"LogicalOperator": "EQUALS", "CrawlerName": "c", "CrawlState": "SUCCEEDED"}]
                }
            },
            "Predicate.Conditions[0].CrawlerName: crawlers are not served here, a condition waits for a job",
        ),
        (
            "CONDITIONAL",
            {"Predicate": None},
            "Predicate is required for CONDITIONAL triggers, with at least one condition",
        ),
        (
            "CONDITIONAL",
            {"Predicate": {"Logical": "AND", "Conditions": []}},
            "Predicate is required for CONDITIONAL triggers, with at least one condition",
        ),
        (
            "CONDITIONAL",
            {"Schedule": "cron(15 12 * * ? *)"},
            "Schedule is not valid for CONDITIONAL triggers: it belongs to SCHEDULED ones",
        ),
        ("SCHEDULED", {"Schedule": None}, "Schedule is required for SCHEDULED triggers"),
        ("SCHEDULED", {"Schedule": ""}, "Schedule is required for SCHEDULED triggers"),
        (
            "SCHEDULED",
            {"Predicate": predicate("w")},
            "Predicate is not valid for SCHEDULED triggers: it belongs to CONDITIONAL ones",
        ),
        (
            "ON_DEMAND",
            {"EventBatchingCondition": {"BatchSize": 1}},
            "EventBatchingCondition is not valid for ON_DEMAND triggers: it belongs to EVENT ones",
        ),
        (
            "ON_DEMAND",
            {"StartOnCreation": True},
            "StartOnCreation is not supported for ON_DEMAND triggers: StartTrigger fires such a trigger",
        ),
        (
            "ON_DEMAND",
            {"Actions": []},
            "Actions is required: at least one action is expected, and an update replaces the whole definition",
        ),
        ("ON_DEMAND", {"Actions": [{"JobName": "a"}, {"Timeout": 3}]}, "Actions[1].JobName is required"),
        (
            "ON_DEMAND",
            {"Actions": [{"CrawlerName": "c"}]},
            "Actions[0].CrawlerName: crawlers are not served here, an action starts a job",
        ),
        (
            "ON_DEMAND",
            {"Actions": actions(*("a" * (MAX_ACTIONS + 1)))},
            "Actions: 51 actions are not valid: at most 50 are expected",
        ),
        ("ON_DEMAND", {"WorkflowName": "f"}, "WorkflowName: workflows are not served here"),
    ],
)
def test_a_definition_that_means_nothing_is_refused(kind: str, changes: dict[str, Any], message: str):
    assert refusal(kind, **changes) == message


def test_a_bad_schedule_is_refused_with_the_field():
    assert refusal("SCHEDULED", Schedule="cron(61 12 * * ? *)").startswith("Schedule: minutes field '61' is not valid")
    assert "at least 5 minutes" in refusal("SCHEDULED", Schedule="cron(* * * * ? *)")


def test_what_is_empty_counts_as_absent():
    create("ON_DEMAND", Schedule="", Predicate={"Conditions": []}, StartOnCreation=False)
    create("CONDITIONAL", Predicate=predicate("w", logical=None))
    create("ON_DEMAND", Actions=actions(*("a" * MAX_ACTIONS)))
    for state in WATCHED_STATES:
        create("CONDITIONAL", Predicate={"Conditions": [condition("w", state.value)]})


# Cycles.


def chain(name: str, watched: str, started: str) -> tuple[str, dict[str, Any]]:
    return name, {"Predicate": predicate(watched), "Actions": actions(started)}


def test_a_chain_that_comes_back_is_refused_with_its_way():
    others = [chain("t1", "a", "b"), chain("t2", "b", "c"), ("start", {"Actions": actions("a")})]
    with pytest.raises(InvalidInputException) as caught:
        check_acyclic(*chain("t3", "c", "a"), others)
    assert caught.value.message == (
        "Predicate: job c would start itself again: "
        "job c -> trigger t3 -> job a -> trigger t1 -> job b -> trigger t2 -> job c"
    )


def test_a_trigger_does_not_count_beside_its_own_replacement():
    check_acyclic(*chain("t", "b", "a"), [chain("t", "a", "b")])


def test_a_cycle_of_others_is_theirs():
    check_acyclic(*chain("t", "w", "a"), [chain("there", "a", "b"), chain("back", "b", "a")])


def test_a_diamond_is_no_cycle():
    diamond = [chain("left", "a", "b"), chain("right", "a", "c")]
    join = ("join", {"Predicate": predicate("b", "c"), "Actions": actions("d")})
    check_acyclic(*join, diamond)
    check_acyclic("left", {"Predicate": predicate("d"), "Actions": actions("e")}, [*diamond, join])
    check_acyclic("start", {"Schedule": "cron(15 12 * * ? *)", "Actions": actions("a")}, [*diamond, join])


# When ended runs satisfy a trigger.


def end(run: str, job: str, state: str = "SUCCEEDED", *, root: str = "r", at: int = 0, by: str | None = "t0") -> End:
    return End(run_id=run, job_name=job, state=RunState(state), root_fire=root, trigger_name=by, ended_on=at)


def causing(definition: dict[str, Any], *ends: End, **options: Any) -> list[list[str]]:
    return [[cause.run_id for cause in causes.ends] for causes in satisfied(definition, ends, **options)]


BOTH = {"Predicate": predicate("a", "b"), "Actions": actions("x")}
EITHER = {"Predicate": predicate("a", "b", logical="ANY"), "Actions": actions("x")}
ONE = {"Predicate": predicate("a", logical=None), "Actions": actions("x")}


def test_and_waits_for_all_conditions_and_lists_runs_in_their_order():
    assert causing(BOTH, end("b1", "b", at=1)) == []
    assert causing(BOTH, end("b1", "b", at=1), end("a1", "a", at=2)) == [["a1", "b1"]]


def test_any_fires_once_for_each_run():
    assert causing(EITHER, end("b1", "b", at=1), end("a1", "a", at=2)) == [["b1"], ["a1"]]


def test_one_condition_fires_for_each_run_whatever_the_root():
    assert causing(ONE, end("a2", "a", root="r2", at=2), end("a1", "a", at=1)) == [["a1"], ["a2"]]
    assert causing({"Predicate": predicate("a")}, end("a1", "a"), end("a2", "a")) == [["a1"], ["a2"]]


def test_generations_do_not_mix():
    monday, tuesday = {"root": "monday"}, {"root": "tuesday"}
    ends = [end("a1", "a", **monday, at=1), end("b2", "b", **tuesday, at=2)]
    assert causing(BOTH, *ends) == []
    ends += [end("a2", "a", **tuesday, at=3), end("b1", "b", **monday, at=4)]
    assert causing(BOTH, *ends) == [["a2", "b2"], ["a1", "b1"]]


def test_a_run_is_used_once():
    ends = [end("a1", "a", at=1), end("b1", "b", at=2), end("b2", "b", at=3)]
    assert causing(BOTH, *ends) == [["a1", "b1"]]
    assert causing(BOTH, *ends, consumed={"a1", "b1"}) == []
    assert causing(BOTH, *ends, end("a2", "a", at=4), consumed={"a1", "b1"}) == [["a2", "b2"]]
    assert causing(ONE, ends[0], consumed={"a1"}) == []


def test_only_the_state_that_is_waited_for_counts():
    assert causing(ONE, *(end(f"a{state}", "a", state) for state in ("FAILED", "STOPPED", "TIMEOUT", "ERROR"))) == []
    failed = {"Predicate": {"Conditions": [condition("a", "FAILED"), condition("a", "TIMEOUT")], "Logical": "ANY"}}
    assert causing(failed, end("a1", "a", "TIMEOUT"), end("a2", "a"), end("a3", "a", "FAILED")) == [["a1"], ["a3"]]


def test_the_same_condition_twice_is_one():
    assert causing({"Predicate": predicate("a", "a")}, end("a1", "a")) == [["a1"]]
    assert causing({"Predicate": predicate("a", "a", logical="ANY")}, end("a1", "a")) == [["a1"]]


def test_runs_that_a_client_started_count_only_if_they_are_let():
    manual = end("a1", "a", by=None)
    assert causing(ONE, manual) == []
    assert causing(ONE, manual, manual=True) == [["a1"]]


def test_a_fire_names_its_root_its_predecessors_and_its_set_of_runs():
    (causes,) = satisfied(BOTH, [end("b1", "b", root="r7"), end("a1", "a", root="r7")])
    assert causes.root_fire == "r7"
    assert causes.predecessors() == [{"JobName": "a", "RunId": "a1"}, {"JobName": "b", "RunId": "b1"}]
    assert causes.key == Causes(ends=causes.ends[::-1]).key
    assert causes.key != Causes(ends=causes.ends[:1]).key
    assert len(causes.key) == 64


JOBS = st.sampled_from("abc")
STATES = st.sampled_from(["SUCCEEDED", "FAILED"])


@st.composite
def histories(draw: st.DrawFn) -> list[End]:
    """Runs in the order in which they end."""
    steps = draw(st.lists(st.tuples(JOBS, STATES, st.sampled_from("rst"), st.integers(0, 2)), max_size=25))
    at, ends = 0, []
    for number, (job, state, root, later) in enumerate(steps):
        at += later
        ends.append(end(f"run{number:03}", job, state, root=root, at=at))
    return ends


DEFINED = st.builds(
    lambda conditions, logical: {
        "Predicate": {"Logical": logical, "Conditions": [condition(job, state) for job, state in conditions]}
    },
    st.lists(st.tuples(JOBS, STATES), min_size=1, max_size=4),
    st.sampled_from(["AND", "ANY"]),
)


@settings(deadline=None)
@given(DEFINED, histories(), st.randoms(use_true_random=False))
def test_fires_are_the_same_whether_ends_are_seen_one_by_one_or_together(
    definition: dict[str, Any], history: list[End], random: Any
):
    together = causing(definition, *history)
    one_by_one: list[list[str]] = []
    consumed: set[str] = set()
    for seen in range(1, len(history) + 1):
        for runs in causing(definition, *history[:seen], consumed=consumed):
            one_by_one.append(runs)
            consumed |= set(runs)
    assert one_by_one == together
    shuffled = random.sample(history, len(history))
    assert causing(definition, *shuffled) == together


@settings(deadline=None)
@given(DEFINED, histories())
def test_no_run_is_used_twice_and_none_is_left_that_could_fire(definition: dict[str, Any], history: list[End]):
    wanted = {(row["JobName"], row["State"]) for row in definition["Predicate"]["Conditions"]}
    fires = satisfied(definition, history)
    used = Counter(cause.run_id for causes in fires for cause in causes.ends)
    assert set(used.values()) <= {1}
    assert len({causes.key for causes in fires}) == len(fires)
    left = [run for run in history if run.run_id not in used and (run.job_name, run.state.value) in wanted]
    if definition["Predicate"]["Logical"] == "ANY":
        assert left == []
        assert all(len(causes.ends) == 1 for causes in fires)
        return
    for causes in fires:
        assert {run.root_fire for run in causes.ends} == {causes.root_fire}
        assert sorted((run.job_name, run.state.value) for run in causes.ends) == sorted(wanted)
    for root in "rst":
        assert {(run.job_name, run.state.value) for run in left if run.root_fire == root} != wanted


@settings(deadline=None)
@given(DEFINED, histories())
def test_a_root_fires_as_often_as_its_rarest_condition_is_met(definition: dict[str, Any], history: list[End]):
    met = Counter((run.root_fire, run.job_name, run.state.value) for run in history)
    wanted = {(row["JobName"], row["State"]) for row in definition["Predicate"]["Conditions"]}
    count = min if definition["Predicate"]["Logical"] == "AND" else sum
    expected = {root: count([met[root, *row] for row in wanted]) for root in "rst"}
    assert Counter(causes.root_fire for causes in satisfied(definition, history)) == +Counter(expected)


def test_runs_that_end_at_the_same_moment_have_an_order():
    first, second = end("a1", "a"), end("a2", "a")
    assert causing(ONE, second, first) == [["a1"], ["a2"]]
    assert causing(ONE, replace(first, ended_on=1), second) == [["a2"], ["a1"]]
