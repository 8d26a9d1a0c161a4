"""`openglue shell`: a Python prompt in the surroundings of a job."""

from __future__ import annotations

import json
import sys
from typing import Annotated

import typer

from openglue.cli import definition
from openglue.cli.definition import JobType
from openglue.cli.options import Data, Endpoint, GlueVersion, OfJob, application
from openglue.cli.surroundings import Place, Wish, execute, surroundings
from openglue.commands import prelude

app = application()


@app.command()
def shell(
    job: OfJob = None,
    kind: Annotated[
        JobType, typer.Option("--type", help="Without --job: Spark (glueetl) or plain Python.")
    ] = JobType.glueetl,
    glue_version: GlueVersion = None,
    arg: Annotated[
        list[str] | None,
        typer.Option("--arg", metavar="KEY=VALUE", help="An argument as a run would have it. Repeatable."),
    ] = None,
    code: Annotated[
        str | None, typer.Option("-c", "--code", metavar="CODE", help="Execute this instead of opening a prompt.")
    ] = None,
    endpoint: Endpoint = None,
    data: Data = None,
) -> None:
    """Open a Python prompt with `spark`, `glueContext`, `job` and `args` as a job's script would have them.

    What is piped into it is executed. It is no run: there are no bookmarks, and nothing of it is kept. A prompt has
    tab completion and the history of your Python.
    """
    wish = Wish(
        job=job,
        kind=kind,
        glue_version=glue_version,
        arguments=definition.arguments(arg or []),
        endpoint=endpoint,
        data=data,
    )
    program, name = code, "<string>"
    if program is None and not sys.stdin.isatty():
        program, name = sys.stdin.read(), "<stdin>"
    with surroundings(wish) as place:
        status = execute(place, [prelude.__file__], {"OPENGLUE_SHELL": _order(place, program, name)})
    raise typer.Exit(status)


def _order(place: Place, program: str | None, name: str) -> str:
    """What the prelude is to do."""
    names = "spark, glueContext, job and args are" if place.has_spark else "args is"
    return json.dumps(
        {
            "arguments": list(place.arguments),
            "spark": place.has_spark,
            "greeting": f"{place.runtime}: {names} ready. Ctrl-D leaves.",
            "program": program,
            "name": name,
        }
    )
