"""What became of each rule of a ruleset."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from awsglue.gluetypes import StructType
from awsgluedq.checks import CannotJudgeError, Check, Requirement, Subject, passed_rows
from awsgluedq.conditions import PATTERNS, Text
from awsgluedq.metrics import Aggregate, NoNumberError, Numbers, compute
from awsgluedq.rows import row_of
from awsgluedq.rules import RULES
from awsgluedq.ruleset import Composite, Rule, Ruleset

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

PASSED, FAILED = "Passed", "Failed"
SCHEMA = "Rule string, Outcome string, FailureReason string, EvaluatedMetrics map<string,double>, EvaluatedRule string"


@dataclass(frozen=True, kw_only=True)
class Outcome:
    rule: str
    #: Why it failed; empty for a rule that passed.
    reasons: tuple[str, ...] = ()
    metrics: Mapping[str, float]
    passed: bool

    @property
    def label(self) -> str:
        return PASSED if self.passed else FAILED

    @property
    def reason(self) -> str | None:
        return None if self.passed else "\n".join(self.reasons)


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    outcomes: tuple[Outcome, ...]
    #: For each rule in their order whether a row is as it wants, in SQL; empty for a rule that says nothing of rows.
    rows: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Dataset:
    dataframe: DataFrame
    schema: StructType
    #: Further datasets by the names that statements call them.
    others: Mapping[str, DataFrame]


def evaluate(
    ruleset: Ruleset, dataset: Dataset, now: datetime, *, composites_by_row: bool, skip_filtered: bool
) -> Evaluation:
    """Judge every rule. One that the data does not let judge fails with its reason; a bad filter or pattern is a
    ValueError.

    With `composites_by_row` a composite asks of every row that it is right, where all of its rules can say that of a
    row; else its rules are judged one by one. With `skip_filtered` a row that a rule's filter leaves out is skipped by
    the rule, else it passes.
    """
    leaves = list(dict.fromkeys(leaf for rule in ruleset.rules for leaf in rule.leaves()))
    _check_filters(leaves, dataset.dataframe)
    _check_patterns(leaves, dataset.dataframe.sparkSession)
    checks = {leaf: _checked(leaf, dataset.schema, now) for leaf in leaves}
    rows = tuple(row_of(rule, checks, skip_filtered=skip_filtered) for rule in ruleset.rules)
    found = [check for check in checks.values() if isinstance(check, Check)]
    sources = [requirement.source for check in found for requirement in check.requirements]
    judged = _Judgement(checks, compute(dataset.dataframe, sources, dataset.others))
    outcomes = [judged.outcome(rule) for rule in ruleset.rules]
    if composites_by_row:
        by_row = [at for at, rule in enumerate(ruleset.rules) if isinstance(rule, Composite) and rows[at]]
        for at, share in zip(by_row, _shares(dataset.dataframe, [rows[at] for at in by_row]), strict=True):
            outcomes[at] = _by_row(outcomes[at], share)
    return Evaluation(outcomes=tuple(outcomes), rows=rows)


def _check_filters(leaves: Iterable[Rule], dataframe: DataFrame) -> None:
    from pyspark.errors import PySparkException

    for rule in leaves:
        if rule.where:
            try:
                dataframe.selectExpr(f"count(*) FILTER (WHERE {rule.filter})")
            except PySparkException as error:
                said = _first_line(error)
                raise ValueError(f"Rule {rule.text} has provided an invalid where clause :\n{said}") from None


def _check_patterns(leaves: Iterable[Rule], spark: Any) -> None:
    """Patterns are Java's, and only Java knows whether they are some."""
    from pyspark.errors import PySparkException

    for rule in leaves:
        if rule.condition is not None and rule.condition.operator in PATTERNS:
            [pattern] = (one.value for one in rule.condition.operands if isinstance(one, Text))
            try:
                spark._jvm.java.util.regex.Pattern.compile(pattern)  # noqa: SLF001 - PySpark has no other way
            except PySparkException as error:
                raise ValueError(f"Rule {rule.text} has provided an invalid pattern: {_first_line(error)}") from None


def _first_line(error: Exception) -> str:
    """What Spark says, without its plans."""
    return str(error).strip().split("\n", maxsplit=1)[0]


def _checked(rule: Rule, schema: StructType, now: datetime) -> Check | CannotJudgeError:
    try:
        return RULES[rule.type].judge(Subject(rule=rule, schema=schema, now=now))
    except CannotJudgeError as error:
        return error


class _Judgement:
    """The outcomes that checks and their numbers make."""

    def __init__(self, checks: Mapping[Rule, Check | CannotJudgeError], numbers: Numbers) -> None:
        self._checks = checks
        self._numbers = numbers

    def outcome(self, rule: Rule | Composite) -> Outcome:
        if isinstance(rule, Rule):
            return self._of_rule(rule)
        parts = [self.outcome(one) for one in rule.rules]
        passed = [one.passed for one in parts]
        return Outcome(
            rule=rule.text,
            reasons=tuple(reason for one in parts for reason in one.reasons),
            metrics={name: number for one in parts for name, number in one.metrics.items()},
            passed=all(passed) if rule.operator == "AND" else any(passed),
        )

    def _of_rule(self, rule: Rule) -> Outcome:
        check = self._checks[rule]
        if isinstance(check, CannotJudgeError):
            return Outcome(rule=rule.text, reasons=(str(check),), metrics={}, passed=False)
        reasons: list[str] = []
        metrics: dict[str, float] = {}
        for one in check.requirements:
            number = self._numbers[one.source]
            if isinstance(number, float | int):
                if one.metric:
                    metrics[one.metric] = float(number)
                if not one.holds(number):
                    reasons.append(one.wording(number))
            else:
                reasons.append(_nothing(one, number))
        return Outcome(rule=rule.text, reasons=tuple(reasons), metrics=metrics, passed=not reasons)


def _nothing(requirement: Requirement, found: NoNumberError | None) -> str:
    if found is None:
        return f"There is no value to compute {requirement.metric} from!"
    return f"{requirement.metric} has no value: {found}!"


def _shares(dataframe: DataFrame, rows: Sequence[str]) -> list[float | None]:
    """How many of the rows are so, for each condition, in one pass. What a filter left out is not counted."""
    if not rows:
        return []
    made = dataframe.selectExpr(*(f"{row} AS r{at}" for at, row in enumerate(rows)))
    shares = [Aggregate(sql=f"avg(CAST(r{at} AS DOUBLE))") for at in range(len(rows))]
    numbers = compute(made, shares, {})
    return [number if isinstance(number, float) else None for number in (numbers[share] for share in shares)]


def _by_row(outcome: Outcome, share: float | None) -> Outcome:
    reasons = ("There is no row to evaluate!",) if share is None else (passed_rows(share),)
    return Outcome(rule=outcome.rule, reasons=reasons, metrics=outcome.metrics, passed=share == 1)
