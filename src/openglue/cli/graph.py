"""Jobs and triggers as a tree of text: what starts what. Pure: structures in, lines out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

_BRANCH, _LAST, _BESIDE, _BELOW = "├─ ", "└─ ", "│  ", "   "


def waits_for(trigger: Mapping[str, Any]) -> str:
    """The predicate of a trigger: `a SUCCEEDED AND b SUCCEEDED`."""
    predicate = trigger.get("Predicate") or {}
    words = [f"{row['JobName']} {row['State']}" for row in predicate.get("Conditions") or ()]
    return f" {'OR' if predicate.get('Logical') == 'ANY' else 'AND'} ".join(words)


def heading(trigger: Mapping[str, Any]) -> str:
    """A trigger in one line: its name, what makes it fire, and its state."""
    cause = trigger.get("Schedule") or waits_for(trigger)
    state = "" if trigger["Type"] in ("ON_DEMAND", "EVENT") else trigger["State"]
    return "  ".join(part for part in (trigger["Name"], trigger["Type"], cause, state) if part)


def graph(triggers: Sequence[Mapping[str, Any]]) -> list[str]:
    """What triggers start, and what follows from it, as trees.

    A tree begins with each trigger that waits for no job, and with each job that triggers wait for and none starts.
    What several ways lead to is drawn once.
    """
    following: dict[str, list[Mapping[str, Any]]] = {}
    for trigger in triggers:
        for job in _watched(trigger):
            following.setdefault(job, []).append(trigger)
    started = {job for trigger in triggers for job in _started(trigger)}
    lines: list[str] = []
    drawn: set[str] = set()
    roots: list[Mapping[str, Any] | str] = [trigger for trigger in triggers if not _watched(trigger)]
    roots += sorted(following.keys() - started)
    #: What is still to be drawn, the next one last: what its line begins with, and what those below it begin with.
    stack = [("", "", root) for root in reversed(roots)]
    while stack:
        begin, inner, one = stack.pop()
        below: Sequence[Mapping[str, Any] | str]
        if isinstance(one, str):
            lines.append(f"{begin}{one}" + ("" if begin else "  started by clients"))
            below = following.get(one, ())
        elif one["Name"] in drawn:
            lines.append(f"{begin}{one['Name']}  (above)")
            continue
        else:
            drawn.add(one["Name"])
            lines.append(f"{begin}{heading(one)}")
            below = _started(one)
        for child in reversed(below):
            mark, beside = (_LAST, _BELOW) if child is below[-1] else (_BRANCH, _BESIDE)
            stack.append((inner + mark, inner + beside, child))
    return lines


def _watched(trigger: Mapping[str, Any]) -> list[str]:
    conditions = (trigger.get("Predicate") or {}).get("Conditions") or ()
    return list(dict.fromkeys(row["JobName"] for row in conditions))


def _started(trigger: Mapping[str, Any]) -> list[str]:
    return list(dict.fromkeys(action["JobName"] for action in trigger.get("Actions") or ()))
