"""`openglue doctor`: a broken environment explained."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from openglue.cli.checks import CHECKS, Check, Verdict
from openglue.cli.failure import ExitCode
from openglue.cli.options import Json, ServedData, application

app = application()

_MARKS = {Verdict.ok: ("ok", "green"), Verdict.weak: ("--", "yellow"), Verdict.broken: ("XX", "red")}


@app.command()
def doctor(
    data: ServedData = None,
    host: Annotated[str | None, typer.Option("--host", metavar="ADDRESS", help="Address to be served.")] = None,
    port: Annotated[int | None, typer.Option("--port", min=0, max=65535, help="Port to be served.")] = None,
    config: Annotated[Path | None, typer.Option("--config", metavar="FILE", help="TOML file of settings.")] = None,
    as_json: Json = False,
) -> None:
    """Look at everything that runs need, and say what to do about what is missing.

    Exits 1 if something keeps runs from working, 2 if the settings cannot be read.
    """
    from openglue.config import load

    settings = load(config, overrides={"data": data, "host": host, "port": port})
    found = [check(settings) for check in CHECKS]
    if as_json:
        print(json.dumps({"ok": not _broken(found), "checks": [asdict(check) for check in found]}, indent=2))
    else:
        typer.echo(_report(found))
    if _broken(found):
        raise typer.Exit(ExitCode.FAILED)


def _broken(found: list[Check]) -> list[Check]:
    return [check for check in found if check.verdict is Verdict.broken]


def _report(found: list[Check]) -> str:
    width = max(len(check.name) for check in found) + 2
    lines = []
    for check in found:
        mark, colour = _MARKS[check.verdict]
        lines.append(f"{typer.style(mark, fg=colour, bold=True)}  {check.name.ljust(width)}{check.found}")
        if check.advice:
            lines.append(f"    {' ' * width}{typer.style(check.advice, dim=check.verdict is Verdict.weak)}")
    broken = _broken(found)
    lines += ["", f"{len(broken)} of {len(found)} keep runs from working." if broken else "Runs work here."]
    return "\n".join(lines)
