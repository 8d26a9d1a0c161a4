"""What a rule asks of a dataset: numbers with what must hold of them, and what must hold of each row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from awsglue.expressions import Value, quoted
from awsglue.gluetypes import ArrayType, ChoiceType, MapType, StructType
from awsgluedq.conditions import Condition, Number
from awsgluedq.metrics import Aggregate, Frequency, Measure, Source
from awsgluedq.ruleset import Rule

NUMBERS = {"byte", "short", "int", "long", "float", "double", "decimal"}
#: What a rule without a threshold asks for.
ALL = Condition(operator="=", operands=(Number(text="1.0"),))


class CannotJudgeError(Exception):
    """The dataset is not such that the rule could be evaluated: the rule fails, and the message is its reason."""


@dataclass(frozen=True, kw_only=True)
class Requirement:
    #: The metric's name in the results; empty for a number that is not shown.
    metric: str
    source: Source
    holds: Callable[[float], bool]
    #: The reason of a failure, from the number.
    wording: Callable[[float], str]


@dataclass(frozen=True, kw_only=True)
class Check:
    requirements: tuple[Requirement, ...]
    #: Whether a row is as the rule wants it, in SQL and never null; empty for a rule about the dataset as a whole.
    row: str = ""


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A rule together with the dataset that it is about."""

    rule: Rule
    schema: StructType
    now: datetime

    @property
    def condition(self) -> Condition:
        if self.rule.condition is None:
            raise TypeError(f"{self.rule.text} has no condition")
        return self.rule.condition

    @property
    def threshold(self) -> Condition:
        return self.rule.threshold or ALL

    @property
    def names(self) -> list[str]:
        return [one.value for one in self.rule.parameters]

    def field(self, name: str) -> Value | None:
        """A column, by its name or, as Spark does, by its name in other letters."""
        for same in (str, str.lower):
            for one in self.schema:
                if same(one.name) == same(name):
                    return Value(sql=quoted(one.name), type=one.dataType)
        return None

    def any_column(self, name: str) -> Value:
        value = self.field(name)
        if value is None:
            raise CannotJudgeError(f"Input data does not include column {name}!")
        return value

    def column(self, name: str) -> Value:
        """A column of plain values: DQDL knows no nested ones."""
        value = self.any_column(name)
        if isinstance(value.type, StructType | ArrayType | MapType | ChoiceType):
            raise CannotJudgeError(
                f"Column {name} is of type {value.type.typeName()}, and rules are about plain values only!"
            )
        return value

    def number(self, name: str) -> Value:
        return self.typed(name, NUMBERS)

    def typed(self, name: str, types: set[str]) -> Value:
        value = self.column(name)
        if value.type.typeName() not in types:
            raise CannotJudgeError(
                f"Expected type of column {name} to be one of ({', '.join(sorted(types))}),"
                f" but found {value.type.typeName()} instead!"
            )
        return value

    def metric(self, what: str) -> str:
        names = self.names
        return f"Multicolumn.{','.join(names)}.{what}" if len(names) > 1 else f"Column.{names[0]}.{what}"

    def aggregate(self, sql: str) -> Aggregate:
        return Aggregate(sql=f"{sql} FILTER (WHERE {self.rule.filter})" if self.rule.where else sql)

    def share(self, row: str) -> Aggregate:
        """How many of the rows are so, from 0 to 1."""
        return self.aggregate(f"avg(if({row}, 1D, 0D))")

    def frequency(self, measure: Measure) -> Frequency:
        columns = tuple(self.column(name).sql for name in self.names)
        return Frequency(measure=measure, columns=columns, where=self.rule.filter)


def unmet(value: float) -> str:
    """A failure in AWS's words, the number as the JVM writes it."""
    return f"Value: {_jvm_text(value)} does not meet the constraint requirement!"


def unmet_count(value: float) -> str:
    return f"Value: {value:.0f} does not meet the constraint requirement!"


def unmet_null(_count: float) -> str:
    return "Value: NULL does not meet the constraint requirement!"


def passed_rows(share: float) -> str:
    return f"{share * 100:.2f} % of rows passed the threshold"


def _jvm_text(value: float) -> str:
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        return repr(value)
    if value in {float("inf"), float("-inf")}:
        return "Infinity" if value > 0 else "-Infinity"
    sign, digits, exponent = Decimal(repr(value)).normalize().as_tuple()
    mantissa = f"{digits[0]}.{''.join(map(str, digits[1:])) or '0'}"
    return f"{'-' if sign else ''}{mantissa}E{int(exponent) + len(digits) - 1}"
