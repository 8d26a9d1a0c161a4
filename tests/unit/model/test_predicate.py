"""The predicate of GetPartitions: what it chooses, what it refuses, and that it means what SQL means."""

from __future__ import annotations

import operator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openglue.errors import InvalidInputException, InvalidStateException
from openglue.model.catalog import NULL_VALUE, parse_predicate
from openglue.model.catalog.predicate import like

KEYS = [
    ("year", "int"),
    ("Region", "string"),
    ("day", "date"),
    ("at", "timestamp"),
    ("price", "decimal(10,2)"),
    ("odd name", "varchar(10)"),
    ("date", "string"),
    ("ratio", "double"),
]
VALUES = ["2020", "eu-west", "2020-02-29", "2020-02-29 10:00:00.5", "9.50", "x'y", "20200229", "0.5"]


def chosen(text: str, values: list[str] = VALUES) -> bool:
    return parse_predicate(text, KEYS)(values)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("year = 2020", True),
        ("year='2020'", True),
        ("YEAR = 02020", True),
        ("year <> 2020", False),
        ("year != 2021", True),
        ("year > 300", True),
        ("year >= 2020", True),
        ("year < 10000", True),
        ("year <= -1", False),
        ("year > -1", True),
        ("2019 < year", True),
        ("2020 >= year", True),
        ("2021 <= year", False),
        ("(year) = (2020)", True),
        ("region = 'eu-west'", True),
        ("region = 'EU-WEST'", False),
        ("region > 'eu'", True),
        ("Region LIKE 'eu%'", True),
        ("region like '%w_st'", True),
        ("region NOT LIKE 'us%'", True),
        ("region LIKE 'eu'", False),
        ("region IN ('us', 'eu-west')", True),
        ("year IN (2019, '2020')", True),
        ("year NOT IN (2019, 2021)", True),
        ("year BETWEEN 2019 AND 2020", True),
        ("year NOT BETWEEN 2019 AND 2020", False),
        ("year BETWEEN 2021 AND 2019", False),
        ("day = '2020-02-29'", True),
        ("day >= DATE '2020-03-01'", False),
        ("at = '2020-02-29 10:00:00.500'", True),
        ("at > '2020-02-29 10:00:00.499999999'", True),
        ("at > timestamp '2020-02-29T10:00:00'", True),
        ("at > '2020-02-29'", True),
        ("price = 9.5", True),
        ("price > '9.49'", True),
        ("price < 10", True),
        ("\"odd name\" = 'x''y'", True),
        ("`odd name` LIKE 'x%'", True),
        ("date = '20200229'", True),
        ("date > 20200228", True),
        ("year = 2020 AND region = 'us'", False),
        ("year = 2020 OR region = 'us'", True),
        ("year = 1 AND region = 'us' OR day = '2020-02-29'", True),
        ("year = 1 AND (region = 'us' OR day = '2020-02-29')", False),
        ("NOT year = 1 AND region = 'eu-west'", True),
        ("NOT (year = 2020 AND region = 'us')", True),
        ("not not ((year=2020))", True),
        ("year IS NULL", False),
        ("year IS NOT NULL", True),
    ],
)
def test_a_predicate_chooses_what_it_says(text: str, *, expected: bool) -> None:
    assert chosen(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("year IS NULL", True),
        ("year IS NOT NULL", False),
        ("year = 2020", False),
        ("NOT year = 2020", False),
        ("year <> 2020", False),
        ("year IN (1)", False),
        ("year NOT IN (1)", False),
        ("region LIKE '%'", False),
        ("NOT region LIKE '%'", False),
        ("year = 1 OR date = '20200229'", True),
        ("NOT (year = 1 OR date = 'x')", False),
        ("NOT (year = 1 AND date = 'x')", True),
    ],
)
def test_a_partition_without_a_value_is_null_as_in_sql(text: str, *, expected: bool) -> None:
    assert chosen(text, [NULL_VALUE, NULL_VALUE, *VALUES[2:]]) is expected


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "ends where a value"),
        ("year", "comparison is expected"),
        ("year =", "ends where a value"),
        ("= 1", "value is expected in place of ="),
        ("year = 1 AND", "ends where a value"),
        ("year = 1 year = 2", "before year"),
        ("(year = 1", r"\) is expected"),
        ("year = 1)", "before \\)"),
        ("year == 1", "in place of ="),
        ("year = 'x", "from here on: 'x"),
        ("year = 1; DROP", "from here on: ;"),
        ("year IN ()", "in place of \\)"),
        ("year IN (1", r"\) is expected"),
        ("year BETWEEN 1", "AND is expected"),
        ("year NOT = 1", "IN, BETWEEN or LIKE"),
        ("year IS 1", "NULL is expected"),
        ("year LIKE 5", "LIKE takes a string"),
        ("year = - x", "number is expected"),
        ("year = region", "in place of region"),
        ("1 = 1", "needs a partition key"),
        ("month = 1", "month is not a partition key .* year, Region, day"),
        ("year = 'x'", "x is not an integer, as partition key year is"),
        ("year = 1.5", "not an integer"),
        ("day = '2020-02-30'", "not a date"),
        ("day = '20200229'", "not a date"),
        ("at = '10:00'", "not a timestamp"),
        ("price = 'NaN'", "not a decimal"),
        ("ratio > 0.1", "ratio is of type double"),
        ("upper(region) = 'X'", "upper is not a partition key"),
        ("(" * 60 + "year = 1" + ")" * 60, "At most 50"),
        ("NOT " * 60 + "year = 1", "At most 50"),
    ],
)
def test_what_is_no_predicate_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(InvalidInputException, match=f"^Invalid partition expression! .*{reason}"):
        parse_predicate(text, KEYS)


def test_a_value_that_is_none_of_its_type_is_told_as_aws_does() -> None:
    with pytest.raises(InvalidStateException, match=r'^For input string: "null" is not an integer\.$'):
        chosen("year >= 0", ["null", *VALUES[1:]])
    assert not chosen("region = 'us' AND year >= 0", ["null", *VALUES[1:]]), "the rest did not matter"


NUMBERS = st.integers(-3, 3)
COMPARISONS: dict[str, Any] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def comparison(key: int, sign: str, number: int):
    return f"k{key} {sign} {number}", lambda values: COMPARISONS[sign](values[key], number)


def between(key: int, low: int, high: int):
    return f"k{key} BETWEEN {low} AND {high}", lambda values: low <= values[key] <= high


def among(key: int, numbers: list[int]):
    return f"k{key} IN ({', '.join(map(str, numbers))})", lambda values: values[key] in numbers


def joined(left: Any, word: str, right: Any):
    join = all if word == "AND" else any
    return f"({left[0]} {word} {right[0]})", lambda values: join((left[1](values), right[1](values)))


def negated(inner: Any):
    return f"NOT ({inner[0]})", lambda values: not inner[1](values)


KEY = st.integers(0, 2)
#: A predicate, and what it means.
PREDICATES = st.recursive(
    st.one_of(
        st.builds(comparison, KEY, st.sampled_from(sorted(COMPARISONS)), NUMBERS),
        st.builds(between, KEY, NUMBERS, NUMBERS),
        st.builds(among, KEY, st.lists(NUMBERS, min_size=1, max_size=3)),
    ),
    lambda inner: st.one_of(st.builds(joined, inner, st.sampled_from(["AND", "OR"]), inner), st.builds(negated, inner)),
    max_leaves=8,
)


@given(PREDICATES, st.lists(NUMBERS, min_size=3, max_size=3))
def test_a_predicate_means_what_it_means_in_python(predicate: Any, values: list[int]) -> None:
    text, expected = predicate
    test = parse_predicate(text, [("k0", "int"), ("k1", "bigint"), ("k2", "smallint")])
    assert test([str(value) for value in values]) is expected(values)


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        test = parse_predicate(text, KEYS)
    except InvalidInputException:
        return
    assert test(VALUES) in {True, False}


@given(st.text("ab%_", max_size=6), st.text("ab", max_size=6))
def test_like_is_what_a_search_of_all_ways_finds(pattern: str, text: str) -> None:
    def search(pattern: str, text: str) -> bool:
        if not pattern:
            return not text
        if pattern[0] == "%":
            return any(search(pattern[1:], text[at:]) for at in range(len(text) + 1))
        return bool(text) and pattern[0] in {"_", text[0]} and search(pattern[1:], text[1:])

    assert like(text, pattern) is search(pattern, text)
