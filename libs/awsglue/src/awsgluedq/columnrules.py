"""Rules about columns.

What nulls mean is documented for each: they fail ColumnValues unless it negates, are texts without characters to
ColumnLength, and fail DataFreshness.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from awsglue.expressions import Value, sql_type
from awsglue.gluetypes import DataType
from awsglue.typenames import atomic
from awsgluedq.checks import (
    ALL,
    NUMBERS,
    CannotJudgeError,
    Check,
    Requirement,
    Subject,
    passed_rows,
    unmet,
    unmet_count,
    unmet_null,
)
from awsgluedq.conditions import Condition, Duration, Keyword, Kind, Moment, Number, Text, literal, predicate
from awsgluedq.metrics import Measure, Source

_TIMES = {"date", "timestamp", "timestamp_ntz"}
_DATA_TYPES = ("boolean", "date", "timestamp", "integer", "long", "float", "double", "decimal")
#: Operators that are judged by the least and the greatest value of a column.
_LEAST = {"=", ">", ">=", "between"}
_GREATEST = {"=", "<", "<=", "between"}


def completeness(subject: Subject) -> Check:
    return _complete(subject, subject.condition.holds)


def is_complete(subject: Subject) -> Check:
    return _complete(subject, ALL.holds)


def _complete(subject: Subject, holds: Callable[[float], bool]) -> Check:
    row = f"{subject.any_column(subject.names[0]).sql} IS NOT NULL"
    return Check(requirements=(_demand(subject, "Completeness", subject.share(row), holds),), row=row)


def uniqueness(subject: Subject) -> Check:
    return _unique(subject, Measure.UNIQUENESS, subject.condition.holds)


def unique_value_ratio(subject: Subject) -> Check:
    return _unique(subject, Measure.UNIQUE_VALUE_RATIO, subject.condition.holds)


def is_unique(subject: Subject) -> Check:
    return _unique(subject, Measure.UNIQUENESS, ALL.holds)


def is_primary_key(subject: Subject) -> Check:
    unique = is_unique(subject)
    full = " AND ".join(f"{subject.column(name).sql} IS NOT NULL" for name in subject.names)
    return Check(
        requirements=(
            *unique.requirements,
            _demand(subject, "Completeness", subject.share(full), ALL.holds),
        ),
        row=f"({unique.row} AND {full})",
    )


def _unique(subject: Subject, measure: Measure, holds: Callable[[float], bool]) -> Check:
    frequency = subject.frequency(measure)
    among = [*([frequency.where] if frequency.where else []), *frequency.columns]
    some = " OR ".join(f"{column} IS NOT NULL" for column in frequency.columns)
    row = f"(count(*) OVER (PARTITION BY {', '.join(among)}) = 1 AND ({some}))"
    return Check(requirements=(_demand(subject, measure, frequency, holds),), row=row)


def distinct_values(subject: Subject) -> Check:
    return Check(
        requirements=(
            Requirement(
                metric=subject.metric(Measure.VALUES),
                source=subject.frequency(Measure.VALUES),
                holds=subject.condition.holds,
                wording=unmet_count,
            ),
        )
    )


def entropy(subject: Subject) -> Check:
    return _number(subject, Measure.ENTROPY, subject.frequency(Measure.ENTROPY))


def mean(subject: Subject) -> Check:
    return _number(subject, "Mean", subject.aggregate(f"avg({subject.number(subject.names[0]).sql})"))


def total(subject: Subject) -> Check:
    # As doubles: a sum of large integers would overflow.
    return _number(subject, "Sum", subject.aggregate(f"sum(CAST({subject.number(subject.names[0]).sql} AS DOUBLE))"))


def standard_deviation(subject: Subject) -> Check:
    value = subject.number(subject.names[0])
    return _number(subject, "StandardDeviation", subject.aggregate(f"stddev_pop({value.sql})"))


def correlation(subject: Subject) -> Check:
    first, second = (subject.number(name).sql for name in subject.names)
    return _number(subject, "ColumnCorrelation", subject.aggregate(f"corr({first}, {second})"))


def _number(subject: Subject, what: str, source: Source) -> Check:
    return Check(requirements=(_demand(subject, what, source, subject.condition.holds),))


def _demand(
    subject: Subject,
    what: str,
    source: Source,
    holds: Callable[[float], bool],
    wording: Callable[[float], str] = unmet,
) -> Requirement:
    return Requirement(metric=subject.metric(what), source=source, holds=holds, wording=wording)


def length(subject: Subject) -> Check:
    condition = subject.condition
    characters = f"coalesce(length({subject.typed(subject.names[0], {'string'}).sql}), 0)"
    row = predicate(condition, characters, _numbers(condition))
    if condition.operator in _LEAST | _GREATEST:
        return Check(requirements=_bounds(subject, characters, "MinimumLength", "MaximumLength"), row=row)
    return Check(requirements=(_demand(subject, "LengthCompliance", subject.share(row), ALL.holds),), row=row)


def _bounds(subject: Subject, value: str, least: str, greatest: str) -> tuple[Requirement, ...]:
    """The least and the greatest value must be as the condition says, whichever of them it is about."""
    condition = subject.condition
    found = []
    if condition.operator in _LEAST:
        found.append(_demand(subject, least, subject.aggregate(f"min({value})"), condition.holds))
    if condition.operator in _GREATEST:
        found.append(_demand(subject, greatest, subject.aggregate(f"max({value})"), condition.holds))
    return tuple(found)


def values(subject: Subject) -> Check:
    condition = subject.condition
    by_bounds = (
        condition.kind is Kind.NUMBER
        and condition.operator in _LEAST | _GREATEST
        and subject.rule.threshold is None
        and not any(isinstance(one, Keyword) for one in condition.operands)
    )
    if by_bounds:
        column = subject.number(subject.names[0]).sql
        nulls = Requirement(
            metric="",
            source=subject.aggregate(f"count_if({column} IS NULL)"),
            holds=lambda count: count == 0,
            wording=unmet_null,
        )
        return Check(
            requirements=(*_bounds(subject, column, "Minimum", "Maximum"), nulls),
            row=predicate(condition, column, _numbers(condition)),
        )
    row = _values_row(subject)
    share = _demand(subject, "ColumnValues.Compliance", subject.share(row), subject.threshold.holds)
    return Check(requirements=(share,), row=row)


def _values_row(subject: Subject) -> str:
    condition, column = subject.condition, subject.column(subject.names[0])
    if condition.kind is Kind.KEYWORD:
        return predicate(condition, column.sql, [])
    if condition.kind is Kind.NUMBER:
        value = subject.typed(subject.names[0], {*NUMBERS, "string"})
        sql = value.sql if value.type.typeName() in NUMBERS else f"try_cast({value.sql} AS DOUBLE)"
        return predicate(condition, sql, _numbers(condition), column.sql)
    if condition.kind is Kind.DATE:
        value = subject.typed(subject.names[0], {*_TIMES, "string"})
        unit = _unit(condition, value)
        operands = [_time(one, unit, subject.now) for one in condition.operands if isinstance(one, Text | Moment)]
        return predicate(condition, f"try_cast({value.sql} AS {unit})", operands, column.sql)
    texts = [one.value for one in condition.operands if isinstance(one, Text)]
    if "matches" in condition.operator:
        # The whole value must match, as on AWS.
        texts = [f"^(?:{text})$" for text in texts]
    return predicate(condition, f"CAST({column.sql} AS STRING)", [literal(text) for text in texts], column.sql)


def _numbers(condition: Condition) -> list[str]:
    return [one.text for one in condition.operands if isinstance(one, Number)]


def _unit(condition: Condition, value: Value) -> str:
    """Days are compared where the column or all of the condition speaks of days, else points in time."""
    by_time = any(isinstance(one, Moment) for one in condition.operands) and value.type.typeName() != "date"
    return "TIMESTAMP" if by_time else "DATE"


def _time(operand: Text | Moment, unit: str, now: datetime) -> str:
    if isinstance(operand, Text):
        return f"{unit}'{operand.value}'"
    return f"CAST({_timestamp(operand.at(now))} AS {unit})"


def _timestamp(moment: datetime) -> str:
    return f"TIMESTAMP'{moment.isoformat(sep=' ')}'"


def freshness(subject: Subject) -> Check:
    condition = subject.condition
    value = subject.typed(subject.names[0], {*_TIMES, "string"})
    # Both as instants, in hours with two decimals (awslabs/deequ's DQDL measures so).
    seconds = f"(unix_timestamp({_timestamp(subject.now)}) - unix_timestamp(try_cast({value.sql} AS TIMESTAMP)))"
    hours = [f"{one.length.total_seconds() / 3600:.4f}" for one in condition.operands if isinstance(one, Duration)]
    row = predicate(condition, f"round({seconds} / 3600, 2)", hours)
    share = _demand(subject, "DataFreshness.Compliance", subject.share(row), ALL.holds, passed_rows)
    return Check(requirements=(share,), row=row)


def data_type(subject: Subject) -> Check:
    condition, column = subject.condition, subject.column(subject.names[0])
    type_ = target(condition)
    value = column.sql
    if type_.typeName() in {"int", "long"} and column.type.typeName() == "string":
        # Spark 3 casts "1.5" to 1, where try_cast answers nothing.
        value = f"regexp_replace({value}, {literal(r'[.][0-9]*$')}, '')"
    if not _can_be_cast(column.type.typeName(), type_.typeName()):
        raise CannotJudgeError(
            f"Column {subject.names[0]} is of type {column.type.typeName()},"
            f" which Spark casts to no {type_.typeName()}!"
        )
    castable = f"try_cast({value} AS {sql_type(type_)}) IS NOT NULL"
    row = f"({castable})" if condition.operator == "=" else f"(NOT {castable})"
    share = _demand(subject, "ColumnDataType.Compliance", subject.share(row), subject.threshold.holds, passed_rows)
    return Check(requirements=(share,), row=row)


def target(condition: Condition) -> DataType:
    """The type that ColumnDataType asks for, in any case of letters. ValueError names those that there are."""
    wanted = condition.operands[0]
    name = wanted.value if isinstance(wanted, Text) else wanted.text
    if name.lower().partition("(")[0].strip() not in _DATA_TYPES:
        raise ValueError(f"{name} is no type of ColumnDataType; there are {', '.join(_DATA_TYPES)}(p,s)")
    return atomic(name)


def _can_be_cast(source: str, wanted: str) -> bool:
    if source in {"string", wanted}:
        return True
    if source in _TIMES:
        return wanted in _TIMES
    return source in {*NUMBERS, "boolean"} and wanted in {*NUMBERS, "boolean"}
