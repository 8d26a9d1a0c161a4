"""Options that several commands take."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def application(help: str | None = None) -> typer.Typer:  # noqa: A002 - typer's own word
    """An application for one row of the table of commands: of one command, or of a noun's verbs (then with `help`)."""
    return typer.Typer(
        help=help,
        add_completion=False,
        no_args_is_help=help is not None,
        # rich's help pages take a quarter of a second to import.
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )


Endpoint = Annotated[
    str | None,
    typer.Option("--endpoint", metavar="URL", help="The service to talk to (default: see `openglue --help`)."),
]
Data = Annotated[
    Path | None,
    typer.Option("--data", metavar="DIR", help="Talk to the service of this data directory, and to no other."),
]
ServedData = Annotated[
    Path | None,
    typer.Option("--data", metavar="DIR", help="Directory of the database, logs, workspaces and embedded S3 buckets."),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON on standard output.")]
Job = Annotated[str | None, typer.Option("--job", metavar="JOB", help="The job whose run is meant.")]
Run = Annotated[str, typer.Argument(metavar="RUN", help="A run's id, the beginning of one, or `latest`.")]
Debug = Annotated[
    bool, typer.Option("--debug", help="Where the script fails, or calls breakpoint(), open a prompt in this terminal.")
]
KeepWorkspace = Annotated[
    bool, typer.Option("--keep-workspace", help="If the run fails, keep its working directory for a while.")
]
OfJob = Annotated[
    str | None, typer.Option("--job", metavar="JOB", help="Take runtime, modules, settings and arguments of this job.")
]
GlueVersion = Annotated[str | None, typer.Option("--glue-version", metavar="VERSION", help="Such as 5.1.")]
