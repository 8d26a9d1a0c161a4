"""Calls are shown as they stand in a script."""

from __future__ import annotations

import pytest

from openglue.cli.screen import call_text


def shown(width: int, **arguments: object) -> str:
    return call_text("glue", "create_job", arguments, width)


def test_a_call_that_fits_is_one_line():
    assert shown(80, Name="a", Timeout=10) == 'glue.create_job(Name="a", Timeout=10)'


def test_a_longer_one_has_an_argument_in_each_line_and_opens_what_is_still_too_long():
    text = shown(40, Name="a", Command={"Name": "glueetl", "ScriptLocation": "s3://bucket/script.py"}, Tags={"k": "v"})
    assert text.splitlines() == [
        "glue.create_job(",
        '    Name="a",',
        "    Command={",
        '        "Name": "glueetl",',
        '        "ScriptLocation": "s3://bucket/script.py",',
        "    },",
        '    Tags={"k": "v"},',
        ")",
    ]


@pytest.mark.parametrize("width", [20, 60, 200])
def test_what_is_shown_is_python(width: int):
    arguments = {"Name": 'with "quotes"', "MaxCapacity": 0.0625, "Command": {"Name": "glueetl", "Version": "3.9"}}
    assert eval(shown(width, **arguments), {"glue": Recorder()}) == arguments  # noqa: S307 - our own text


class Recorder:
    def create_job(self, **arguments: object) -> dict[str, object]:
        return arguments


def test_a_very_long_value_is_cut():
    assert shown(80, RunId="jr_" + "a" * 64) == 'glue.create_job(RunId="jr_aaaaaaaaaaaaaaaaa...")'
