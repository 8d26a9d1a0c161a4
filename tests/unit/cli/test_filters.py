from __future__ import annotations

import time

import pytest

from openglue.cli.failure import RefusedError
from openglue.cli.filters import members, moment, run_states

NOW = 1_700_000_000.0


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("15m", 900), ("15 min", 900), ("2h", 7200), ("1.5H", 5400), ("3d", 259_200), (" 1w ", 604_800)],
)
def test_a_length_of_time_is_so_long_ago(text: str, seconds: int):
    assert moment("--since", text, NOW) == NOW - seconds


@pytest.mark.parametrize(
    ("text", "local"),
    [
        ("2026-01-31", (2026, 1, 31, 0, 0, 0)),
        ("2026-01-31T08:00", (2026, 1, 31, 8, 0, 0)),
        (" 2026-01-31 08:00:01", (2026, 1, 31, 8, 0, 1)),
    ],
)
def test_a_date_is_local_time(text: str, local: tuple[int, ...]):
    assert moment("--since", text, NOW) == time.mktime((*local, 0, 0, -1))


@pytest.mark.parametrize("text", ["2026-01-31T08:00Z", "2026-01-31T10:00+02:00"])
def test_a_date_may_say_what_time_it_is_in(text: str):
    assert moment("--since", text, NOW) == 1_769_846_400


@pytest.mark.parametrize("text", ["", "yesterday", "2", "-2h", "2y", "2026-13-01", "08:00"])
def test_what_is_no_time_is_refused_with_examples(text: str):
    with pytest.raises(RefusedError, match=r"--until .* is no time: 90s, 15m"):
        moment("--until", text, NOW)


def test_states_are_lists_in_any_case():
    assert run_states(["failed, TIMEOUT", "Failed", "waiting"]) == ["FAILED", "TIMEOUT", "WAITING"]


def test_a_state_that_there_is_not_is_refused_with_those_that_there_are():
    with pytest.raises(RefusedError, match=r"there is no state DONE; there are: STARTING, WAITING, RUNNING,"):
        run_states(["DONE"])


def test_what_is_not_asked_for_is_not_sent():
    assert set(members(None, [], None, None, [], NOW).values()) == {None}


def test_everything_that_can_be_asked_for():
    assert members("etl", ["failed"], "2h", "1h", ["day=mon", "--flag="], NOW) == {
        "JobName": "etl",
        "JobRunStates": ["FAILED"],
        "StartedAfter": NOW - 7200,
        "StartedBefore": NOW - 3600,
        "Arguments": {"--day": "mon", "--flag": ""},
    }


def test_an_empty_stretch_of_time_is_refused():
    with pytest.raises(RefusedError, match="no run is between them"):
        members(None, [], "1h", "2h", [], NOW)
