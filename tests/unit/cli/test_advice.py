"""Commands to copy are right where they are shown."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from openglue.cli.advice import _program, _watch, advice

ARGUMENTS = {"source": "s3://b/in/", "target": "s3://b/out/"}


def test_a_script_below_the_working_directory_is_run_where_it_is(tmp_path: Path):
    command = _watch("openglue", tmp_path / "my examples" / "job.py", ARGUMENTS, ["--data /d"], tmp_path)
    assert command == (
        "openglue run 'my examples/job.py' --watch \\\n"
        "    --arg source=s3://b/in/ --arg target=s3://b/out/ \\\n"
        "    --data /d"
    )


def test_a_script_among_installed_packages_is_copied_first(tmp_path: Path):
    command = _watch("openglue", Path("/lib/site-packages/job.py"), ARGUMENTS, [], tmp_path)
    assert command.startswith("cp /lib/site-packages/job.py . && openglue run job.py --watch \\\n")


def test_the_program_is_named_as_the_shell_finds_it(tmp_path: Path):
    program = tmp_path / "bin" / "openglue"
    program.parent.mkdir()
    program.touch()
    assert _program(program, str(program), tmp_path) == "openglue"
    assert _program(program, None, tmp_path) == "bin/openglue"
    assert _program(program, None, tmp_path / "elsewhere") == str(program)
    assert _program(Path("/src/openglue/cli/__main__.py"), None, tmp_path) == "openglue"


@pytest.mark.parametrize(("is_served", "verb"), [(True, "runs"), (False, "serve")])
def test_whoever_has_no_service_is_told_how_to_have_one(tmp_path: Path, *, is_served: bool, verb: str):
    commands = advice("j", tmp_path / "job.py", ARGUMENTS, tmp_path / "a b", is_served=is_served)
    verbs = [shlex.split(command.replace("\\\n", ""))[-4:] for _, command in commands]
    assert verb in verbs[1]
    assert all(words[-2:] == ["--data", str(tmp_path / "a b")] for words in verbs)
