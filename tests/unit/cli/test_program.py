from __future__ import annotations

import subprocess
import sys

import pytest

from openglue.cli import program
from openglue.cli.failure import ExitCode


def test_every_command_of_the_table_is_there_and_has_help():
    commands = program.Imported()
    assert list(commands) == [command.name for command in program.COMMANDS]
    for command in program.COMMANDS:
        assert commands[command.name].get_short_help_str(), command.name


def test_the_help_page_names_every_command_and_exit_code():
    page = program.help_page()
    for command in program.COMMANDS:
        assert command.help in page
    assert [code for code, _ in program.EXIT_CODES] == list(ExitCode)


def test_the_help_page_imports_neither_commands_nor_what_they_need():
    code = """
import sys
from openglue.cli import program
try:
    program.app(["--help"])
except SystemExit as end:
    assert end.code == 0, end.code
slow = {"boto3", "sqlalchemy", "uvicorn", "rich", "httpx", "openglue.cli.run", "openglue.server"} & set(sys.modules)
sys.exit(f"imported {slow}" if slow else 0)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=30)
    assert done.returncode == 0, done.stderr
    assert "Start here" in done.stdout


@pytest.mark.parametrize(
    ("words", "code", "stream", "text"),
    [
        (["--version"], 0, "stdout", "openglue "),
        (["-h"], 0, "stdout", "Exit codes"),
        (["rums"], 2, "stderr", "Did you mean 'runs'"),
        (["run"], 2, "stderr", "SCRIPT"),
        (["runs", "--help"], 0, "stdout", "stop"),
        (["run", "--help"], 0, "stdout", "--watch"),
    ],
)
def test_the_program_speaks_for_itself(words: list[str], code: int, stream: str, text: str):
    done = subprocess.run(
        [sys.executable, "-m", "openglue.cli", *words], capture_output=True, text=True, check=False, timeout=30
    )
    assert done.returncode == code
    assert text in getattr(done, stream)
