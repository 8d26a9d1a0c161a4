"""How a refused request is described: where the fault is, and in which words.

Observed on AWS services of Glue's framework, and written so here: the sentence with its count; `Value null`; a list of
simple values reported as a whole (`Value '[a, b]' at 'names' failed to satisfy constraint: Member must satisfy
constraint: [...]`, every constraint of the element named); `Map keys must satisfy constraint: [...]` and `Map value
must satisfy constraint: [...]`; `targets.1.member.key` for a structure in a list; `Value at 'x'` without the value
where the model says sensitive. Guessed: `nodes.<key>.member.name` for a structure in a map. Ours: long values and long
lists of failures are cut. Source: contract 12.
"""

from __future__ import annotations

from typing import Any

from openglue.errors import SerializationException

#: Where a value stands: the way to its parent and the last step, None for the whole request. A step is the name of a
#: member, the number of a list's element, or a map's key in a tuple; it becomes text only when something is wrong.
Path = tuple[Any, str | int | tuple[str]] | None

NOT_NULL = "Member must not be null"
_KEY = 64  # characters of a map's key in a path
_SHOWN = 200  # characters of a value in a message
_REPORTED = 20  # failures spelled out in one message
_KINDS = {
    str: "a string",
    bool: "a boolean",
    int: "a whole number",
    float: "a number with a fraction",
    list: "a list",
    dict: "an object",
    type(None): "null",
}


def wrong_type(at: Path, wanted: str, value: Any) -> SerializationException:
    """The error for a value of another JSON type; `wanted` says what would be right."""
    return SerializationException(f"Value at '{where(at)}' must be {wanted}, not {_KINDS[type(value)]}.")


def fault(at: Path, value: Any, words: str, *, hidden: bool = False) -> str:
    """One broken constraint. `hidden` leaves out the value."""
    if value is None:
        subject = "Value null"
    elif hidden:
        subject = "Value"
    else:
        subject = f"Value '{_show(value)}'"
    return f"{subject} at '{where(at)}' failed to satisfy constraint: {words}"


def report(faults: list[str]) -> str:
    """All broken constraints of a request as one message."""
    shown = "; ".join(faults[:_REPORTED])
    rest = f"; and {len(faults) - _REPORTED} more" if len(faults) > _REPORTED else ""
    return f"{len(faults)} validation error{'s' if len(faults) > 1 else ''} detected: {shown}{rest}"


def where(at: Path) -> str:
    steps = []
    while at is not None:
        at, step = at
        if type(step) is int:
            steps.append(f"{step}.member")
        elif type(step) is tuple:
            steps.append(f"{_cut(step[0], _KEY)}.member")
        else:
            steps.append(str(step))
    return ".".join(reversed(steps))


def member_step(member: str) -> str:
    """A member's name as a step of a path: jobName for JobName."""
    return member[0].lower() + member[1:]


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[:length] + "..."


def _show(value: Any) -> str:
    """A value as AWS writes it. Every level is cut, so that the cost is bounded too."""
    if type(value) is dict:
        text = "{" + ", ".join(f"{_cut(key, _SHOWN)}={_show(item)}" for key, item in value.items()) + "}"
    elif type(value) is list:
        text = "[" + ", ".join(map(_show, value)) + "]"
    elif value is None:
        text = "null"
    elif type(value) is bool:
        text = "true" if value else "false"
    else:
        text = str(value)
    return _cut(text, _SHOWN)
