"""`openglue run`: the fast loop. Create or update the job, start it, follow it, exit with its result."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from openglue.cli import definition
from openglue.cli.attend import LONGEST_MINUTES, any_service, attend, debug, interruptible, start
from openglue.cli.definition import JobType
from openglue.cli.failure import CommandError, ExitCode, RefusedError, ServiceError, UnreachableError
from openglue.cli.follow import Line, Printer, note, summary
from openglue.cli.options import Data, Debug, Endpoint, KeepWorkspace, application
from openglue.cli.service import Service
from openglue.cli.terminal import Terminal
from openglue.model.arguments import KEEP_WORKSPACE, TERMINAL

#: Seconds between two looks at the watched files, and for which they must not change before the next run.
WATCH_S = 0.1

app = application()

Show = Callable[[Sequence[Line]], None]


@dataclass(frozen=True, kw_only=True)
class Order:
    """What is to be run: a job, by its script, and the arguments of a run."""

    name: str
    location: str
    kind: JobType
    glue_version: str | None
    #: Minutes; None for the job's own.
    timeout: int | None
    arguments: Mapping[str, str]


@app.command()
def run(
    script: Annotated[str, typer.Argument(metavar="SCRIPT", help="A local file, or s3://bucket/key.")],
    arg: Annotated[
        list[str] | None,
        typer.Option("--arg", metavar="KEY=VALUE", help="An argument of the run; KEY gets its dashes. Repeatable."),
    ] = None,
    name: Annotated[
        str | None, typer.Option("--name", metavar="JOB", help="Name of the job (default: the script's own).")
    ] = None,
    kind: Annotated[
        JobType,
        typer.Option(
            "--type", help="What the script is: Spark (glueetl), Spark that never ends, or plain Python; never guessed."
        ),
    ] = JobType.glueetl,
    glue_version: Annotated[str | None, typer.Option("--glue-version", metavar="VERSION", help="Such as 5.1.")] = None,
    timeout: Annotated[
        int | None, typer.Option("--timeout", metavar="MIN", min=1, help="Minutes after which the run is ended.")
    ] = None,
    watch: Annotated[
        bool, typer.Option("--watch", help="Run again whenever the script, or a local file it was given, is saved.")
    ] = False,
    debugged: Debug = False,
    keep_workspace: KeepWorkspace = False,
    as_json: Annotated[
        bool,
        typer.Option(
            "--json", help="Print the JobRun on standard output; what the script writes goes to standard error."
        ),
    ] = False,
    endpoint: Endpoint = None,
    data: Data = None,
) -> None:
    """Run a Glue script now: create or update its job, start it, follow its log, and exit 0 if it SUCCEEDED.

    Ctrl-C stops the run. Standard output is the script's own; what OpenGlue says goes to standard error. When no
    service answers, one is started for as long as this command runs.
    """
    if watch and as_json:
        raise RefusedError("--watch never ends, so it has no --json")
    if debugged and (watch or as_json):
        raise RefusedError("--debug is a conversation: it goes neither with --watch nor with --json")
    location = definition.script_location(script)
    order = Order(
        name=name or definition.job_name(location),
        location=location,
        kind=kind,
        glue_version=glue_version,
        timeout=timeout,
        arguments=definition.arguments(arg or []) | ({KEEP_WORKSPACE: "true"} if keep_workspace else {}),
    )
    with interruptible(), any_service(endpoint, data) as service:
        if watch:
            _watch(service, order, Printer())
            return
        record = _debug(service, order) if debugged else _once(service, order, Printer(all_to_error=as_json))
        typer.echo(summary(record), err=True)
        if as_json:
            print(json.dumps(record, indent=2))
        if record["JobRunState"] != "SUCCEEDED":
            raise typer.Exit(ExitCode.FAILED)


def place(service: Service, order: Order) -> None:
    """Create the job, or make the existing one run this script."""
    try:
        service.glue(
            "CreateJob",
            **definition.new_job(order.name, order.location, order.kind, glue_version=order.glue_version),
            Description="Made by `openglue run`",
            ExecutionProperty={"MaxConcurrentRuns": definition.MAX_CONCURRENT_RUNS},
        )
    except ServiceError as error:
        if error.shape != "AlreadyExistsException":
            raise
    else:
        return
    job = service.glue("GetJob", JobName=order.name)["Job"]
    update = definition.changed_job(job, order.location, order.kind, glue_version=order.glue_version)
    if update is not None:
        service.glue("UpdateJob", JobName=order.name, JobUpdate=update)


def _once(service: Service, order: Order, show: Show, is_over: Callable[[], bool] = lambda: False) -> dict[str, Any]:
    """One run from its start to its end, or until `is_over`; its last record. Ctrl-C stops it and goes on upwards."""
    return attend(service, _start(service, order, {}), show, is_over=is_over)


def _debug(service: Service, order: Order) -> dict[str, Any]:
    """One run in this terminal; its last record."""
    with Terminal() as terminal:
        return debug(service, _start(service, order, {TERMINAL: terminal.path}), terminal)


def _start(service: Service, order: Order, more: Mapping[str, str]) -> dict[str, Any]:
    place(service, order)
    return start(
        service,
        order.name,
        arguments={**order.arguments, **more},
        timeout=order.timeout or (LONGEST_MINUTES if TERMINAL in more else None),
        what=f"{order.kind.value} run",
    )


def _watch(service: Service, order: Order, show: Show) -> None:
    """Run, and run again on every change, until Ctrl-C."""
    files = definition.local_files(order.location, order.arguments)
    if not files:
        raise RefusedError("--watch needs a script or an argument that is a local file")
    while True:
        seen = _stamps(files)

        def is_changed(seen: list[int | None] = seen) -> bool:
            return _stamps(files) != seen

        try:
            typer.echo(summary(_once(service, order, show, is_changed)), err=True)
        except UnreachableError:
            raise
        except CommandError as error:
            note(str(error))
        if not is_changed():
            note(f"watching {', '.join(file.name for file in files)}; Ctrl-C ends it")
        _wait_for_change(files, is_changed)


def _wait_for_change(files: Sequence[Path], is_changed: Callable[[], bool]) -> None:
    """Until a file has changed and all are at rest: editors write in several steps. The user ends it with Ctrl-C."""
    while not is_changed():
        time.sleep(WATCH_S)
    before = None
    while (now := _stamps(files)) != before or None in now:
        before = now
        time.sleep(WATCH_S)


def _stamps(files: Sequence[Path]) -> list[int | None]:
    stamps: list[int | None] = []
    for file in files:
        try:
            stamps.append(file.stat().st_mtime_ns)
        except OSError:
            stamps.append(None)
    return stamps
