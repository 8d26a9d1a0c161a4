"""Bookmarks as people read them: what each context remembers, how two versions differ, what a run would read. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import typer

from openglue.cli import display
from openglue.cli.difference import changes

#: What the classes of states are called.
_KINDS = {
    "HadoopDataSourceJobBookmarkState": "files",
    "JDBCDataSourceJobBookmarkState": "rows",
    "RelationalizeJobBookmarkState": "numbers",
}
#: Paths of a source, files of a preview, and names of anything else, that are shown at most.
PATHS, FILES, NAMES = 5, 20, 10
_UNITS = ("B", "kB", "MB", "GB", "TB")


def contexts(version: Mapping[str, Any], previewed: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """What each context of a version remembers; files of the band by their names, where a preview has found them."""
    state, sources = json.loads(version["JobBookmarkEntry"]["JobBookmark"]), json.loads(version["Sources"])
    found = {context["TransformationCtx"]: context.get("Remembered", {}) for context in previewed}
    for ctx in {**sources, **state}:
        yield ""
        yield _title(ctx, state.get(ctx), sources.get(ctx))
        shown = _shown(state[ctx]) if ctx in state else {"remembers": "nothing: it is read from the beginning"}
        names = found.get(ctx, {})
        if names.get("Count"):
            shown["still there"] = _listed(names)
        yield _indented(shown)


def difference(a: Mapping[str, Any], b: Mapping[str, Any]) -> list[dict[str, Any]]:
    """By context what differs between two states: where it is, and the members that changed."""
    found = []
    for ctx in {**a, **b}:
        if a.get(ctx) == b.get(ctx):
            continue
        one, other = (_shown(state[ctx]) if ctx in state else {} for state in (a, b))
        differing = [
            {"Field": change.field, "A": change.a, "B": change.b}
            for change in changes(one, other)
            if change.field != "in the band"
        ]
        gone, come = _marks(a.get(ctx)) - _marks(b.get(ctx)), _marks(b.get(ctx)) - _marks(a.get(ctx))
        found.append({"TransformationCtx": ctx, "Changes": differing, "BandGone": len(gone), "BandCome": len(come)})
    return found


def difference_text(found: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for context in found:
        yield typer.style(display.printable(context["TransformationCtx"]), bold=True)
        width = max([len("in the band"), *(len(change["Field"]) for change in context["Changes"])])
        for change in context["Changes"]:
            a, b = (display.printable(change[side] or "(none)") for side in ("A", "B"))
            yield f"  {change['Field']:<{width}}  {typer.style(a, fg='red')} -> {typer.style(b, fg='green')}"
        if context["BandGone"] or context["BandCome"]:
            gone = typer.style(f"-{context['BandGone']}", fg="red")
            come = typer.style(f"+{context['BandCome']}", fg="green")
            yield f"  {'in the band':<{width}}  {gone} {come}"


def preview(context: Mapping[str, Any]) -> Iterator[str]:
    """What the next run would read in one context."""
    name = typer.style(display.printable(context["TransformationCtx"]), bold=True)
    for word, begin in (("Unknown", "cannot be told"), ("Fails", "the next run fails here")):
        if word in context:
            yield f"{name}  {begin}: {display.brief(context[word])}"
            return
    if "RowCount" in context:
        yield f"{name}  reads {counted(context['RowCount'], 'row')}{_between(context)}"
        return
    count = context["FileCount"]
    yield f"{name}  reads {counted(count, 'file')}, {size(context['Bytes'])}"
    shown = context["Files"][:FILES]
    rows = [[display.printable(file["Path"]), display.moment(file["ModifiedOn"]), size(file["Size"])] for file in shown]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for path, when, much in rows:
        yield f"  {path:<{widths[0]}}  {when}  {much:>{widths[2]}}"
    if count > len(shown):
        yield f"  … and {count - len(shown)} more"
    # What the run's log would say besides: what is left, too old or ahead, and why.
    for line in context["Log"]:
        said = line.removeprefix(f"transformation_ctx {context['TransformationCtx']!r}: ")
        if not said.startswith("reading "):
            yield f"  {display.printable(said)}"


def counted(count: int, what: str) -> str:
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"


def size(count: int) -> str:
    """Bytes in the unit that fits."""
    amount, unit = float(count), 0
    while amount >= 999.5 and unit < len(_UNITS) - 1:
        amount, unit = amount / 1000, unit + 1
    return f"{amount:.0f} {_UNITS[unit]}" if unit == 0 or amount >= 9.95 else f"{amount:.1f} {_UNITS[unit]}"


def _title(ctx: str, state: Mapping[str, Any] | None, source: Mapping[str, Any] | None) -> str:
    kind = _KINDS.get(str((state or {}).get("jsonClass")), (source or {}).get("kind", ""))
    return f"{typer.style(display.printable(ctx), bold=True)}  {kind}  {display.brief(_place(source))}".rstrip()


def _place(source: Mapping[str, Any] | None) -> str:
    """Where a context reads from."""
    if source is None:
        return "(no run that has committed here has told where it reads from)"
    if source.get("table"):
        return " ".join(str(source[word]) for word in ("url", "table") if source.get(word))
    paths = source.get("paths") or [source[word] for word in ("url", "query", "root") if source.get(word)]
    if not isinstance(paths, list):
        return f"(cannot be shown: its paths are {paths!r})"
    more = f" and {len(paths) - PATHS} more" if len(paths) > PATHS else ""
    return f"{' '.join(map(str, paths[:PATHS]))}{more}"


def _shown(state: Mapping[str, Any]) -> dict[str, str]:
    """What a context's state says, or why that cannot be shown: it may be damaged, or written by another release."""
    try:
        return _remembered(state)
    except (ArithmeticError, AttributeError, LookupError, OSError, TypeError, ValueError) as error:
        return {"cannot be shown": f"{type(error).__name__}: {error}"}


def _remembered(state: Mapping[str, Any]) -> dict[str, str]:
    """What a context's state says."""
    if "timestamps" in state:
        return _files(state)
    if "keys" in state:
        return {"read up to": _pairs(state["keys"]), "order": state.get("order", "asc")}
    if "ids" in state:
        return {"numbers": _pairs(state["ids"]) or "none yet"}
    return {name: json.dumps(value) for name, value in state.items() if name != "jsonClass"}


def _files(state: Mapping[str, Any]) -> dict[str, str]:
    stamps = state["timestamps"]
    listed = datetime.fromisoformat(stamps["CURR_RUN_START_TIME"])
    settled = listed - timedelta(milliseconds=int(stamps.get("HIGH_BAND", "0")))
    return {
        "listed at": display.moment(listed.timestamp()),
        "settled up to": display.moment(settled.timestamp()),
        "in the band": counted(len(_marks(state)), "file"),
    }


def _marks(state: Mapping[str, Any] | None) -> set[str]:
    """What stands for the files of the band that were read."""
    stamps = (state or {}).get("timestamps")
    marks = stamps.get("INCLUDE_LIST", "") if isinstance(stamps, Mapping) else ""
    return {mark for mark in str(marks).split(",") if mark}


def marked(version: Mapping[str, Any]) -> bool:
    """Whether a version remembers any files by themselves."""
    return any(map(_marks, json.loads(version["JobBookmarkEntry"]["JobBookmark"]).values()))


def _between(context: Mapping[str, Any]) -> str:
    after, up_to = (_pairs(context.get(word) or {}) for word in ("After", "UpTo"))
    words = [f"after {after}" if after else "", f"up to {up_to}" if up_to else ""]
    said = ", ".join(word for word in words if word)
    return f": {said}" if said else ""


def _pairs(values: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {value}" for name, value in values.items())


def _listed(names: Mapping[str, Any]) -> str:
    shown = [display.printable(name) for name in names["Names"][:NAMES]]
    more = names["Count"] - len(shown)
    return "\n".join([*shown, *([f"and {more:,} more"] if more else [])])


def _indented(shown: Mapping[str, str]) -> str:
    return "\n".join(f"  {line}" for line in display.members(shown).split("\n"))
