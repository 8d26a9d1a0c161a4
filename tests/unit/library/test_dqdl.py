"""DQDL: what is read, what it is written as, and where it is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awsgluedq.conditions import Condition, Duration, Keyword, Moment, Number, Operand, Text
from awsgluedq.parser import MAX_DEPTH, parse
from awsgluedq.rules import NOT_BUILT, RULES, validate
from awsgluedq.ruleset import Composite, Parameter, Rule, Ruleset
from awsgluedq.tokens import Place, RulesetError, UnsupportedRulesetError

HERE = Place(line=1, column=1)

#: Rules as AWS's reference and the grammar write them; each is shown as it was read.
RULES_AS_WRITTEN = [
    'IsPrimaryKey "colA"',
    'IsPrimaryKey colA "col B"',
    'IsPrimaryKey "colA" where "colA > 100"',
    "RowCount = 100",
    "RowCount != -100",
    "RowCount between 0.5 and 8",
    'Completeness "col_1" not between 0.5 and 0.8',
    'ColumnDataType "col_1" = "Integer" with threshold between 0.4 and 0.8',
    'ColumnNamesMatchPattern "aws_.*_[a-zA-Z0-9]+"',
    'ColumnExists "load_dt"',
    "ColumnCount > -100.123456",
    'ColumnCorrelation "col_1" "col_2" between -0.44444 and 0.888888',
    'ColumnValues "col_1" between "2022-06-01" and "2022-06-30" where "colA > 100"',
    'ColumnValues "load_dt" > (now() - 1 days)',
    'ColumnValues "order-id" in [1,2,3,NULL]',
    'ColumnValues "order-id" not in ["1","2","3"]',
    'ColumnValues "a" in ["a",NULL,EMPTY,WHITESPACES_ONLY]',
    'ColumnValues "a" != WHITESPACES_ONLY',
    'ColumnValues "a" matches "[a-zA-Z0-9]*"',
    'ColumnValues "a" not matches "say \\"[a-z]*\\"" with threshold <= 0.4',
    'ColumnValues "a" >= now()',
    'ColumnValues "a" not between (now() - 3 hours) and (now() + 14 days)',
    'ColumnValues "a" in ["2022-01-01",now(),(now() - 5 minutes)]',
    'ColumnValues "b" in ["A","B"] where "c is not null" with threshold > 0.9',
    'ColumnLength "a" >= 100',
    'DataFreshness "a" between 2 days and 48 hours',
    "CustomSql \"select count(*) from primary where name = 'it'\" > 0",
    '(IsComplete "id") AND (IsUnique "id")',
    '(RowCount > 0) OR ((IsComplete "a") AND (IsUnique "a"))',
    '((Mean "a" > 3) AND (Mean "b" > 5)) OR (IsComplete "c")',
]


@pytest.mark.parametrize("rule", RULES_AS_WRITTEN)
def test_a_rule_is_shown_as_it_was_written(rule: str):
    ruleset = parse(f"Rules = [ {rule} ]")
    validate(ruleset)
    assert [one.text for one in ruleset.rules] == [rule]


def test_comments_blank_lines_small_letters_and_lists_with_blanks_are_read():
    ruleset = parse(
        """
        # What must hold
        Rules = [   # of orders
            (IsComplete "id") and (IsUnique "id"),  # "a comment"
            ColumnValues "state" in [ "A" , null ],
            (RowCount > 0)
        ]
        """
    )
    assert [one.text for one in ruleset.rules] == [
        '(IsComplete "id") AND (IsUnique "id")',
        'ColumnValues "state" in ["A",NULL]',
        "RowCount > 0",
    ]


def test_a_constant_stands_for_its_text():
    ruleset = parse('bad = "select count(*) from primary"\nRules = [ CustomSql $bad = 0, ColumnValues "a" = $bad ]')
    assert ruleset.rules[0].text == 'CustomSql "select count(*) from primary" = 0'
    assert ruleset.rules[1].text == 'ColumnValues "a" = "select count(*) from primary"'


def test_analyzers_stand_beside_rules_or_alone():
    both = parse('Rules = [ RowCount > 0 ] Analyzers = [ DistinctValuesCount "a", AllStatistics "b" ]')
    validate(both)
    assert [one.text for one in both.analyzers] == ['DistinctValuesCount "a"', 'AllStatistics "b"']
    validate(parse('Analyzers = [ ColumnLength "a" ]'))


def test_a_list_may_be_closed_twice_as_in_the_tutorial_of_aws():
    assert len(parse("Rules = [\n    RowCount > 0\n]\n    ]\n").rules) == 1


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("", (1, 1), "expected Rules = [ ... ], found the end"),
        ("Rules = [ ]", (1, 11), 'expected a rule, such as IsComplete "id", found ]'),
        ('rules = [ IsComplete "a" ]', (1, 1), "a list is called Rules or Analyzers, not rules"),
        ("Rules = {", (1, 9), "expected [ after Rules =, found {"),
        ('Rules = [\n    IsComplete "a"', (2, 19), "expected , and another rule, or ], found the end"),
        ('Rules = [ IsComplete "a", ]', (1, 27), "expected a rule"),
        ('Rules = [ IsComplete "a" ] Rules = [ IsComplete "a" ]', (1, 28), "once each"),
        ("Rules = [ IsComplete 'a' ]", (1, 22), "names of columns stand between"),
        ("Rules = [ IsComplete \u201ca\u201d ]", (1, 22), "names of columns stand between"),
        ('Rules = [ IsComplete "a ]', (1, 22), "this text has no end"),
        ("Rules = [ RowCount ~ 3 ]", (1, 20), "'~' is no part of DQDL"),
        ("Rules = [ RowCount > ]", (1, 22), 'expected a number, a text between "'),
        ("Rules = [ RowCount not > 3 ]", (1, 24), "expected between, in or matches after not"),
        ("Rules = [ RowCount between 1 or 2 ]", (1, 30), "expected and with the other end"),
        ('Rules = [ ColumnValues "a" in [1,"2"] ]', (1, 37), "values of several kinds stand side by side"),
        ('Rules = [ ColumnValues "a" in [1,EMPTY] ]', (1, 39), "EMPTY is about texts"),
        ('Rules = [ ColumnValues "a" > NULL ]', (1, 30), "keywords go with = != in and not in, not with >"),
        ('Rules = [ ColumnValues "a" > "b" ]', (1, 30), '> compares numbers, dates such as "2026-01-31" and now()'),
        ('Rules = [ ColumnValues "a" > "2026-02-30" ]', (1, 30), "dates such as"),
        ('Rules = [ ColumnValues "a" > (now() - 3) ]', (1, 40), "expected days, hours, minutes after 3"),
        ('Rules = [ ColumnValues "a" > 1 with 0.9 ]', (1, 37), "expected threshold after with"),
        ('Rules = [ ColumnValues "a" > 1 with threshold > "x" ]', (1, 49), "> compares numbers"),
        ('Rules = [ ColumnValues "a" > 1 with threshold in ["x"] ]', (1, 47), "a threshold is a number"),
        ('Rules = [ DataFreshness "a" < 1.5 days ]', (1, 31), "a duration is a whole number"),
        ('Rules = [ ColumnValues "a" > (now() - 999999 days) ]', (1, 39), "of at most 5 digits"),
        ('Rules = [ (IsComplete "a") and IsUnique "a" ]', (1, 32), "expected ( after and"),
        ("Rules = [ (RowCount > 1) and (RowCount > 2) or (RowCount > 3) ]", (1, 45), "and stands beside or"),
        ("Rules = [ CustomSql $sql > 0 ]", (1, 21), "there is no constant $sql above this line; known: there are none"),
        ("Rules = [ RowCount > 1" + "0" * 40 + " ]", (1, 22), "a number of at most 30 digits"),
        ("Rules = [ " + "(" * 40 + "RowCount > 1" + ")" * 40 + " ]", (1, 11 + MAX_DEPTH), "nested more than 32 deep"),
    ],
)
def test_what_is_no_dqdl_is_refused_with_its_place(text: str, place: tuple[int, int], words: str):
    with pytest.raises(RulesetError) as caught:
        parse(text)
    line, column = place
    assert str(caught.value).startswith(f"the ruleset cannot be used, line {line}, column {column}: ")
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ('Fancy "a"', "there is no rule Fancy; there are: ColumnCorrelation, ColumnCount, "),
        ('isComplete "a"', "there is no rule isComplete"),
        ("IsComplete", "IsComplete takes 1 column, not 0"),
        ('IsComplete "a" IsUnique "b"', "IsComplete takes 1 column, not 3; a comma between rules may be missing"),
        ('ColumnCorrelation "a" > 0.5', "ColumnCorrelation takes 2 columns, not 1"),
        ('RowCount "a" > 1', "RowCount takes no column, not 1"),
        ("IsUnique", "IsUnique takes 1 column or more, not 0"),
        ('IsComplete "a" > 0.5', "IsComplete takes no condition, and > 0.5 is one"),
        ('Completeness "a"', "Completeness needs a condition with a number, such as > 0.9"),
        ('Completeness "a" > 3 days', "Completeness compares with a number, such as > 0.9, not with > 3 days"),
        ('Completeness "a" = NULL', "Completeness compares with a number"),
        ('DataFreshness "a" <= 3', "DataFreshness compares with a duration, such as <= 24 hours, not with <= 3"),
        ('ColumnDataType "a" in ["Date"]', "ColumnDataType goes with = and !=, not with in"),
        ('ColumnDataType "a" = "Text"', "Text is no type of ColumnDataType; there are boolean, date, timestamp, "),
        ('ColumnNamesMatchPattern "[a"', '"[a" is no pattern: '),
        (
            'Completeness "a" > 0.4 with threshold > 0.4',
            "Completeness takes no threshold; ColumnDataType, ColumnValues",
        ),
        ('ColumnExists "a" where "b = 1"', "ColumnExists takes no where"),
        ("RowCount between 4 and 2", "between 4 and 2 never holds"),
        ("RowCount between 2 and 2", "between 2 and 2 never holds"),
        ('ColumnValues "a" > 4 with threshold > 2', "threshold > 2 never holds: it is about a share, from 0 to 1"),
        ('ColumnValues "a" > 4 with threshold > 1', "threshold > 1 never holds"),
        ('ColumnValues "a" > 4 with threshold in [2, 3]', "threshold in [2,3] never holds"),
    ],
)
def test_a_rule_that_has_not_what_it_takes_is_refused(rule: str, words: str):
    with pytest.raises(RulesetError) as caught:
        validate(parse(f"Rules = [\n    RowCount > 0,\n    ({rule}) or (RowCount > 1)\n]"))
    assert str(caught.value).startswith("the ruleset cannot be used, line 3, column 6: ")
    assert words in str(caught.value)


@pytest.mark.parametrize("threshold", ["= 1", ">= 1", "between 0.98 and 0.99", "not between 4 and 2", "!= 3", "< 2"])
def test_a_threshold_that_a_share_can_reach_is_taken(threshold: str):
    validate(parse(f'Rules = [ ColumnValues "a" > 4 with threshold {threshold} ]'))


@pytest.mark.parametrize("name", NOT_BUILT)
def test_a_rule_that_is_not_built_is_refused_by_its_name(name: str):
    with pytest.raises(NotImplementedError, match=f"line 1, column 10: the rule {name} is not built yet: \\w+"):
        validate(parse(f'Rules = [{name} "a" > 0.9]'))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Rules = [ RowCount > avg(last(3)) ]", "statistics of earlier runs are not kept"),
        ("Rules = [ RowCount > (0.9 * avg(last(3))) ]", "statistics of earlier runs are not kept"),
        ("Rules = [ RowCount > 2 * last() ]", "statistics of earlier runs are not kept"),
        ('Rules = [ RowCount > 1 labels=["a"="b"] ]', "labels are not built yet"),
        ('DefaultLabels=["a"="b"] Rules = [ RowCount > 1 ]', "labels are not built yet"),
        ('Sources = { "a": "b" } Rules = [ RowCount > 1 ]', "additional_data_sources"),
        ('Rules = [ CustomSql "select a from primary" ]', "CustomSql without a condition"),
    ],
)
def test_a_part_of_dqdl_that_is_not_built_says_what_to_do_instead(text: str, words: str):
    with pytest.raises(UnsupportedRulesetError) as caught:
        validate(parse(text))
    assert words in str(caught.value)
    assert isinstance(caught.value, NotImplementedError)


def test_an_analyzer_has_no_condition_and_a_known_name():
    with pytest.raises(RulesetError, match=r"an analyzer has no condition: Completeness"):
        validate(parse('Analyzers = [ Completeness "a" > 1 ]'))
    with pytest.raises(RulesetError, match="there is no rule Foo"):
        validate(parse("Analyzers = [ Foo ]"))


def test_no_rule_is_both_built_and_not():
    assert not RULES.keys() & NOT_BUILT.keys()


# What anybody may write: rules are written by their own text, and read again.

_plain = st.text(st.characters(exclude_categories=["Cs"], exclude_characters='"\\'), max_size=8).map(
    lambda text: f'"{text}"'
)
_digits = st.from_regex(r"[0-9]{1,6}(\.[0-9]{1,6})?", fullmatch=True)
_numbers = st.builds(Number, text=st.builds(str.__add__, st.sampled_from(["", "-"]), _digits))
_durations = st.builds(Duration, count=st.integers(0, 99999).map(str), unit=st.sampled_from(["days", "hours"]))
_moments = st.just(Moment()) | st.builds(Moment, sign=st.sampled_from("+-"), offset=_durations)
_dates = st.builds(Text, text=st.dates().map(lambda day: f'"{day.isoformat()}"')) | _moments
_keywords = st.builds(Keyword, text=st.sampled_from(["NULL", "EMPTY", "WHITESPACES_ONLY"]))
_null = st.just(Keyword(text="NULL"))


def _lists(one: st.SearchStrategy[Operand], keyword: st.SearchStrategy[Keyword]) -> st.SearchStrategy[Condition]:
    """Texts that happen to be dates may stand beside no other kind of text's keywords, so keywords go last."""
    values = st.lists(one, min_size=1, max_size=3).map(tuple)
    some = values | st.builds(lambda found, last: (*found, last), values, keyword)
    return st.builds(Condition, operator=st.sampled_from(["in", "not in"]), operands=some)


def _compared(one: st.SearchStrategy[Operand]) -> st.SearchStrategy[Condition]:
    pairs = st.builds(Condition, operator=st.sampled_from(["between", "not between"]), operands=st.tuples(one, one))
    return pairs | st.builds(
        Condition, operator=st.sampled_from(["=", "!=", ">", ">=", "<", "<="]), operands=st.tuples(one)
    )


_texts = st.builds(Text, text=_plain.filter(lambda text: "-" not in text))
_by_number = _compared(_numbers) | _lists(_numbers, _null)
_conditions = st.one_of(
    _by_number,
    _compared(_durations),
    _compared(_dates),
    _lists(_dates, _null),
    _lists(_texts, _keywords),
    st.builds(Condition, operator=st.sampled_from(["=", "!="]), operands=st.tuples(_texts | _keywords)),
    st.builds(Condition, operator=st.sampled_from(["matches", "not matches"]), operands=st.tuples(_texts)),
)
_names = st.from_regex(r"[A-Z][A-Za-z0-9_]{0,8}", fullmatch=True).filter(lambda name: name.upper() not in {"AND", "OR"})
_simple = st.builds(
    Rule,
    type=_names,
    parameters=st.lists(st.builds(Parameter, text=_plain | _names), max_size=3).map(tuple),
    condition=st.none() | _conditions,
    where=st.just("") | _plain,
    threshold=st.none() | _by_number.filter(lambda one: not any(isinstance(part, Keyword) for part in one.operands)),
    place=st.just(HERE),
)
_rules = st.recursive(
    _simple,
    lambda inner: st.builds(
        Composite,
        operator=st.sampled_from(["AND", "OR"]),
        rules=st.lists(inner, min_size=2, max_size=3).map(tuple),
    ),
    max_leaves=6,
)


@given(st.builds(Ruleset, rules=st.lists(_rules, min_size=1, max_size=4).map(tuple), analyzers=st.just(())))
def test_a_ruleset_that_was_written_is_read_again(ruleset: Ruleset):
    assert parse(ruleset.text) == ruleset


_words = st.sampled_from(
    [
        *("Rules", "Analyzers", "=", "[", "]", "(", ")", ",", ">", "in", "not", "between", "and", "or", "matches"),
        *("where", "with", "threshold", "now", "days", "NULL", "IsComplete", "ColumnValues", '"a"', "1", "0.5", "-"),
        *('"2026-01-01"', "$a", "# c", "\n", "avg", "labels", '"', "'"),
    ]
)


@given(st.lists(_words, max_size=30).map(" ".join) | st.text(max_size=60))
def test_whatever_is_given_is_read_or_refused_with_its_place(text: str):
    for ruleset in (text, f"Rules = [ {text} ]"):
        lines = [0]
        try:
            validate(parse(ruleset))
        except RulesetError as error:
            lines.append(error.place.line)
        assert max(lines) <= ruleset.count("\n") + 1
