"""The calendar from 1970 to 2199, and which days of one of its months a schedule names.

Months are numbered from January 1970 = 0, days from 1 January 1970 = 0, the days of a month from 0 as well. A set of
days is an integer: bit 0 is the 1st.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate

FIRST_YEAR, LAST_YEAR = 1970, 2199
#: Sunday = 0. 1 January 1970 was a Thursday.
_THURSDAY, _SATURDAY, _SUNDAY = 4, 6, 0
#: One bit in each of five weeks.
_WEEKS = sum(1 << 7 * week for week in range(5))


def _lengths(year: int) -> tuple[int, ...]:
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return (31, 29 if leap else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


#: Day on which each month begins; the last entry is where the calendar ends.
MONTH_STARTS = tuple(
    accumulate((days for year in range(FIRST_YEAR, LAST_YEAR + 1) for days in _lengths(year)), initial=0)
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Days:
    """A rule that names days in every month: the union of its parts."""

    #: Days of the month.
    plain: int = 0
    #: `L`: the last day.
    last: bool = False
    #: `LW`: the last day from Monday to Friday.
    last_weekday: bool = False
    #: `3W`: days of the month whose nearest weekday in the same month is meant.
    near: frozenset[int] = frozenset()
    #: Days of the week; bit 0 is Sunday.
    of_week: int = 0
    #: `6L`: days of the week whose last one in the month is meant.
    last_of_week: frozenset[int] = frozenset()
    #: `6#3`: a day of the week, and which one in the month is meant, from 1.
    nth: tuple[int, int] | None = None

    def of(self, month: int) -> int:
        """The named days of a month."""
        start = MONTH_STARTS[month]
        length = MONTH_STARTS[month + 1] - start
        weekday = (start + _THURSDAY) % 7
        days = self.plain
        if self.of_week:
            days |= (self.of_week >> weekday | self.of_week << 7 - weekday & 0x7F) * _WEEKS
        if self.last:
            days |= 1 << length - 1
        if self.last_weekday:
            days |= 1 << _nearest_weekday(length - 1, weekday, length)
        for day in self.near:
            # A month that has no 31st has no weekday near it either, as `31` names no day of it.
            if day < length:
                days |= 1 << _nearest_weekday(day, weekday, length)
        for wanted in self.last_of_week:
            days |= 1 << length - 1 - (weekday + length - 1 - wanted) % 7
        if self.nth is not None:
            wanted, number = self.nth
            days |= 1 << (wanted - weekday) % 7 + 7 * (number - 1)
        return days & (1 << length) - 1


def _nearest_weekday(day: int, first_weekday: int, length: int) -> int:
    """The day from Monday to Friday that is nearest to a day of a month, in the same month."""
    weekday = (first_weekday + day) % 7
    if weekday == _SATURDAY:
        return day - 1 if day > 0 else day + 2
    if weekday == _SUNDAY:
        return day + 1 if day + 1 < length else day - 2
    return day
