"""Triggers in the store: what fires, once and for whom, and what becomes of the runs; whatever the database."""

from __future__ import annotations

import threading
from collections import Counter
from typing import Any

import pytest
from sqlalchemy import bindparam, text, update
from tests.contract.stores.trigger_store import DAY, HOUR, TriggerStore, after, condition, predecessors

from openglue.clock import FakeClock
from openglue.faultpoints import FaultPoints
from openglue.model.states import RunState
from openglue.model.trigger import TriggerState
from openglue.model.trigger.rules import MAX_ACTIONS
from openglue.scheduler.triggers import ACTIONS, Triggers
from openglue.store import account, fires, firing, jobs, ledger, listing, outbox, sightings, triggers
from openglue.store.database import Database, StoreError
from openglue.store.firing import Rules
from openglue.store.schema import actions

NOON = "cron(0 12 * * ? *)"
#: 2026-01-01 00:00 UTC.
MIDNIGHT = 1_767_225_600_000
_BREAK = update(actions).values(request=bindparam("broken"))


@pytest.fixture
def store(database: Database, clock: FakeClock) -> TriggerStore:
    clock.advance(MIDNIGHT - clock.now())
    store = TriggerStore(database, clock)
    store.jobs("a", "b", "c", "d")
    return store


def fires_of(store: TriggerStore, name: str = "t") -> list[fires.Fire]:
    """The fires of a trigger, the newest first."""
    trigger = store.read(lambda tx: triggers.get(tx, name))
    assert trigger is not None
    return [fire for fire, _ in store.read(lambda tx: fires.newest(tx, trigger.id, limit=1000))]


def check_usage(store: TriggerStore) -> None:
    """What is held is what the runs hold that are not over."""
    usage = store.read(account.usage)
    active = store.read(lambda tx: listing.active(tx, started_on=2**62, run_id="", limit=10_000))
    assert usage.runs == len(active)


# ON_DEMAND, and what becomes of actions.


def test_a_start_fires_all_actions_and_each_becomes_a_run(store: TriggerStore) -> None:
    store.trigger(
        "ON_DEMAND",
        Actions=[
            {"JobName": "a", "Arguments": {"--x": "1"}, "Timeout": 7, "NotificationProperty": {"NotifyDelayAfter": 3}},
            {"JobName": "b"},
            {"JobName": "a"},
        ],
    )
    store.fire()
    assert store.runs_of("a") == []
    assert store.pending() == 3
    store.settle()
    assert store.pending() == 0
    first, second = store.runs_of("a")
    assert (first.fixed["Arguments"], first.fixed["Timeout"], first.timeout_minutes) == ({"--x": "1"}, 7, 7)
    assert first.fixed["NotificationProperty"] == {"NotifyDelayAfter": 3}
    assert "Arguments" not in second.fixed
    for run in (first, second, store.only_run("b")):
        assert (run.state, run.trigger_name, run.attempt) == (RunState.STARTING, "t", 0)
        assert run.fixed["PredecessorRuns"] == []
        assert store.root(run) == fires_of(store)[0].id


def test_every_start_is_a_fire_of_its_own(store: TriggerStore) -> None:
    store.trigger("ON_DEMAND", "a")
    for _ in range(3):
        store.fire()
    store.settle()
    assert len({store.root(run) for run in store.runs_of("a")}) == 3


@pytest.mark.contract("6.2")
def test_an_action_overrides_and_adds_arguments_and_leaves_non_overridable_ones_alone(store: TriggerStore) -> None:
    store.jobs("a", DefaultArguments={"--d": "default"}, NonOverridableArguments={"--n": "fixed"})
    store.trigger("ON_DEMAND", Actions=[{"JobName": "a", "Arguments": {"--d": "own", "--n": "own", "--new": "1"}}])
    store.fire()
    store.settle()
    assert store.only_run("a").fixed["Arguments"] == {"--d": "own", "--new": "1"}


@pytest.mark.contract("2.16", "4.5")
def test_a_run_over_the_jobs_limit_is_recorded_as_failed_and_holds_nothing(store: TriggerStore) -> None:
    store.define("j", ExecutionProperty={"MaxConcurrentRuns": 1})
    store.trigger("ON_DEMAND", "j", "j")
    store.fire()
    store.settle()
    first, second = store.runs_of("j")
    assert first.state is RunState.STARTING
    assert (second.state, second.error_message) == (RunState.FAILED, "Max concurrent runs exceeded")
    assert (second.completed_on, second.execution_ms, second.trigger_name) == (second.started_on, 0, "t")
    [entry] = store.read(lambda tx: ledger.of_run(tx, second.id))
    assert (entry.from_state, entry.to_state, entry.cause) == (None, RunState.FAILED, "trigger refused")
    check_usage(store)
    store.end(first)
    store.fire()
    store.settle()
    assert [run.state for run in store.runs_of("j")][2:] == [RunState.STARTING, RunState.FAILED]


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        ({"runs": 1}, "Max concurrent job runs per account exceeded"),
        ({"dpu_16ths": 1}, "Exceeded maximum concurrent compute"),
    ],
    ids=["runs", "dpu"],
)
def test_a_run_over_a_limit_of_the_account_is_recorded_as_failed(
    store: TriggerStore, limits: dict[str, int], message: str
) -> None:
    store.admission = store.policy(**limits)
    store.trigger("ON_DEMAND", "a", "b")
    store.fire()
    store.settle()
    assert store.only_run("a").state is RunState.STARTING
    assert (store.only_run("b").state, store.only_run("b").error_message) == (RunState.FAILED, message)
    check_usage(store)


def test_a_run_that_may_queue_waits_and_where_the_queue_is_full_it_is_recorded_as_failed(store: TriggerStore) -> None:
    store.define("j", JobRunQueuingEnabled=True)
    store.admission = store.policy(queued=1)
    store.trigger("ON_DEMAND", "j", "j", "j")
    store.fire()
    store.settle()
    found = store.runs_of("j")
    assert [run.state for run in found] == [RunState.STARTING, RunState.WAITING, RunState.FAILED]
    assert found[2].error_message == "Maximum number of queued job runs exceeded"


@pytest.mark.contract("2.13")
def test_a_run_of_a_deleted_job_is_recorded_in_error(store: TriggerStore) -> None:
    store.trigger("ON_DEMAND", "a", "b")
    store.write(lambda tx: jobs.delete(tx, "a", now=2))
    store.fire()
    store.settle()
    run = store.only_run("a")
    assert (run.state, run.error_message) == (RunState.ERROR, "Job with name: a not found.")
    assert (run.completed_on, run.execution_ms, run.trigger_name) == (run.started_on, 0, "t")
    assert store.only_run("b").state is RunState.STARTING
    check_usage(store)


def test_an_error_belongs_to_the_generation_that_was_deleted_last(store: TriggerStore) -> None:
    ids = []
    for now in (2, 3):
        job = store.read(lambda tx: jobs.get(tx, "a"))
        assert job is not None
        ids.append(job.id)
        store.write(lambda tx, now=now: jobs.delete(tx, "a", now=now))
        store.jobs("a")
    store.trigger("ON_DEMAND", "a")
    store.write(lambda tx: jobs.delete(tx, "a", now=1))
    store.fire()
    store.settle()
    assert store.only_run("a").job_id == ids[1]


def test_an_action_on_a_job_that_never_was_leaves_a_note_and_no_run(store: TriggerStore) -> None:
    trigger = store.trigger("ON_DEMAND", "nobody", "a")
    store.fire()
    store.settle()
    assert store.only_run("a").state is RunState.STARTING
    [(_, actions)] = store.read(lambda tx: fires.newest(tx, trigger.id, limit=9))
    assert [action.run_id for action in actions] == [None, store.only_run("a").id]
    assert "There is no job nobody" in str(actions[0].note)


def test_what_the_rules_refuse_is_recorded_as_failed_with_their_words(store: TriggerStore) -> None:
    store.trigger("ON_DEMAND", Actions=[{"JobName": "a", "Timeout": 10_080}])
    store.fire()
    store.settle()
    run = store.only_run("a")
    assert run.state is RunState.FAILED
    assert "less than 7 days" in str(run.error_message)
    check_usage(store)


def test_a_deleted_trigger_has_its_fires_carried_out_and_its_name_is_free(store: TriggerStore) -> None:
    store.trigger("ON_DEMAND", "a")
    store.fire()
    store.delete()
    assert store.read(lambda tx: triggers.get(tx, "t")) is None
    store.trigger("ON_DEMAND", "b")
    store.settle()
    assert len(store.runs_of("a")) == 1
    assert fires_of(store) == []


# SCHEDULED.


def test_a_schedule_fires_at_its_times_and_once_for_each(store: TriggerStore) -> None:
    store.trigger("SCHEDULED", "a", Schedule=NOON)
    store.settle()
    assert store.runs_of("a") == []
    store.clock.advance(DAY // 2 - 1)
    assert store.fire_due() == 0
    store.clock.advance(1)
    assert store.fire_due() == 1
    assert store.fire_due() == 0
    store.settle()
    store.clock.advance(DAY)
    store.settle()
    assert [int(fire.key) - MIDNIGHT for fire in fires_of(store)] == [DAY + DAY // 2, DAY // 2]
    assert len(store.runs_of("a")) == 2
    assert all(fire.root_fire == fire.id and fire.note is None for fire in fires_of(store))


def test_a_schedule_that_cannot_be_read_says_so_once_and_holds_up_no_other(store: TriggerStore) -> None:
    store.trigger("SCHEDULED", "a", name="bad", Schedule=NOON)
    store.trigger("SCHEDULED", "b", name="good", Schedule=NOON)
    spoil = text("UPDATE triggers SET document = replace(document, '12', 'noon') WHERE name = 'bad'")
    store.write(lambda tx: tx.run(spoil))
    for step in (DAY // 2, DAY):
        store.clock.advance(step)
        store.settle()
    assert store.runs_of("a") == []
    assert len(store.runs_of("b")) == 2
    [fire] = fires_of(store, "bad")
    assert str(fire.note).startswith("It fires no more: Schedule")


def test_a_trigger_that_is_not_activated_does_not_fire(store: TriggerStore) -> None:
    store.trigger("SCHEDULED", "a", Schedule=NOON, start=False)
    store.clock.advance(DAY)
    store.settle()
    store.fire()
    store.clock.advance(HOUR)
    store.stop()
    store.clock.advance(DAY)
    store.settle()
    assert fires_of(store) == []
    store.fire()
    store.settle()
    assert fires_of(store) == [], "what was missed while it was stopped was not asked for"
    store.clock.advance(DAY)
    store.settle()
    assert len(fires_of(store)) == 1


def test_after_an_outage_only_the_latest_time_fires_and_says_so(store: TriggerStore) -> None:
    store.trigger("SCHEDULED", "a", Schedule="cron(0 * * * ? *)")
    store.clock.advance(5 * HOUR + 60_000)
    store.settle()
    [fire] = fires_of(store)
    assert int(fire.key) == MIDNIGHT + 5 * HOUR
    assert fire.note == "Times from 2026-01-01 01:00 UTC on were missed; this is the latest of them"
    assert len(store.runs_of("a")) == 1
    store.clock.advance(HOUR)
    store.settle()
    assert fires_of(store)[0].note is None


@pytest.mark.parametrize(("late_ms", "started"), [(HOUR, 1), (HOUR + 1, 0)], ids=["just in time", "too late"])
def test_a_time_that_was_missed_for_too_long_is_skipped_and_says_so(
    store: TriggerStore, late_ms: int, started: int
) -> None:
    store.trigger("SCHEDULED", "a", Schedule=NOON)
    store.clock.advance(DAY // 2 + late_ms)
    store.settle()
    [fire] = fires_of(store)
    assert len(store.runs_of("a")) == started
    assert (fire.note is None) == bool(started)
    trigger = store.read(lambda tx: triggers.get(tx, "t"))
    assert trigger is not None
    assert trigger.next_fire == MIDNIGHT + DAY + DAY // 2


def test_a_schedule_that_is_over_fires_no_more(store: TriggerStore) -> None:
    store.trigger("SCHEDULED", "a", Schedule="cron(0 12 1 1 ? 2026)")
    store.clock.advance(DAY)
    store.rules = Rules(missed_ms=DAY, follow_manual=False)
    store.settle()
    assert len(fires_of(store)) == 1
    assert store.read(triggers.next_fire) is None
    trigger = store.read(lambda tx: triggers.get(tx, "t"))
    assert trigger is not None
    assert (trigger.state, trigger.next_fire) == (TriggerState.ACTIVATED, None)


def test_a_fire_that_is_due_is_not_lost_to_an_update(store: TriggerStore) -> None:
    store.trigger("SCHEDULED", "a", Schedule=NOON)
    store.clock.advance(DAY // 2 + 1000)
    store.change(Schedule="cron(0 6 * * ? *)", Actions=[{"JobName": "b"}])
    store.settle()
    assert [int(fire.key) - MIDNIGHT for fire in fires_of(store)] == [DAY // 2]
    assert len(store.runs_of("b")) == 1
    store.clock.advance(DAY)
    store.settle()
    assert int(fires_of(store)[0].key) == MIDNIGHT + DAY + 6 * HOUR


def test_the_longest_due_fire_first_and_the_rest_in_the_next_batch(store: TriggerStore) -> None:
    for hour in (3, 1, 2):
        store.trigger("SCHEDULED", "a", name=f"t{hour}", Schedule=f"cron(0 {hour} * * ? *)")
    assert store.read(triggers.next_fire) == MIDNIGHT + HOUR
    store.clock.advance(3 * HOUR)
    assert store.fire_due(limit=2) == 2
    assert store.read(triggers.next_fire) == MIDNIGHT + 3 * HOUR
    assert store.fire_due(limit=2) == 1


# CONDITIONAL.


def started(store: TriggerStore, *jobs: str, name: str = "go") -> list[Any]:
    """Runs of jobs, started by one fire of an ON_DEMAND trigger; job by job."""
    if store.read(lambda tx: triggers.get(tx, name)) is None:
        store.trigger("ON_DEMAND", *jobs, name=name)
    before = {run.id for job in jobs for run in store.runs_of(job)}
    store.fire(name)
    store.settle()
    return [run for job in dict.fromkeys(jobs) for run in store.runs_of(job) if run.id not in before]


def test_a_chain_goes_on_under_its_root_and_knows_what_came_before(store: TriggerStore) -> None:
    store.trigger("CONDITIONAL", "b", name="a-b", Predicate=after("a"))
    store.trigger("CONDITIONAL", "c", name="b-c", Predicate=after("b"))
    [first] = started(store, "a")
    store.end(first)
    store.settle()
    second = store.only_run("b")
    assert (second.trigger_name, predecessors(second)) == ("a-b", [first.id])
    store.end(second)
    store.settle()
    third = store.only_run("c")
    assert third.fixed["PredecessorRuns"] == [{"JobName": "b", "RunId": second.id}]
    assert {store.root(run) for run in (first, second, third)} == {fires_of(store, "go")[0].id}


@pytest.mark.parametrize("state", ["SUCCEEDED", "FAILED", "STOPPED", "TIMEOUT"])
def test_a_condition_waits_for_its_state_alone(store: TriggerStore, state: str) -> None:
    for waited in ("SUCCEEDED", "FAILED", "STOPPED", "TIMEOUT"):
        store.trigger("CONDITIONAL", "b", name=waited, Predicate=after("a", state=waited))
    [run] = started(store, "a")
    store.end(run, RunState(state))
    store.settle()
    assert [found.trigger_name for found in store.runs_of("b")] == [state]


def test_and_waits_for_runs_of_the_same_root(store: TriggerStore) -> None:
    store.trigger("CONDITIONAL", "c", Predicate=after("a", "b"))
    a1, b1 = started(store, "a", "b")
    a2, b2 = started(store, "a", "b")
    store.end(a1)
    store.end(b2)
    store.settle()
    assert store.runs_of("c") == [], "generations do not mix"
    store.end(a2)
    store.settle()
    store.end(b1)
    store.settle()
    assert [predecessors(run) for run in store.runs_of("c")] == [[a2.id, b2.id], [a1.id, b1.id]]


def test_any_fires_once_for_every_run(store: TriggerStore) -> None:
    store.trigger("CONDITIONAL", "c", Predicate=after("a", "b", logical="ANY"))
    a, b = started(store, "a", "b")
    store.end(a)
    store.settle()
    store.end(b)
    store.settle()
    assert [predecessors(run) for run in store.runs_of("c")] == [[a.id], [b.id]]


@pytest.mark.contract("3.11")
def test_only_the_last_attempt_counts(store: TriggerStore) -> None:
    store.jobs("a", MaxRetries=1)
    store.trigger("CONDITIONAL", "b", name="failed", Predicate=after("a", state="FAILED"))
    store.trigger("CONDITIONAL", "c", name="succeeded", Predicate=after("a"))
    [first] = started(store, "a")
    store.end(first, RunState.FAILED)
    store.settle()
    assert store.runs_of("b") == []
    retry = store.runs_of("a")[1]
    store.end(retry, RunState.SUCCEEDED)
    store.settle()
    assert predecessors(store.only_run("c")) == [retry.id]
    assert store.root(store.only_run("c")) == store.root(first)
    [again] = [run for run in started(store, "a") if run.retry_no == 0]
    store.end(again, RunState.FAILED)
    store.end(next(run for run in store.runs_of("a") if run.previous_run_id == again.id), RunState.FAILED)
    store.settle()
    assert len(store.runs_of("b")) == 1


def test_a_failed_run_whose_job_is_gone_is_not_retried_and_counts(store: TriggerStore) -> None:
    store.jobs("a", MaxRetries=1)
    store.trigger("CONDITIONAL", "b", Predicate=after("a", state="FAILED"))
    [run] = started(store, "a")
    store.write(lambda tx: jobs.delete(tx, "a", now=2))
    store.end(run, RunState.FAILED)
    store.settle()
    assert predecessors(store.only_run("b")) == [run.id]


def test_a_run_that_a_client_started_counts_only_if_the_setting_says_so(store: TriggerStore) -> None:
    store.trigger("CONDITIONAL", "c", Predicate=after("a", "b"))
    store.trigger("CONDITIONAL", "d", name="any", Predicate=after("a"))
    store.end(store.start_run("a"))
    store.settle()
    assert fires_of(store, "any") == []
    store.rules = Rules(missed_ms=HOUR, follow_manual=True)
    run = store.start_run("a")
    store.end(run)
    store.settle()
    assert predecessors(store.only_run("d")) == [run.id]
    assert store.root(store.only_run("d")) == run.id
    assert store.runs_of("c") == [], "what was started apart has no root in common"


def test_the_retry_of_a_manual_run_has_the_same_root(store: TriggerStore) -> None:
    store.rules = Rules(missed_ms=HOUR, follow_manual=True)
    store.jobs("a", MaxRetries=1)
    store.trigger("CONDITIONAL", "b", Predicate=after("a"))
    first = store.start_run("a")
    store.end(first, RunState.FAILED)
    store.end(store.runs_of("a")[1])
    store.settle()
    assert store.root(store.only_run("b")) == first.id


def test_a_run_that_could_not_start_counts_as_failed(store: TriggerStore) -> None:
    store.define("j", ExecutionProperty={"MaxConcurrentRuns": 1})
    store.trigger("CONDITIONAL", "b", Predicate=after("j", state="FAILED"))
    started(store, "j", "j")
    assert predecessors(store.only_run("b")) == [store.runs_of("j")[1].id]


def test_a_run_that_ended_before_the_trigger_was_active_does_not_count(store: TriggerStore) -> None:
    first, second, third, fourth = (started(store, "a")[0] for _ in range(4))
    store.end(first)  # nobody has looked at this end when the trigger comes
    store.trigger("CONDITIONAL", "b", Predicate=after("a"))
    store.settle()
    store.stop()
    store.end(second)
    store.fire()
    store.end(third)
    store.settle()
    store.stop()
    store.end(fourth)
    store.settle()
    assert [predecessors(run) for run in store.runs_of("b")] == [[third.id]]


def test_a_stop_forgets_what_waits_for_partners(store: TriggerStore) -> None:
    trigger = store.trigger("CONDITIONAL", "c", Predicate=after("a", "b"))
    a, b = started(store, "a", "b")
    store.end(a)
    store.settle()
    assert [end.run_id for end in store.read(lambda tx: sightings.waiting(tx, trigger.id, limit=9))] == [a.id]
    store.stop()
    store.fire()
    store.end(b)
    store.settle()
    assert store.runs_of("c") == []


def test_an_update_forgets_what_waits_only_if_it_waits_for_something_else(store: TriggerStore) -> None:
    store.trigger("CONDITIONAL", "c", Predicate=after("a", "b"))
    a1, b1 = started(store, "a", "b")
    store.end(a1)
    store.settle()
    store.change(Description="new", Actions=[{"JobName": "d"}])
    store.end(b1)
    store.settle()
    assert predecessors(store.only_run("d")) == [a1.id, b1.id]
    a2, b2 = started(store, "a", "b")
    store.end(a2)
    store.settle()
    store.change(Predicate={"Logical": "AND", "Conditions": [condition("a"), condition("b"), condition("j")]})
    store.end(b2)
    store.settle()
    assert len(store.runs_of("d")) == 1


def test_an_end_that_nobody_has_looked_at_survives_an_update_that_waits_for_the_same(store: TriggerStore) -> None:
    store.trigger("CONDITIONAL", "b", Predicate=after("a"))
    [run] = started(store, "a")
    store.end(run)
    store.change(Description="new")
    store.settle()
    assert predecessors(store.only_run("b")) == [run.id]


def test_a_run_counts_for_every_trigger_that_waits_for_it(store: TriggerStore) -> None:
    for name in ("t1", "t2"):
        store.trigger("CONDITIONAL", "b", name=name, Predicate=after("a"))
    [run] = started(store, "a")
    store.end(run)
    store.settle()
    assert Counter(found.trigger_name for found in store.runs_of("b")) == {"t1": 1, "t2": 1}


def test_two_runs_of_one_job_under_one_root_fire_twice(store: TriggerStore) -> None:
    store.trigger("CONDITIONAL", "c", Predicate=after("a", "b"))
    a1, a2, b1, b2 = started(store, "a", "a", "b", "b")
    for run in (a1, a2, b2, b1):
        store.clock.advance(1)
        store.end(run)
        store.settle()
    assert [predecessors(run) for run in store.runs_of("c")] == [[a1.id, b2.id], [a2.id, b1.id]]


def test_a_deleted_trigger_sees_nothing(store: TriggerStore) -> None:
    store.trigger("CONDITIONAL", "b", Predicate=after("a"))
    [run] = started(store, "a")
    store.end(run)
    store.delete()
    store.settle()
    assert store.runs_of("b") == []


# Two servers, and time.


def test_two_servers_fire_once_and_carry_out_once(store: TriggerStore) -> None:
    for number in range(20):
        store.trigger("SCHEDULED", "a", "b", name=f"t{number}", Schedule=NOON)
    store.trigger("CONDITIONAL", "c", name="any", Predicate=after("d", logical="ANY"))
    ended = started(store, "d", "d", "d")
    for run in ended:
        store.end(run)
    store.clock.advance(DAY // 2)

    def serve() -> None:
        line.wait(30)
        for _ in range(100):
            store.read_events(limit=1)
            store.fire_due(limit=3)
            store.carry_out()

    line = threading.Barrier(4)
    threads = [threading.Thread(target=serve) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    store.settle()
    assert Counter(run.trigger_name for run in store.runs_of("a")) == {f"t{number}": 1 for number in range(20)}
    assert len(store.runs_of("b")) == 20
    assert sorted(predecessors(run)[0] for run in store.runs_of("c")) == sorted(run.id for run in ended)
    check_usage(store)


def test_what_is_older_than_the_history_is_forgotten_and_pending_actions_are_not(store: TriggerStore) -> None:
    store.trigger("CONDITIONAL", "b", name="gone", Predicate=after("a"))
    [run] = started(store, "a")
    store.end(run)
    store.settle()
    store.trigger("ON_DEMAND", "c", name="later")
    store.fire("later")
    store.delete("gone")
    store.clock.advance(1)

    def forget() -> int:
        return store.write(lambda tx: firing.prune(tx, store.clock.now(), limit=9))

    assert forget() == 4, "a run, two fires, and a trigger"
    assert store.pending() == 1
    store.settle()
    assert len(store.runs_of("c")) == 1
    assert forget() == 1
    assert store.read(triggers.count) == 2


def test_events_that_a_trigger_has_not_read_are_not_pruned(store: TriggerStore) -> None:
    store.trigger("CONDITIONAL", "b", Predicate=after("a"))
    [run] = started(store, "a")
    store.settle()
    store.end(run)

    def prune() -> int:
        return store.write(lambda tx: firing.prune_events(tx, store.clock.now() + DAY, limit=100))

    while prune():
        pass
    store.settle()
    assert predecessors(store.only_run("b")) == [run.id]
    assert prune() > 0, "what has been read goes"


def test_events_that_are_gone_are_not_waited_for(store: TriggerStore) -> None:
    store.trigger("CONDITIONAL", "b", Predicate=after("a"))
    [run] = started(store, "a")
    store.end(run)
    assert store.write(lambda tx: outbox.prune(tx, store.clock.now() + DAY, limit=100)) > 0
    assert store.read(firing.behind)
    assert store.read_events() == 0
    assert not store.read(firing.behind)
    [run] = started(store, "a")
    store.end(run)
    store.settle()
    assert predecessors(store.only_run("b")) == [run.id]


# The thread's looks.


def watcher(store: TriggerStore) -> Triggers:
    return Triggers(
        database=store.database,
        clock=store.clock,
        node="n",
        rules=store.rules,
        policy=store.admission,
        on_start=lambda: None,
        on_move=lambda _run_id: None,
        faults=FaultPoints(None),
    )


def look(store: TriggerStore) -> None:
    watcher(store).round()


@pytest.mark.parametrize("restarts", [False, True])
def test_a_schedule_goes_by_a_clock_that_was_set_back_and_fires_for_no_time_twice(
    store: TriggerStore, *, restarts: bool
) -> None:
    store.trigger("SCHEDULED", "a", Schedule="cron(0 * * * ? *)")
    triggering = watcher(store)
    # The time, in hours since midnight, and what has been fired for by then.
    for hour, fired in (
        (1, [1]),
        (2, [1, 2]),
        (0.5, [1, 2]),
        (1, [1, 2]),
        (2, [1, 2]),
        (3, [1, 2, 3]),
        (240, [1, 2, 3, 240]),
        (4, [1, 2, 3, 240]),
        (5, [1, 2, 3, 240, 5]),
    ):
        store.clock.jump(MIDNIGHT + int(hour * HOUR) - store.clock.now())
        (watcher(store) if restarts else triggering).round()
        found = [(int(fire.key) - MIDNIGHT) // HOUR for fire in fires_of(store)]
        assert sorted(found) == sorted(fired), hour
    assert len(store.runs_of("a")) == 5


def test_actions_that_fail_again_and_again_hold_up_none_behind_them(store: TriggerStore) -> None:
    store.trigger("ON_DEMAND", *["a"] * MAX_ACTIONS)
    for _ in range(ACTIONS // MAX_ACTIONS + 1):
        store.fire()
    broken = store.pending()
    assert broken > ACTIONS
    store.write(lambda tx: tx.run(_BREAK, broken='{"Arguments": [1]}'))
    store.clock.advance(1)
    store.trigger("ON_DEMAND", "b", name="behind")
    store.fire("behind")
    look(store)
    assert len(store.runs_of("b")) == 1
    assert store.pending() == broken


def test_an_event_that_cannot_be_written_down_holds_up_no_other_kind_of_trigger(store: TriggerStore) -> None:
    waiting = store.trigger("CONDITIONAL", "b", name="waits", Predicate=after("a"))
    [run] = started(store, "a")
    store.end(run)
    ended = store.get(run)
    store.write(lambda tx: sightings.add(tx, waiting.id, firing.end_of(tx, ended)))
    with pytest.raises(StoreError):
        store.read_events()
    store.trigger("ON_DEMAND", "c", name="other")
    store.fire("other")
    look(store)
    assert len(store.runs_of("c")) == 1


def test_events_are_read_only_where_a_trigger_waits_for_them(store: TriggerStore) -> None:
    store.end(store.start_run("a"))
    assert not store.read(firing.behind)
    assert store.read_events() == 0
    store.trigger("CONDITIONAL", "b", Predicate=after("a"))
    assert not store.read(firing.behind)
    store.end(store.start_run("a"))
    store.end(store.start_run("c"))
    assert store.read(firing.behind)
    assert (store.read_events(), store.read_events()) == (2, 0), "the end that came before is nobody's"
    assert not store.read(firing.behind)
    store.end(store.start_run("a"))
    store.stop()
    assert not store.read(firing.behind)
