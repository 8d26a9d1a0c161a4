"""How jobs, runs and times are shown to people. Pure: text in, text out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import typer

from openglue.model.retry import first_id

#: Characters of a run's id in tables: enough to be unique, and accepted wherever a run is named.
SHORT_ID = 15

_COLOURS = {
    "SUCCEEDED": "green",
    "RUNNING": "cyan",
    "STARTING": "cyan",
    "WAITING": "cyan",
    "STOPPING": "yellow",
    "STOPPED": "yellow",
    "FAILED": "red",
    "TIMEOUT": "red",
    "ERROR": "red",
    "EXPIRED": "yellow",
}


def state(name: str) -> str:
    """A JobRunState in its colour."""
    return typer.style(name, fg=_COLOURS.get(name), bold=True)


def short(run_id: str) -> str:
    """The beginning of a run's id, and which retry and which restart it is, if it is one."""
    first = first_id(run_id)
    return f"{first[:SHORT_ID]}{run_id[len(first) :]}"


def duration(seconds: float) -> str:
    """A length of time in the two units that matter: `0.4 s`, `12 s`, `3 min 5 s`, `2 h 10 min`."""
    if seconds < 9.95:
        return f"{max(seconds, 0.0):.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def span(seconds: float) -> str:
    """A length of time that may be very short: `12 ms`, `3.4 s`, then as `duration`."""
    return f"{max(round(seconds * 1000), 0)} ms" if seconds < 0.9995 else duration(seconds)


def moment(seconds: float) -> str:
    """Epoch seconds as local time."""
    return datetime.fromtimestamp(seconds).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def run_duration(run: Mapping[str, Any], now: float) -> str:
    """From start to end, or to `now` (epoch seconds) for a run that goes on."""
    return duration(run.get("CompletedOn", now) - run["StartedOn"])


def table(headings: Sequence[str], rows: Sequence[Sequence[str]], width: int | None = None) -> str:
    """Columns under headings. The last column is cut where `width` characters are over."""
    widths = [max(_length(cell) for cell in column) for column in zip(headings, *rows, strict=True)]
    lines = []
    for row in ([typer.style(heading, dim=True) for heading in headings], *rows):
        *cells, last = row
        line = "  ".join([*(_pad(cell, size) for cell, size in zip(cells, widths, strict=False)), ""])
        lines.append((line + _cut(last, width - _length(line) if width else None)).rstrip())
    return "\n".join(lines)


def members(values: Mapping[str, str]) -> str:
    """Names and values, one under the other; the lines of a value stay in its column."""
    width = max(map(len, values)) + 2
    lines = []
    for name, value in values.items():
        first, *others = value.splitlines()
        lines.append(f"{typer.style(name.ljust(width), dim=True)}{first}")
        lines += [" " * width + line for line in others]
    return "\n".join(lines)


#: Characters of a text that a line of a list shows.
BRIEF = 200


def brief(text: str) -> str:
    """A text of somebody else's for a list: on one line, without what a terminal would obey, and not too long."""
    line = "".join(letter for letter in " ".join(text.split()) if letter.isprintable())
    return line if len(line) <= BRIEF else line[: BRIEF - 1] + "…"


def printable(text: str) -> str:
    """A line that somebody else wrote, without what a terminal would obey."""
    return "".join(letter for letter in text.expandtabs(4) if letter.isprintable())


def _length(text: str) -> int:
    return len(_plain(text))


def _plain(text: str) -> str:
    return "".join(piece.partition("m")[2] if i else piece for i, piece in enumerate(text.split("\033[")))


def _pad(text: str, size: int) -> str:
    return text + " " * (size - _length(text))


def _cut(text: str, room: int | None) -> str:
    # Colours are ours; what else a message brings along is not for a terminal.
    line = "".join(letter for letter in " ".join(text.split()) if letter.isprintable() or letter == "\033")
    if room is None or _length(line) <= max(room, 1):
        return line
    return line[: max(room, 1) - 1] + "…"
