from __future__ import annotations

import io
import sys

import pytest

from openglue.cli.follow import Line, Printer

LINES = [Line(timestamp=1_700_000_000_007, stream="output", text="one"), Line(timestamp=2, stream="error", text="two")]


def test_streams_go_where_the_script_sent_them(capsys: pytest.CaptureFixture[str]):
    Printer()(LINES)
    assert capsys.readouterr() == ("one\n", "two\n")


def test_standard_output_can_be_left_for_something_else(capsys: pytest.CaptureFixture[str]):
    Printer(all_to_error=True)(LINES)
    assert capsys.readouterr() == ("", "one\ntwo\n")


def test_times_are_shown_in_utc_to_the_millisecond(capsys: pytest.CaptureFixture[str]):
    Printer(timestamps=True)(LINES[:1])
    assert capsys.readouterr().out == "2023-11-14T22:13:20.007Z one\n"


def test_what_the_terminal_cannot_show_does_not_end_the_following(monkeypatch: pytest.MonkeyPatch):
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="ascii"))
    Printer()([Line(timestamp=1, stream="output", text="caf\u00e9 \ud800")])
    assert raw.getvalue() == b"caf? ?\n"
