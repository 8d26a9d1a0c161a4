"""What the demo shows: steps, the calls that it makes, what runs write, and one line that moves.

Without a terminal nothing moves and nothing is coloured; what is said is the same.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from rich import box
from rich.console import Console, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from openglue.cli.display import duration

#: Columns that what belongs to a step is moved in by.
INDENT = 3
#: Columns of a terminal above which a table has room to breathe.
WIDE = 90
#: Characters of a value that is shown whole in a call, and of the beginning of a longer one.
LONGEST, SHORT = 60, 20
#: What turns, once in a second.
WHEEL = "⠋⠙⠹⠸⠼⠴⠦⠧"
COLOURS = {"SUCCEEDED": "bold green", "FAILED": "bold red"}


class Screen:
    def __init__(self) -> None:
        # A log may hold what the terminal's encoding cannot say; that must not end the demo.
        for stream in (sys.stdout, sys.stderr):
            stream.reconfigure(errors="replace")  # type: ignore[union-attr]  # both are text files in this program
        self.console = Console(highlight=False)
        self._steps = 0

    def title(self, name: str, rest: str) -> None:
        self._print(Text.assemble((name, "bold"), "  ", (rest, "dim")))

    def step(self, text: str) -> None:
        self._steps += 1
        self._print(Text.assemble("\n", (f"{self._steps}  ", "bold cyan"), (text, "bold")))

    def say(self, text: str, style: str = "") -> None:
        self._print(Text(text, style=style), indent=INDENT)

    def call(self, text: str) -> None:
        """A call of boto3, in Python."""
        self.say(text, "dim")

    def wrote(self, lines: Sequence[str]) -> None:
        """Lines that a run wrote."""
        for line in lines:
            self._print(Text.assemble(("│ ", "cyan"), line.expandtabs()), indent=INDENT)

    def record(self, record: Mapping[str, Any]) -> None:
        """A record of the API, member by member."""
        text = json.dumps(record, indent=1, default=lambda value: value.isoformat(timespec="milliseconds"))
        for line in text.splitlines():
            name, colon, value = line.partition(": ")
            self._print(Text.assemble((name, "cyan"), (colon, "dim"), value), indent=INDENT)

    def table(self, headings: Sequence[str], rows: Sequence[Sequence[RenderableType]]) -> None:
        """Rows under headings; the columns between the first and the last hold numbers."""
        gap = 1 if self.console.width > WIDE else 0
        table = Table(box=box.SIMPLE_HEAD, show_edge=False, padding=(0, gap, 0, 0), header_style="bold")
        for number, heading in enumerate(headings):
            table.add_column(heading, justify="right" if 0 < number < len(headings) - 1 else "left", no_wrap=True)
        for row in rows:
            table.add_row(*row)
        grid = Table.grid()
        grid.add_row(" " * (INDENT), table)
        self.console.print(grid)

    def ended(self, state: str, job: str, run_id: str, seconds: float) -> None:
        """How a run ended."""
        colour = COLOURS.get(state, "bold yellow")
        self._print(
            Text.assemble((state, colour), f"  {job} in {duration(seconds)}\n", (f"           {run_id}", "dim"))
        )

    def commands(self, heading: str, commands: Sequence[tuple[str, str]]) -> None:
        """Commands to copy, each with a word about it."""
        self._print(Text.assemble("\n", (heading, "bold")), indent=INDENT)
        for note, command in commands:
            self.say(f"# {note}", "dim")
            self.say(command)

    @contextmanager
    def moving(self) -> Iterator[Moving]:
        """A line at the bottom for as long as something goes on, then gone."""
        line = Moving(self)
        if not self.console.is_terminal:
            yield line
            return
        with Live(get_renderable=line.render, console=self.console, transient=True, refresh_per_second=8):
            yield line

    def _print(self, text: Text, *, indent: int = 0) -> None:
        for line in text.split("\n", allow_blank=True):
            self.console.print(Text.assemble(" " * indent, line) if line.plain else line, soft_wrap=True)


class Moving:
    """What goes on, since when, and the last word about it."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._began = time.monotonic()
        self._what = self._last = ""

    def now(self, what: str) -> None:
        """Say what goes on. Without a terminal it is printed, each time that it changes."""
        if what != self._what and not self._screen.console.is_terminal:
            self._screen.say(what, "dim")
        self._what = what

    def last(self, word: str) -> None:
        self._last = " ".join(word.split())

    def render(self) -> RenderableType:
        elapsed = time.monotonic() - self._began
        wheel = WHEEL[int(elapsed * len(WHEEL)) % len(WHEEL)]
        line = Text.assemble(" " * INDENT, (f"{wheel} {self._what}", "cyan"), f"  {duration(elapsed)}  ")
        line.append(self._last, "dim")
        line.truncate(self._screen.console.width, overflow="ellipsis")
        return line


def call_text(receiver: str, method: str, arguments: Mapping[str, Any], width: int) -> str:
    """A call as it stands in a script, in as many lines as it takes to stay within `width`."""
    pairs = [(f"{name}=", value) for name, value in arguments.items()]
    return "\n".join(_lines(f"{receiver}.{method}(", pairs, ")", "", width))


def _lines(begin: str, pairs: Sequence[tuple[str, Any]], end: str, indent: str, width: int) -> list[str]:
    line = f"{indent}{begin}{', '.join(name + _literal(value) for name, value in pairs)}{end}"
    if len(line) <= width:
        return [line]
    deeper = f"{indent}    "
    lines = [f"{indent}{begin}"]
    for name, value in pairs:
        if isinstance(value, Mapping):
            inner = [(f"{_literal(key)}: ", item) for key, item in value.items()]
            lines += _lines(f"{name}{{", inner, "},", deeper, width)
        else:
            lines.append(f"{deeper}{name}{_literal(value)},")
    return [*lines, f"{indent}{end}"]


def _literal(value: Any) -> str:
    if isinstance(value, str) and len(value) > LONGEST:
        value = f"{value[:SHORT]}..."
    # JSON writes what is passed here, text, numbers and dictionaries, as Python does, and with its usual quotes.
    return json.dumps(value)
