"""ExplainTrigger: when a trigger fires next, what it fired for, what it waits for, and what was held back, and why."""

from __future__ import annotations

from typing import Any

from openglue.api.context import Context
from openglue.api.operations.triggers import not_found
from openglue.model.run import Run
from openglue.model.schedule import Schedule
from openglue.model.trigger import (
    Action,
    End,
    Fire,
    Trigger,
    TriggerType,
    Watched,
    held_back,
    missing,
    watched_jobs,
)
from openglue.store import fires, firing, jobs, runs, sightings, triggers
from openglue.store.database import Tx

#: Times to come, past fires, and runs that wait for others, that are told at most.
TIMES, FIRES, WAITING = 10, 10, 100
#: Runs of each job that a trigger watches which are looked at, and of all of them.
OF_JOB, LOOKED_AT = 5, 50
#: Above every number of a run.
_END = 2**62


async def explain_trigger(context: Context, request: dict[str, Any]) -> dict[str, Any]:
    name = request["Name"]

    def read(tx: Tx) -> dict[str, Any]:
        trigger = triggers.get(tx, name)
        if trigger is None:
            raise not_found(name)
        follow_manual = context.config.triggers_follow_manual_runs
        return {
            "Name": trigger.name,
            "Type": trigger.type.value,
            "State": trigger.state.value,
            "NextFires": [at / 1000 for at in _times(trigger, context.clock.now())],
            "Fires": [_fire(tx, trigger, fire, actions) for fire, actions in fires.newest(tx, trigger.id, limit=FIRES)],
            "Waiting": _waiting(tx, trigger),
            "HeldBack": _held_back(tx, trigger, follow_manual=follow_manual),
        }

    return await context.read(read)


def _times(trigger: Trigger, now: int) -> list[int]:
    """The next times of a schedule, whether its trigger is ACTIVATED or not."""
    if trigger.type is not TriggerType.SCHEDULED:
        return []
    return Schedule.parse(trigger.definition["Schedule"]).fires(now, TIMES)


def _fire(tx: Tx, trigger: Trigger, fire: Fire, actions: list[Action]) -> dict[str, Any]:
    members: dict[str, Any] = {
        "At": fire.at / 1000,
        "RootId": fire.root_fire,
        "Predecessors": [dict(row) for row in actions[0].predecessors] if actions else [],
        "Actions": [_action(tx, action) for action in actions],
    }
    if trigger.type is TriggerType.SCHEDULED:
        members["ScheduledFor"] = int(fire.key) / 1000
    if fire.note is not None:
        members["Note"] = fire.note
    return members


def _action(tx: Tx, action: Action) -> dict[str, Any]:
    members = {"JobName": action.job_name}
    if action.run_id is not None:
        members["JobRunId"] = action.run_id
        run = runs.get(tx, action.run_id)
        if run is not None:
            members["JobRunState"] = run.state.value
    if action.note is not None:
        members["Note"] = action.note
    return members


def _waiting(tx: Tx, trigger: Trigger) -> list[dict[str, Any]]:
    """The runs that wait for others of their root, and for which."""
    roots: dict[str, list[End]] = {}
    for end in sightings.waiting(tx, trigger.id, limit=WAITING):
        roots.setdefault(end.root_fire, []).append(end)
    return [
        {
            "RootId": root,
            "Seen": [
                {
                    "JobName": end.job_name,
                    "JobRunId": end.run_id,
                    "JobRunState": end.state.value,
                    "EndedOn": end.ended_on / 1000,
                }
                for end in ends
            ],
            "Missing": [
                {"JobName": job, "JobRunState": state.value}
                for job, state in missing(trigger.definition, ((end.job_name, end.state) for end in ends))
            ],
        }
        for root, ends in roots.items()
    ]


def _held_back(tx: Tx, trigger: Trigger, *, follow_manual: bool) -> list[dict[str, Any]]:
    """The newest runs of the jobs that a trigger watches which have not made it fire."""
    unread = firing.behind(tx)
    found: list[tuple[Run, bool]] = []
    for name in watched_jobs(trigger.definition)[: LOOKED_AT // OF_JOB]:
        job = jobs.get(tx, name)
        for run in () if job is None else runs.page(tx, job_id=job.id, before=_END, limit=OF_JOB):
            seen, fire_id = sightings.fire_of(tx, trigger.id, run.id)
            if fire_id is None:
                found.append((run, seen))
    told = []
    for run, seen in found:
        retry = firing.retry(tx, run)
        watched = Watched(
            job_name=run.job_name,
            state=run.state,
            trigger_name=run.trigger_name,
            retried_as=None if retry is None else retry.id,
            seen=seen,
            unread=unread,
        )
        rule, reason = held_back(trigger, watched, follow_manual=follow_manual)
        told.append(
            {
                "JobName": run.job_name,
                "JobRunId": run.id,
                "JobRunState": run.state.value,
                "Rule": rule.value,
                "Reason": reason,
            }
        )
    return told
