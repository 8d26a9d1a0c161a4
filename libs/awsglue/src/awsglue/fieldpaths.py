"""How scripts name fields: `a.b` is b inside a, back-ticks keep a dot literal, `list[]` is each element of a list."""

from __future__ import annotations

import re
from collections.abc import Iterable

#: The step into the elements of an array. No field can be called so: a path spells it `[]`, a name in back-ticks.
ELEMENT = None

FieldPath = tuple[str | None, ...]

_STEP = re.compile(r"(?:`((?:[^`]|``)+)`|([^.`\[\]]+))((?:\[\])*)(?:\.|$)")

_BARE = re.compile(r"[^.`\[\]]+")


def parse(text: str) -> FieldPath:
    """The steps of a path: ``a.`b.c`.d[]`` -> ("a", "b.c", "d", ELEMENT). ValueError when it is none."""
    steps: list[str | None] = []
    position = 0
    while position < len(text):
        match = _STEP.match(text, position)
        if match is None:
            break
        quoted, bare, elements = match.groups()
        steps.append(bare if quoted is None else quoted.replace("``", "`"))
        steps += [ELEMENT] * (len(elements) // 2)
        position = match.end()
    if position < len(text) or not steps or text.endswith("."):
        raise ValueError(f"{text!r} is no field path; write a.b, or `a.b` in back-ticks for a name with a dot")
    return tuple(steps)


def parse_all(paths: str | Iterable[str]) -> list[FieldPath]:
    """Paths given as one string or as a list of them."""
    return [parse(path) for path in ([paths] if isinstance(paths, str) else paths)]


def through_arrays(path: FieldPath) -> FieldPath:
    """The path without its steps into elements, except a last one: `a[].b` and `a.b` name the same fields."""
    names = tuple(step for step in path if step is not ELEMENT)
    return (*names, ELEMENT) if path[-1] is ELEMENT else names


def text(path: FieldPath) -> str:
    """The path as a script would write it."""
    steps = ["[]" if step is ELEMENT else _name(step) for step in path]
    return ".".join(steps).replace(".[]", "[]")


def _name(step: str) -> str:
    return step if _BARE.fullmatch(step) else "`" + step.replace("`", "``") + "`"
