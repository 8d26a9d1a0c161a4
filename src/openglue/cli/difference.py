"""`openglue runs diff`: what differs between two runs. Pure."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import typer

from openglue.cli import display
from openglue.cli.history import History
from openglue.model.states import Cause

#: Members of a JobRun that say what it may use.
CAPACITY = (
    "GlueVersion",
    "MaxCapacity",
    "WorkerType",
    "NumberOfWorkers",
    "ExecutionClass",
    "Timeout",
    "JobRunQueuingEnabled",
    "SecurityConfiguration",
)

NOT_KNOWN = "not known: a script that has not started was not seen"


@dataclass(frozen=True, kw_only=True)
class Change:
    """A field that differs; None where a run does not have it."""

    field: str
    a: Any
    b: Any


@dataclass(frozen=True, kw_only=True)
class Script:
    """How the scripts differ. `same` is None where one of them is not known."""

    same: bool | None
    #: A unified diff, line by line; None where a text was not kept.
    diff: Sequence[str] | None


@dataclass(frozen=True, kw_only=True)
class Difference:
    a: History
    b: History
    script: Script
    #: Definition, Arguments... -> what differs in it; None where that is not known, as of an environment.
    sections: Mapping[str, Sequence[Change] | None]
    #: Seconds that each part of the two runs took; None where there was none.
    times: Sequence[Change]

    @property
    def same(self) -> bool:
        """Whether they differ in nothing but times, as far as is known."""
        return self.script.same is not False and not any(self.sections.values())


def compare(a: History, b: History) -> Difference:
    pairs = {
        "Definition": ({"Job": h.run["JobName"], **flat(h.definition)} for h in (a, b)),
        "Arguments": (h.document["MergedArguments"] for h in (a, b)),
        "Environment": (_environment(h) for h in (a, b)),
        "Capacity": ({name: h.run[name] for name in CAPACITY if name in h.run} for h in (a, b)),
        "Outcome": (_outcome(h) for h in (a, b)),
    }
    sections: dict[str, Sequence[Change] | None] = {name: changes(*pair) for name, pair in pairs.items()}
    if not a.environment or not b.environment:
        sections["Environment"] = None
    return Difference(
        a=a,
        b=b,
        script=_script(a, b),
        sections=sections,
        times=[Change(field=name, a=_times(a)[name], b=_times(b)[name]) for name in _times(a)],
    )


def changes(a: Mapping[str, Any], b: Mapping[str, Any]) -> list[Change]:
    """The fields that differ, in the order of `a`, then what only `b` has."""
    return [Change(field=name, a=a.get(name), b=b.get(name)) for name in {**a, **b} if a.get(name) != b.get(name)]


def flat(document: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """The fields of a document and of those in it, by their paths: `Command.ScriptLocation`."""
    found: dict[str, Any] = {}
    for name, value in document.items():
        if isinstance(value, Mapping) and value:
            found |= flat(value, f"{prefix}{name}.")
        else:
            found[f"{prefix}{name}"] = value
    return found


def document(difference: Difference) -> dict[str, Any]:
    """The difference for programs."""
    script = difference.script
    return {
        "A": difference.a.run,
        "B": difference.b.run,
        "Same": difference.same,
        "Script": {"Same": script.same, "Diff": None if script.diff is None else "\n".join(script.diff)},
        **{
            name: {
                "Same": None if found is None else not found,
                "Changes": [_members(change) for change in found or ()],
            }
            for name, found in difference.sections.items()
        },
        "Times": [_members(change) for change in difference.times],
    }


def text(difference: Difference) -> str:
    """The difference for people."""
    lines = [_title("A", difference.a), _title("B", difference.b), ""]
    width = max(map(len, (*difference.sections, "Script"))) + 2
    for name, found in difference.sections.items():
        lines.append(f"{name:<{width}}{NOT_KNOWN if found is None else 'differs' if found else 'same'}")
        lines += _rows(found or ())
        if name == "Definition":
            lines += _script_lines(difference.script, width)
    lines.append("Times")
    lines += _rows(
        [
            Change(field=change.field, a=_seconds(change.a), b=_seconds(change.b))
            for change in difference.times
            if (change.a, change.b) != (None, None)
        ],
        plain=True,
    )
    return "\n".join(lines)


def _title(letter: str, history: History) -> str:
    run = history.run
    id_ = display.short(run["Id"])
    return f"{letter}  {id_}  {display.state(history.state)}  {run['JobName']}  {display.moment(run['StartedOn'])}"


def _rows(found: Sequence[Change], *, plain: bool = False) -> Iterator[str]:
    width = max((len(change.field) for change in found), default=0)
    for change in found:
        a, b = (str(value) if plain else _shown(value) for value in (change.a, change.b))
        before, after = (a, b) if plain else (typer.style(a, fg="red"), typer.style(b, fg="green"))
        yield f"    {display.printable(change.field):<{width}}  {before} -> {after}"


def _script_lines(script: Script, width: int) -> Iterator[str]:
    if script.same is None:
        yield f"{'Script':<{width}}{NOT_KNOWN}"
    elif script.same:
        yield f"{'Script':<{width}}same"
    elif script.diff is None:
        yield f"{'Script':<{width}}differs (its text was not kept)"
    elif not script.diff:
        yield f"{'Script':<{width}}differs in the ends of its lines"
    else:
        yield f"{'Script':<{width}}differs"
        for line in script.diff:
            colour = {"+": "green", "-": "red", "@": "cyan"}.get(line[:1])
            yield f"    {typer.style(display.printable(line), fg=colour)}".rstrip()


def _shown(value: Any) -> str:
    if value is None:
        return "(none)"
    shown = value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False)
    return display.printable(" ".join(str(shown).split()))


def _seconds(value: float | None) -> str:
    return "-" if value is None else display.span(value)


def _members(change: Change) -> dict[str, Any]:
    return {name.capitalize(): value for name, value in asdict(change).items()}


def _script(a: History, b: History) -> Script:
    one, other = (history.document.get("ScriptSha256") for history in (a, b))
    if one is None or other is None:
        return Script(same=None, diff=None)
    if one == other:
        return Script(same=True, diff=None)
    if a.script is None or b.script is None:
        return Script(same=False, diff=None)
    names = (f"A/{_name(a)}", f"B/{_name(b)}")
    diff = difflib.unified_diff(a.script.splitlines(), b.script.splitlines(), *names, lineterm="")
    return Script(same=False, diff=list(diff))


def _name(history: History) -> str:
    return history.location.rpartition("/")[2]


def _environment(history: History) -> dict[str, Any]:
    """Members of the environment; a module or file is a field of its own, with its version or hash."""
    found = {name: value for name, value in history.environment.items() if name not in ("Modules", "Files")}
    for module in history.environment.get("Modules", ()):
        name, _, version = module.rpartition("-")
        found[f"module {name}"] = version
    for file in history.environment.get("Files", ()):
        name, _, digest = file.partition(" ")
        found[f"file {name}"] = digest
    return found


def _outcome(history: History) -> dict[str, Any]:
    kept = ("Ending", "ExitCode", "Signal", "Exception", "Line")
    found = {"State": history.state, "ErrorMessage": history.run.get("ErrorMessage")}
    return found | {name: history.outcome[name] for name in kept if name in history.outcome}


def _times(history: History) -> dict[str, float | None]:
    """Seconds in the queue, until the script started, and in it."""
    accepted, admitted = history.ledger[0]["At"], history.at(Cause.ADMITTED)
    started, took = history.at(Cause.STARTED), history.outcome.get("ExecutionMs")
    return {
        "in the queue": None if admitted is None else round(admitted - accepted, 3),
        "to start": None if started is None else round(started - (admitted or accepted), 3),
        "running": None if started is None or took is None else took / 1000,
    }
