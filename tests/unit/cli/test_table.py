"""Tables: what a run's message brings along does not reach the terminal."""

from __future__ import annotations

from openglue.cli.display import table


def test_control_characters_of_a_message_are_left_out():
    shown = table(("RUN", "MESSAGE"), [("jr_1", "ValueError: \x07bell \x00nul\nsecond line")])
    assert "ValueError: bell nul second line" in shown
    assert not {letter for letter in shown if not letter.isprintable()} - {"\n", "\033"}
