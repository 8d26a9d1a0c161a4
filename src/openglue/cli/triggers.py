"""`openglue triggers`: what starts jobs at a time, after other runs, or on demand; and why it did not."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from openglue.cli import display
from openglue.cli.follow import note
from openglue.cli.graph import graph, waits_for
from openglue.cli.options import Data, Endpoint, Json, application
from openglue.cli.service import open_service

app = application("List, show, start, stop and explain triggers, and draw what they start.")

Name = Annotated[str, typer.Argument(metavar="TRIGGER", help="Name of the trigger.")]


@app.command("ls")
def list_triggers(
    job: Annotated[str | None, typer.Option("--job", metavar="JOB", help="Triggers that start this job only.")] = None,
    as_json: Json = False,
    endpoint: Endpoint = None,
    data: Data = None,
) -> None:
    """List triggers by name."""
    found = list(open_service(endpoint, data).pages("GetTriggers", "Triggers", DependentJobName=job))
    # Where no trigger starts the job, GetTriggers answers with all (contract 1).
    shown = [trigger for trigger in found if job is None or job in _started(trigger)]
    if as_json:
        print(json.dumps(shown, indent=2))
        return
    if not shown:
        note("there are no triggers yet" if job is None else f"no trigger starts job {job}")
        return
    rows = [
        [
            trigger["Name"],
            trigger["Type"],
            trigger["State"],
            display.brief(trigger.get("Schedule") or waits_for(trigger)),
            ", ".join(_started(trigger)),
        ]
        for trigger in shown
    ]
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    typer.echo(display.table(["TRIGGER", "TYPE", "STATE", "WHEN", "STARTS"], rows, width))


@app.command("get")
def get_trigger(trigger: Name, as_json: Json = False, endpoint: Endpoint = None, data: Data = None) -> None:
    """Show a trigger: what makes it fire, and what it starts."""
    found = open_service(endpoint, data).glue("GetTrigger", Name=trigger)["Trigger"]
    if as_json:
        print(json.dumps(found, indent=2))
        return
    typer.echo(display.members(_readable(found)))


@app.command("start")
def start_trigger(trigger: Name, as_json: Json = False, endpoint: Endpoint = None, data: Data = None) -> None:
    """Let an ON_DEMAND trigger fire now; let any other one fire from now on."""
    service = open_service(endpoint, data)
    started = service.glue("StartTrigger", Name=trigger)
    kind = service.glue("GetTrigger", Name=trigger)["Trigger"]["Type"]
    told = f"fired trigger {trigger}" if kind == "ON_DEMAND" else f"trigger {trigger} is ACTIVATED"
    print(json.dumps(started) if as_json else told)


@app.command("stop")
def stop_trigger(trigger: Name, as_json: Json = False, endpoint: Endpoint = None, data: Data = None) -> None:
    """Let a SCHEDULED or CONDITIONAL trigger fire no more. Runs that it has started go on."""
    stopped = open_service(endpoint, data).glue("StopTrigger", Name=trigger)
    print(json.dumps(stopped) if as_json else f"trigger {trigger} is DEACTIVATED")


@app.command("explain")
def explain_trigger(trigger: Name, as_json: Json = False, endpoint: Endpoint = None, data: Data = None) -> None:
    """Say when a trigger fires next, what it fired for, what it waits for, and what was held back, and why."""
    service = open_service(endpoint, data)
    told = service.own("ExplainTrigger", Name=trigger)
    if as_json:
        print(json.dumps(told, indent=2))
        return
    found = service.glue("GetTrigger", Name=trigger)["Trigger"]
    typer.echo("\n".join(_explained(found, told)))


@app.command("graph")
def draw_graph(as_json: Json = False, endpoint: Endpoint = None, data: Data = None) -> None:
    """Draw jobs and triggers: what starts what."""
    found = list(open_service(endpoint, data).pages("GetTriggers", "Triggers"))
    if as_json:
        print(json.dumps(found, indent=2))
    elif not found:
        note("there are no triggers yet")
    else:
        typer.echo("\n".join(graph(found)))


def _started(trigger: dict[str, Any]) -> list[str]:
    return list(dict.fromkeys(action["JobName"] for action in trigger["Actions"]))


def _readable(trigger: dict[str, Any]) -> dict[str, str]:
    """The members of a Trigger as a person wants them."""
    shown = {
        "Trigger": trigger["Name"],
        "Type": trigger["Type"],
        "State": trigger["State"],
        "Description": trigger.get("Description", ""),
        "Schedule": trigger.get("Schedule", ""),
        "Waits for": waits_for(trigger),
        "Starts": "\n".join(map(_action, trigger["Actions"])),
    }
    return {name: value for name, value in shown.items() if value}


def _action(action: dict[str, Any]) -> str:
    words = [f"{key} {value}".rstrip() for key, value in (action.get("Arguments") or {}).items()]
    return " ".join([action["JobName"], *words])


def _explained(trigger: dict[str, Any], told: dict[str, Any]) -> Iterable[str]:
    """The explanation as a person reads it, the future first."""
    yield display.members(_readable(trigger))
    active = told["State"] == "ACTIVATED"
    if told["Type"] == "SCHEDULED":
        yield from _section(
            "Fires next" if active else "Would fire, if it were started", map(_moment, told["NextFires"])
        )
        if not told["NextFires"]:
            yield "  never: its schedule is over"
    for waiting in told["Waiting"]:
        yield from _section(
            f"Waits, for what descends from {display.short(waiting['RootId'])}",
            [
                *(f"seen     {_run(run)}" for run in waiting["Seen"]),
                *(f"missing  {run['JobName']}  {run['JobRunState']}" for run in waiting["Missing"]),
            ],
        )
    yield from _section("Held back", (f"{_run(run)}: {run['Reason']}" for run in told["HeldBack"]))
    yield from _section("Fired", (line for fire in told["Fires"] for line in _fire(fire)))
    if not told["Fires"]:
        yield "\nIt has not fired yet."


def _section(title: str, lines: Iterable[str]) -> Iterable[str]:
    for number, line in enumerate(lines):
        if number == 0:
            yield f"\n{typer.style(title, bold=True)}"
        yield f"  {line}"


def _fire(fire: dict[str, Any]) -> Iterable[str]:
    due = f", for {_moment(fire['ScheduledFor'])}" if "ScheduledFor" in fire else ""
    after = ", ".join(f"{row['JobName']} {display.short(row['RunId'])}" for row in fire["Predecessors"])
    yield f"{display.moment(fire['At'])}{due}{', after ' + after if after else ''}"
    if "Note" in fire:
        yield f"  {display.printable(fire['Note'])}"
    for action in fire["Actions"]:
        if "JobRunId" in action:
            run_state = action.get("JobRunState", "forgotten")
            yield f"  {action['JobName']}  {display.short(action['JobRunId'])}  {run_state}"
        else:
            yield f"  {action['JobName']}  {display.printable(action.get('Note', 'not started yet'))}"


def _run(run: dict[str, Any]) -> str:
    return f"{run['JobName']}  {display.short(run['JobRunId'])}  {run['JobRunState']}"


def _moment(seconds: float) -> str:
    """Epoch seconds as schedules count them."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M} UTC"
