"""Firing: the transactions in which triggers fire, and those in which what they ask for is done.

    SCHEDULED    due triggers --> fire + actions + next time                under the triggers' locks
    CONDITIONAL  next events  --> sightings + fires + actions + cursor      under the cursor's lock
    ON_DEMAND    StartTrigger --> fire + actions                            under the trigger's lock
    then         one action   --> run + what came of the action             under the action's lock

A process may die between any two of them: what is written says what is still to be done. Two servers on one database do
each of them once, because whoever does it holds the lock that says it is to be done. An action locks itself, its job,
then the account's row; no transaction locks two jobs.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from openglue.errors import InvalidInputException
from openglue.model.admission import GAVE_UP
from openglue.model.event import STATE_CHANGE, Event
from openglue.model.job import Document, Job
from openglue.model.retry import first_id, retry_id
from openglue.model.rules import check_start
from openglue.model.run import Origin, Run
from openglue.model.schedule import Schedule
from openglue.model.states import RunState
from openglue.model.trigger import Action, End, Fire, Trigger, conditions, for_job, satisfied
from openglue.store import admission, cursors, fires, jobs, outbox, runs, sightings, triggers
from openglue.store.admission import Policy, Refused
from openglue.store.database import Tx

#: Name of the cursor with which triggers read the events; the migration that brings triggers sets it up.
CURSOR = "triggers"


@dataclass(frozen=True, kw_only=True)
class Rules:
    """The settings that decide when a trigger fires."""

    #: Milliseconds after which a time that was missed is skipped.
    missed_ms: int
    #: Whether runs that a client started count for CONDITIONAL triggers.
    follow_manual: bool


@dataclass(frozen=True, kw_only=True)
class Done:
    """What became of an action: a run, or a note that says why there is none."""

    action: Action
    run: Run | None
    note: str | None = None


class NoRoomError(Exception):
    """The run was not let in. The transaction is rolled back; the action is done again, with the refusal."""

    def __init__(self, refused: Refused) -> None:
        super().__init__(refused.limit)
        self.refused = refused


def fire_due(tx: Tx, rules: Rules, *, now: int, limit: int) -> list[tuple[Trigger, Fire]]:
    """Let the SCHEDULED triggers fire whose time has come, `limit` at most.

    After an outage the latest time alone counts, and not even that if it is too long ago (design 10); the fire says so
    in its note, and begins no run then.
    """
    fired = []
    for trigger in triggers.due(tx, now=now, limit=limit):
        try:
            schedule = Schedule.parse(trigger.definition["Schedule"])
        except InvalidInputException as refusal:
            # Accepted by another version. It must not keep the others from firing.
            fires.add(tx, trigger, at=now, note=f"It fires no more: {refusal.message}", starts=False)
            triggers.schedule(tx, trigger, None)
            continue
        first = trigger.next_fire or now
        # The schedule may have been replaced after the fire became due.
        latest = max(first, schedule.previous_fire(now) or first)
        skipped = now - latest > rules.missed_ms
        note = f"Times from {_moment(first)} on were missed; this is the latest of them" if latest > first else None
        if skipped:
            note = f"Missed: {_moment(latest)} was more than {rules.missed_ms // 1000} seconds ago"
        fire = fires.add(tx, trigger, key=str(latest), at=now, note=note, starts=not skipped)
        triggers.schedule(tx, trigger, schedule.next_fire(now))
        if fire is not None:
            fired.append((trigger, fire))
    return fired


def waits_too_long(trigger: Trigger, *, now: int) -> bool:
    """Whether a SCHEDULED trigger waits for a time although its schedule has an earlier one: the clock was set back."""
    try:
        upcoming = Schedule.parse(trigger.definition["Schedule"]).next_fire(now)
    except InvalidInputException:
        return False  # said when its time has come
    return upcoming is not None and trigger.next_fire is not None and upcoming < trigger.next_fire


def reschedule(tx: Tx, trigger_id: str, *, now: int) -> None:
    """Let a SCHEDULED trigger wait for the next time of its schedule, by a clock that was set back.

    It may have fired for that time already; it does not do so again.
    """
    trigger = triggers.lock(tx, trigger_id)
    if trigger is not None and trigger.next_fire is not None and waits_too_long(trigger, now=now):
        triggers.schedule(tx, trigger, Schedule.parse(trigger.definition["Schedule"]).next_fire(now))


def fire_on_demand(tx: Tx, trigger: Trigger, *, now: int) -> None:
    """Let an ON_DEMAND trigger fire that is locked."""
    fires.add(tx, trigger, at=now)


def behind(tx: Tx) -> bool:
    """Whether there are events that a trigger waits for and has not read."""
    waited = triggers.watched_after(tx)
    return waited is not None and max(waited, cursors.get(tx, CURSOR) or 0) < outbox.newest(tx)


def read_events(tx: Tx, rules: Rules, *, now: int, limit: int) -> int:
    """Let CONDITIONAL triggers see the next `limit` events at most, and fire; how many events there were.

    What was there before the first of them began to wait is nobody's, and passed over; so is what has been pruned.
    """
    seq = cursors.lock(tx, CURSOR)
    waited = triggers.watched_after(tx)
    if waited is None:
        return 0
    # Asked before the events: one that is written in between would be passed over.
    newest = outbox.newest(tx)
    events = outbox.after(tx, max(waited, seq), limit=limit)
    for event in events:
        if event.kind == STATE_CHANGE:
            _see(tx, event, rules, now=now)
    cursors.advance(tx, CURSOR, events[-1].seq if events else newest)
    return len(events)


def prune_events(tx: Tx, before: int, /, *, limit: int) -> int:
    """Forget the oldest events as `outbox.prune` does, but none that a trigger waits for and has not read.

    However long nobody was there to read them, and whatever the clock says: the end of a run is not lost.
    """
    waited = triggers.watched_after(tx)
    unread = None if waited is None else max(waited, cursors.get(tx, CURSOR) or 0)
    return outbox.prune(tx, before, limit=limit, through=unread)


def _see(tx: Tx, event: Event, rules: Rules, *, now: int) -> None:
    """A run has ended: show it to the triggers that wait for runs of its job."""
    waiting = triggers.watching(tx, event.detail["jobName"], event=event.seq)
    if not waiting:
        return
    run = runs.get(tx, event.run_id)
    # Only the last attempt's end counts, and only of what a trigger started (contract 3 and 10).
    if run is None or retry(tx, run) is not None or not (run.trigger_name is not None or rules.follow_manual):
        return
    end = end_of(tx, run)
    for trigger_id in waiting:
        trigger = triggers.lock(tx, trigger_id)
        if trigger is None or not triggers.is_watching(tx, trigger, end.job_name, event=event.seq):
            continue
        if (end.job_name, end.state) in conditions(trigger.definition):
            sightings.add(tx, trigger.id, end)
            _fire_for(tx, trigger, end, now=now)


def _fire_for(tx: Tx, trigger: Trigger, end: End, *, now: int) -> None:
    """Let the trigger fire if the run that it has just seen was the last that it waited for."""
    ends = sightings.of_root(tx, trigger.id, end.root_fire)
    for causes in satisfied(trigger.definition, ends, manual=True):
        fire = fires.add(
            tx,
            trigger,
            key=causes.key,
            root_fire=causes.root_fire,
            predecessors=causes.predecessors(),
            at=now,
        )
        if fire is not None:
            sightings.consume(tx, trigger.id, [cause.run_id for cause in causes.ends], fire_id=fire.id)


def retry(tx: Tx, run: Run) -> Run | None:
    """The retry that took over from a run that has ended, if one did; it is written in the transaction of the end."""
    return runs.get(tx, retry_id(run))


def end_of(tx: Tx, run: Run) -> End:
    """The end of a run as triggers see it. What a client started is its own root, with its retries."""
    return End(
        run_id=run.id,
        job_name=run.job_name,
        state=run.state,
        root_fire=runs.root_fire(tx, run.id) or first_id(run.id),
        trigger_name=run.trigger_name,
        ended_on=run.completed_on or run.last_modified_on,
    )


def carry_out(
    tx: Tx, asked: Action, policy: Policy, *, actor: str, now: int, refused: Refused | None = None
) -> Done | None:
    """Do what an action asks for; None if somebody else has, or is at it.

    The run starts, or waits in the queue of its limits. One that cannot is recorded all the same, FAILED, or ERROR
    where its job is gone (contract 2 and 4): nobody is there whom an error could be told. Raises NoRoomError if a limit
    keeps the run out; done again with that refusal, the action is settled by a FAILED run, whatever room there is by
    then.
    """
    action = fires.take(tx, asked)
    if action is None:
        return None
    taken = jobs.take(tx, action.job_name)
    state, reason = RunState.FAILED, None
    if taken is None:
        taken = jobs.take_deleted(tx, action.job_name)
        state, reason = RunState.ERROR, f"Job with name: {action.job_name} not found."
    if taken is None:
        note = f"There is no job {action.job_name}, and no trace of one: no run can be recorded"
        fires.settle(tx, action, note=note)
        return Done(action=action, run=None, note=note)
    request = for_job(action.request, taken.job)
    origin = Origin(trigger_name=action.trigger_name, root_fire=action.root_fire, predecessors=action.predecessors)
    reason = reason or _refusal(taken.job, request, policy, refused)
    if reason is None:
        answer = admission.accept(tx, taken, request, None, policy, actor=actor, now=now, origin=origin)
        if isinstance(answer, Refused):
            raise NoRoomError(answer)
        run = answer
    else:
        run = admission.refuse(tx, taken, request, policy, state, reason, actor=actor, now=now, origin=origin)
    fires.settle(tx, action, run_id=run.id)
    return Done(action=action, run=run)


def _refusal(job: Job, request: Document, policy: Policy, refused: Refused | None) -> str | None:
    """Why a run is recorded as FAILED: it breaks a rule, or a limit has kept it out."""
    try:
        check_start(job, request, policy.defaults)
    except InvalidInputException as refusal:
        return refusal.message
    if refused is None:
        return None
    return "Maximum number of queued job runs exceeded" if refused.queue_full else GAVE_UP[refused.limit]


def prune(tx: Tx, before: int, /, *, limit: int) -> int:
    """Forget what triggers have seen, fired for and been before that time, `limit` of each at most; how many it was."""
    gone = sightings.forget(tx, before, limit=limit) + fires.forget(tx, before, limit=limit)
    return gone + triggers.forget(tx, before)


def _moment(at: int) -> str:
    return f"{datetime.fromtimestamp(at / 1000, UTC):%Y-%m-%d %H:%M} UTC"
