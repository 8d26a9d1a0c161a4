"""Letting runs in: limits, the queue, retries, and the counts behind them; whatever the database."""

from __future__ import annotations

import threading

import pytest
from tests.contract.stores.store import SUCCESS, Store

from openglue.clock import FakeClock
from openglue.model.admission import Admit, GiveUp, Limit, WaitFor, admit
from openglue.model.event import RUN_STATUS, STATE_CHANGE
from openglue.model.outcome import Ending, Outcome
from openglue.model.run import Run
from openglue.model.states import HOLDING, Cause, RunState
from openglue.store import account, admission, jobs, ledger, listing, notices, outbox, runs
from openglue.store.admission import Policy, Refused
from openglue.store.database import Database
from openglue.store.waiting import oldest, position

FAILURE = Outcome(ending=Ending.EXITED, exit_code=1, exception="ValueError", message="no", execution_ms=10)


@pytest.fixture
def store(database: Database, clock: FakeClock) -> Store:
    return Store(database, clock)


def accepted(answer: Run | Refused) -> Run:
    assert isinstance(answer, Run), answer
    return answer


def end(store: Store, run: Run, outcome: Outcome = SUCCESS) -> Run:
    claimed = store.claim(store.get(run))
    assert claimed is not None
    started = store.start(claimed, "t")
    assert started is not None
    ended = store.finish(started, outcome)
    assert ended is not None
    return ended


def look(store: Store, policy: Policy) -> list[tuple[type[Admit | GiveUp | WaitFor], str]]:
    """A scheduler's look at the queue; what can be let in is let in."""
    (queue, slots, usage), steady = store.read(lambda tx: (admission.queue(tx, policy), tx.steady_now()))
    decisions = list(admit(queue, slots, usage, policy.limits, steady))
    for decision in decisions:
        if isinstance(decision, Admit):
            run_id = decision.run.run_id
            store.write(lambda tx, run_id=run_id: admission.admit(tx, run_id, policy, actor="n", now=store.clock.now()))
    return [(type(decision), decision.run.run_id) for decision in decisions]


def check_counts(store: Store) -> None:
    """The counters say what the rows say."""
    active = store.read(lambda tx: listing.active(tx, started_on=2**62, run_id="", limit=10_000))
    holding = [run for run in active if run.state in HOLDING]
    usage = store.read(account.usage)
    assert usage.runs == len(holding)
    assert usage.dpu_16ths == sum(run.dpu_16ths for run in holding)
    assert usage.waiting == len(store.read(lambda tx: oldest(tx, limit=10_000)))
    for name in {run.job_name for run in holding} | {"j"}:
        job = store.read(lambda tx, name=name: jobs.get(tx, name))
        if job is not None:
            slots, _ = store.read(lambda tx, job=job: jobs.slots(tx, job.id))
            assert slots == sum(run.job_id == job.id for run in holding), name


def test_the_limit_of_a_job_refuses_the_next_and_leaves_nothing_behind(store: Store) -> None:
    first = accepted(store.ask())
    assert store.ask() == Refused(limit=Limit.JOB)
    check_counts(store)
    end(store, first)
    check_counts(store)
    second = accepted(store.ask())
    assert second.seq == first.seq + 1


@pytest.mark.parametrize(
    ("limits", "limit"), [({"runs": 1}, Limit.RUNS), ({"dpu_16ths": 1}, Limit.DPU)], ids=["runs", "dpu"]
)
def test_the_limits_of_the_account_hold_over_all_jobs(store: Store, limits: dict[str, int], limit: Limit) -> None:
    policy = store.policy(**limits)
    store.define("k")
    first = accepted(store.ask(policy=policy))
    assert store.ask("k", policy=policy) == Refused(limit=limit)
    end(store, first)
    accepted(store.ask("k", policy=policy))
    check_counts(store)


@pytest.mark.contract("4.18")
@pytest.mark.parametrize("apart_ms", [1, 0])
def test_a_queue_is_admitted_in_order_and_says_what_it_waits_for(store: Store, apart_ms: int) -> None:
    store.define(JobRunQueuingEnabled=True)
    policy = store.policy()
    first = accepted(store.ask())
    waiting = []
    for _ in range(5):
        store.clock.advance(apart_ms)
        waiting.append(accepted(store.ask()))
    assert [run.state for run in waiting] == [RunState.WAITING] * 5
    assert "one of 1 concurrent runs of job j" in str(waiting[0].state_detail)
    assert [store.read(lambda tx, run=run: position(tx, run)) for run in waiting] == [1, 2, 3, 4, 5]
    assert look(store, policy) == []
    check_counts(store)
    for run in waiting:
        end(store, first)
        assert look(store, policy) == [(Admit, run.id)]
        first = store.get(run)
        assert first.state is RunState.STARTING
        assert first.state_detail is None
        check_counts(store)


def test_a_start_that_may_not_queue_does_not_overtake_those_that_do(store: Store) -> None:
    store.define(JobRunQueuingEnabled=True)
    first = accepted(store.ask())
    accepted(store.ask())
    end(store, first)
    assert store.ask(JobRunQueuingEnabled=False) == Refused(limit=Limit.JOB)


def test_a_large_run_is_not_starved_by_small_ones_of_other_jobs(store: Store) -> None:
    policy = store.policy(dpu_16ths=32)
    spark = {"Role": "r", "Command": {"Name": "glueetl"}, "JobRunQueuingEnabled": True}
    store.define("small", **spark, MaxCapacity=1.0, ExecutionProperty={"MaxConcurrentRuns": 9})
    store.define("large", **spark, MaxCapacity=2.0)
    first, second = accepted(store.ask("small", policy=policy)), accepted(store.ask("small", policy=policy))
    large = accepted(store.ask("large", policy=policy))
    assert (large.state, large.waits_for) == (RunState.WAITING, Limit.DPU)
    end(store, first)
    store.clock.advance(1)
    late = accepted(store.ask("small", policy=policy))
    assert late.state is RunState.WAITING
    assert look(store, policy) == []
    end(store, second)
    assert look(store, policy) == [(Admit, large.id)]
    check_counts(store)


def test_a_job_at_its_limit_holds_up_its_own_runs_only(store: Store) -> None:
    store.define(JobRunQueuingEnabled=True)
    store.define("other", JobRunQueuingEnabled=True)
    accepted(store.ask())
    accepted(store.ask())
    assert accepted(store.ask("other")).state is RunState.STARTING


@pytest.mark.contract("4.10")
def test_flex_waits_for_compute_and_not_for_its_jobs_limit(store: Store) -> None:
    store.define("flex", Command={"Name": "glueetl"}, ExecutionClass="FLEX")
    policy = store.policy(runs=1)
    first = accepted(store.ask(policy=policy))
    assert accepted(store.ask("flex", policy=policy)).state is RunState.WAITING
    end(store, first)
    assert [kind for kind, _ in look(store, policy)] == [Admit]
    assert store.ask("flex", policy=policy) == Refused(limit=Limit.JOB)


def test_a_run_that_can_never_start_is_refused_at_once(store: Store) -> None:
    store.define("huge", Command={"Name": "glueetl"}, MaxCapacity=100.0, JobRunQueuingEnabled=True)
    assert store.ask("huge", policy=store.policy(dpu_16ths=99 * 16)) == Refused(limit=Limit.DPU)


@pytest.mark.contract("4.16")
def test_a_full_queue_refuses(store: Store) -> None:
    store.define(JobRunQueuingEnabled=True)
    policy = store.policy(queued=1)
    accepted(store.ask(policy=policy))
    accepted(store.ask(policy=policy))
    assert store.ask(policy=policy) == Refused(limit=Limit.JOB, queue_full=True)
    check_counts(store)


@pytest.mark.contract("3.6")
def test_a_run_that_waited_too_long_fails_with_the_reason_and_is_not_retried(store: Store) -> None:
    store.define(JobRunQueuingEnabled=True, MaxRetries=3)
    policy = store.policy(queue_ms=1000)
    accepted(store.ask(policy=policy))
    waiting = accepted(store.ask(policy=policy))
    store.clock.advance(999)
    assert look(store, policy) == []
    store.clock.advance(1)
    assert look(store, policy) == [(GiveUp, waiting.id)]
    ended = store.write(lambda tx: admission.give_up(tx, waiting.id, Limit.JOB, actor="n", now=store.clock.now()))
    assert ended is not None
    assert (ended.state, ended.error_message) == (RunState.FAILED, "Max concurrent runs exceeded")
    assert (ended.execution_ms, ended.waits_for, ended.queue_until) == (0, None, None)
    assert store.read(lambda tx: runs.get(tx, f"{waiting.id}_attempt_1")) is None
    check_counts(store)


def test_a_waiting_run_is_stopped_at_once(store: Store) -> None:
    store.define(JobRunQueuingEnabled=True)
    accepted(store.ask())
    waiting = accepted(store.ask())
    stopped = store.write(lambda tx: runs.ask_stop(tx, waiting, actor="api", now=store.clock.now()))
    assert stopped is not None
    assert stopped.state is RunState.STOPPED
    check_counts(store)


def test_a_raised_limit_lets_those_in_who_wait_already(store: Store) -> None:
    store.define(JobRunQueuingEnabled=True)
    accepted(store.ask())
    waiting = accepted(store.ask())
    store.define(JobRunQueuingEnabled=True, ExecutionProperty={"MaxConcurrentRuns": 2})
    assert look(store, store.policy()) == [(Admit, waiting.id)]


def test_what_a_run_waits_for_may_change(store: Store) -> None:
    store.define(JobRunQueuingEnabled=True)
    store.define("k")
    policy = store.policy(runs=2)
    first = accepted(store.ask(policy=policy))
    accepted(store.ask("k", policy=policy))
    waiting = accepted(store.ask(policy=policy))
    end(store, first)
    store.define("m")
    tight = store.policy(runs=1)
    assert look(store, tight) == [(WaitFor, waiting.id)]


@pytest.mark.contract("3.7", "3.9")
def test_a_failed_run_is_retried_with_what_it_was_asked_for(store: Store) -> None:
    store.define(MaxRetries=2)
    first = accepted(store.ask(Arguments={"--a": "1"}))
    store.define(MaxRetries=0)  # the pinned definition counts
    end(store, first, FAILURE)
    for attempt in (1, 2):
        retry = store.read(lambda tx, attempt=attempt: runs.get(tx, f"{first.id}_attempt_{attempt}"))
        assert retry is not None
        assert (retry.attempt, retry.retry_no, retry.state) == (attempt, attempt, RunState.STARTING)
        assert retry.previous_run_id == (first.id if attempt == 1 else f"{first.id}_attempt_{attempt - 1}")
        assert retry.fixed == first.fixed
        assert retry.definition_sha == first.definition_sha
        assert store.ask() == Refused(limit=Limit.JOB)
        check_counts(store)
        entry = store.read(lambda tx, retry=retry: ledger.of_run(tx, retry.id))[0]
        assert (entry.cause, entry.detail) == (Cause.RETRIED, f"attempt {attempt - 1} ended: ValueError: no")
        end(store, retry, FAILURE)
    assert store.read(lambda tx: runs.get(tx, f"{first.id}_attempt_3")) is None
    assert store.read(account.usage).runs == 0


@pytest.mark.parametrize("ending", [Ending.TIMED_OUT, Ending.STOPPED, Ending.EXITED])
def test_only_a_failure_is_retried(store: Store, ending: Ending) -> None:
    store.define(MaxRetries=2)
    run = accepted(store.ask())
    claimed = store.claim(run)
    assert claimed is not None
    started = store.start(claimed, "t")
    assert started is not None
    if ending is Ending.STOPPED:
        started = store.write(lambda tx: runs.ask_stop(tx, started, actor="api", now=store.clock.now()))
        assert started is not None
    store.finish(started, Outcome(ending=ending, exit_code=0))
    assert store.read(lambda tx: runs.get(tx, f"{run.id}_attempt_1")) is None
    check_counts(store)


def causes(store: Store, run: Run) -> list[Cause]:
    return [entry.cause for entry in store.read(lambda tx: ledger.of_run(tx, run.id))]


STREAMING = {"Command": {"Name": "gluestreaming", "ScriptLocation": "s3://b/s.py"}}
EXPIRED = Outcome(ending=Ending.EXPIRED, execution_ms=10)


@pytest.mark.contract("3.18")
def test_another_run_takes_the_place_and_the_slot_of_one_that_expired(store: Store) -> None:
    store.define(**STREAMING, MaxRetries=1)
    first = accepted(store.ask(Arguments={"--a": "1"}, JobRunQueuingEnabled=True))
    waiting = accepted(store.ask(JobRunQueuingEnabled=True))
    store.define(**STREAMING, MaxRetries=0)  # the pinned definition counts
    last = first
    for number in (1, 2):
        expired = end(store, last, EXPIRED)
        assert (expired.state, expired.error_message) == (RunState.EXPIRED, "Job run expired")
        successor = store.read(lambda tx, number=number: runs.get(tx, f"{first.id}_restart_{number}"))
        assert successor is not None
        assert (successor.state, successor.previous_run_id) == (RunState.STARTING, last.id)
        assert (successor.attempt, successor.retry_no) == (0, 0)
        assert (successor.fixed, successor.definition_sha) == (first.fixed, first.definition_sha)
        assert causes(store, last)[-1] is Cause.MAINTENANCE
        assert causes(store, successor) == [Cause.RESTARTED]
        assert look(store, store.policy()) == []
        assert store.get(waiting).state is RunState.WAITING, "there was no gap"
        check_counts(store)
        last = successor
    retry = store.read(lambda tx: runs.get(tx, f"{end(store, last, FAILURE).id[:67]}_attempt_1"))
    assert retry is not None
    assert (retry.attempt, retry.retry_no, retry.previous_run_id) == (1, 1, last.id)
    check_counts(store)


def test_nothing_takes_the_place_of_an_expired_run_that_is_stopped_or_whose_job_is_gone(store: Store) -> None:
    store.define(**STREAMING)
    claimed = store.claim(accepted(store.ask()))
    assert claimed is not None
    started = store.start(claimed, "t")
    assert started is not None
    stopping = store.write(lambda tx: runs.ask_stop(tx, started, actor="api", now=store.clock.now()))
    assert stopping is not None
    stopped = store.finish(stopping, EXPIRED)
    assert stopped is not None
    assert stopped.state is RunState.STOPPED
    deleted = accepted(store.ask())
    store.write(lambda tx: jobs.delete(tx, "j", now=2))
    end(store, deleted, EXPIRED)
    for run in (stopped, deleted):
        assert store.read(lambda tx, run=run: runs.get(tx, f"{run.id}_restart_1")) is None
    check_counts(store)


def test_a_lost_launch_is_retried(store: Store) -> None:
    store.define(MaxRetries=1)
    claimed = store.claim(accepted(store.ask()))
    assert claimed is not None
    store.finish(claimed, Outcome(ending=Ending.LAUNCH_FAILED, message="LAUNCH ERROR | no"))
    assert store.read(lambda tx: runs.get(tx, f"{claimed.id}_attempt_1")) is not None


@pytest.mark.contract("3.8")
def test_a_retry_waits_for_its_delay(store: Store) -> None:
    store.define(MaxRetries=1)
    store.retry_delay_ms = 5000
    end(store, accepted(store.ask()), FAILURE)
    store.clock.advance(4999)
    assert store.read(lambda tx: runs.to_decide(tx, limit=9)) == []
    store.clock.advance(1)
    assert len(store.read(lambda tx: runs.to_decide(tx, limit=9))) == 1


@pytest.mark.parametrize("created_again", [(), ("j",)], ids=["deleted", "created again"])
def test_a_deleted_job_is_not_retried(store: Store, created_again: tuple[str, ...]) -> None:
    store.define(MaxRetries=1)
    run = accepted(store.ask())
    store.write(lambda tx: jobs.delete(tx, "j", now=2))
    for name in created_again:
        store.define(name, MaxRetries=1)
    end(store, run, FAILURE)
    assert store.read(lambda tx: runs.get(tx, f"{run.id}_attempt_1")) is None
    check_counts(store)


@pytest.mark.contract("3.12")
def test_every_end_is_told_once_in_the_order_of_the_ends(store: Store) -> None:
    store.define(MaxRetries=1)
    first = end(store, accepted(store.ask()), FAILURE)
    retry = store.read(lambda tx: runs.get(tx, f"{first.id}_attempt_1"))
    assert retry is not None
    end(store, retry)
    events = store.read(lambda tx: outbox.after(tx, 0, limit=10))
    assert [(event.seq, event.kind, event.run_id, event.detail["state"]) for event in events] == [
        (1, STATE_CHANGE, first.id, "FAILED"),
        (2, STATE_CHANGE, retry.id, "SUCCEEDED"),
    ]
    assert events[0].detail == {
        "jobName": "j",
        "severity": "ERROR",
        "state": "FAILED",
        "jobRunId": first.id,
        "message": "ValueError: no",
    }


@pytest.mark.contract("11.2")
def test_a_slow_run_is_told_of_once_in_each_state(store: Store) -> None:
    store.define(NotificationProperty={"NotifyDelayAfter": 1})
    run = accepted(store.ask())
    store.clock.advance(59_999)
    assert store.read(lambda tx: notices.due(tx, limit=9)) == []
    store.clock.advance(1)
    assert [found.id for found in store.read(lambda tx: notices.due(tx, limit=9))] == [run.id]
    for _ in range(2):
        store.write(lambda tx: notices.give(tx, run.id, now=store.clock.now()))
    assert store.read(lambda tx: notices.due(tx, limit=9)) == []
    claimed = store.claim(store.get(run))
    assert claimed is not None
    started = store.start(claimed, "t")
    assert started is not None
    store.finish(started, SUCCESS)
    events = store.read(lambda tx: outbox.after(tx, 0, limit=10))
    assert [(event.kind, event.detail["state"]) for event in events] == [
        (RUN_STATUS, "STARTING"),
        (RUN_STATUS, "RUNNING"),
        (STATE_CHANGE, "SUCCEEDED"),
    ]
    assert events[0].detail["notificationCondition"] == {"NotifyDelayAfter": 1.0}


@pytest.mark.contract("11.2")
def test_a_run_that_moves_when_it_is_late_is_told_of_by_that_move_alone(store: Store) -> None:
    store.define(NotificationProperty={"NotifyDelayAfter": 1})
    claimed = store.claim(accepted(store.ask()))
    assert claimed is not None
    store.clock.advance(60_000)
    assert store.start(claimed, "t") is not None
    assert store.read(lambda tx: notices.due(tx, limit=9)) == []
    events = store.read(lambda tx: outbox.after(tx, 0, limit=10))
    assert [(event.kind, event.detail["state"]) for event in events] == [(RUN_STATUS, "RUNNING")]


@pytest.mark.contract("11.2")
def test_a_run_in_time_is_not_told_of(store: Store) -> None:
    store.define(NotificationProperty={"NotifyDelayAfter": 1})
    end(store, accepted(store.ask()))
    assert [event.kind for event in store.read(lambda tx: outbox.after(tx, 0, limit=10))] == [STATE_CHANGE]


def test_racing_servers_never_admit_more_than_there_is_room_for(store: Store) -> None:
    store.define(JobRunQueuingEnabled=True)
    policy = store.policy()
    first = accepted(store.ask())
    waiting = [accepted(store.ask()) for _ in range(20)]
    end(store, first)
    admitted: list[Run] = []
    barrier = threading.Barrier(20)

    def server(run: Run) -> None:
        barrier.wait(30)
        moved = store.write(lambda tx: admission.admit(tx, run.id, policy, actor="n", now=store.clock.now()))
        if moved is not None:
            admitted.append(moved)

    threads = [threading.Thread(target=server, args=(run,)) for run in waiting]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(admitted) == 1
    check_counts(store)


def test_ends_and_starts_that_race_leave_the_counts_right(store: Store) -> None:
    store.define(ExecutionProperty={"MaxConcurrentRuns": 50}, MaxRetries=1)
    started = []
    for _ in range(8):
        claimed = store.claim(accepted(store.ask()))
        assert claimed is not None
        run = store.start(claimed, "t")
        assert run is not None
        started.append(run)
    barrier = threading.Barrier(16)

    def finish(run: Run) -> None:
        barrier.wait(30)
        store.finish(run, FAILURE)

    def begin() -> None:
        barrier.wait(30)
        accepted(store.ask())

    threads = [threading.Thread(target=finish, args=(run,)) for run in started]
    threads += [threading.Thread(target=begin) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert store.read(account.usage).runs == 16
    check_counts(store)
