"""A second, slow meaning of cron expressions, for comparison: every minute and date is asked, field by field.

Expressions are made, not read: each element carries its text and, made beside it, what it means in terms of
`datetime` and `calendar`. Nothing here looks at the module that is tested.
"""

from __future__ import annotations

import calendar
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property

from hypothesis import strategies as st

EPOCH = date(1970, 1, 1)
FIRST, LAST = EPOCH, date(2199, 12, 31)
MONTHS = [name.upper() for name in calendar.month_abbr]
#: Sunday first, from 1.
WEEKDAYS = ["", "SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]

DateRule = Callable[[date], bool]


def weekday(day: date) -> int:
    return day.isoweekday() % 7 + 1


def month_days(day: date) -> list[date]:
    return [day.replace(day=number) for number in range(1, calendar.monthrange(day.year, day.month)[1] + 1)]


def is_last_of_month(day: date) -> bool:
    return day.day == calendar.monthrange(day.year, day.month)[1]


def is_last_weekday_of_month(day: date) -> bool:
    return day == [other for other in month_days(day) if other.weekday() < 5][-1]


def is_weekday_nearest_to(number: int) -> DateRule:
    def rule(day: date) -> bool:
        days = month_days(day)
        if number > len(days):
            return False
        return day == min((d for d in days if d.weekday() < 5), key=lambda other: abs(other.day - number))

    return rule


def is_last_in_month(of_week: int) -> DateRule:
    return lambda day: weekday(day) == of_week and (day + timedelta(7)).month != day.month


def is_nth_in_month(of_week: int, number: int) -> DateRule:
    return lambda day: weekday(day) == of_week and (day.day + 6) // 7 == number


@dataclass(frozen=True, repr=False)
class Expression:
    minutes: tuple[str, frozenset[int]]
    hours: tuple[str, frozenset[int]]
    of_month: str
    months: tuple[str, frozenset[int]]
    of_week: str
    years: tuple[str, frozenset[int]]
    #: What `of_month` and `of_week` mean together.
    is_named: DateRule

    def __repr__(self) -> str:
        return self.text

    @property
    def text(self) -> str:
        return (
            f"cron({self.minutes[0]} {self.hours[0]} {self.of_month} {self.months[0]} {self.of_week} {self.years[0]})"
        )

    def fires_on(self, day: date) -> bool:
        return day.year in self.years[1] and day.month in self.months[1] and self.is_named(day)

    @cached_property
    def times(self) -> list[int]:
        """Minutes of the day, found by asking each."""
        return [minute for minute in range(1440) if minute % 60 in self.minutes[1] and minute // 60 in self.hours[1]]

    def fires_between(self, first: date, days: int) -> list[int]:
        """Epoch milliseconds of every minute in some days at which it fires."""
        found = []
        for day in (first + timedelta(number) for number in range(days)):
            # The date is asked once for its 1440 minutes, and only if one of them is named.
            named: bool | None = None
            midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
            for minute in range(1440):
                if minute % 60 not in self.minutes[1] or minute // 60 not in self.hours[1]:
                    continue
                if named is None:
                    named = self.fires_on(day)
                if not named:
                    break
                found.append(int((midnight + timedelta(minutes=minute)).timestamp()) * 1000)
        return found

    def dates(self) -> Iterator[date]:
        """Every date of the calendar at which it fires."""
        for year in sorted(self.years[1]):
            for month in sorted(self.months[1]):
                yield from (day for day in month_days(date(year, month, 1)) if self.is_named(day))

    def fires_twice_within(self, minutes: int) -> bool:
        """Whether anywhere in the calendar two fires are closer than that."""
        if any(later - earlier < minutes for earlier, later in zip(self.times, self.times[1:], strict=False)):
            return next(self.dates(), None) is not None
        if 1440 - self.times[-1] + self.times[0] >= minutes:
            return False
        previous = None
        for day in self.dates():
            if previous is not None and day - previous == timedelta(1):
                return True
            previous = day
        return False


def _names(values: list[str]) -> Callable[[int], st.SearchStrategy[str]]:
    def spelling(value: int) -> st.SearchStrategy[str]:
        name = values[value]
        return st.sampled_from([str(value), name, name.lower(), name.capitalize()])

    return spelling


def _numbers(value: int) -> st.SearchStrategy[str]:
    return st.sampled_from([str(value), f"{value:02}"])


@st.composite
def _element(
    draw: st.DrawFn, first: int, last: int, spelling: Callable[[int], st.SearchStrategy[str]], most: int, *, wraps: bool
) -> tuple[str, list[int]]:
    kind = draw(st.sampled_from(["one", "one", "range", "range/step", "from/step", "every", "every/step"]))
    low = draw(st.integers(first, last))
    step = draw(st.integers(1, most))
    everything = list(range(first, last + 1))
    if kind == "one":
        return draw(spelling(low)), [low]
    if kind == "every":
        return "*", everything
    if kind == "every/step":
        return f"*/{step}", everything[::step]
    if kind == "from/step":
        return f"{draw(spelling(low))}/{step}", everything[everything.index(low) :: step]
    high = draw(st.integers(first if wraps else low, last))
    twice = everything + everything
    begin = twice.index(low)
    run = twice[begin : twice.index(high, begin) + 1]
    text = f"{draw(spelling(low))}-{draw(spelling(high))}"
    return (text, run) if kind == "range" else (f"{text}/{step}", run[::step])


@st.composite
def _field(
    draw: st.DrawFn,
    first: int,
    last: int,
    spelling: Callable[[int], st.SearchStrategy[str]] = _numbers,
    *,
    wraps: bool = True,
    most: int | None = None,
    size: int = 3,
) -> tuple[str, frozenset[int]]:
    elements = draw(
        st.lists(
            _element(first, last, spelling, last if most is None else most, wraps=wraps),
            min_size=1,
            max_size=size,
        )
    )
    return ",".join(text for text, _ in elements), frozenset(value for _, values in elements for value in values)


@st.composite
def _minutes(draw: st.DrawFn) -> tuple[str, frozenset[int]]:
    """Mostly what does not fire too fast, and sometimes whatever there is."""
    kind = draw(st.sampled_from(["one", "one", "step", "list", "edge", "any"]))
    if kind == "one":
        value = draw(st.integers(0, 59))
        return draw(_numbers(value)), frozenset({value})
    if kind == "step":
        start, step = draw(st.integers(0, 9)), draw(st.sampled_from([5, 6, 10, 12, 15, 20, 30]))
        return f"{start}/{step}", frozenset(range(start, 60, step))
    if kind == "list":
        values = sorted(draw(st.sets(st.integers(0, 11), min_size=1, max_size=4)))
        return ",".join(str(5 * value) for value in values), frozenset(5 * value for value in values)
    if kind == "edge":
        low, high = draw(st.integers(0, 4)), draw(st.integers(55, 59))
        return f"{high},{low}", frozenset({low, high})
    return draw(_field(0, 59))


@st.composite
def _days_of_month(draw: st.DrawFn) -> tuple[str, DateRule]:
    rules: list[tuple[str, DateRule]] = []
    for _ in range(draw(st.integers(1, 2))):
        kind = draw(st.sampled_from(["plain", "plain", "L", "LW", "W"]))
        if kind == "plain":
            text, values = draw(_field(1, 31, size=2))
            rules.append((text, lambda day, values=values: day.day in values))
        elif kind == "L":
            rules.append((draw(st.sampled_from(["L", "l"])), is_last_of_month))
        elif kind == "LW":
            rules.append((draw(st.sampled_from(["LW", "lw"])), is_last_weekday_of_month))
        else:
            number = draw(st.integers(1, 31))
            rules.append((f"{number}{draw(st.sampled_from('Ww'))}", is_weekday_nearest_to(number)))
    return _union(rules)


@st.composite
def _days_of_week(draw: st.DrawFn) -> tuple[str, DateRule]:
    spelling = _names(WEEKDAYS)
    of_week = draw(st.integers(1, 7))
    if draw(st.booleans()) and draw(st.booleans()):
        number = draw(st.integers(1, 5))
        return f"{draw(spelling(of_week))}#{number}", is_nth_in_month(of_week, number)
    rules: list[tuple[str, DateRule]] = []
    for _ in range(draw(st.integers(1, 2))):
        kind = draw(st.sampled_from(["plain", "plain", "L", "dL"]))
        if kind == "plain":
            text, values = draw(_field(1, 7, spelling, size=2))
            rules.append((text, lambda day, values=values: weekday(day) in values))
        elif kind == "L":
            rules.append(("L", lambda day: day.weekday() == calendar.SATURDAY))
        else:
            of_week = draw(st.integers(1, 7))
            rules.append((f"{draw(spelling(of_week))}{draw(st.sampled_from('Ll'))}", is_last_in_month(of_week)))
    return _union(rules)


def _union(rules: list[tuple[str, DateRule]]) -> tuple[str, DateRule]:
    return ",".join(text for text, _ in rules), lambda day: any(rule(day) for _, rule in rules)


@st.composite
def expressions(draw: st.DrawFn) -> Expression:
    of_month, of_week = "?", "?"
    if draw(st.booleans()):
        of_month, is_named = draw(_days_of_month())
    else:
        of_week, is_named = draw(_days_of_week())
    years = [("*", frozenset(range(1970, 2200)))]
    return Expression(
        minutes=draw(_minutes()),
        hours=draw(_field(0, 23, most=23)),
        of_month=of_month,
        months=draw(_field(1, 12, _names(MONTHS))),
        of_week=of_week,
        years=draw(st.sampled_from(years) | _field(1970, 2199, wraps=False, most=229)),
        is_named=is_named,
    )
