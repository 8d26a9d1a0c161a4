"""What rules ask of a dataset, as far as the schema tells; judging it is for real Spark."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from awsglue.gluetypes import DateType, Field, IntegerType, StringType, StructType
from awsgluedq.checks import Check, Subject, unmet
from awsgluedq.metrics import Aggregate, Frequency
from awsgluedq.parser import parse
from awsgluedq.rules import RULES
from awsgluedq.ruleset import Rule

SCHEMA = StructType([Field("n", IntegerType()), Field("s", StringType()), Field("d", DateType())])
NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)

#: Rules of each type, which together give all of its metrics.
EXAMPLES = {
    "ColumnCorrelation": ['ColumnCorrelation "n" "n" > 0'],
    "ColumnCount": ["ColumnCount = 3"],
    "ColumnDataType": ['ColumnDataType "s" = "Date"'],
    "ColumnExists": ['ColumnExists "n"'],
    "ColumnLength": ['ColumnLength "s" = 3', 'ColumnLength "s" in [3]'],
    "ColumnNamesMatchPattern": ['ColumnNamesMatchPattern "."'],
    "ColumnValues": ['ColumnValues "n" between 1 and 3', 'ColumnValues "n" in [1]'],
    "Completeness": ['Completeness "n" > 0.5'],
    "CustomSql": ['CustomSql "select 1" = 1'],
    "DataFreshness": ['DataFreshness "d" < 3 days'],
    "DistinctValuesCount": ['DistinctValuesCount "n" = 3'],
    "Entropy": ['Entropy "n" > 1'],
    "IsComplete": ['IsComplete "n"'],
    "IsPrimaryKey": ['IsPrimaryKey "n"'],
    "IsUnique": ['IsUnique "n"'],
    "Mean": ['Mean "n" > 1'],
    "RowCount": ["RowCount > 1"],
    "StandardDeviation": ['StandardDeviation "n" > 1'],
    "Sum": ['Sum "n" > 1'],
    "UniqueValueRatio": ['UniqueValueRatio "n" > 0.5'],
    "Uniqueness": ['Uniqueness "n" > 0.5'],
}


def check(text: str) -> Check:
    [rule] = parse(f"Rules = [ {text} ]").rules
    assert isinstance(rule, Rule)
    return RULES[rule.type].judge(Subject(rule=rule, schema=SCHEMA, now=NOW))


@pytest.mark.parametrize("name", RULES)
def test_a_row_of_the_table_says_which_metrics_and_rows_there_are(name: str):
    checks = [check(text) for text in EXAMPLES[name]]
    shown = {one.metric for found in checks for one in found.requirements if one.metric}
    assert {re.sub(r"\.[nsd]\.", ".[C].", metric).replace("n,n", "[C1],[C2]") for metric in shown} == {
        *RULES[name].metrics
    }
    assert {bool(found.row) for found in checks} == {RULES[name].rows}


def test_a_filter_is_one_operand_that_a_comment_at_its_end_does_not_leave():
    [share] = check('Completeness "n" > 0.5 where "s = \'a\' or n > 1 -- both"').requirements
    assert isinstance(share.source, Aggregate)
    assert share.source.sql.endswith(" FILTER (WHERE (s = 'a' or n > 1 -- both\n))")


def test_rules_that_ask_the_same_share_one_number():
    [first] = check('IsUnique "n" "s"').requirements
    [second] = check('Uniqueness "n" "s" > 0.5').requirements
    assert isinstance(first.source, Frequency)
    assert first.source == second.source


def test_days_are_compared_as_days_and_now_as_a_time():
    assert check('ColumnValues "s" > "2026-01-31"').row == "coalesce(try_cast(`s` AS DATE) > DATE'2026-01-31', false)"
    earlier = "TIMESTAMP'2026-03-01 05:06:07+00:00'"
    assert check('ColumnValues "d" > (now() - 3 days)').row == (
        f"coalesce(try_cast(`d` AS DATE) > CAST({earlier} AS DATE), false)"
    )
    assert check('ColumnValues "s" > (now() - 3 days)').row == (
        f"coalesce(try_cast(`s` AS TIMESTAMP) > CAST({earlier} AS TIMESTAMP), false)"
    )


@pytest.mark.parametrize(
    ("condition", "values", "held"),
    [
        ("= 4", [3.9, 4, 5], [4]),
        ("!= 4", [4, 5], [5]),
        ("> 4", [4, 5], [5]),
        (">= 4", [3, 4, 5], [4, 5]),
        ("< 4", [3, 4], [3]),
        ("<= 4", [3, 4, 5], [3, 4]),
        ("between 4 and 6", [4, 5, 6], [5]),
        ("not between 4 and 6", [4, 5, 6], [4, 6]),
        ("in [4,6.5]", [4, 5, 6.5], [4, 6.5]),
        ("not in [4]", [4, 5], [5]),
    ],
)
def test_a_range_is_without_its_ends_and_what_is_outside_has_them(condition: str, values: list, held: list):
    [count] = check(f"RowCount {condition}").requirements
    assert [value for value in values if count.holds(value)] == held


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (11.0, "11.0"),
        (0.0, "0.0"),
        (2 / 3, "0.6666666666666666"),
        (0.001, "0.001"),
        (0.00012, "1.2E-4"),
        (9999999.0, "9999999.0"),
        (10000000.0, "1.0E7"),
        (-123456789.5, "-1.234567895E8"),
        (float("inf"), "Infinity"),
    ],
)
def test_a_number_is_written_as_the_jvm_writes_it(value: float, text: str):
    assert unmet(value) == f"Value: {text} does not meet the constraint requirement!"
