"""The six fields of a cron expression: what each may say, and what is told when it says something else.

A field's values become one integer, whose bit 0 is the field's first value. The grammar is that of AWS's page on
time-based schedules (contract 10); docs/reference/schedules.md says where that page is silent and what was chosen.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from openglue.errors import InvalidInputException
from openglue.model.schedule.days import FIRST_YEAR, LAST_YEAR, Days

#: Characters of a client's text that a message repeats.
_QUOTED = 60

_ELEMENT = re.compile(r"(?:\*|([0-9A-Z]+)(?:-([0-9A-Z]+))?)(?:/([0-9]+))?")
_NEAREST = re.compile(r"([0-9]+)W")
_LAST_OF_WEEK = re.compile(r"([0-9A-Z]+)L")
_NTH_OF_WEEK = re.compile(r"([0-9A-Z]+)#([0-9]+)")


def quoted(text: str) -> str:
    """A client's text as messages show it."""
    return f"'{text}'" if len(text) <= _QUOTED else f"'{text[:_QUOTED]}...'"


@dataclass(frozen=True, kw_only=True)
class Field:
    name: str
    first: int
    last: int
    #: What the field takes, for messages.
    takes: str
    #: Upper-case names of values.
    names: Mapping[str, int] = field(default_factory=dict)
    #: Whether the last value is followed by the first, so that a range may run over the end.
    cyclic: bool = True

    def refusal(self, text: str, reason: str) -> InvalidInputException:
        return InvalidInputException(
            f"Schedule: {self.name} field {quoted(text)} is not valid: {reason}. The field takes {self.takes}"
        )

    def elements(self, text: str) -> list[str]:
        """The parts of a list, in upper case."""
        if not text.isascii():
            raise self.refusal(text, "only ASCII characters are understood, and a range is written with '-'")
        elements = text.upper().split(",")
        if "" in elements:
            raise self.refusal(text, "a list has a value on each side of a ','")
        return elements

    def values(self, text: str) -> int:
        """The values of a whole field. Raises InvalidInputException."""
        mask = 0
        for element in self.elements(text):
            mask |= self.span(text, element)
        return mask

    def span(self, text: str, element: str) -> int:
        """The values of one element: `*`, `a`, `a-b`, and each with a step, `*/n`, `a/n`, `a-b/n`."""
        match = _ELEMENT.fullmatch(element)
        if match is None:
            raise self.refusal(text, f"{quoted(element)} cannot be read")
        begin, end, step = match.groups()
        low = self.first if begin is None else self.value(text, begin)
        if end is not None:
            high = self.value(text, end)
        elif begin is None or step is not None:
            high = self.last
        else:
            high = low
        every = 1 if step is None else self._step(text, step)
        width = self.last - self.first + 1
        if high < low:
            if not self.cyclic:
                raise self.refusal(text, f"{quoted(element)} runs backwards")
            high += width
        count = (high - low) // every + 1
        # One bit, `count` times, `every` places apart: what runs over the end goes on at the beginning.
        mask = ((1 << count * every) - 1) // ((1 << every) - 1) << low - self.first
        return (mask | mask >> width) & (1 << width) - 1

    def value(self, text: str, word: str) -> int:
        if word in self.names:
            return self.names[word]
        # Nobody writes a number of five digits; int() would read one of a million.
        number = int(word) if word.isdigit() and len(word) <= 4 else None
        if number is None or not self.first <= number <= self.last:
            raise self.refusal(text, f"{quoted(word)} is not one of {self.first}-{self.last}")
        return number

    def _step(self, text: str, word: str) -> int:
        """A step that leads beyond the field does not repeat, and never means what it seems to."""
        most = self.last - self.first if self.first == 0 or not self.cyclic else self.last
        if len(word) > 4 or not 1 <= int(word) <= most:
            raise self.refusal(text, f"the step {quoted(word)} is not one of 1-{most}")
        return int(word)


_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_WEEKDAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")

MINUTES = Field(name="minutes", first=0, last=59, takes="0-59 with , - * /")
HOURS = Field(name="hours", first=0, last=23, takes="0-23 with , - * /")
DAY_OF_MONTH = Field(name="day-of-month", first=1, last=31, takes="1-31 with , - * / and ?, L, LW, 15W")
MONTH = Field(
    name="month",
    first=1,
    last=12,
    takes="1-12 or JAN-DEC with , - * /",
    names={name: number for number, name in enumerate(_MONTHS, 1)},
)
DAY_OF_WEEK = Field(
    name="day-of-week",
    first=1,
    last=7,
    takes="1-7 or SUN-SAT (1 is Sunday) with , - * / and ?, L, 6L, 6#3",
    names={name: number for number, name in enumerate(_WEEKDAYS, 1)},
)
YEAR = Field(name="year", first=FIRST_YEAR, last=LAST_YEAR, takes="1970-2199 with , - * /", cyclic=False)

ANY = "?"


def days(of_month: str, of_week: str) -> Days:
    """The days that the fields day-of-month and day-of-week name; exactly one of them is `?`."""
    if of_month == ANY and of_week == ANY:
        raise DAY_OF_MONTH.refusal(of_month, "day-of-month and day-of-week cannot both be '?'")
    if of_week == ANY:
        return _days_of_month(of_month)
    if of_month == ANY:
        return _days_of_week(of_week)
    raise DAY_OF_WEEK.refusal(of_week, f"day-of-month is {quoted(of_month)}, so that one of the two must be '?'")


def _days_of_month(text: str) -> Days:
    plain, last, last_weekday, near = 0, False, False, set()
    for element in DAY_OF_MONTH.elements(text):
        if element == "L":
            last = True
        elif element == "LW":
            last_weekday = True
        elif match := _NEAREST.fullmatch(element):
            near.add(DAY_OF_MONTH.value(text, match[1]) - 1)
        elif element.startswith("L-"):
            raise DAY_OF_MONTH.refusal(text, "AWS documents no days counted from the last one")
        else:
            plain |= DAY_OF_MONTH.span(text, element)
    return Days(plain=plain, last=last, last_weekday=last_weekday, near=frozenset(near))


def _days_of_week(text: str) -> Days:
    elements = DAY_OF_WEEK.elements(text)
    plain, last = 0, set()
    for element in elements:
        if match := _NTH_OF_WEEK.fullmatch(element):
            if len(elements) > 1:
                raise DAY_OF_WEEK.refusal(text, "with '#' the field has one value")
            if match[2] not in {"1", "2", "3", "4", "5"}:
                raise DAY_OF_WEEK.refusal(text, f"a month has no {quoted(match[2])} of a weekday: 1-5")
            return Days(nth=(DAY_OF_WEEK.value(text, match[1]) - 1, int(match[2])))
        if element == "L":
            plain |= DAY_OF_WEEK.span(text, "SAT")
        elif match := _LAST_OF_WEEK.fullmatch(element):
            last.add(DAY_OF_WEEK.value(text, match[1]) - 1)
        else:
            plain |= DAY_OF_WEEK.span(text, element)
    return Days(of_week=plain, last_of_week=frozenset(last))
