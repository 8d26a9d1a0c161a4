"""The scheduler's decisions, from snapshots."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from openglue.model.capacity import machine
from openglue.model.decide import (
    LAUNCHES,
    Alive,
    Claim,
    Exited,
    Expire,
    Finish,
    Gone,
    Hold,
    Release,
    Snapshot,
    Unknown,
    Worker,
    decide,
)
from openglue.model.outcome import Ending, Outcome
from openglue.model.run import Run
from openglue.model.states import RunState

MACHINE = machine(physical_mb=16_000, physical_cores=2, memory_mb=8192, memory_share=0.25, cores=0, pythonshell_slots=2)
NOW = 1_000_000_000


def run(name: str = "jr_1", **changes: Any) -> Run:
    values: dict[str, Any] = {
        "id": name,
        "job_id": "j_1",
        "job_name": "j",
        "seq": 1,
        "state": RunState.STARTING,
        "attempt": 0,
        "retry_no": 0,
        "previous_run_id": None,
        "trigger_name": None,
        "definition_sha": "x",
        "command": "glueetl",
        "fence": 0,
        "owner": None,
        "lease_until": None,
        "start_token": None,
        "started_on": NOW - 1000,
        "claimed_on": None,
        "running_on": None,
        "last_modified_on": NOW,
        "completed_on": None,
        "execution_ms": 0,
        "timeout_minutes": 10,
        "dpu_16ths": 160,
        "waits_for": None,
        "queue_until": None,
        "not_before": None,
        "notify_at": None,
        "state_detail": None,
        "error_message": None,
        "fixed": {"MaxCapacity": 10.0},
    }
    return Run(**(values | changes))


def owned(name: str = "jr_1", **changes: Any) -> Run:
    return run(name, **({"owner": "me", "fence": 1, "claimed_on": NOW - 500, "lease_until": 10**9} | changes))


def running(name: str = "jr_1", **changes: Any) -> Run:
    return owned(name, **({"state": RunState.RUNNING, "start_token": "t", "running_on": NOW - 400} | changes))


def snapshot(*runs: Run, workers: dict[str, Worker] | None = None, **changes: Any) -> Snapshot:
    values: dict[str, Any] = {
        "node": "me",
        "now": NOW,
        "lease_now": 0,
        "lease_ms": 30_000,
        "machine": MACHINE,
        "launch_deadline_ms": 900_000,
        "fence_after_ms": 0,
        "stop_grace_ms": 10_000,
        "runs": runs,
        "workers": workers or {},
        "watched_ms": {one.id: 365 * 24 * 3_600_000 for one in runs},
        "stopping_ms": {},
        "may_reap": True,
    }
    return Snapshot(**(values | changes))


def test_an_accepted_run_is_claimed() -> None:
    waiting = run()
    assert decide(snapshot(waiting)) == [Claim(run=waiting)]


def test_spark_runs_start_while_memory_remains_and_the_next_says_why_it_waits() -> None:
    waiting = [run(f"jr_{number}") for number in range(5)]
    decisions = decide(snapshot(*waiting))
    assert [type(decision) for decision in decisions] == [Claim, Claim, Claim, Claim, Hold]
    assert isinstance(decisions[-1], Hold)
    assert "memory" in decisions[-1].detail


def test_runs_are_given_memory_by_their_size_and_none_overtakes_another() -> None:
    machine_ = machine(
        physical_mb=16_000, physical_cores=2, memory_mb=24_000, memory_share=0.75, cores=0, pythonshell_slots=2
    )
    first, large, small = run("jr_1"), run("jr_2"), run("jr_3", fixed={"MaxCapacity": 0.25})
    assert [type(decision) for decision in decide(snapshot(first, small, machine=machine_))] == [Claim, Claim]
    decisions = decide(snapshot(first, large, small, machine=machine_))
    assert [type(decision) for decision in decisions] == [Claim, Hold, Hold]
    assert isinstance(decisions[1], Hold)
    assert decisions[1].detail == "Waiting for 18000 MiB of memory: 6000 of 24000 are free"


def test_one_spark_run_is_always_admitted_however_small_the_machine() -> None:
    small = machine(physical_mb=1000, physical_cores=1, memory_mb=0, memory_share=0.25, cores=0, pythonshell_slots=0)
    first, second = run("jr_1"), run("jr_2")
    decisions = decide(snapshot(first, second, machine=small))
    assert decisions[0] == Claim(run=first)
    assert isinstance(decisions[1], Hold)


def test_python_shells_have_slots_of_their_own() -> None:
    sparks = [running(f"jr_s{number}") for number in range(4)]
    shells = [run(f"jr_p{number}", command="pythonshell") for number in range(3)]
    workers: dict[str, Worker] = {spark.id: Alive() for spark in sparks}
    decisions = decide(snapshot(*sparks, *shells, workers=workers))
    assert [type(decision) for decision in decisions] == [Claim, Claim, Hold]


def test_a_stop_before_anything_began_ends_the_run_at_once() -> None:
    stopped = run(state=RunState.STOPPING)
    assert decide(snapshot(stopped)) == [Finish(run=stopped, outcome=Outcome(ending=Ending.STOPPED))]


def test_a_lost_runner_before_the_start_gives_the_run_back() -> None:
    lost = owned()
    assert decide(snapshot(lost, workers={lost.id: Gone()})) == [Release(run=lost, reason="its runner is gone")]


def test_a_runner_that_dies_again_and_again_ends_the_run() -> None:
    lost = owned(fence=2 * LAUNCHES - 1)
    decision = decide(snapshot(lost, workers={lost.id: Gone()}))[0]
    assert isinstance(decision, Finish)
    assert decision.outcome.ending is Ending.LAUNCH_FAILED


def test_a_lost_runner_after_the_start_ends_the_run_and_never_starts_it_again() -> None:
    lost = running()
    assert decide(snapshot(lost, workers={lost.id: Gone()})) == [
        Finish(run=lost, outcome=Outcome(ending=Ending.WORKER_LOST, execution_ms=400))
    ]


@pytest.mark.parametrize(
    ("changes", "looked", "executed_ms"),
    [
        ({}, {"watched_ms": {"jr_1": 1000}}, 90_000),
        ({}, {"watched_ms": {"jr_1": 0}}, 40_000),
        ({"owner": "other"}, {"watched_ms": {}}, 40_000),
        ({"lease_until": 1_000_000}, {"watched_ms": {}}, 0),
        ({"running_on": NOW - 24 * 3_600_000}, {}, 600_000),
        ({"running_on": NOW + 1000}, {}, 0),
    ],
    ids=[
        "its runner was there a moment ago",
        "known up to its last heartbeat",
        "another server's",
        "the machine has started anew",
        "never beyond its Timeout",
        "the clock was set back",
    ],
)
def test_a_lost_run_has_executed_for_as_long_as_it_is_known_to(
    changes: dict[str, Any], looked: dict[str, Any], executed_ms: int
) -> None:
    lost = running(**({"running_on": NOW - 90_000, "lease_until": 180_000} | changes))
    [decision] = decide(snapshot(lost, workers={lost.id: Gone()}, lease_now=200_000, **looked))
    assert decision == Finish(run=lost, outcome=Outcome(ending=Ending.WORKER_LOST, execution_ms=executed_ms))


def test_an_outcome_left_behind_is_taken() -> None:
    outcome = Outcome(ending=Ending.EXITED, exit_code=0)
    left = running()
    assert decide(snapshot(left, workers={left.id: Exited(outcome=outcome)})) == [Finish(run=left, outcome=outcome)]


def test_another_nodes_run_is_reaped_only_when_its_lease_is_over_and_we_have_watched_long_enough() -> None:
    theirs = running(owner="other", lease_until=100)
    assert decide(snapshot(theirs, lease_now=99)) == []
    assert decide(snapshot(theirs, lease_now=101, may_reap=False)) == []
    assert [type(decision) for decision in decide(snapshot(theirs, lease_now=101))] == [Finish]


def test_another_nodes_run_whose_code_has_started_is_left_alone_until_its_runner_has_ended_it() -> None:
    theirs = running(owner="other", lease_until=100)
    assert decide(snapshot(theirs, lease_now=5100, fence_after_ms=5000)) == []
    assert [type(decision) for decision in decide(snapshot(theirs, lease_now=5101, fence_after_ms=5000))] == [Finish]
    unstarted = owned(owner="other", lease_until=100)
    assert [type(one) for one in decide(snapshot(unstarted, lease_now=101, fence_after_ms=5000))] == [Release]


def test_a_run_far_past_its_timeout_is_ended_from_outside() -> None:
    late = running(running_on=NOW - 10 * 60_000 - 61_000)
    assert decide(snapshot(late, workers={late.id: Alive()})) == [
        Expire(run=late, outcome=Outcome(ending=Ending.TIMED_OUT, execution_ms=600_000))
    ]
    in_time = replace(late, running_on=NOW - 10 * 60_000)
    assert decide(snapshot(in_time, workers={late.id: Alive()})) == []


def test_a_stop_whose_runner_does_not_react_is_ended_from_outside_after_its_grace_and_a_minute() -> None:
    frozen = running(state=RunState.STOPPING, running_on=NOW - 90_000)
    workers: dict[str, Worker] = {frozen.id: Alive()}
    assert decide(snapshot(frozen, workers=workers, stopping_ms={frozen.id: 70_001})) == [
        Expire(run=frozen, outcome=Outcome(ending=Ending.STOPPED, execution_ms=90_000))
    ]
    assert decide(snapshot(frozen, workers=workers, stopping_ms={frozen.id: 70_000})) == []
    assert decide(snapshot(frozen, workers=workers, stopping_ms={frozen.id: 70_000}, overrun_ms=0)) == []
    assert decide(snapshot(frozen, workers=workers)) == [], "a server that has just started counts from its first look"
    reporting: dict[str, Worker] = {frozen.id: Alive(has_ended=True)}
    assert decide(snapshot(frozen, workers=reporting, stopping_ms={frozen.id: 70_001})) == []


def test_a_stop_before_user_code_started_does_not_wait_for_the_launch_deadline() -> None:
    frozen = owned(state=RunState.STOPPING)
    assert decide(snapshot(frozen, workers={frozen.id: Alive()}, stopping_ms={frozen.id: 70_001})) == [
        Expire(run=frozen, outcome=Outcome(ending=Ending.STOPPED))
    ]


def test_what_a_run_that_is_ended_from_outside_has_executed_is_within_its_timeout() -> None:
    for running_on, executed_ms in ((NOW - 24 * 3_600_000, 600_000), (NOW + 3_600_000, 0)):
        frozen = running(state=RunState.STOPPING, running_on=running_on)
        seen = snapshot(frozen, workers={frozen.id: Alive()}, stopping_ms={frozen.id: 70_001}, watched_ms={})
        assert decide(seen) == [Expire(run=frozen, outcome=Outcome(ending=Ending.STOPPED, execution_ms=executed_ms))], (
            "the clock was set"
        )


def test_a_wall_clock_that_jumps_ends_nothing() -> None:
    young = running(running_on=NOW - 24 * 3_600_000)
    assert decide(snapshot(young, workers={young.id: Alive()}, watched_ms={young.id: 661_000})) != []
    assert decide(snapshot(young, workers={young.id: Alive()}, watched_ms={young.id: 660_000})) == []
    assert decide(snapshot(young, workers={young.id: Alive()}, watched_ms={})) == []
    booting = owned(claimed_on=NOW - 24 * 3_600_000)
    assert decide(snapshot(booting, workers={booting.id: Alive()}, watched_ms={booting.id: 960_000})) == []


@pytest.mark.contract("5.27")
def test_a_streaming_run_that_could_not_be_restarted_in_order_is_ended_after_fourteen_days() -> None:
    fortnight = 14 * 24 * 3_600_000
    stream = running(command="gluestreaming", timeout_minutes=5_256_000)
    late = replace(stream, started_on=NOW - fortnight - 60_001, running_on=NOW - fortnight - 59_001)
    assert decide(snapshot(late, workers={late.id: Alive()})) == [
        Expire(run=late, outcome=Outcome(ending=Ending.EXPIRED, execution_ms=fortnight - 1000))
    ]
    just_found = snapshot(late, workers={late.id: Alive()}, watched_ms={late.id: 60_000})
    assert decide(just_found) == [], "its server was away, and it has not heard of it yet"
    asked = replace(stream, started_on=NOW - fortnight - 60_000)
    assert decide(snapshot(asked, workers={asked.id: Alive()})) == [], "its runner has a minute for it"


def test_a_launch_that_takes_for_ever_fails() -> None:
    late = owned(claimed_on=NOW - 900_000 - 61_000)
    decision = decide(snapshot(late, workers={late.id: Alive()}))[0]
    assert isinstance(decision, Expire)
    assert decision.outcome.message == "LAUNCH ERROR | user code had not started 900 s after the claim"


def test_of_a_runner_that_cannot_be_looked_at_nothing_is_decided() -> None:
    late = owned(claimed_on=NOW - 900_000 - 61_000)
    begun = running("jr_2", running_on=NOW - 10**9)
    assert decide(snapshot(late, begun, workers={late.id: Unknown(), begun.id: Unknown()})) == []


WORKERS: st.SearchStrategy[Worker] = st.sampled_from(
    [Alive(), Gone(), Unknown(), Exited(outcome=Outcome(ending=Ending.EXITED, exit_code=0))]
)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["glueetl", "pythonshell"]),
            st.sampled_from([RunState.STARTING, RunState.RUNNING, RunState.STOPPING, RunState.WAITING]),
            st.sampled_from([None, "me", "other"]),
            WORKERS,
        ),
        max_size=12,
    )
)
def test_decisions_keep_the_budget_and_touch_each_run_once(
    rows: list[tuple[str, RunState, str | None, Worker]],
) -> None:
    runs, workers = [], {}
    for number, (command, state, owner, worker) in enumerate(rows):
        name = f"jr_{number}"
        made = run(name, command=command, state=state) if owner is None else running(name, owner=owner, command=command)
        runs.append(made)
        if owner == "me":
            workers[name] = worker
    decisions = decide(snapshot(*runs, workers=workers))
    assert len({decision.run.id for decision in decisions}) == len(decisions)
    claimed = [decision.run for decision in decisions if isinstance(decision, Claim)]
    assert all(one.owner is None and one.state is RunState.STARTING for one in claimed)
    mine = [one for one in runs if one.owner == "me"] + claimed
    if any(one.command == "pythonshell" for one in claimed):
        assert sum(one.command == "pythonshell" for one in mine) <= MACHINE.pythonshell_slots
    if any(one.command == "glueetl" for one in claimed):
        assert sum(one.command == "glueetl" for one in mine) <= 4


def test_a_node_that_is_closed_takes_no_run_and_goes_on_with_its_own() -> None:
    waiting, mine = run("jr_new"), running()
    outcome = Outcome(ending=Ending.EXITED, exit_code=0)
    seen = snapshot(waiting, mine, workers={"jr_1": Exited(outcome=outcome)}, closed="Waiting for a server")
    assert decide(seen) == [
        Finish(run=mine, outcome=outcome),
        Hold(run=waiting, detail="Waiting for a server"),
    ]


def test_a_closed_node_leaves_the_word_of_one_that_is_full() -> None:
    waiting = run(state_detail="Waiting for 2048 MiB of memory: 0 of 4096 are free")
    assert decide(snapshot(waiting, closed="Waiting for a server", is_shared=True)) == []
    assert decide(snapshot(waiting, closed="Waiting for a server")) == [
        Hold(run=waiting, detail="Waiting for a server")
    ]


def test_a_closed_node_still_ends_what_was_stopped_before_anybody_took_it() -> None:
    stopping = run(state=RunState.STOPPING)
    stopped = Finish(run=stopping, outcome=Outcome(ending=Ending.STOPPED))
    assert decide(snapshot(stopping, closed="Waiting for a server")) == [stopped]


def test_a_run_whose_runner_is_still_reporting_its_end_is_not_ended_in_another_way() -> None:
    late = running(timeout_minutes=1, running_on=NOW - 10 * 60_000)
    assert isinstance(decide(snapshot(late, workers={"jr_1": Alive()}))[0], Expire)
    assert decide(snapshot(late, workers={"jr_1": Alive(has_ended=True)})) == []
