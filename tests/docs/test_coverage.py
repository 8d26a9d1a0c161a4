"""What there is, is documented; and what is generated, is new."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from awsglue import transforms
from awsglue.dynamicframe import DynamicFrame
from openglue.api.app import SERVICES
from openglue.api.aws_json import load_service
from openglue.cli import program
from openglue.config import PREFIX, SETTINGS
from openglue.errors import GlueError
from openglue.faultpoints import FAULT_POINTS
from openglue.model.arguments import SPECIAL_PARAMETERS
from openglue.model.profiles import GLUE_VERSIONS, PROFILES
from openglue.model.states import MOVES, Cause, RunState

from .pages import ROOT

DOCS = ROOT / "docs"


def page(name: str) -> str:
    return (DOCS / name).read_text()


def commands(command: Any, name: str) -> Iterator[tuple[str, Any]]:
    """A command of the program and all that are below it, by their full names."""
    yield name, command
    for verb, inner in getattr(command, "commands", {}).items():
        yield from commands(inner, f"{name} {verb}")


COMMANDS = dict(commands(typer.main.get_command(program.app), "openglue"))


def test_the_generated_pages_are_new():
    done = subprocess.run(
        [sys.executable, ROOT / "scripts" / "reference.py", "--check"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("service", SERVICES)
def test_every_operation_and_each_member_of_its_request_is_documented(service: str):
    text = page("reference/operations.md")
    operations = load_service(service).operations
    missing = []
    for name in SERVICES[service]:
        _, found, rest = text.partition(f"\n### {name}\n")
        section = rest.partition("\n##")[0]
        members = [member.name for member in operations[name].input_members()]
        missing += [] if found else [name]
        missing += [f"{name}.{member}" for member in members if f"| `{member}`" not in section]
    assert missing == []


def test_every_error_is_documented():
    text = page("reference/errors.md")
    codes = [error.__name__ for error in GlueError.__subclasses__()]
    assert codes
    assert [code for code in codes if f"| `{code}` |" not in text] == []


def test_every_setting_is_documented_with_its_variable():
    text = page("reference/configuration.md")
    for setting in SETTINGS:
        assert f"| `{setting.name}` |" in text
        assert f"`{PREFIX}{setting.name.upper()}`" in text
        assert setting.metadata["help"].endswith(".")


def test_every_special_parameter_is_documented():
    text = page("reference/special-parameters.md")
    assert [row.name for row in SPECIAL_PARAMETERS if f"| `{row.name}` |" not in text] == []


def test_every_state_and_move_is_documented():
    text = page("reference/states.md")
    assert [state for state in RunState if f"| `{state}` |" not in text] == []
    assert [cause for cause in Cause if cause.value not in text] == []
    drawn = set(re.findall(r"^ +(\[\*\]|\w+) --> (\w+):", text, re.MULTILINE))
    assert drawn == {(origin or "[*]", to) for origin, to in MOVES}


def test_the_story_of_a_run_names_every_state():
    text = page("concepts/how-one-run-works.md")
    assert [state for state in RunState if f"`{state}`" not in text] == []


def test_every_method_of_a_frame_and_every_transform_is_documented():
    """The page is made from the classes' source; this looks at the classes."""
    text = page("reference/awsglue.md")
    methods = [name for part in DynamicFrame.mro() for name in vars(part) if not name.startswith("_")]
    assert len(methods) > 30
    assert [name for name in (*methods, *transforms.__all__) if f"| `{name}` |" not in text] == []
    assert sorted(transforms.__all__) == sorted(one.name() for one in transforms.get_transforms())


def test_the_page_of_the_library_speaks_of_nothing_else(tmp_path: Path):
    """A note of something that the code has not would stay when that is renamed."""
    sys.path.insert(0, str(ROOT / "scripts"))
    try:
        from pages.library import Notes
    finally:
        sys.path.remove(str(ROOT / "scripts"))
    (tmp_path / "notes.toml").write_text('["awsglue.job.Job"]\ngone = "A note"\n')
    with pytest.raises(ValueError, match=r"what the code has not: awsglue\.job\.Job: gone"):
        Notes(tmp_path / "notes.toml").refuse_leftovers()


def test_every_glue_version_profile_and_crash_point_is_documented():
    versions, points = page("reference/glue-versions.md"), page("reference/crash-points.md")
    assert [name for name in (*GLUE_VERSIONS, *PROFILES) if f"| `{name}` |" not in versions] == []
    assert [name for name in FAULT_POINTS if f"| `{name}` |" not in points] == []


@pytest.mark.parametrize("name", [name for name in COMMANDS if name != "openglue"])
def test_every_command_has_help_and_is_documented_with_its_options(name: str):
    command = COMMANDS[name]
    text = page("reference/cli.md")
    _, found, rest = text.partition(f"# {name}\n")
    section = re.split(r"\n##+ ", rest)[0]
    assert found, f"{name} is not in the page"
    assert command.help, f"{name} has no help"
    for parameter in command.params:
        if parameter.name == "help" or getattr(parameter, "hidden", False):
            continue
        spelling = (
            parameter.opts[0]
            if parameter.param_type_name == "option"
            else (parameter.metavar or parameter.name.upper())
        )
        assert spelling in section, f"{spelling} is not in the section of {name}"
        assert parameter.help, f"{spelling} of {name} has no help"


def test_every_exit_code_is_documented():
    text = page("reference/cli.md")
    assert [code for code, meaning in program.EXIT_CODES if f"| {int(code)} | {meaning} |" not in text] == []
