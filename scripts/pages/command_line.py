"""The page of the command line: every command and option, with its help."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import Any

import typer
from pages.markdown import code, page, table

from openglue.cli import program

_WHERE = """\
Every command that talks to a service takes the one that `--endpoint`, `OPENGLUE_ENDPOINT` or `AWS_ENDPOINT_URL` names,
else the one that serves the data directory, else `http://127.0.0.1:4566`."""


def command_line() -> str:
    group: Any = typer.main.get_command(program.app)
    parts = [
        "`openglue COMMAND --help` prints the same on a terminal.",
        table(
            ("command", "what it does"),
            [(f"[{code(command.name)}](#openglue-{command.name})", command.help) for command in program.COMMANDS],
        ),
        _WHERE,
    ]
    for command in program.COMMANDS:
        parts += _command(f"openglue {command.name}", group.commands[command.name])
    parts += [
        "## Exit codes",
        table(("code", "meaning"), [(int(number), meaning) for number, meaning in program.EXIT_CODES]),
    ]
    return page("The command line", *parts)


def _command(name: str, command: Any) -> Iterator[str]:
    """A command, and after it its subcommands."""
    subcommands = getattr(command, "commands", {})
    yield f"{'##' if name.count(' ') == 1 else '###'} {name}"
    if command.help:
        yield command.help.replace("\b\n", "").strip()
    arguments = [parameter for parameter in command.params if parameter.param_type_name == "argument"]
    options = [parameter for parameter in command.params if parameter.param_type_name == "option"]
    options = [option for option in options if not option.hidden and option.name != "help"]
    if not subcommands:
        words = [name, *(["[OPTIONS]"] if options else []), *(_argument(argument) for argument in arguments)]
        yield f"```text\n{' '.join(words)}\n```"
    rows = [(code(_argument(argument)), "", argument.help or "") for argument in arguments]
    rows += [(_option(option), _default(option), option.help or "") for option in options]
    if rows:
        yield table(("parameter", "default", "what it does"), rows)
    for verb, subcommand in subcommands.items():
        yield from _command(f"{name} {verb}", subcommand)


def _argument(argument: Any) -> str:
    metavar = argument.metavar or argument.name.upper()
    text = f"{metavar}..." if argument.nargs == -1 else metavar
    return text if argument.required else f"[{text}]"


def _option(option: Any) -> str:
    spellings = ", ".join(code(spelling) for spelling in (*option.opts, *option.secondary_opts))
    if option.is_flag:
        return spellings
    return f"{spellings} {code(option.metavar or _value(option.type_descriptor.annotation))}"


def _value(annotation: Any) -> str:
    """What an option takes, from the type of its Python parameter."""
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return "|".join(annotation)
    return str(getattr(annotation, "__name__", annotation)).upper()


def _default(option: Any) -> str:
    """What is taken when the option is not given, where that is a plain value."""
    value = option.default
    if option.is_flag or callable(value) or not isinstance(value, str | int | float) or value == "":
        return ""
    return code(value)
