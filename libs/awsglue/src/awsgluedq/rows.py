"""What the rules say of each row: the four columns that are added to the data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from awsglue.expressions import free_name, quoted
from awsglue.gluetypes import StructType
from awsgluedq.checks import CannotJudgeError, Check
from awsgluedq.conditions import literal
from awsgluedq.rules import RULES
from awsgluedq.ruleset import Composite, Rule

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

PASS, FAIL, SKIP = "DataQualityRulesPass", "DataQualityRulesFail", "DataQualityRulesSkip"
RESULT = "DataQualityEvaluationResult"


def row_of(rule: Rule | Composite, checks: Mapping[Rule, Check | CannotJudgeError], *, skip_filtered: bool) -> str:
    """Whether a row is as a rule wants it, in SQL, null where the rule's filter leaves the row out and that is skipped.

    Empty where the rule says nothing of rows: it is about the dataset as a whole, cannot be judged, or is a composite
    of which that is true of a part or in which a part asks for a share of the rows.
    """
    if isinstance(rule, Rule):
        check = checks[rule]
        if isinstance(check, CannotJudgeError) or not check.row:
            return ""
        if not rule.where:
            return check.row
        return f"if({rule.filter}, {check.row}, {'CAST(NULL AS BOOLEAN)' if skip_filtered else 'true'})"
    if any(leaf.threshold is not None or not RULES[leaf.type].composable for leaf in rule.leaves()):
        return ""
    parts = [row_of(one, checks, skip_filtered=skip_filtered) for one in rule.rules]
    return f"({f' {rule.operator} '.join(parts)})" if all(parts) else ""


def with_outcomes(dataframe: DataFrame, schema: StructType, rules: Sequence[str], rows: Sequence[str]) -> DataFrame:
    """The data with what passed, failed and was skipped in each row, by the texts of the rules."""
    judged = quoted(free_name(schema, "rules"))
    named = list(zip(map(literal, rules), rows, strict=True))
    fields = [f"{row} AS r{at}" for at, (_, row) in enumerate(named) if row]
    results = {f"{judged}.r{at}": text for at, (text, row) in enumerate(named) if row}
    skipped = [f"if({judged}.r{at} IS NULL, {text}, NULL)" if row else text for at, (text, row) in enumerate(named)]
    added = {
        PASS: _texts(f"if({result}, {text}, NULL)" for result, text in results.items()),
        FAIL: _texts(f"if(NOT {result}, {text}, NULL)" for result, text in results.items()),
        SKIP: _texts(skipped),
        RESULT: f"if({' AND '.join(f'coalesce({one}, true)' for one in results) or 'true'}, 'Passed', 'Failed')",
    }
    taken = {name.lower() for name in added}
    kept = [quoted(field.name) for field in schema if field.name.lower() not in taken]
    return dataframe.selectExpr("*", f"struct({', '.join(fields) or 'true AS nothing'}) AS {judged}").selectExpr(
        *kept, *(f"{sql} AS {name}" for name, sql in added.items())
    )


def _texts(made: Iterable[str]) -> str:
    """A list of those that are not null."""
    inside = ", ".join(made)
    return f"array_compact(array({inside}))" if inside else "CAST(array() AS ARRAY<STRING>)"
