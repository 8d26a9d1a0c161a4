"""Triggers: CreateTrigger, GetTrigger, GetTriggers, ListTriggers, BatchGetTriggers, UpdateTrigger, DeleteTrigger,
StartTrigger, StopTrigger.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from openglue.api.context import Context
from openglue.errors import (
    AlreadyExistsException,
    EntityNotFoundException,
    InvalidInputException,
    ResourceNumberLimitExceededException,
)
from openglue.model.trigger import (
    Operation,
    Trigger,
    TriggerType,
    check_acyclic,
    created_trigger,
    moved_trigger,
    started_jobs,
    trigger_members,
    updated_trigger,
)
from openglue.store import account, firing, jobs, tags, triggers
from openglue.store.database import Tx

#: Page of GetTriggers and ListTriggers when the caller names no size (design 10).
PAGE = 200


def tag_resource(name: str) -> str:
    return f"trigger/{name}"


def not_found(name: str) -> EntityNotFoundException:
    return EntityNotFoundException(f"Trigger with name: {name} not found.")


async def create_trigger(context: Context, request: dict[str, Any]) -> dict[str, Any]:
    """Create a trigger, ACTIVATED if it is to be started at once. A name that exists is refused."""
    name = request["Name"]

    def create(tx: Tx) -> dict[str, Any]:
        trigger = created_trigger(request, now=context.clock.now())
        # Its lock: two callers at the same time would both find no such trigger, room for one more, and no cycle.
        account.change(tx)
        if triggers.get(tx, name) is not None:
            raise AlreadyExistsException(f"Trigger with name: {name} already exists.")
        limit = context.config.account_triggers
        if triggers.count(tx) >= limit:
            raise ResourceNumberLimitExceededException(f"An account has {limit} triggers at most")
        _check_surroundings(tx, trigger)
        triggers.add(tx, trigger)
        tags.put(tx, tag_resource(name), request.get("Tags") or {})
        return {"Name": name}

    return await context.write_once(create)


async def get_trigger(context: Context, request: dict[str, Any]) -> dict[str, Any]:
    name = request["Name"]
    trigger = await context.read(lambda tx: triggers.get(tx, name))
    if trigger is None:
        raise not_found(name)
    return {"Trigger": trigger_members(trigger)}


async def get_triggers(context: Context, request: dict[str, Any]) -> dict[str, Any]:
    found, token = await _page(context, "GetTriggers", request)
    result: dict[str, Any] = {"Triggers": [trigger_members(trigger) for trigger in found]}
    return result if token is None else {**result, "NextToken": token}


async def list_triggers(context: Context, request: dict[str, Any]) -> dict[str, Any]:
    found, token = await _page(context, "ListTriggers", request)
    result: dict[str, Any] = {"TriggerNames": [trigger.name for trigger in found]}
    return result if token is None else {**result, "NextToken": token}


async def batch_get_triggers(context: Context, request: dict[str, Any]) -> dict[str, Any]:
    """Triggers that exist, and the names of those that do not; never EntityNotFoundException (contract 1)."""
    names = list(dict.fromkeys(request["TriggerNames"]))
    found = await context.read(lambda tx: {name: triggers.get(tx, name) for name in names})
    return {
        "Triggers": [trigger_members(trigger) for trigger in found.values() if trigger is not None],
        "TriggersNotFound": [name for name, trigger in found.items() if trigger is None],
    }


async def update_trigger(context: Context, request: dict[str, Any]) -> dict[str, Any]:
    """Replace the whole definition: what the update does not say is reset (contract 1). The state stays.

    A trigger that is firing at this moment is waited for: a fire uses one definition.
    """
    name = request["Name"]

    def update(tx: Tx) -> Trigger:
        account.change(tx)
        trigger = _locked(tx, name)
        updated = updated_trigger(trigger, request["TriggerUpdate"], now=context.clock.now())
        _check_surroundings(tx, updated)
        triggers.replace(tx, trigger, updated)
        return updated

    updated = await context.write(update)
    context.wake()
    return {"Trigger": trigger_members(updated)}


async def delete_trigger(context: Context, request: dict[str, Any]) -> dict[str, Any]:
    """Delete a trigger, if there is one (contract 1). What it has fired for goes on."""
    name = request["Name"]

    def delete(tx: Tx) -> None:
        trigger = triggers.get_locked(tx, name)
        if trigger is not None:
            triggers.delete_trigger(tx, trigger, now=context.clock.now())
            tags.clear(tx, tag_resource(name))

    await context.write(delete)
    return {"Name": name}


async def start_trigger(context: Context, request: dict[str, Any]) -> dict[str, Any]:
    """Let an ON_DEMAND trigger fire; let a SCHEDULED or CONDITIONAL one fire from now on (contract 10)."""
    name = request["Name"]

    def start(tx: Tx) -> dict[str, Any]:
        now = context.clock.now()
        trigger = _locked(tx, name)
        started = moved_trigger(trigger, Operation.START, now=now)
        if trigger.type is TriggerType.ON_DEMAND:
            firing.fire_on_demand(tx, trigger, now=now)
        else:
            triggers.replace(tx, trigger, started)
        return {"Name": name}

    answer = await context.write_once(start)
    context.wake()
    return answer


async def stop_trigger(context: Context, request: dict[str, Any]) -> dict[str, Any]:
    """Let a SCHEDULED or CONDITIONAL trigger fire no more. What it has fired for goes on."""
    name = request["Name"]

    def stop(tx: Tx) -> None:
        trigger = _locked(tx, name)
        triggers.replace(tx, trigger, moved_trigger(trigger, Operation.STOP, now=context.clock.now()))

    await context.write(stop)
    return {"Name": name}


def _locked(tx: Tx, name: str) -> Trigger:
    trigger = triggers.get_locked(tx, name)
    if trigger is None:
        raise not_found(name)
    return trigger


def _check_surroundings(tx: Tx, trigger: Trigger) -> None:
    """Refuse a trigger that names jobs which do not exist, or through which a job would start itself again."""
    definition = trigger.definition
    places = [(f"Actions[{number}]", row) for number, row in enumerate(definition["Actions"])]
    conditions = (definition.get("Predicate") or {}).get("Conditions") or ()
    places += [(f"Predicate.Conditions[{number}]", row) for number, row in enumerate(conditions)]
    known = {name: jobs.get(tx, name) is not None for name in {row["JobName"] for _, row in places}}
    for place, row in places:
        if not known[row["JobName"]]:
            raise InvalidInputException(f"{place}.JobName: there is no job {row['JobName']}; create it first")
    if trigger.type is TriggerType.CONDITIONAL:
        check_acyclic(trigger.name, definition, triggers.conditional(tx))


async def _page(context: Context, operation: str, request: dict[str, Any]) -> tuple[list[Trigger], str | None]:
    """One page of triggers by name, with all of the tags that the request filters by.

    DependentJobName leaves those that can start that job; if there is none, it leaves all (contract 1).
    """
    tagged, job = request.get("Tags") or {}, request.get("DependentJobName")
    filters = {"tags": tagged, "job": job}
    limit = request.get("MaxResults") or PAGE
    position = context.tokens.read(operation, filters, request.get("NextToken"))

    def is_wanted(tx: Tx, trigger: Trigger) -> bool:
        return not tagged or tagged.items() <= tags.get(tx, tag_resource(trigger.name)).items()

    def starts_job(tx: Tx, trigger: Trigger) -> bool:
        return job in started_jobs(trigger.definition) and is_wanted(tx, trigger)

    def read(tx: Tx) -> list[Trigger]:
        depend = job is not None and _matching(tx, "", 1, starts_job)
        return _matching(tx, position or "", limit + 1, starts_job if depend else is_wanted)

    found = await context.read(read)
    token = context.tokens.issue(operation, filters, found[limit - 1].name) if len(found) > limit else None
    return found[:limit], token


def _matching(tx: Tx, after: str, limit: int, accepts: Callable[[Tx, Trigger], bool]) -> list[Trigger]:
    """The first `limit` triggers behind a name that are accepted."""
    found: list[Trigger] = []
    while True:
        chunk = triggers.page(tx, after=after, limit=PAGE)
        for trigger in chunk:
            if accepts(tx, trigger):
                found.append(trigger)
                if len(found) == limit:
                    return found
        if len(chunk) < PAGE:
            return found
        after = chunk[-1].name
