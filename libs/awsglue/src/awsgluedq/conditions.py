"""Conditions: `> 0.9`, `between 1 and 5`, `in ["A", NULL]`, as values that judge a number or a column.

A column is judged in SQL text, so nothing here needs Spark. `between` excludes its ends and `not between` includes
them, as DQDL documents.
"""

from __future__ import annotations

import itertools
import math
import operator
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
UNITS = {"days": timedelta(days=1), "hours": timedelta(hours=1), "minutes": timedelta(minutes=1)}
KEYWORDS = ("NULL", "EMPTY", "WHITESPACES_ONLY")


@dataclass(frozen=True, kw_only=True)
class Number:
    #: As written: rules are shown with the numbers that their authors chose.
    text: str


@dataclass(frozen=True, kw_only=True)
class Text:
    #: As written, with quotes.
    text: str

    @property
    def value(self) -> str:
        return unquoted(self.text)

    @property
    def is_date(self) -> bool:
        try:
            return _DATE.fullmatch(self.value) is not None and date.fromisoformat(self.value) is not None
        except ValueError:
            return False


@dataclass(frozen=True, kw_only=True)
class Keyword:
    #: One of KEYWORDS.
    text: str


@dataclass(frozen=True, kw_only=True)
class Duration:
    count: str
    #: One of UNITS.
    unit: str

    @property
    def text(self) -> str:
        return f"{self.count} {self.unit}"

    @property
    def length(self) -> timedelta:
        return int(self.count) * UNITS[self.unit]


@dataclass(frozen=True, kw_only=True)
class Moment:
    """The time of the evaluation, or a duration before or after it."""

    sign: str = ""
    offset: Duration | None = None

    @property
    def text(self) -> str:
        return "now()" if self.offset is None else f"(now() {self.sign} {self.offset.text})"

    def at(self, now: datetime) -> datetime:
        if self.offset is None:
            return now
        return now - self.offset.length if self.sign == "-" else now + self.offset.length


Operand = Number | Text | Keyword | Duration | Moment


class Kind(StrEnum):
    """What a condition compares with."""

    NUMBER = "number"
    TEXT = "text"
    DATE = "date"
    DURATION = "duration"
    #: Nothing but keywords.
    KEYWORD = "keyword"


@dataclass(frozen=True, kw_only=True)
class Operator:
    #: How many operands there are; None for a list.
    operands: int | None
    #: Whether a number is so; no number matches a pattern.
    holds: Callable[[float, Sequence[float]], bool] = lambda _value, _others: False
    #: The same in SQL, of `{value}` with `{0}` and `{1}`. Empty for MEMBERSHIPS, which are put together.
    sql: str = ""


def _compare(holds: Callable[[float, float], bool], sql: str = "") -> Operator:
    return Operator(operands=1, holds=lambda value, others: holds(value, others[0]), sql=sql)


OPERATORS: dict[str, Operator] = {
    "=": _compare(operator.eq),
    "!=": _compare(operator.ne),
    ">": _compare(operator.gt, "{value} > {0}"),
    ">=": _compare(operator.ge, "{value} >= {0}"),
    "<": _compare(operator.lt, "{value} < {0}"),
    "<=": _compare(operator.le, "{value} <= {0}"),
    "between": Operator(
        operands=2, holds=lambda value, ends: ends[0] < value < ends[1], sql="{value} > {0} AND {value} < {1}"
    ),
    "not between": Operator(
        operands=2, holds=lambda value, ends: not ends[0] < value < ends[1], sql="{value} <= {0} OR {value} >= {1}"
    ),
    "in": Operator(operands=None, holds=lambda value, others: value in others),
    "not in": Operator(operands=None, holds=lambda value, others: value not in others),
    "matches": Operator(operands=1, sql="{value} RLIKE {0}"),
    "not matches": Operator(operands=1, sql="NOT {value} RLIKE {0}"),
}
#: Those that ask whether a value is one of several; the only ones that keywords go with.
MEMBERSHIPS = ("=", "!=", "in", "not in")
PATTERNS = ("matches", "not matches")


@dataclass(frozen=True, kw_only=True)
class Condition:
    #: One of OPERATORS.
    operator: str
    operands: tuple[Operand, ...]

    @property
    def text(self) -> str:
        """As DQDL shows it (awslabs/dqdl: lists without blanks)."""
        texts = [one.text for one in self.operands]
        if OPERATORS[self.operator].operands is None:
            return f"{self.operator} [{','.join(texts)}]"
        return f"{self.operator} {' and '.join(texts)}"

    @property
    def kind(self) -> Kind:
        literals = [one for one in self.operands if not isinstance(one, Keyword)]
        if not literals:
            return Kind.KEYWORD
        if isinstance(literals[0], Number):
            return Kind.NUMBER
        if isinstance(literals[0], Duration):
            return Kind.DURATION
        if self.operator not in PATTERNS and all(isinstance(one, Moment) or one.is_date for one in _texts(literals)):
            return Kind.DATE
        return Kind.TEXT

    def holds(self, value: float) -> bool:
        """Whether a number is so. For conditions of the kind NUMBER."""
        return OPERATORS[self.operator].holds(value, [float(one.text) for one in self.operands])

    def can_hold(self, least: float = -math.inf, most: float = math.inf) -> bool:
        """Whether there is a number from `least` to `most` for which it holds. For conditions of numbers alone."""
        ends = sorted({float(one.text) for one in self.operands})
        # Between its operands a condition is true everywhere or nowhere.
        points = [ends[0] - 1, *ends, *(sum(pair) / 2 for pair in itertools.pairwise(ends)), ends[-1] + 1]
        return any(self.holds(min(max(point, least), most)) for point in points)


def _texts(operands: Sequence[Operand]) -> list[Text | Moment]:
    return [one for one in operands if isinstance(one, Text | Moment)]


def unquoted(text: str) -> str:
    """What stands between the quotes of a text."""
    return text[1:-1].replace('\\"', '"')


def literal(text: str) -> str:
    """A text in SQL, whatever it holds and however the session reads backslashes."""
    return f"decode(unhex('{text.encode().hex()}'), 'UTF-8')"


_KEYWORD_SQL = {
    "NULL": "{value} IS NULL",
    "EMPTY": "CAST({value} AS STRING) = ''",
    "WHITESPACES_ONLY": "CAST({value} AS STRING) RLIKE " + literal(r"^\s+$"),
}


def predicate(condition: Condition, value: str, operands: Sequence[str], keywords_of: str = "") -> str:
    """Whether a value in SQL is as the condition says; never null.

    `operands` are the condition's in SQL, keywords left out. `keywords_of` is what keywords are about when `value` is
    made of it. A null is let through by `!=` and `not in`, and else only by the keyword NULL.
    """
    if condition.operator not in MEMBERSHIPS:
        return f"coalesce({OPERATORS[condition.operator].sql.format(*operands, value=value)}, false)"
    named = [one.text for one in condition.operands if isinstance(one, Keyword)]
    tests = [_KEYWORD_SQL[name].format(value=keywords_of or value) for name in named]
    if operands:
        tests.append(f"{value} IN ({', '.join(operands)})")
    # A null is in no list, unless the list says so.
    found = " OR ".join(f"coalesce({test}, false)" for test in tests)
    return f"NOT ({found})" if condition.operator in {"!=", "not in"} else f"({found})"
