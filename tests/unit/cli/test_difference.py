from __future__ import annotations

from typing import Any

import pytest
from tests.unit.cli.histories import ACCEPTED, ENVIRONMENT, SCRIPT, STARTED, history

from openglue.cli import display
from openglue.cli.difference import Change, changes, compare, document, flat, text

ENDED = (ACCEPTED, STARTED, (1.1, "ended", "SUCCEEDED"))
OUTCOME = {"Ending": "exited", "ExitCode": 0, "ExecutionMs": 1000}


def run(script: str | None = SCRIPT, sha: str = "aa", **members: Any) -> Any:
    defaults = {"Outcome": OUTCOME, "Environment": ENVIRONMENT, "ScriptSha256": sha, "script": script}
    return history(*ENDED, **{**defaults, **members})


def shown(a: Any, b: Any) -> list[str]:
    return display._plain(text(compare(a, b))).splitlines()


def test_runs_that_differ_in_nothing_are_the_same_everywhere():
    difference = compare(run(), run(Outcome={**OUTCOME, "ExecutionMs": 2000}))
    assert difference.same
    lines = display._plain(text(difference)).splitlines()
    assert lines[3:9] == [
        "Definition   same",
        "Script       same",
        "Arguments    same",
        "Environment  same",
        "Capacity     same",
        "Outcome      same",
    ]
    assert lines[9:] == ["Times", "    to start  100 ms -> 100 ms", "    running   1.0 s -> 2.0 s"]


def test_a_script_that_changed_is_shown_as_a_diff():
    difference = compare(run(), run(SCRIPT.replace("days[day]", "day"), "bb"))
    assert not difference.same
    lines = display._plain(text(difference)).splitlines()
    assert lines[4:7] == ["Script       differs", "    --- A/nightly.py", "    +++ B/nightly.py"]
    assert "    -print(days[day])" in lines
    assert "    +print(day)" in lines


@pytest.mark.parametrize(
    ("b", "same", "words"),
    [
        (run(None, "bb"), False, "differs (its text was not kept)"),
        (run(SCRIPT.replace("\n", "\r\n"), "bb"), False, "differs in the ends of its lines"),
        (history(ACCEPTED), None, "not known: a script that has not started was not seen"),
    ],
)
def test_a_script_of_which_less_is_known(b: Any, same: bool | None, words: str):  # noqa: FBT001 - a row of the table
    assert compare(run(), b).script.same is same
    assert f"Script       {words}" in shown(run(), b)


def test_fields_of_the_definition_are_named_by_their_paths():
    a, b = (
        run(),
        run(definition={"Command": {"Name": "pythonshell", "ScriptLocation": "s3://b/new.py"}, "MaxRetries": 1}),
    )
    assert compare(a, b).sections["Definition"] == [
        Change(field="Command.ScriptLocation", a="s3://b/nightly.py", b="s3://b/new.py"),
        Change(field="MaxRetries", a=None, b=1),
    ]
    assert "    MaxRetries              (none) -> 1" in shown(a, b)


def test_modules_and_files_are_compared_one_by_one():
    a = run(Environment={**ENVIRONMENT, "Modules": ["tabulate-0.9.0", "typing-extensions-4.1"], "Files": ["a.py 01"]})
    b = run(Environment={**ENVIRONMENT, "Modules": ["tabulate-0.9.1", "typing-extensions-4.1"], "Files": ["a.py 02"]})
    assert compare(a, b).sections["Environment"] == [
        Change(field="module tabulate", a="0.9.0", b="0.9.1"),
        Change(field="file a.py", a="01", b="02"),
    ]


def test_an_environment_that_nobody_saw_is_not_known():
    difference = compare(run(), history(ACCEPTED))
    assert difference.sections["Environment"] is None
    assert document(difference)["Environment"] == {"Same": None, "Changes": []}


def test_arguments_are_those_that_the_script_saw():
    a, b = run(MergedArguments={"--day": "mon"}), run(MergedArguments={"--day": "tue", "--flag": ""})
    assert compare(a, b).sections["Arguments"] == [
        Change(field="--day", a="mon", b="tue"),
        Change(field="--flag", a=None, b=""),
    ]
    assert shown(a, b)[6:8] == ["    --day   mon -> tue", '    --flag  (none) -> ""']


def test_programs_get_the_same():
    found = document(compare(run(), run(SCRIPT + "x\n", "bb", run={"Timeout": 5})))
    assert found["Same"] is False
    assert found["Script"]["Diff"].endswith("+x")
    assert found["Capacity"] == {"Same": False, "Changes": [{"Field": "Timeout", "A": 2880, "B": 5}]}
    assert found["Outcome"] == {"Same": True, "Changes": []}
    assert found["Times"][2] == {"Field": "running", "A": 1.0, "B": 1.0}


def test_a_field_that_is_missing_is_none():
    assert changes({"a": 1, "b": 2}, {"b": 2, "c": 3}) == [
        Change(field="a", a=1, b=None),
        Change(field="c", a=None, b=3),
    ]


def test_a_document_is_flattened_but_for_its_lists():
    assert flat({"a": {"b": {"c": 1}, "d": [1, {"e": 2}]}, "f": {}}) == {"a.b.c": 1, "a.d": [1, {"e": 2}], "f": {}}
