"""Names of tables by a pattern: what it means, that it means what Python's means, and that it takes no time."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openglue.model.catalog import NamePattern, PatternError


@pytest.mark.parametrize(
    ("pattern", "name", "expected"),
    [
        ("sales", "sales", True),
        ("sales", "sales_2020", False),
        ("ales", "sales", False),
        ("sales_*", "sales_2020", True),
        ("sales_*", "sales_", True),
        ("sales*", "sale", False),
        ("*_raw", "sales_raw", True),
        ("*ale*", "sales", True),
        ("*", "anything", True),
        ("a*c*e", "abcde", True),
        ("sales_.*", "sales_2020", True),
        ("^sales.*$", "sales_2020", True),
        ("a|b*", "bcd", True),
        ("(a|b)*", "abba", True),
        ("(a|b)*", "abc", False),
        ("(?:ab)+c?", "abab", True),
        ("[a-c]*x", "abcx", True),
        ("[^a-c]+", "xyz", True),
        ("[^a-c]+", "xay", False),
        ("[]a]+", "a]", True),
        ("[a-]+", "a-", True),
        (r"\d{4}_\w+", "2020_a", True),
        (r"\d{2,3}", "1234", False),
        (r"\d{2,}", "1234", True),
        (r"a\.b", "a.b", True),
        (r"a\.b", "axb", False),
        ("SALES_[A-Z]+", "sales_eu", True),
        (r"a.*?b", "axxb", True),
        ("a^b", "ab", False),
        ("", "", True),
        ("", "a", False),
        ("x{0}y", "y", True),
    ],
)
def test_a_pattern_names_what_it_says(pattern: str, name: str, *, expected: bool) -> None:
    assert NamePattern(pattern).matches(name) is expected


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("(a", "too early"),
        ("a)", "closed"),
        ("[a", "too early"),
        ("a\\", "too early"),
        ("+a", "repeats nothing"),
        ("a**+", "repeats nothing"),
        (".**", "follows a repetition"),
        ("a{2", "begins no repetition"),
        ("a{x}", "begins no repetition"),
        ("a{3,2}", "ends before"),
        ("a{999}{2}", "steps|follows"),
        ("(?i)a", "groups"),
        (r"\bx", "not known"),
        (r"(a)\1", "not known"),
        ("[a[b]]", "inside"),
        ("[b-a]", "no range"),
        ("(" * 60 + ")" * 60, "nested"),
        ("((a{20}){20}){20}", "steps"),
        ("a" * 600, "steps"),
    ],
)
def test_what_is_no_pattern_is_refused_with_the_reason(pattern: str, reason: str) -> None:
    with pytest.raises(PatternError, match=reason):
        NamePattern(pattern)


ATOMS = st.sampled_from([".", "[ab]", "[^a]", r"\w", r"\d", "(?:a|bc)", "(?:ab)"])
PIECES = st.one_of(
    st.sampled_from(["a", "b", "_", r"\_", "0"]),
    st.builds(str.__add__, ATOMS, st.sampled_from(["", "*", "+", "?", "{2}", "{1,2}", "{0,}"])),
)
PATTERNS = st.recursive(
    st.lists(PIECES, max_size=4).map("".join),
    lambda inner: st.builds("(?:{}|{}){}".format, inner, inner, st.sampled_from(["", "*", "?", "+"])),
    max_leaves=4,
)


@given(PATTERNS, st.text("ab_0c", max_size=8))
def test_a_regular_expression_means_what_it_means_in_python(pattern: str, name: str) -> None:
    assert NamePattern(pattern).matches(name) is (re.fullmatch(pattern, name) is not None)


def test_a_pattern_that_would_go_back_and_try_again_for_ever_is_answered() -> None:
    assert not NamePattern("(a+)+" * 20 + "b").matches("a" * 255)
