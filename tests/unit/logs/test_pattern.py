from __future__ import annotations

import pytest

from openglue.logs.pattern import Pattern


@pytest.mark.parametrize(
    ("pattern", "message", "found"),
    [
        ("", "anything", True),
        ("   ", "", True),
        ("ERROR", "an ERROR happened", True),
        ("ERROR", "an error happened", False),
        ("ERROR disk", "disk full: ERROR", True),
        ("ERROR disk", "disk full", False),
        ('"no such file"', "open: no such file or directory", True),
        ('"no such file"', "no file such", False),
        ('ERROR "[main]"', "[main] ERROR", True),
        (r'"say \"hi\""', 'they say "hi"', True),
        ("größe", "die größe", True),
    ],
)
def test_a_pattern_matches_messages_with_all_its_terms(pattern: str, message: str, *, found: bool):
    assert Pattern(pattern).matches(message.encode()) is found


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("{ $.level = 1 }", "a JSON pattern"),
        ("[ip, user]", "a column pattern"),
        ("%ERR.*%", "a regular expression"),
        ("?ERROR ?WARN", "an optional term"),
        ("ERROR -debug", "an excluded term"),
        ("time=3", "double quotes"),
        ('"open', "double quotes"),
    ],
)
def test_what_is_not_offered_is_refused_by_name(pattern: str, reason: str):
    with pytest.raises(ValueError, match=reason):
        Pattern(pattern)
