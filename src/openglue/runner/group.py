"""The cgroup of a run."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from openglue.cgroup import Bounds, Group, Place
from openglue.model.plan import Plan


def make_group(place: Place | None, plan: Plan, file: Path) -> Group | None:
    """Make it below `place`, and note it in `file`; None where there can be none, which is no reason not to run."""
    if place is None:
        return None
    bounds = Bounds(memory_mb=plan.memory_mb, tasks=plan.tasks, cpu_weight=plan.cpu_weight)
    with suppress(OSError):
        group = Group.make(place, f"{plan.run_id}.{plan.fence}", bounds)
        try:
            # Before there is anything in it, so that nothing in a group is ever unknown to the agent.
            group.write(file)
        except OSError:
            group.remove()
            raise
        return group
    return None
