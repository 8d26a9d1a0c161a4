"""The model's patterns are Java's; ours mean the same or are refused."""

from __future__ import annotations

import re

import pytest

from openglue.api.aws_json import load_service
from openglue.api.patterns import translate

from .mutants import EXAMPLES


def matches(pattern: str, text: str) -> bool:
    return re.compile(translate(pattern), re.ASCII).fullmatch(text) is not None


@pytest.mark.parametrize("pattern", EXAMPLES)
def test_the_examples_of_a_pattern_hold(pattern: str):
    good, bad = EXAMPLES[pattern]
    assert [text for text in good if not matches(pattern, text)] == []
    assert [text for text in bad if matches(pattern, text)] == []


@pytest.mark.parametrize("service", ["glue", "logs"])
def test_every_pattern_of_a_slice_can_be_translated(service: str):
    for shape in load_service(service).shapes.values():
        if "pattern" in shape:
            re.compile(translate(shape["pattern"]), re.ASCII)


def test_an_escaped_surrogate_pair_is_one_character():
    assert translate(r"[\uD800\uDC00-\uDBFF\uDFFF]") == r"[\U00010000-\U0010FFFF]"
    assert translate(r"\ud83d\ude00") == r"\U0001F600"


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        (r"a|ab", "ab", True),
        (r"^$|x.*", "", True),
        (r"^a$", "a\n", False),
        (r".", "\u0085", False),
        (r"[.]", "\u0085", False),
        (r"[.]", ".", True),
        (r"\.", "x", False),
        (r"\s", "\u00a0", False),
        (r"\w", "é", False),
        (r"\d", "٣", False),
        (r"[a&b|~]", "&", True),
        (r"[a&b|~]", "c", False),
        (r"[^a]", "b", True),
        (r"(?:a)(?=b)b", "ab", True),
        (r"\x41\u0042", "AB", True),
        (r"[a\]b]+", "]", True),
        (r"[\p{L}_]+", "a\u00e9\u4e2d_", True),
        (r"[\p{L}]+", "a1", False),
        (r"[\p{N}\p{P}]+", "1\u0664-!", True),
        (r"[^\p{P}]+", "a-b", False),
    ],
)
def test_a_construct_means_what_it_means_in_java(pattern: str, text: str, *, expected: bool):
    assert matches(pattern, text) is expected


@pytest.mark.parametrize(
    "pattern",
    [
        r"\p{L}",
        r"[\p{S}]",
        r"[\p{Lu}]",
        r"\bword",
        r"(a)\1",
        r"\Q.\E",
        r"a\z",
        r"\h",
        r"\v",
        r"[a[bc]]",
        r"[a&&b]",
        r"[]a]",
        r"[^]a]",
        r"(?i)a",
        r"(?<name>a)",
        r"\uD800",
        r"\uD800x",
        r"\uDC00\uD800",
        "a\\",
        r"\u12",
    ],
)
def test_a_construct_that_would_mean_something_else_is_refused(pattern: str):
    with pytest.raises(ValueError, match="not translated"):
        translate(pattern)
