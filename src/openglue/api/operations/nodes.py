"""The node that answers: GetNode, and DrainNode and ResumeNode for a machine that goes away and comes back."""

from __future__ import annotations

import asyncio
import platform
from typing import Any

from openglue.api.context import Context
from openglue.api.operations.runs import job_runs, lock
from openglue.store import nodes, runs
from openglue.store.database import Tx


async def get_node(context: Context, _request: dict[str, Any]) -> dict[str, Any]:
    """Whether this server takes runs, and which ones it has."""

    def read(tx: Tx) -> dict[str, Any]:
        held = nodes.runs_of(tx, context.node)
        node: dict[str, Any] = {
            "NodeId": context.node,
            "Host": platform.node(),
            "DataDirectory": str(context.config.data.absolute()),
            "State": "ACTIVE",
            "JobRuns": job_runs(tx, held),
            "Untaken": nodes.untaken(tx),
        }
        if context.drain.reason is not None:
            node["State"] = "DRAINING" if held else "DRAINED"
        return node

    return await context.read(read)


async def drain_node(context: Context, request: dict[str, Any]) -> dict[str, Any]:
    """Take no more runs; with StopRuns, stop those that there are. What is answered after that only shrinks."""
    await asyncio.to_thread(context.drain.begin)
    if request.get("StopRuns"):

        def stop(tx: Tx) -> list[str]:
            found = lock(tx, [run.id for run in nodes.runs_of(tx, context.node)])
            asked = [run for run in found.values() if run is not None and run.owner == context.node]
            return [run.id for run in asked if runs.ask_stop(tx, run, actor="drain", now=context.clock.now())]

        for run_id in await context.write(stop):
            context.signals.notify(run_id)
    context.wake()
    return await get_node(context, {})


async def resume_node(context: Context, _request: dict[str, Any]) -> dict[str, Any]:
    """Take runs again."""
    await asyncio.to_thread(context.drain.end)
    context.wake()
    return await get_node(context, {})
