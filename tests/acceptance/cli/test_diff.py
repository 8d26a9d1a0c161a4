"""`openglue runs diff`, of runs that really differ."""

from __future__ import annotations

import json
from typing import Any

import pytest

SHELL = ("--type", "pythonshell", "--arg", "library-set=none")


@pytest.fixture
def run(cli: Any, openglue: Any) -> Any:
    """Run a script as a job of its own name; the id of the run."""

    def start(script: Any, *words: str) -> str:
        done = cli("run", script, *SHELL, *words, "--json", "--data", openglue.data)
        return str(json.loads(done.stdout)["Id"])

    return start


def test_two_runs_of_the_same_are_the_same(cli: Any, openglue: Any, run: Any):
    script = cli.script("print(1)")
    a, b = run(script), run(script)
    done = cli("runs", "diff", a, b, "--exit-code", "--data", openglue.data)
    assert (done.returncode, done.stderr) == (0, "")
    names = ("Definition", "Script", "Arguments", "Environment", "Capacity", "Outcome")
    assert [line.split() for line in done.stdout.splitlines()[3:9]] == [[name, "same"] for name in names]
    assert done.stdout.splitlines()[9] == "Times"


def test_what_differs_is_shown(cli: Any, openglue: Any, run: Any):
    script = cli.script("import sys\nsys.exit(0)\n")
    a = run(script, "--arg", "day=mon")
    script.write_text("import sys\nsys.exit(3)\n")
    b = run(script, "--arg", "day=tue", "--timeout", "9")
    done = cli("runs", "diff", a, b, "--data", openglue.data)
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert lines[0].split()[:4] == ["A", a[:15], "SUCCEEDED", script.stem]
    assert lines[1].split()[:4] == ["B", b[:15], "FAILED", script.stem]
    for line in (
        "Definition   same",
        "Script       differs",
        "    -sys.exit(0)",
        "    +sys.exit(3)",
        "    --day  mon -> tue",
        "Environment  same",
        "    Timeout  2880 -> 9",
    ):
        assert line in lines
    assert [line.split() for line in lines if line.strip().startswith(("State", "ExitCode"))] == [
        ["State", "SUCCEEDED", "->", "FAILED"],
        ["ExitCode", "0", "->", "3"],
    ]
    assert cli("runs", "diff", a, b, "--exit-code", "--data", openglue.data).returncode == 1


def test_programs_get_json_and_may_name_runs_by_their_beginnings(cli: Any, openglue: Any, run: Any):
    script = cli.script("print(1)")
    a = run(script)
    script.write_text("print(2)\n")
    b = run(script)
    found = json.loads(cli("runs", "diff", a[:15], "latest", "--json", "--data", openglue.data).stdout)
    assert (found["A"]["Id"], found["B"]["Id"], found["Same"]) == (a, b, False)
    assert found["Script"]["Diff"].splitlines()[-2:] == ["-print(1)", "+print(2)"]
    assert found["Environment"] == {"Same": True, "Changes": []}


def test_a_module_beside_the_script_that_changed_is_seen(cli: Any, openglue: Any, run: Any):
    script, helper = cli.script("import helping\n"), cli.script("day = 1\n", "helping")
    a = run(script, "--arg", f"extra-py-files={helper}")
    helper.write_text("day = 2\n")
    b = run(script, "--arg", f"extra-py-files={helper}")
    found = json.loads(cli("runs", "diff", a, b, "--json", "--data", openglue.data).stdout)
    assert found["Script"]["Same"]
    [change] = found["Environment"]["Changes"]
    assert change["Field"] == "file helping.py"
    assert change["A"] != change["B"]


def test_the_text_of_a_very_long_script_is_not_kept_but_that_it_changed_is_known(cli: Any, openglue: Any, run: Any):
    script = cli.script("# " + "x" * (256 << 10))
    a = run(script)
    script.write_text("# " + "y" * (256 << 10))
    b = run(script)
    done = cli("runs", "diff", a, b, "--data", openglue.data)
    assert "Script       differs (its text was not kept)" in done.stdout.splitlines()


def test_a_run_that_is_not_there_is_said_to_be_not_there(cli: Any, openglue: Any, run: Any):
    a = run(cli.script("print(1)"))
    done = cli("runs", "diff", a, f"jr_{'0' * 64}", "--data", openglue.data)
    assert (done.returncode, done.stdout) == (1, "")
    assert f"there is no run jr_{'0' * 64}" in done.stderr
