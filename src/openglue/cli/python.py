"""`openglue python`: the interpreter of jobs, outside of a run."""

from __future__ import annotations

from typing import Annotated

import typer

from openglue.cli.definition import JobType
from openglue.cli.options import Data, Endpoint, GlueVersion, OfJob, application
from openglue.cli.surroundings import Wish, execute, surroundings

app = application()


@app.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
def python(
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[ARGUMENTS]...", help="As for `python`: a script, -m MODULE, -c CODE and what follows."
        ),
    ] = None,
    job: OfJob = None,
    kind: Annotated[
        JobType, typer.Option("--type", help="Without --job: Spark (glueetl) or plain Python.")
    ] = JobType.glueetl,
    glue_version: GlueVersion = None,
    with_: Annotated[
        list[str] | None,
        typer.Option("--with", metavar="MODULE", help="Install this, too, such as pytest. Repeatable."),
    ] = None,
    endpoint: Endpoint = None,
    data: Data = None,
) -> None:
    """Run Python as jobs have it: `openglue python script.py`, `openglue python --with pytest -m pytest`.

    The interpreter, Spark, awsglue, s3:// and AWS endpoints are those of a run, in this terminal and directory; it is
    no run, so there are no bookmarks. Exits with Python's own code.
    """
    wish = Wish(
        job=job,
        kind=kind,
        glue_version=glue_version,
        arguments={},
        modules=with_ or [],
        endpoint=endpoint,
        data=data,
    )
    with surroundings(wish) as place:
        code = execute(place, words or [])
    raise typer.Exit(code)
