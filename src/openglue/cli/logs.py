"""`openglue logs`: what a run wrote."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from openglue.cli import display
from openglue.cli.follow import STREAMS, Log, Printer, follow, note
from openglue.cli.lookup import find_run
from openglue.cli.options import Data, Endpoint, Job, Run, application
from openglue.cli.service import open_service

app = application()


class Stream(StrEnum):
    output = "output"
    error = "error"
    both = "both"


@app.command()
def logs(
    run: Run = "latest",
    follow_it: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on until the run has ended and its log is complete.")
    ] = False,
    stream: Annotated[Stream, typer.Option("--stream", help="Standard output, standard error, or both.")] = Stream.both,
    timestamps: Annotated[
        bool, typer.Option("--timestamps", "-t", help="Begin each line with its time (UTC).")
    ] = False,
    job: Job = None,
    endpoint: Endpoint = None,
    data: Data = None,
) -> None:
    """Show what a run wrote: its standard output on standard output, its standard error on standard error.

    Without RUN it is the latest run of --job, or of all jobs. Exits 0 however the run ended: `openglue runs get` tells.
    """
    service = open_service(endpoint, data)
    record = find_run(service, run, job)
    log = Log(service, record, STREAMS if stream is Stream.both else (stream.value,))
    show = Printer(timestamps=timestamps)
    if follow_it:
        last = follow(service, record, log, show)
        note(f"{last['JobRunState']}  {display.short(last['Id'])}")
        return
    while lines := log.read():
        show(lines)
