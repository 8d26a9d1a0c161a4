"""`openglue drain`: a server lets go of its work, because its machine goes away."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Annotated, Any

import typer

from openglue.cli.failure import CommandError, ExitCode, RefusedError
from openglue.cli.follow import note
from openglue.cli.options import Data, Endpoint, Json, application
from openglue.cli.service import Service, open_service

app = application()

#: Seconds between two looks while waiting.
LOOK_S = 0.5
#: Runs that are told by name.
NAMED = 5


@app.command()
def drain(
    stop_runs: Annotated[
        bool, typer.Option("--stop-runs", help="Stop the runs that the server has; they end STOPPED.")
    ] = False,
    wait: Annotated[
        float,
        typer.Option(
            "--wait",
            metavar="SECONDS",
            min=0,
            help="Wait until no run is left, for so long at most; exit 1 if some are left.",
        ),
    ] = 0,
    resume: Annotated[bool, typer.Option("--resume", help="Let the server take runs again.")] = False,
    as_json: Json = False,
    endpoint: Endpoint = None,
    data: Data = None,
) -> None:
    """Let a server take no more runs, because its machine goes away, and say which it still has.

    Runs that it has go on. New ones are accepted as ever: another server on the same PostgreSQL takes them; where there
    is none they wait, STARTING, until a server takes runs again. --resume undoes it, and so does a restart.
    """
    if resume and (stop_runs or wait):
        raise RefusedError("--resume cannot be given with --stop-runs or --wait")
    service = open_service(endpoint, data)
    if resume:
        node = service.own("ResumeNode")
        print(json.dumps(node, indent=2) if as_json else f"the server on {node['Host']} takes runs again")
        return
    node = service.own("DrainNode", StopRuns=stop_runs)
    for look in _until_none_is_left(service, node, wait):
        node = look
        if not as_json:
            note(_left(node))
    print(json.dumps(node, indent=2) if as_json else _summary(node))
    if wait and node["JobRuns"]:
        raise typer.Exit(ExitCode.FAILED)


def _until_none_is_left(service: Service, node: dict[str, Any], wait_s: float) -> Iterator[dict[str, Any]]:
    """The node, now and whenever what it has is different, until it has nothing or the time is over."""
    deadline = time.monotonic() + wait_s
    told = None
    while True:
        has = [(run["Id"], run["JobRunState"]) for run in node["JobRuns"]]
        if has != told:
            yield node
            told = has
        if not has or time.monotonic() >= deadline:
            return
        time.sleep(min(LOOK_S, max(deadline - time.monotonic(), 0)))
        node = service.own("GetNode")
        if node["State"] == "ACTIVE":
            raise CommandError(f"the server on {node['Host']} was started again, or resumed: it takes runs")


def _left(node: dict[str, Any]) -> str:
    runs = node["JobRuns"]
    named = [f"{run['JobName']} {run['Id']} {run['JobRunState']}" for run in runs[:NAMED]]
    more = [f"and {len(runs) - NAMED} more"] if len(runs) > NAMED else []
    return f"{_count(len(runs))} left{': ' if runs else ''}{', '.join([*named, *more])}"


def _summary(node: dict[str, Any]) -> str:
    host, left, untaken = node["Host"], len(node["JobRuns"]), node["Untaken"]
    told = [f"the server on {host} takes no more runs, and has {left or 'none'}"]
    if untaken:
        told.append(f"{_count(untaken)} accepted and left to a server that takes runs")
    return "\n".join(told)


def _count(number: int) -> str:
    return {0: "no run is", 1: "1 run is"}.get(number, f"{number} runs are")
