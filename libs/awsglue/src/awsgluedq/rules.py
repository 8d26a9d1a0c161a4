"""The table of rules: what each takes, and how it is judged. Nothing here needs Spark."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from awsgluedq import columnrules, datasetrules
from awsgluedq.checks import Check, Subject
from awsgluedq.conditions import Condition, Kind, Number
from awsgluedq.ruleset import Rule, Ruleset
from awsgluedq.tokens import RulesetError, UnsupportedRulesetError

_NUMBER = frozenset({Kind.NUMBER})


@dataclass(frozen=True, kw_only=True)
class RuleType:
    name: str
    judge: Callable[[Subject], Check]
    #: What its parameters are, for messages, and how many there may be; None for any number.
    parameters: str = "column"
    least: int = 1
    most: int | None = 1
    #: What its condition compares with; empty for a rule that has none.
    conditions: frozenset[Kind] = frozenset()
    #: The operators of its condition; all that fit if empty.
    operators: tuple[str, ...] = ()
    #: Whether it takes a `where`, and a `with threshold`.
    where: bool = True
    threshold: bool = False
    #: Whether it says of each row whether it is right.
    rows: bool = False
    #: Whether it can be part of a composite that is evaluated row by row; a rule that asks for a share cannot.
    composable: bool = False
    #: What it asks, and the names of its metrics, for the reference.
    asks: str
    metrics: tuple[str, ...] = ()


#: Add here: a rule is a row and a function that judges it.
RULES: dict[str, RuleType] = {
    one.name: one
    for one in (
        RuleType(
            name="ColumnCorrelation",
            judge=columnrules.correlation,
            least=2,
            most=2,
            conditions=_NUMBER,
            asks="Pearson's correlation of two columns",
            metrics=("Multicolumn.[C1],[C2].ColumnCorrelation",),
        ),
        RuleType(
            name="ColumnCount",
            judge=datasetrules.column_count,
            least=0,
            most=0,
            conditions=_NUMBER,
            where=False,
            asks="how many columns there are",
            metrics=("Dataset.*.ColumnCount",),
        ),
        RuleType(
            name="ColumnDataType",
            judge=columnrules.data_type,
            conditions=frozenset({Kind.TEXT}),
            operators=("=", "!="),
            threshold=True,
            rows=True,
            composable=True,
            asks="whether values can be cast to Boolean, Date, Timestamp, Integer, Long, Float, Double or Decimal(p,s)",
            metrics=("Column.[C].ColumnDataType.Compliance",),
        ),
        RuleType(
            name="ColumnExists", judge=datasetrules.column_exists, where=False, asks="whether there is such a column"
        ),
        RuleType(
            name="ColumnLength",
            judge=columnrules.length,
            conditions=_NUMBER,
            rows=True,
            composable=True,
            asks="how many characters values have; a null has none",
            metrics=(
                "Column.[C].MinimumLength",
                "Column.[C].MaximumLength",
                "Column.[C].LengthCompliance",
            ),
        ),
        RuleType(
            name="ColumnNamesMatchPattern",
            judge=datasetrules.column_names,
            parameters="pattern",
            where=False,
            asks="whether the names of all columns match",
            metrics=("Dataset.*.ColumnNamesPatternMatchRatio",),
        ),
        RuleType(
            name="ColumnValues",
            judge=columnrules.values,
            conditions=frozenset({Kind.NUMBER, Kind.TEXT, Kind.DATE, Kind.KEYWORD}),
            threshold=True,
            rows=True,
            composable=True,
            asks="what values there are",
            metrics=(
                "Column.[C].Minimum",
                "Column.[C].Maximum",
                "Column.[C].ColumnValues.Compliance",
            ),
        ),
        RuleType(
            name="Completeness",
            judge=columnrules.completeness,
            conditions=_NUMBER,
            rows=True,
            asks="the share of rows that have a value",
            metrics=("Column.[C].Completeness",),
        ),
        RuleType(
            name="CustomSql",
            judge=datasetrules.statement,
            parameters="statement",
            conditions=_NUMBER,
            where=False,
            asks="what a statement over `primary` answers, which must be one number",
            metrics=("Dataset.*.CustomSQL",),
        ),
        RuleType(
            name="DataFreshness",
            judge=columnrules.freshness,
            conditions=frozenset({Kind.DURATION}),
            rows=True,
            composable=True,
            asks="how long ago the dates and times of a column are",
            metrics=("Column.[C].DataFreshness.Compliance",),
        ),
        RuleType(
            name="DistinctValuesCount",
            judge=columnrules.distinct_values,
            conditions=_NUMBER,
            asks="how many values there are, a null being one",
            metrics=("Column.[C].DistinctValuesCount",),
        ),
        RuleType(
            name="Entropy",
            judge=columnrules.entropy,
            conditions=_NUMBER,
            asks="the entropy of the values, in nats",
            metrics=("Column.[C].Entropy",),
        ),
        RuleType(
            name="IsComplete",
            judge=columnrules.is_complete,
            rows=True,
            composable=True,
            asks="whether every row has a value",
            metrics=("Column.[C].Completeness",),
        ),
        RuleType(
            name="IsPrimaryKey",
            judge=columnrules.is_primary_key,
            most=None,
            rows=True,
            composable=True,
            asks="whether every row has a value that no other has",
            metrics=(
                "Column.[C].Uniqueness",
                "Column.[C].Completeness",
            ),
        ),
        RuleType(
            name="IsUnique",
            judge=columnrules.is_unique,
            most=None,
            rows=True,
            composable=True,
            asks="whether every value occurs once; a null is no such value",
            metrics=("Column.[C].Uniqueness",),
        ),
        RuleType(
            name="Mean",
            judge=columnrules.mean,
            conditions=_NUMBER,
            asks="the mean of a column of numbers",
            metrics=("Column.[C].Mean",),
        ),
        RuleType(
            name="RowCount",
            judge=datasetrules.row_count,
            least=0,
            most=0,
            conditions=_NUMBER,
            asks="how many rows there are",
            metrics=("Dataset.*.RowCount",),
        ),
        RuleType(
            name="StandardDeviation",
            judge=columnrules.standard_deviation,
            conditions=_NUMBER,
            asks="the standard deviation of a column of numbers, of the whole population",
            metrics=("Column.[C].StandardDeviation",),
        ),
        RuleType(
            name="Sum",
            judge=columnrules.total,
            conditions=_NUMBER,
            asks="the sum of a column of numbers",
            metrics=("Column.[C].Sum",),
        ),
        RuleType(
            name="UniqueValueRatio",
            judge=columnrules.unique_value_ratio,
            conditions=_NUMBER,
            rows=True,
            asks="values that occur once, by values",
            metrics=("Column.[C].UniqueValueRatio",),
        ),
        RuleType(
            name="Uniqueness",
            judge=columnrules.uniqueness,
            most=None,
            conditions=_NUMBER,
            rows=True,
            asks="values that occur once, by rows",
            metrics=("Column.[C].Uniqueness",),
        ),
    )
}

_OTHER_DATA = "compare the two frames with CustomSql, to which additional_data_sources are known by name"
_FILES = "look at the files with boto3"
_STATISTICS = "it gathers statistics for the console of AWS; leave it out"
#: Rules and analyzers of DQDL that are not built, with what to do instead.
NOT_BUILT = {
    "AggregateMatch": _OTHER_DATA,
    "AllStatistics": _STATISTICS,
    "DatasetMatch": _OTHER_DATA,
    "DetectAnomalies": "statistics of earlier runs are not kept; compare with a number",
    "Distribution": _STATISTICS,
    "FileFreshness": _FILES,
    "FileMatch": _FILES,
    "FileSize": _FILES,
    "FileUniqueness": _FILES,
    "ReferentialIntegrity": _OTHER_DATA,
    "RowCountMatch": _OTHER_DATA,
    "SchemaMatch": "compare the schemas of the two frames in the script",
    "Variance": "use StandardDeviation",
}


def validate(ruleset: Ruleset) -> None:
    """Every rule is one of the table and has what it takes. RulesetError for the first that is not so."""
    for composite in ruleset.rules:
        for rule in composite.leaves():
            _validate(rule)
    for analyzer in ruleset.analyzers:
        if analyzer.type not in RULES and analyzer.type not in NOT_BUILT:
            raise _unknown(analyzer)
        if analyzer.condition is not None:
            raise RulesetError(analyzer.place, f"an analyzer has no condition: {analyzer.text}")


def _validate(rule: Rule) -> None:
    type_ = RULES.get(rule.type)
    if type_ is None:
        if rule.type in NOT_BUILT:
            raise UnsupportedRulesetError(rule.place, f"the rule {rule.type} is not built yet: {NOT_BUILT[rule.type]}")
        raise _unknown(rule)
    if rule.type == "CustomSql" and rule.condition is None:
        raise UnsupportedRulesetError(
            rule.place,
            "CustomSql without a condition, which judges each row, is not built yet: count the wrong rows,"
            ' as in CustomSql "select count(*) from primary where ..." = 0',
        )
    for fault in _faults(rule, type_):
        raise RulesetError(rule.place, fault)


def _unknown(rule: Rule) -> RulesetError:
    return RulesetError(rule.place, f"there is no rule {rule.type}; there are: {', '.join(RULES)}")


def _faults(rule: Rule, type_: RuleType) -> Iterator[str]:
    count = len(rule.parameters)
    if count < type_.least or (type_.most is not None and count > type_.most):
        yield f"{rule.type} takes {_how_many(type_)}, not {count}; a comma between rules may be missing"
    if not type_.conditions and rule.condition is not None:
        yield f"{rule.type} takes no condition, and {rule.condition.text} is one"
    if type_.conditions:
        kinds = " or ".join(sorted(type_.conditions - {Kind.KEYWORD}))
        if rule.condition is None:
            yield f"{rule.type} needs a condition with a {kinds}, such as {_example(type_)}"
        elif rule.condition.kind not in type_.conditions:
            yield f"{rule.type} compares with a {kinds}, such as {_example(type_)}, not with {rule.condition.text}"
        elif type_.operators and rule.condition.operator not in type_.operators:
            yield f"{rule.type} goes with {' and '.join(type_.operators)}, not with {rule.condition.operator}"
    yield from _value_faults(rule)
    if rule.where and not type_.where:
        yield f"{rule.type} takes no where"
    if rule.condition is not None and _never(rule.condition):
        yield f"{rule.condition.text} never holds"
    if rule.threshold is not None and _never(rule.threshold, 0, 1):
        yield f"threshold {rule.threshold.text} never holds: it is about a share, from 0 to 1"
    if rule.threshold is not None and not type_.threshold:
        takers = ", ".join(name for name, one in RULES.items() if one.threshold)
        yield f"{rule.type} takes no threshold; {takers} do"


def _never(condition: Condition, least: float = -math.inf, most: float = math.inf) -> bool:
    """Whether no number from `least` to `most` is as a condition says that is about numbers."""
    return all(isinstance(one, Number) for one in condition.operands) and not condition.can_hold(least, most)


def _value_faults(rule: Rule) -> Iterator[str]:
    if rule.type == "ColumnNamesMatchPattern":
        for one in rule.parameters:
            try:
                re.compile(one.value)
            except re.error as error:
                yield f"{one.text} is no pattern: {error}"
    if rule.type == "ColumnDataType" and rule.condition is not None:
        try:
            columnrules.target(rule.condition)
        except ValueError as error:
            yield str(error)


def _how_many(type_: RuleType) -> str:
    if type_.most == 0:
        return f"no {type_.parameters}"
    if type_.most is None:
        return f"{type_.least} {type_.parameters} or more"
    return f"{type_.least} {type_.parameters}{'s' if type_.least > 1 else ''}"


def _example(type_: RuleType) -> str:
    if Kind.DURATION in type_.conditions:
        return "<= 24 hours"
    return "> 0.9" if Kind.NUMBER in type_.conditions else '= "Integer"'
