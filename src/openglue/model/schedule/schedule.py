"""A schedule and its fires, in epoch milliseconds of UTC.

Everything is a set kept as an integer: the minutes of a day at which it fires (1440 bits), the months (2760, from
January 1970 to December 2199) and, for a month that is asked about, its days. The next fire is the lowest bit that is
left, so a rare schedule costs no more than a frequent one, but for the months in which it names no day.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass

from openglue.errors import InvalidInputException
from openglue.model.schedule import fields
from openglue.model.schedule.days import MONTH_STARTS, Days

#: Minutes that lie at least between two fires (contract 10).
LEAST_MINUTES = 5

_MINUTE_MS = 60_000
_DAY = 1440
_LAST_DAY = MONTH_STARTS[-1] - 1
_SHAPE = "cron(Minutes Hours Day-of-month Month Day-of-week Year)"
_EXPRESSION = re.compile(r"(\w+)\((.*)\)", re.ASCII | re.DOTALL)


@dataclass(frozen=True, kw_only=True, slots=True)
class Schedule:
    """A cron expression that fires at least once between 1970 and 2199."""

    #: The expression as the client wrote it.
    text: str
    #: Minutes of the day.
    times: int
    #: Months since January 1970.
    months: int
    days: Days

    @staticmethod
    def parse(text: str) -> Schedule:
        """Read an expression. Raises InvalidInputException naming the field, its text and what would be right.

        Refused as well is what never fires in the whole calendar, and what somewhere in it fires twice within less
        than LEAST_MINUTES. What has fired for the last time is no error here: that depends on the day.
        """
        minutes, hours, of_month, month, of_week, year = _split(text)
        minute_set, hour_set = fields.MINUTES.values(minutes), fields.HOURS.values(hours)
        month_set, year_set = fields.MONTH.values(month), fields.YEAR.values(year)
        schedule = Schedule(
            text=text,
            times=_spread(hour_set, minute_set, 60),
            months=_spread(year_set, month_set, 12),
            days=fields.days(of_month, of_week),
        )
        if schedule._day_from(0) is None:
            raise InvalidInputException(
                f"Schedule: {fields.quoted(text)} never fires: no year from 1970 to 2199 that it names has such a day"
            )
        schedule._check_rate()
        return schedule

    def next_fire(self, after_ms: int) -> int | None:
        """The first fire later than a moment; None when there is none up to the end of 2199."""
        day, minute = divmod(max(after_ms // _MINUTE_MS + 1, 0), _DAY)
        fire_day = self._day_from(day)
        if fire_day == day:
            later = self.times >> minute
            if later:
                return (day * _DAY + minute + _lowest(later)) * _MINUTE_MS
            fire_day = self._day_from(day + 1)
        return None if fire_day is None else (fire_day * _DAY + _lowest(self.times)) * _MINUTE_MS

    def previous_fire(self, at_or_before_ms: int) -> int | None:
        """The last fire that is not later than a moment; None when there is none since the beginning of 1970."""
        day, minute = divmod(at_or_before_ms // _MINUTE_MS, _DAY)
        fire_day = self._day_to(day)
        if fire_day == day:
            earlier = _up_to(self.times, minute)
            if earlier:
                return (day * _DAY + _highest(earlier)) * _MINUTE_MS
            fire_day = self._day_to(day - 1)
        return None if fire_day is None else (fire_day * _DAY + _highest(self.times)) * _MINUTE_MS

    def fires(self, after_ms: int, count: int) -> list[int]:
        """The next `count` fires later than a moment; fewer when the calendar ends before."""
        found: list[int] = []
        while len(found) < count:
            fire = self.next_fire(found[-1] if found else after_ms)
            if fire is None:
                break
            found.append(fire)
        return found

    def _day_from(self, day: int) -> int | None:
        """The first day with fires that is not before a day."""
        if day > _LAST_DAY:
            return None
        month = bisect_right(MONTH_STARTS, day) - 1
        days = self.days.of(month) >> day - MONTH_STARTS[month] if self.months >> month & 1 else 0
        if days:
            return day + _lowest(days)
        while later := self.months >> month + 1:
            month += 1 + _lowest(later)
            if days := self.days.of(month):
                return MONTH_STARTS[month] + _lowest(days)
        return None

    def _day_to(self, day: int) -> int | None:
        """The last day with fires that is not after a day."""
        if day < 0:
            return None
        day = min(day, _LAST_DAY)
        month = bisect_right(MONTH_STARTS, day) - 1
        days = _up_to(self.days.of(month), day - MONTH_STARTS[month]) if self.months >> month & 1 else 0
        while not days:
            earlier = _up_to(self.months, month - 1)
            if not earlier:
                return None
            month = _highest(earlier)
            days = self.days.of(month)
        return MONTH_STARTS[month] + _highest(days)

    def _check_rate(self) -> None:
        """Refuse two fires that are closer than LEAST_MINUTES, within a day or from one day to the next."""
        for gap in range(1, LEAST_MINUTES):
            if close := self.times & self.times >> gap:
                raise self._too_fast(_lowest(close), gap)
        last, first = _highest(self.times), _lowest(self.times)
        gap = _DAY - last + first
        if gap < LEAST_MINUTES and self._fires_on_two_days_running():
            raise self._too_fast(last, gap)

    def _too_fast(self, minute: int, gap: int) -> InvalidInputException:
        again = (minute + gap) % _DAY
        return InvalidInputException(
            f"Schedule: {fields.quoted(self.text)} fires at {_clock(minute)} and again at {_clock(again)}:"
            f" a schedule leaves at least {LEAST_MINUTES} minutes between two fires"
        )

    def _fires_on_two_days_running(self) -> bool:
        day = self._day_from(0)
        while day is not None:
            following = self._day_from(day + 1)
            if following == day + 1:
                return True
            day = following
        return False


def _split(text: str) -> list[str]:
    """The six fields of an expression."""
    match = _EXPRESSION.fullmatch(text.strip())
    if match is None:
        raise InvalidInputException(f"Schedule: {fields.quoted(text)} is not valid: it is written {_SHAPE}")
    if match[1] != "cron":
        raise InvalidInputException(f"Schedule: {match[1][:20]}(...) is not valid: AWS Glue takes only {_SHAPE}")
    parts = match[2].split()
    if len(parts) != 6:
        raise InvalidInputException(
            f"Schedule: {fields.quoted(text)} is not valid: it has {len(parts)} fields, {_SHAPE} has 6"
        )
    return parts


def _spread(outer: int, inner: int, width: int) -> int:
    """A copy of `inner` at each place of `outer`; places are `width` bits wide, a multiple of 4."""
    digits = width // 4
    places = {ord("0"): "0" * digits, ord("1"): f"{inner:0{digits}x}"}
    return int(f"{outer:b}".translate(places), 16)


def _lowest(bits: int) -> int:
    return (bits & -bits).bit_length() - 1


def _highest(bits: int) -> int:
    return bits.bit_length() - 1


def _up_to(bits: int, place: int) -> int:
    """The bits up to a place, which may be -1."""
    return bits & (1 << place + 1) - 1


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
