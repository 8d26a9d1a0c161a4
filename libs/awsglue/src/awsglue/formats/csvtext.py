"""Taking lines apart into values: for headers, and for what Spark's CSV reader cannot do. Knows nothing of Spark."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_LINE_END = re.compile(r"\r\n|\n|\r")
#: What an escaped letter stands for; any other character stands for itself.
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "0": "\0"}


@dataclass(frozen=True, kw_only=True)
class Dialect:
    separator: str = ","
    #: Empty: nothing is quoted.
    quote: str = '"'
    #: Empty: nothing is escaped.
    escaper: str = ""
    #: Whether a quoted value may hold line ends.
    multiline: bool = False


def not_utf8(data: bytes) -> str:
    """Where the beginning of a file is not in UTF-8, and what is there; empty where it is."""
    try:
        # The last character may go on behind the end of the data.
        codecs.getincrementaldecoder("utf-8")().decode(data)
    except UnicodeDecodeError as error:
        return (
            f"byte {error.start} is 0x{data[error.start]:02X}, in {data[max(error.start - 10, 0) : error.start + 10]!r}"
        )
    return ""


def lines(text: str) -> list[str]:
    return _LINE_END.split(text.removeprefix("\ufeff"))


def records(texts: Iterable[str], dialect: Dialect) -> Iterator[list[str]]:
    """The values of each record in lines of text; blank lines are skipped."""
    reading = _Reading(dialect)
    for line in texts:
        if not line and not reading.open:
            continue
        reading.line(line)
        if not reading.open:
            yield reading.finish()
    if reading.open:
        yield reading.finish()


class _Reading:
    """A record that is being read, line by line."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._start()

    def _start(self) -> None:
        self._values: list[str] = []
        self._value: list[str] = []
        self._in_quotes = False
        #: Whether the record goes on in the next line.
        self.open = False

    def line(self, text: str) -> None:
        dialect = self._dialect
        if self.open:
            self._value.append("\n")
        self.open = False
        position = 0
        while position < len(text):
            char = text[position]
            position += 1
            if char == dialect.escaper:
                if position == len(text):
                    self.open = dialect.multiline
                    break
                self._value.append(_ESCAPES.get(text[position], text[position]))
                position += 1
            elif self._in_quotes:
                position = self._quoted(char, text, position)
            elif char == dialect.quote and not self._value:
                self._in_quotes = True
            elif char == dialect.separator:
                self._next_value()
            else:
                self._value.append(char)
        self.open = self.open or (self._in_quotes and dialect.multiline)

    def _quoted(self, char: str, text: str, position: int) -> int:
        if char != self._dialect.quote:
            self._value.append(char)
        elif text.startswith(char, position):
            self._value.append(char)
            return position + 1
        else:
            self._in_quotes = False
        return position

    def _next_value(self) -> None:
        self._values.append("".join(self._value))
        self._value = []

    def finish(self) -> list[str]:
        self._next_value()
        values = self._values
        self._start()
        return values
