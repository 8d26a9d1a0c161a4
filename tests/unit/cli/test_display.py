from __future__ import annotations

import pytest

from openglue.cli import display


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-0.2, "0.0 s"),
        (0.04, "0.0 s"),
        (0.06, "0.1 s"),
        (9.94, "9.9 s"),
        (9.96, "10 s"),
        (59.4, "59 s"),
        (59.6, "1 min 0 s"),
        (185, "3 min 5 s"),
        (3599.6, "1 h 0 min"),
        (90061, "25 h 1 min"),
    ],
)
def test_a_duration_has_the_two_units_that_matter(seconds: float, text: str):
    assert display.duration(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(-1, "0 ms"), (0.0004, "0 ms"), (0.012, "12 ms"), (0.9994, "999 ms"), (0.9995, "1.0 s"), (61, "1 min 1 s")],
)
def test_a_short_span_has_milliseconds(seconds: float, text: str):
    assert display.span(seconds) == text


def test_a_short_id_keeps_attempts_apart():
    run_id = f"jr_{'0123456789abcdef' * 4}"
    assert display.short(run_id) == "jr_0123456789ab"
    for end in ("_attempt_10", "_restart_2", "_attempt_1_restart_2"):
        assert display.short(f"{run_id}{end}") == f"jr_0123456789ab{end}"


def test_a_line_of_somebody_elses_does_nothing_to_the_terminal():
    assert display.printable("a\033[2J\tb\r\x07\u202e") == "a[2J   b"


def test_a_run_that_goes_on_has_lasted_until_now():
    assert display.run_duration({"StartedOn": 10.0}, now=12.5) == "2.5 s"
    assert display.run_duration({"StartedOn": 10.0, "CompletedOn": 11.0}, now=12.5) == "1.0 s"


def test_columns_stand_under_their_headings_whatever_their_colours():
    text = display.table(["A", "LONGER", "C"], [["1", display.state("RUNNING"), "x"], ["222", "no", ""]])
    plain = [display._plain(line) for line in text.splitlines()]
    assert plain == ["A    LONGER   C", "1    RUNNING  x", "222  no"]


def test_a_table_of_nothing_is_its_headings():
    assert display._plain(display.table(["A", "B"], [])) == "A  B"


def test_the_last_column_is_cut_at_the_edge_and_is_one_line():
    text = display.table(["A", "MESSAGE"], [["1", "one\ntwo three four"]], width=12)
    assert display._plain(text).splitlines()[1] == "1  one two …"


def test_values_of_several_lines_stay_in_their_column():
    text = display._plain(display.members({"Job": "etl", "Arguments": "--a 1\n--b 2"}))
    assert text == "Job        etl\nArguments  --a 1\n           --b 2"


def test_a_list_shows_a_long_message_on_one_line():
    assert display.brief("two\nlines\x1b[31m") == "two lines[31m"
    assert display.brief("x" * 4000) == "x" * 199 + "…"
