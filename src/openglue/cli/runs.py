"""`openglue runs`: what ran, what runs, and an end to it."""

from __future__ import annotations

import json
import shutil
import sys
import time
from itertools import islice
from typing import Annotated, Any

import typer

from openglue.cli import display
from openglue.cli.failure import CommandError, ExitCode
from openglue.cli.follow import TERMINAL, Log, ask_stop, note, stop
from openglue.cli.lookup import find_run, newest_runs
from openglue.cli.options import Data, Endpoint, Job, Json, Run, application
from openglue.cli.service import open_service

app = application("List, show and stop runs. RUN is a run's id, the beginning of one, or `latest`.")


@app.command("ls")
def list_runs(
    job: Annotated[str | None, typer.Argument(metavar="JOB", help="Runs of this job only.")] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=1000, help="Runs to show at most.")] = 20,
    as_json: Json = False,
    endpoint: Endpoint = None,
    data: Data = None,
) -> None:
    """List runs, newest first."""
    service = open_service(endpoint, data)
    found = sorted(newest_runs(service, job, limit), key=lambda run: run["StartedOn"], reverse=True)
    shown = list(islice(found, limit))
    if as_json:
        print(json.dumps(shown, indent=2))
        return
    if not shown:
        note("there are no runs yet; `openglue run SCRIPT` makes one")
        return
    now = time.time()
    rows = [
        [
            run["JobName"],
            display.short(run["Id"]),
            display.state(run["JobRunState"]),
            display.moment(run["StartedOn"]),
            display.run_duration(run, now),
            run.get("ErrorMessage") or run.get("StateDetail") or "",
        ]
        for run in shown
    ]
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    typer.echo(display.table(["JOB", "RUN", "STATE", "STARTED", "DURATION", "MESSAGE"], rows, width))


@app.command("get")
def get_run(run: Run, job: Job = None, as_json: Json = False, endpoint: Endpoint = None, data: Data = None) -> None:
    """Show a run: its state, how long it took, why it ended."""
    record = find_run(open_service(endpoint, data), run, job)
    if as_json:
        print(json.dumps(record, indent=2))
        return
    typer.echo(display.members(_readable(record)))


@app.command("stop")
def stop_run(
    run: Run,
    job: Job = None,
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="Wait until it has stopped.")] = True,
    as_json: Json = False,
    endpoint: Endpoint = None,
    data: Data = None,
) -> None:
    """Stop a run: its script gets SIGTERM and some seconds, then its whole process tree is killed."""
    service = open_service(endpoint, data)
    record = find_run(service, run, job)
    if wait:
        if record["JobRunState"] in TERMINAL:
            raise CommandError(f"run {display.short(record['Id'])} has ended already: {record['JobRunState']}")
        record = stop(service, record, Log(service, record, ()), lambda _lines: None)
    else:
        reason = ask_stop(service, record)
        if reason is not None:
            raise CommandError(reason)
        record = service.glue("GetJobRun", JobName=record["JobName"], RunId=record["Id"])["JobRun"]
    if as_json:
        print(json.dumps(record, indent=2))
    else:
        typer.echo(f"{display.state(record['JobRunState'])}  {record['Id']}")
    if wait and record["JobRunState"] != "STOPPED":
        # It ended by itself, or has not ended yet.
        raise typer.Exit(ExitCode.FAILED)


def _readable(record: dict[str, Any]) -> dict[str, str]:
    """The members of a JobRun as a person wants them, the most telling first."""
    first = {
        "Run": record["Id"],
        "Job": record["JobName"],
        "State": display.state(record["JobRunState"]),
        "Message": record.get("ErrorMessage") or record.get("StateDetail") or "",
        "Started": display.moment(record["StartedOn"]),
        "Ended": display.moment(record["CompletedOn"]) if "CompletedOn" in record else "",
        "Duration": display.run_duration(record, time.time()),
        "Glue version": record.get("GlueVersion", ""),
        "Timeout": f"{record['Timeout']} min",
        "Arguments": "\n".join(f"{key} {value}".rstrip() for key, value in record.get("Arguments", {}).items()),
        "Attempt": str(record["Attempt"]) if record["Attempt"] else "",
        "Previous run": record.get("PreviousRunId", ""),
        "Trigger": record.get("TriggerName", ""),
    }
    return {name: value for name, value in first.items() if value}
