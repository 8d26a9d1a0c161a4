"""The words of a ruleset, each with its place, and what goes wrong on the way to rules."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where something is in a ruleset, counted from 1."""

    line: int
    column: int

    def __str__(self) -> str:
        return f"line {self.line}, column {self.column}"


class RulesetError(ValueError):
    """A ruleset cannot be used; the message names the place and says what would be right there."""

    def __init__(self, place: Place, message: str) -> None:
        super().__init__(f"the ruleset cannot be used, {place}: {message}")
        self.place = place


class UnsupportedRulesetError(RulesetError, NotImplementedError):
    """A ruleset asks for a part of DQDL that is not built; the message names it and says what to do instead."""


class Kind(StrEnum):
    WORD = "word"
    NUMBER = "number"
    TEXT = "text"
    CONSTANT = "constant"
    SIGN = "sign"
    END = "end"


@dataclass(frozen=True, kw_only=True)
class Token:
    kind: Kind
    #: As written, a text with its quotes.
    text: str
    place: Place

    def __str__(self) -> str:
        return "the end" if self.kind is Kind.END else self.text


#: A backslash keeps a quote, or another backslash, from ending a text (awslabs/dqdl, ESC).
_TOKEN = re.compile(
    r"""(?P<skip>\s+|\#[^\n]*)
      | (?P<text>"(?:\\["\\]|[^"])*")
      | (?P<number>[0-9]+(?:\.[0-9]+)?)
      | (?P<word>[A-Za-z_][A-Za-z0-9_.]*)
      | (?P<constant>\$[A-Za-z_][A-Za-z0-9_]*)
      | (?P<sign>>=|<=|!=|[=><()\[\],+*/{}:-])""",
    re.VERBOSE,
)
#: Those that word processors make of a quote, among them.
_OTHER_QUOTES = frozenset("'`\u2018\u2019\u201c\u201d")


def tokens(ruleset: str) -> Iterator[Token]:
    """The tokens of a ruleset, the last of the kind END. RulesetError for a character that begins none."""
    at, line, line_start = 0, 1, 0
    while at < len(ruleset):
        place = Place(line=line, column=at - line_start + 1)
        found = _TOKEN.match(ruleset, at)
        if found is None or found.lastgroup is None:
            raise RulesetError(place, _no_token(ruleset[at]))
        if found.lastgroup != "skip":
            yield Token(kind=Kind(found.lastgroup), text=found[0], place=place)
        breaks = found[0].count("\n")
        if breaks:
            line += breaks
            line_start = found.start() + found[0].rindex("\n") + 1
        at = found.end()
    yield Token(kind=Kind.END, text="", place=Place(line=line, column=at - line_start + 1))


def _no_token(character: str) -> str:
    if character == '"':
        return 'this text has no end: a second " is missing'
    if character in _OTHER_QUOTES:
        return f'{character} begins nothing, texts and names of columns stand between " and "'
    return f"{character!r} is no part of DQDL"
