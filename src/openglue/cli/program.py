"""The program `openglue`: its commands, its help, and what becomes of an error."""

from __future__ import annotations

import sys
from collections.abc import Iterator, MutableMapping
from dataclasses import dataclass
from importlib import import_module
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup

from openglue.cli.failure import CommandError, ExitCode


@dataclass(frozen=True, kw_only=True)
class Command:
    name: str
    #: Module with a typer application `app`: of one command, or of a noun's verbs.
    module: str
    #: Heading under which `openglue --help` has it.
    group: str
    help: str


def _command(name: str, group: str, help: str) -> Command:  # noqa: A002 - typer's own word
    return Command(name=name, module=f"openglue.cli.{name}", group=group, help=help)


_START, _WORK, _UPKEEP = "Start here", "Jobs and runs", "Upkeep"

#: Add a command here.
COMMANDS: tuple[Command, ...] = (
    _command("demo", _START, "Run a real Glue job over real flights, twice, and see how it is done."),
    _command("run", _START, "Run a Glue script now, follow its output, exit with its result."),
    _command("serve", _START, "Serve the Glue API on this machine until Ctrl-C."),
    _command("doctor", _START, "Say what is wrong with this environment, and what to do."),
    _command("job", _WORK, "List, show, create and delete jobs."),
    _command("runs", _WORK, "List, show, explain, compare, stop and repeat runs."),
    _command("shell", _WORK, "Open a Python prompt with Spark and a GlueContext, as a job has them."),
    _command("python", _WORK, "Run a script, or pytest, with the Python that jobs have."),
    _command("logs", _WORK, "Show or follow what a run wrote."),
    _command("events", _WORK, "Show or follow the events of runs."),
    _command("bookmarks", _WORK, "Show what jobs have read, preview what they would read next, go back."),
    _command("triggers", _WORK, "List, show, start, stop and explain triggers, and draw what they start."),
    _command("runtime", _UPKEEP, "Install and list the runtimes that jobs execute with."),
    _command("drain", _UPKEEP, "Let a server take no more runs, and say when none is left."),
    _command("migrate", _UPKEEP, "Bring a database to the schema of this version."),
)

EXAMPLES = (
    ("openglue run etl.py --arg day=2026-01-31", "a PySpark job, here and now"),
    ("openglue run shell.py --type pythonshell --watch", "again on every save"),
    ("openglue serve", "then: export AWS_ENDPOINT_URL=http://127.0.0.1:4566"),
)

EXIT_CODES: tuple[tuple[ExitCode, str], ...] = (
    (ExitCode.OK, "done; the run SUCCEEDED"),
    (ExitCode.FAILED, "the run or the operation failed"),
    (ExitCode.REFUSED, "wrong usage, or a configuration that cannot be served"),
    (ExitCode.NO_SERVICE, "no service answers"),
    (ExitCode.INTERRUPTED, "interrupted"),
)


class Imported(MutableMapping[str, Any]):
    """Commands by name, each imported when it is asked for."""

    def __init__(self) -> None:
        self._modules = {command.name: command.module for command in COMMANDS}
        self._made: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._made:
            made = typer.main.get_command(import_module(self._modules[name]).app)
            made.name = name
            self._made[name] = made
        return self._made[name]

    def __setitem__(self, name: str, command: Any) -> None:
        self._made[name] = command

    def __delitem__(self, name: str) -> None:
        del self._modules[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._modules)

    def __len__(self) -> int:
        return len(self._modules)


class Program(TyperGroup):
    """The group of all commands, with a help page that imports none of them."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.commands = Imported()

    def format_help(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002 - typer's signature
        formatter.write(help_page())


def help_page() -> str:
    """The text of `openglue --help`, with colours; typer takes them away where they cannot be shown."""
    width = max(len(command.name) for command in COMMANDS) + 2
    lines = [
        f"{typer.style('OpenGlue', bold=True)} runs AWS Glue jobs for real, on your own machines.",
        "",
        f"{_heading('Usage')}  openglue COMMAND [OPTIONS]        openglue COMMAND --help",
    ]
    for group in dict.fromkeys(command.group for command in COMMANDS):
        lines += ["", _heading(group)]
        for command in COMMANDS:
            if command.group == group:
                lines.append(f"  {typer.style(command.name.ljust(width), fg='cyan')}{command.help}")
    lines += ["", _heading("Examples")]
    indent = max(len(example) for example, _ in EXAMPLES) + 3
    lines += [f"  {example.ljust(indent)}{typer.style(note, dim=True)}" for example, note in EXAMPLES]
    lines += ["", _heading("Exit codes")]
    lines += [f"  {int(code):<4}{meaning}" for code, meaning in EXIT_CODES]
    lines += [
        "",
        "The service is the one that --endpoint, OPENGLUE_ENDPOINT or AWS_ENDPOINT_URL names, else the one that",
        "serves the data directory, else http://127.0.0.1:4566. `openglue run` starts one when none answers.",
        "",
    ]
    return "\n".join(lines)


def _heading(text: str) -> str:
    return typer.style(text, bold=True)


app = typer.Typer(
    cls=Program,
    add_completion=False,
    no_args_is_help=True,
    # rich's help pages take a quarter of a second to import.
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        from openglue import __version__

        print(f"openglue {__version__}")
        raise typer.Exit


@app.callback()
def openglue(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """OpenGlue runs AWS Glue jobs for real, on your own machines."""


def main() -> None:
    """Run the program with this process's arguments, and end the process with its exit code."""
    try:
        app(prog_name="openglue")
    except CommandError as error:
        _fail(str(error), error.code)
    except Exception as error:
        # Any command may be the first to read the settings.
        from openglue.config import ConfigError

        if not isinstance(error, ConfigError):
            raise
        _fail(str(error), ExitCode.REFUSED)


def _fail(message: str, code: ExitCode) -> NoReturn:
    print(f"openglue: {message}", file=sys.stderr)
    sys.exit(code)
