"""`openglue runs`: what ran, what runs, why, and an end to it."""

from __future__ import annotations

import json
import shutil
import sys
import time
from itertools import islice
from typing import Annotated, Any

import typer

from openglue.cli import difference, display, explain, filters
from openglue.cli.failure import CommandError, ExitCode, RefusedError
from openglue.cli.follow import TERMINAL, Log, ask_stop, note, stop, summary
from openglue.cli.history import fetch, last_lines
from openglue.cli.lookup import find_run
from openglue.cli.options import Data, Debug, Endpoint, Job, Json, KeepWorkspace, Run, application
from openglue.cli.service import open_service

#: Largest page of ListJobRuns.
PAGE = 200

app = application(
    "List, show, explain, compare, stop and repeat runs. RUN is a run's id, the beginning of one, or `latest`."
)


@app.command("ls")
def list_runs(
    job: Annotated[str | None, typer.Argument(metavar="JOB", help="Runs of this job only.")] = None,
    job_option: Annotated[str | None, typer.Option("--job", metavar="JOB", help="The same.")] = None,
    state: Annotated[
        list[str] | None,
        typer.Option("--state", metavar="STATE", help="In this state; several with commas, or repeated."),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option("--since", metavar="TIME", help="Started then or later: `2h` ago, or `2026-01-31T08:00`."),
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", metavar="TIME", help="Started before that; as --since.")
    ] = None,
    arg: Annotated[
        list[str] | None,
        typer.Option("--arg", metavar="KEY=VALUE", help="With this argument, its own or the job's. Repeatable."),
    ] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=1000, help="Runs to show at most.")] = 20,
    as_json: Json = False,
    endpoint: Endpoint = None,
    data: Data = None,
) -> None:
    """List runs, newest first."""
    if job is not None and job_option not in (None, job):
        raise RefusedError(f"JOB is {job} and --job is {job_option}: one of the two is expected")
    now = time.time()
    wanted = filters.members(job or job_option, state or [], since, until, arg or [], now)
    service = open_service(endpoint, data)
    pages = service.pages("ListJobRuns", "JobRuns", of="openglue", MaxResults=min(limit, PAGE), **wanted)
    shown = list(islice(pages, limit))
    if as_json:
        print(json.dumps(shown, indent=2))
        return
    if not shown:
        some = any(value is not None for value in wanted.values())
        note("no run is like that" if some else "there are no runs yet; `openglue run SCRIPT` makes one")
        return
    rows = [
        [
            display.brief(run["JobName"]),
            display.short(run["Id"]),
            display.state(run["JobRunState"]),
            display.moment(run["StartedOn"]),
            display.run_duration(run, now),
            display.brief(run.get("ErrorMessage") or run.get("StateDetail") or ""),
        ]
        for run in shown
    ]
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    typer.echo(display.table(["JOB", "RUN", "STATE", "STARTED", "DURATION", "MESSAGE"], rows, width))


@app.command("explain")
def explain_run(
    run: Run,
    job: Job = None,
    log_lines: Annotated[
        int, typer.Option("--lines", min=0, max=1000, help="Lines of the error log to show at most.")
    ] = 10,
    as_json: Json = False,
    endpoint: Endpoint = None,
    data: Data = None,
) -> None:
    """Say why a run waits, failed, was retried or stopped, with the failing line and the end of its error log."""
    service = open_service(endpoint, data)
    history = fetch(service, find_run(service, run, job)["Id"])
    quiet = log_lines == 0 or history.state in ("SUCCEEDED", "WAITING")
    log = [] if quiet else last_lines(service, history.run, log_lines)
    explanation = explain.explain(history, log, time.time())
    if as_json:
        print(json.dumps(explain.document(explanation), indent=2))
    else:
        typer.echo(explain.text(explanation))


@app.command("diff")
def diff_runs(
    first: Annotated[str, typer.Argument(metavar="A", help="A run, named as RUN is.")],
    second: Annotated[str, typer.Argument(metavar="B", help="The run to compare it with.")],
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="Exit 1 if they differ in anything but times.")
    ] = False,
    as_json: Json = False,
    endpoint: Endpoint = None,
    data: Data = None,
) -> None:
    """Compare two runs: definition, script, arguments, environment, capacity, outcome, times."""
    service = open_service(endpoint, data)
    one, other = (fetch(service, find_run(service, name, None)["Id"]) for name in (first, second))
    compared = difference.compare(one, other)
    if as_json:
        print(json.dumps(difference.document(compared), indent=2))
    else:
        typer.echo(difference.text(compared))
    if exit_code and not compared.same:
        raise typer.Exit(ExitCode.FAILED)


@app.command("rerun")
def rerun_run(
    run: Run,
    job: Job = None,
    debugged: Debug = False,
    keep_workspace: KeepWorkspace = False,
    timeout: Annotated[
        int | None, typer.Option("--timeout", metavar="MIN", min=1, help="Minutes after which the new run is ended.")
    ] = None,
    endpoint: Endpoint = None,
    data: Data = None,
) -> None:
    """Run again what a run that has ended was: with its arguments, by its job's definition as it is now.

    Follows the new run and exits 0 if it SUCCEEDED, as `openglue run` does; so does Ctrl-C stop it.
    """
    from openglue.cli.again import rerun

    service = open_service(endpoint, data)
    record = rerun(service, find_run(service, run, job), debugged=debugged, keep=keep_workspace, timeout=timeout)
    typer.echo(summary(record), err=True)
    if record["JobRunState"] != "SUCCEEDED":
        raise typer.Exit(ExitCode.FAILED)


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
        "Timeout": f"{record['Timeout']} min" if "Timeout" in record else "none",
        "Arguments": "\n".join(f"{key} {value}".rstrip() for key, value in record.get("Arguments", {}).items()),
        "Attempt": str(record["Attempt"]) if record["Attempt"] else "",
        "Previous run": record.get("PreviousRunId", ""),
        "Trigger": record.get("TriggerName", ""),
    }
    return {name: value for name, value in first.items() if value}
