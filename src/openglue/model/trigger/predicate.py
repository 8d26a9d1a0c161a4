"""When runs that have ended satisfy a CONDITIONAL trigger, and which runs make it fire (contract 10).

Runs of one *root* belong together: the scheduled, on-demand or manual start that they descend from. A run satisfies a
condition once: the fire that it causes consumes it, for this trigger.
- AND: one run for each condition, all of the same root. Further runs of the root wait for partners of their own: the
  first of each condition belong together, then the second, in the order in which they ended.
- ANY, or a single condition: every run that satisfies a condition fires alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from openglue.model.job import Document
from openglue.model.states import RunState


@dataclass(frozen=True, kw_only=True)
class End:
    """How a run ended that is not followed by a retry: only the last attempt counts (contract 3)."""

    run_id: str
    job_name: str
    state: RunState
    #: The start that the run descends from.
    root_fire: str
    #: Trigger that started the run; None if a client did.
    trigger_name: str | None
    #: Epoch milliseconds.
    ended_on: int


@dataclass(frozen=True, kw_only=True)
class Causes:
    """The runs that make a trigger fire once, in the order of its conditions."""

    ends: tuple[End, ...]

    @property
    def root_fire(self) -> str:
        return self.ends[0].root_fire

    @property
    def key(self) -> str:
        """The same text for the same set of runs, short enough for every index."""
        return hashlib.sha256("\n".join(sorted(end.run_id for end in self.ends)).encode()).hexdigest()

    def predecessors(self) -> list[dict[str, Any]]:
        """PredecessorRuns of the runs that the fire starts."""
        return [{"JobName": end.job_name, "RunId": end.run_id} for end in self.ends]


def satisfied(
    definition: Document, ends: Iterable[End], *, consumed: Collection[str] = (), manual: bool = False
) -> list[Causes]:
    """The fires that ended runs call for, in the order in which they became due.

    `consumed` are ids of runs that this trigger has fired for. AWS fires only for runs that a trigger started;
    `manual` lets those count as well that a client did.
    """
    predicate = definition["Predicate"]
    #: The same condition twice is one.
    conditions = dict.fromkeys((condition["JobName"], condition["State"]) for condition in predicate["Conditions"])
    fresh = sorted(
        (
            end
            for end in ends
            if (end.job_name, end.state.value) in conditions
            and end.run_id not in consumed
            and (manual or end.trigger_name is not None)
        ),
        key=_order,
    )
    if predicate.get("Logical") != "AND":
        return [Causes(ends=(end,)) for end in fresh]
    roots: dict[str, dict[tuple[str, str], list[End]]] = {}
    for end in fresh:
        waiting = roots.setdefault(end.root_fire, {condition: [] for condition in conditions})
        waiting[end.job_name, end.state.value].append(end)
    # zip stops where the first condition has no run left.
    complete = [together for waiting in roots.values() for together in zip(*waiting.values(), strict=False)]
    return [Causes(ends=together) for together in sorted(complete, key=lambda ends: max(map(_order, ends)))]


def _order(end: End) -> tuple[int, str]:
    return end.ended_on, end.run_id
