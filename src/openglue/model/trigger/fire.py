"""A fire: that a trigger fired, what for, and the runs that it starts one by one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from openglue.model.job import Document, Job

#: Members of an action that say which job, not how it runs.
_WHICH = frozenset({"JobName", "CrawlerName"})


@dataclass(frozen=True, kw_only=True)
class Fire:
    """One row of the fires table."""

    #: `fire_` and 32 hex digits.
    id: str
    trigger_id: str
    #: What the trigger fires for once: the scheduled time (epoch milliseconds), the hash of the runs that satisfied
    #: it, or the fire itself where it was started by hand.
    key: str
    #: The fire that everything descends from which this one starts: itself, unless ended runs caused it.
    root_fire: str
    #: When it fired, epoch milliseconds.
    at: int
    #: What there is to say, above all that a time was missed and nothing was started.
    note: str | None


@dataclass(frozen=True, kw_only=True)
class Action:
    """A run that a fire starts: one row of the actions table."""

    fire_id: str
    #: Position among the trigger's actions.
    number: int
    trigger_name: str
    job_name: str
    #: Members of StartJobRun, as the trigger's action has them.
    request: Document
    #: PredecessorRuns.
    predecessors: Sequence[Mapping[str, str]]
    root_fire: str
    at: int
    #: What came of it; both None while it is still to be started.
    run_id: str | None
    #: Why there is no run.
    note: str | None


def run_request(action: Document) -> dict[str, Any]:
    """The members of StartJobRun that an action of a trigger stands for."""
    return {name: value for name, value in action.items() if name not in _WHICH}


def for_job(request: Document, job: Job) -> dict[str, Any]:
    """The request without the arguments that the job does not let anybody override: they are ignored (contract 6)."""
    fixed = job.definition.get("NonOverridableArguments") or {}
    arguments = request.get("Arguments") or {}
    return {**request, "Arguments": {name: value for name, value in arguments.items() if name not in fixed}}
