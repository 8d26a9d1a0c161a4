"""Pages that are one or two tables of the code."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import re
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pages.markdown import code, codes, page, remarks, sentence, table
from pages.operations import served, services

from openglue import config, errors, faultpoints
from openglue.model import states
from openglue.model.arguments import SPECIAL_PARAMETERS, Effect
from openglue.model.capacity import PYTHONSHELL_DEFAULT_DPU, SPARK_DEFAULT_DPU, WORKER_TYPES
from openglue.model.profiles import GLUE_VERSIONS, PROFILES, resolve
from openglue.model.profiles.resolution import LIBRARY_SETS, SHELL_PYTHONS


def configuration() -> str:
    types = typing.get_type_hints(config.Config)
    rows = [
        (
            code(setting.name),
            _type_words(types[setting.name]) + _limit_words(setting),
            _default_words(setting),
            code(config.PREFIX + setting.name.upper()),
            setting.metadata["help"],
        )
        for setting in config.SETTINGS
    ]
    return page(
        "Configuration",
        "Every setting of the service. A value comes from, in rising order of precedence: its default, a TOML file "
        "(`openglue serve --config FILE`), the environment, the command line. A value that is no value of its type, "
        "and a name in the file that is no setting, are refused at the start, by name; environment variables "
        "that are no setting's are ignored.",
        table(("setting", "type", "default", "environment variable", "what it does"), rows),
        "In the environment a list is written `a,b` and a table `name=value,name=value`; a switch is on with `1`, "
        "`true`, `yes` or `on`. In TOML every type is its own:",
        '```toml\nport = 4600\nhosts = ["glue.internal"]\nkeep_workspaces = true\n\n'
        '[routes]\ndynamodb = "http://127.0.0.1:8000"\nsecretsmanager = "aws"\n```',
        "The default directories are those of Linux; elsewhere, and where `XDG_DATA_HOME` or `XDG_CACHE_HOME` is set, "
        "they are the user's data and cache directories.",
    )


def _type_words(wanted: Any) -> str:
    if typing.get_origin(wanted) is tuple:
        return "list of text"
    if typing.get_origin(wanted) is Mapping:
        return "table of text"
    return {Path: "path", str: "text", int: "whole number", float: "number", bool: "true or false"}[wanted]


def _limit_words(setting: dataclasses.Field[Any]) -> str:
    least, most = setting.metadata["least"], setting.metadata["most"]
    if most is not None:
        return f", {least:g} to {most:g}"
    return "" if least is None else f", at least {least:g}"


def _default_words(setting: dataclasses.Field[Any]) -> str:
    if setting.default is not dataclasses.MISSING:
        value = setting.default
    else:
        assert setting.default_factory is not dataclasses.MISSING  # noqa: S101 - Config gives every setting a default
        value = setting.default_factory()
    if isinstance(value, bool):
        return code(str(value).lower())
    if isinstance(value, Path):
        return code("~" + str(value).removeprefix(str(Path.home())))
    return "none" if value in ("", (), {}) else code(value)


def special_parameters() -> str:
    effects = remarks(Effect)
    rows = [(code(row.name), ", ".join(row.commands), row.effect.value, row.note) for row in SPECIAL_PARAMETERS]
    return page(
        "Special parameters",
        "Glue reads some of a job's arguments itself. These are the ones that AWS documents, and what each does here. "
        "They are given like all other arguments: in the job's `DefaultArguments`, over them the run's `Arguments`, "
        "and over both the job's `NonOverridableArguments`. All arguments, these included, also reach the script.",
        table(
            ("effect", "meaning"),
            [(effect.value, sentence(effects.get(effect.name, "as it says"))) for effect in Effect],
        ),
        "A refused parameter is refused on every kind of job; any other that is given to a kind of job that it is not "
        "made for has no effect, and the run's log says so. A "
        'parameter with the value `"false"`, or with no value, is never refused and never named.',
        table(("parameter", "job types", "effect", "what happens"), rows),
        "A name that is in no row belongs to the script: Glue and OpenGlue hand it over and do nothing else with it.",
    )


def glue_versions() -> str:
    def seen(name: str) -> str:
        note = resolve("glueetl", name, None, None, name).note
        return "the same Spark and Python" if note is None else note

    return page(
        "Glue versions and runtimes",
        "A job names a `GlueVersion`; a *profile* is what runs it here, installed once as a *runtime* in the user's "
        "cache directory. Where the two differ, the run's log says so in one line, the one in the last column. A job "
        f"that names no version gets {code(config.Config().default_glue_version)} "
        "(setting [`default_glue_version`](configuration.md)).",
        "## Glue versions of Spark jobs",
        table(
            ("GlueVersion", "Spark on AWS", "Python on AWS", "Timeout of a job that names none", "profile", "here"),
            [
                (code(v.name), v.spark, v.python, f"{v.default_timeout_minutes} min", code(v.profile), seen(v.name))
                for v in GLUE_VERSIONS.values()
            ],
        ),
        "Any other version is refused when the run is launched: `Given GlueVersion [...] is not valid.`",
        "## Python shell jobs",
        "The argument `library-set` chooses the profile: "
        + ", ".join(f"{code(name)} gives {code(profile)}" for name, profile in LIBRARY_SETS.items())
        + "; a job that says nothing gets `analytics`, as on AWS. `Command.PythonVersion` "
        + ", ".join(f"{code(name)} means Python {python} there" for name, python in SHELL_PYTHONS.items())
        + f"; here it is Python {PROFILES['pythonshell'].python}, and the log says so.",
        "## Profiles",
        table(
            ("profile", "Python", "Spark", "first download", "what it is for"),
            [
                (code(p.name), p.python, p.spark or "", f"about {p.download_mb} MB", p.description)
                for p in PROFILES.values()
            ],
        ),
        "`openglue runtime install NAME` fetches one ahead of time, `openglue runtime list` shows what is there. Every "
        "package in a profile is pinned with its hash.",
        "## Worker types",
        f"Recorded as asked and returned. On one machine they do not change what a run gets: see "
        f"[differences](../concepts/differences-from-aws.md). A Spark job that asks for nothing is recorded with "
        f"{SPARK_DEFAULT_DPU:g} DPUs, a Python shell job with {PYTHONSHELL_DEFAULT_DPU:g}.",
        table(
            ("WorkerType", "DPUs", "vCPUs on AWS", "memory on AWS"),
            [(code(n), f"{w.dpu:g}", w.vcpu, f"{w.memory_gb} GB") for n, w in WORKER_TYPES.items()],
        ),
    )


def run_states() -> str:
    meanings = remarks(states.RunState)
    causes = remarks(states.Cause)
    moves = [
        (origin, to, ", ".join(sorted(cause.value for cause in found))) for (origin, to), found in states.MOVES.items()
    ]
    arrows = [f"    {origin or '[*]'} --> {to}: {why}" for origin, to, why in moves]
    arrows += [f"    {state} --> [*]" for state in states.RunState if state in states.TERMINAL]
    moving = frozenset[states.Cause]().union(*states.MOVES.values())
    return page(
        "States of a job run",
        "The values of `JobRunState`, and every move between them that the code allows. A terminal state never changes "
        "again. [How one run works](../concepts/how-one-run-works.md) tells the same as a story, and "
        "[differences](../concepts/differences-from-aws.md) says which of them nothing leads to yet.",
        table(
            ("state", "terminal", "can be stopped", "meaning"),
            [
                (
                    code(state),
                    "yes" if state in states.TERMINAL else "",
                    "yes" if state in states.STOPPABLE else "",
                    sentence(re.sub(r"^terminal\W*", "", meanings[state.name])),
                )
                for state in states.RunState
            ],
        ),
        "```mermaid\nstateDiagram-v2\n" + "\n".join(arrows) + "\n```",
        "## Moves",
        table(
            ("from", "to", "cause"),
            [("(new)" if origin is None else code(origin), code(to), why) for origin, to, why in moves],
        ),
        "Every move is one row in the run's ledger, written in the same transaction as the state itself. The ledger "
        "also keeps what happens without a move:",
        table(
            ("ledger entry", "meaning"),
            [
                (cause.value, sentence(causes.get(cause.name, "").removeprefix("not a move: ")))
                for cause in states.Cause
                if cause not in moving
            ],
        ),
    )


def error_codes() -> str:
    found = [
        value
        for value in vars(errors).values()
        if inspect.isclass(value) and issubclass(value, errors.GlueError) and value is not errors.GlueError
    ]
    used = _names_used()
    rows = [
        (
            code(error.__name__),
            error.status,
            "yes" if error.__name__ in used else "not yet",
            inspect.getdoc(error) or "",
            _modelled(error.__name__),
        )
        for error in found
    ]
    return page(
        "Errors",
        'An error is JSON in AWS\'s own shape, `{"__type": "<code>", "Message": "..."}`: boto3 raises it as '
        "`client.exceptions.<code>`, or as `ClientError` with the code in `error.response['Error']['Code']`. An "
        "operation that is not served and a body that is not JSON are answered so, too.",
        table(("code", "HTTP", "sent", "when", "modelled for"), rows),
        "*Sent* says whether anything in the service has a reason to send it. *Modelled for* names the operations "
        "for which AWS's service model lists it; others are common to all. A request whose Host or Origin is not "
        "allowed gets `AccessDeniedException` with HTTP 403.",
        "What ends a run is no error of an operation: it is the run's `JobRunState` and `ErrorMessage`, see "
        "[troubleshooting](../howto/troubleshooting.md). For the exit codes of the command line see "
        "[`openglue`](cli.md).",
    )


def _names_used() -> set[str]:
    """Every name that the code of the service uses, outside the module that defines the errors."""
    package = Path(errors.__file__).parent
    return {
        node.id
        for file in package.rglob("*.py")
        if file != Path(errors.__file__)
        for node in ast.walk(ast.parse(file.read_bytes()))
        if isinstance(node, ast.Name)
    }


def _modelled(error: str) -> str:
    every = [operation for service in services() for operation in served(service)]
    listed = sorted(operation.name for operation in every if error in operation.errors)
    if len(listed) > len(every) // 2:
        return f"{len(listed)} of {len(every)} operations"
    return codes(listed, "common")


def crash_points() -> str:
    return page(
        "Crash points",
        f"Places where the fault suite kills a process. {code(faultpoints.VARIABLE + '=<name>')} in the environment of "
        "a server makes that server kill itself (SIGKILL) when it comes to the point for the first time; points that "
        "begin with `runner:` are the runner's. Nothing is set in production, and an unknown name is refused at the "
        "start. In the order of a run's life:",
        table(
            ("point", "process"),
            [(code(name), "runner" if name.startswith("runner:") else "server") for name in faultpoints.FAULT_POINTS],
        ),
        "Use one to see for yourself what a crash does to a run: "
        f"`{faultpoints.VARIABLE}='after claim' openglue serve`, start a job, start the server again.",
    )
