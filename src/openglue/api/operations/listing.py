"""Runs whatever their job: ListJobRuns by what is known of them, FindJobRuns by the beginning of their ids."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from openglue.api.context import Context
from openglue.api.operations.jobs import not_found
from openglue.api.operations.runs import job_runs
from openglue.model.arguments import merge
from openglue.model.job import Job
from openglue.model.run import Run
from openglue.model.states import ACTIVE
from openglue.store import jobs, listing, runs
from openglue.store.database import Tx

#: Page when the caller names no size.
PAGE = 100
#: Runs that one call looks at, at most, and at a time: a filter that few runs pass does not keep the service busy. A
#: page may hold fewer runs than asked for then, or none, and still have a NextToken.
LOOKED_AT, CHUNK = 1000, 200
#: Milliseconds by which the order of a job's runs may differ from that of their times: a clock was set back.
SLACK_MS = 3_600_000
#: Runs that FindJobRuns answers with at most.
FOUND = 100
#: Above every time and number.
_END = 2**62


@dataclass(frozen=True, kw_only=True)
class Filter:
    """What a run must be like to be listed; times are epoch milliseconds."""

    states: frozenset[str]
    arguments: Mapping[str, str]
    #: The first that it may have started at, and the first that it may not.
    after: int
    before: int
    #: Default and non-overridable arguments of definitions, by their hash.
    _fixed: dict[str, tuple[Mapping[str, str], Mapping[str, str]]] = field(default_factory=dict)

    @classmethod
    def of(cls, request: Mapping[str, Any]) -> Filter:
        return cls(
            states=frozenset(request.get("JobRunStates", ())),
            arguments=request.get("Arguments", {}),
            after=_milliseconds(request.get("StartedAfter"), 0),
            before=_milliseconds(request.get("StartedBefore"), _END),
        )

    @property
    def only_active(self) -> bool:
        return bool(self.states) and self.states <= {state.value for state in ACTIVE}

    def passes(self, tx: Tx, run: Run) -> bool:
        if not self.after <= run.started_on < self.before or (self.states and run.state.value not in self.states):
            return False
        return not self.arguments or self.arguments.items() <= self._arguments(tx, run).items()

    def _arguments(self, tx: Tx, run: Run) -> Mapping[str, str]:
        """The arguments of a run as its script sees them."""
        if run.definition_sha not in self._fixed:
            definition = jobs.definition(tx, run.definition_sha)
            names = ("DefaultArguments", "NonOverridableArguments")
            defaults, fixed = (definition.get(name) or {} for name in names)
            self._fixed[run.definition_sha] = defaults, fixed
        defaults, fixed = self._fixed[run.definition_sha]
        return merge(defaults, run.fixed.get("Arguments") or {}, fixed)


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where runs come from, newest first.

    A position is a number that orders the runs, and a run's id: so a page begins where the last one ended, whatever
    came meanwhile.
    """

    after: Callable[[int, str, int], list[Run]]
    number: Callable[[Run], int]
    #: Milliseconds by which the order may differ from that of the runs' times.
    slack: int
    first: int


async def list_job_runs(context: Context, request: dict[str, Any]) -> dict[str, Any]:
    """Runs of a job, or of all jobs that are or were, newest first."""
    filters = {key: value for key, value in request.items() if key not in {"MaxResults", "NextToken"}}

    def read(tx: Tx) -> dict[str, Any]:
        job = None
        if "JobName" in filters:
            job = jobs.get(tx, filters["JobName"])
            if job is None:
                raise not_found(filters["JobName"])
        bound = {**filters, "job": None if job is None else job.id}
        wanted = Filter.of(request)
        position = context.tokens.read("ListJobRuns", bound, request.get("NextToken"))
        source = newest(tx, wanted) if job is None else of_job(tx, job)
        found, end = page(tx, source, wanted, position, request.get("MaxResults") or PAGE)
        result: dict[str, Any] = {"JobRuns": job_runs(tx, found)}
        return result if end is None else {**result, "NextToken": context.tokens.issue("ListJobRuns", bound, end)}

    return await context.read(read)


async def find_job_runs(context: Context, request: dict[str, Any]) -> dict[str, Any]:
    """Runs whose ids begin so, newest first; of more than FOUND those whose ids are first."""
    prefix = request["RunIdPrefix"]

    def read(tx: Tx) -> list[dict[str, Any]]:
        found = listing.beginning(tx, prefix, limit=FOUND)
        return job_runs(tx, sorted(found, key=lambda run: (run.started_on, run.id), reverse=True))

    return {"JobRuns": await context.read(read)}


def of_job(tx: Tx, job: Job) -> Source:
    return Source(
        after=lambda seq, _, limit: runs.page(tx, job_id=job.id, before=seq, limit=limit),
        number=lambda run: run.seq,
        slack=SLACK_MS,
        first=_END,
    )


def newest(tx: Tx, wanted: Filter) -> Source:
    look = listing.active if wanted.only_active else listing.newest
    return Source(
        after=lambda started_on, run_id, limit: look(tx, started_on=started_on, run_id=run_id, limit=limit),
        number=lambda run: run.started_on,
        slack=0,
        first=wanted.before,
    )


def page(
    tx: Tx, source: Source, wanted: Filter, position: str | None, limit: int, most: int = LOOKED_AT
) -> tuple[list[Run], str | None]:
    """The runs of a page, and the position of its end if there may be more; looks at about `most` runs."""
    number, run_id = (source.first, "") if position is None else _read(position)
    found: list[Run] = []
    looked, size = 0, min(limit + 1, CHUNK)
    while looked < most:
        chunk = source.after(number, run_id, size)
        for run in chunk:
            if run.started_on < wanted.after - source.slack:
                return found, None
            if wanted.passes(tx, run):
                if len(found) == limit:
                    return found, f"{number}/{run_id}"
                found.append(run)
            number, run_id = source.number(run), run.id
        if len(chunk) < size:
            return found, None
        looked, size = looked + size, min(4 * size, CHUNK)
    return found, f"{number}/{run_id}"


def _read(position: str) -> tuple[int, str]:
    number, _, run_id = position.partition("/")
    return int(number), run_id


def _milliseconds(seconds: float | None, default: int) -> int:
    return default if seconds is None else int(min(max(seconds * 1000, 0), _END))
