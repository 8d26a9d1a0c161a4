"""`openglue runtime`: install and list what jobs run on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console
from rich.table import Table
from uv import find_uv_bin

from openglue.config import ConfigError, load
from openglue.model.profiles import PROFILES
from openglue.runtimes import Installed, InstallError, Runtime, Runtimes

#: What jobs need that name no library set: installed when no name is given.
USUAL = ("glue-5.1", "pythonshell")

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Install and list runtimes: the Python, Spark and libraries that jobs run on.",
    pretty_exceptions_enable=False,
)

Cache = Annotated[
    Path | None, typer.Option("--cache", help="Directory of the runtimes, instead of the configured one.")
]


@app.command()
def install(
    names: Annotated[
        list[str] | None,
        typer.Argument(help=f"Runtimes to install. Without names: {' and '.join(USUAL)}.", show_default=False),
    ] = None,
    *,
    every: Annotated[bool, typer.Option("--all", help="Install every runtime that there is.")] = False,
    cache: Cache = None,
) -> None:
    """Install runtimes, with Java where Spark needs it.

    Downloads once, into your cache directory, which all projects share; what is there already is left alone.

    A run whose runtime is missing installs it first: this saves the first run the wait.
    """
    runtimes = _runtimes(cache)
    chosen = tuple(PROFILES) if every else tuple(names or USUAL)
    for name in chosen:
        if name not in PROFILES:
            _fail(f"There is no runtime {name}. There are: {', '.join(PROFILES)}.")
    for name in chosen:
        try:
            runtime = _install(runtimes, name)
        except InstallError as error:
            _fail(f"{name} could not be installed: {error}.")
        else:
            Console().print(f"[green]✓[/green] {_told(runtime)}", highlight=False, soft_wrap=True)


@app.command("list")
def list_(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
    cache: Cache = None,
) -> None:
    """Show every runtime that there is, and where it is installed."""
    try:
        found = _runtimes(cache).list()
    except InstallError as error:
        _fail(f"{error}.")
    if as_json:
        typer.echo(json.dumps([_document(entry) for entry in found], indent=2))
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("RUNTIME", "INSTALLED", "SIZE", "FOR", "WHERE"):
        table.add_column(heading, overflow="fold")
    for entry in found:
        runtime = entry.runtime
        size = f"{entry.size / 1e6:.0f} MB" if runtime is not None else "-"
        where = str(runtime.root) if runtime is not None else f"openglue runtime install {entry.profile.name}"
        table.add_row(entry.profile.name, "yes" if runtime else "no", size, entry.profile.description, where)
    Console().print(table)


def _runtimes(cache: Path | None) -> Runtimes:
    try:
        place = load().cache if cache is None else cache.absolute()
        return Runtimes(place, Path(find_uv_bin()))
    except (ConfigError, FileNotFoundError) as error:
        _fail(f"{error}.")


def _install(runtimes: Runtimes, name: str) -> Runtime:
    """Install with a spinner and the elapsed time on a terminal, with plain lines elsewhere."""
    console = Console(stderr=True)
    if not console.is_terminal:
        return runtimes.install(name, lambda line: console.print(f"{name}: {line}", markup=False, soft_wrap=True))
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(f"{name}: checking", total=None)
        return runtimes.install(name, lambda line: progress.update(task, description=f"{name}: {line}"))


def _told(runtime: Runtime) -> str:
    java = f", Java {runtime.java.version}" if runtime.java is not None else ""
    return f"{runtime.name} is ready{java}: {runtime.root}"


def _document(entry: Installed) -> dict[str, Any]:
    runtime = entry.runtime
    document: dict[str, Any] = {
        "name": entry.profile.name,
        "description": entry.profile.description,
        "python": entry.profile.python,
        "spark": entry.profile.spark,
        "installed": runtime is not None,
    }
    if runtime is not None:
        document |= {"root": str(runtime.root), "interpreter": str(runtime.python), "bytes": entry.size}
        if runtime.java is not None:
            document |= {"java": str(runtime.java.home), "java_version": runtime.java.version}
            document |= {"archive": str(runtime.archive) if runtime.archive is not None else None}
    return document


def _fail(sentence: str) -> NoReturn:
    Console(stderr=True).print(sentence, style="red", markup=False, highlight=False, soft_wrap=True)
    raise typer.Exit(1)


if __name__ == "__main__":
    app()
