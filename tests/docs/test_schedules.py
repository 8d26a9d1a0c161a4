"""The page on schedules says what the code does: each of its expressions is read, and fires as it is written there."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from openglue.errors import InvalidInputException
from openglue.model.schedule import Schedule

from .pages import ROOT

PAGE = (ROOT / "docs" / "reference" / "schedules.md").read_text()
AFTER = int(datetime(2026, 1, 30, tzinfo=UTC).timestamp()) * 1000
#: Rows of the tables: an expression, and what is said of it.
EXAMPLES, REFUSED = (
    re.findall(
        r"^\| `([^`]+)` \| ([^|]+) \|", PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0], re.MULTILINE
    )
    for heading in ("Examples", "What is refused")
)


def test_the_page_has_examples_of_both_kinds():
    assert len(EXAMPLES) > 20
    assert len(REFUSED) > 10


@pytest.mark.parametrize(("expression", "said"), EXAMPLES)
def test_an_example_fires_when_the_page_says(expression: str, said: str):
    expected = said.split(", ")
    fires = Schedule.parse(expression).fires(AFTER, len(expected))
    shown = [f"{datetime.fromtimestamp(fire / 1000, UTC):%Y-%m-%d %H:%M}" for fire in fires]
    assert shown + ["none"] * (len(expected) - len(shown)) == expected


@pytest.mark.parametrize(("expression", "message"), REFUSED)
def test_what_the_page_calls_refused_is_refused_in_these_words(expression: str, message: str):
    with pytest.raises(InvalidInputException) as caught:
        Schedule.parse(expression)
    assert caught.value.message == message
