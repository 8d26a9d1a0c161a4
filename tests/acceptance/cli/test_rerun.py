"""`openglue runs rerun`, and workspaces of failed runs that are kept."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

SHELL = ("--type", "pythonshell", "--arg", "library-set=none")


@pytest.fixture
def runs(cli: Any, openglue: Any) -> Callable[..., Any]:
    return lambda *words: cli("runs", *words, "--data", openglue.data)


def test_a_failed_run_is_run_again_with_its_arguments_by_the_definition_as_it_is(
    runs: Callable[..., Any], cli: Any, openglue: Any
):
    script = cli.script("import sys\nprint(sys.argv[-1], 1 // 0)", "again")
    first = cli("run", script, *SHELL, "--arg", "day=monday", "--data", openglue.data)
    assert first.returncode == 1
    assert runs("rerun", "latest", "--job", "again").returncode == 1
    cli.script("import sys\nprint(sys.argv[-1], 'is well')", "again")
    done = runs("rerun", "latest", "--job", "again")
    assert (done.returncode, done.stdout) == (0, "monday is well\n"), done.stderr
    assert "has changed since" not in done.stderr
    openglue.client("glue").update_job(
        JobName="again",
        JobUpdate={
            "Role": "r",
            "Command": {"Name": "pythonshell", "ScriptLocation": str(script)},
            "DefaultArguments": {"library-set": "none", "--more": "x"},
        },
    )
    done = runs("rerun", "latest", "--job", "again")
    assert done.returncode == 0, done.stderr
    assert "its job has changed since: `openglue runs diff" in done.stderr
    record = openglue.client("glue").get_job_runs(JobName="again")["JobRuns"][0]
    assert (record["Attempt"], record["Arguments"]["--day"]) == (3, "monday")


def test_a_run_that_goes_on_is_not_run_again(runs: Callable[..., Any], cli: Any, openglue: Any):
    script = cli.script("import time\nprint('begun', flush=True)\ntime.sleep(600)", "goes-on")
    process = cli.start("run", script, *SHELL, "--data", openglue.data)
    assert process.stdout.readline() == "begun\n"
    done = runs("rerun", "latest", "--job", "goes-on")
    assert done.returncode == 1
    assert "only a run that has ended can be run again" in done.stderr


def test_the_workspace_of_a_failed_run_is_kept_on_wish_and_named(
    runs: Callable[..., Any], cli: Any, openglue: Any, wait_for: Callable[..., Any]
):
    script = cli.script(
        """
        import sys
        open("half.txt", "w").write("as far as it came")
        print("--openglue-keep-workspace" in sys.argv)
        raise ValueError("no such day")
        """,
        "kept-one",
    )
    done = cli("run", script, *SHELL, "--keep-workspace", "--data", openglue.data)
    assert (done.returncode, done.stdout) == (1, "False\n")

    def sentence() -> str | None:
        told = json.loads(runs("explain", "latest", "--job", "kept-one", "--json").stdout)["Sentences"]
        return next((line for line in told if line.startswith("Its working directory is kept: ")), None)

    workspace = Path(wait_for(sentence, what="the kept workspace").partition(": ")[2])
    assert (workspace / "work" / "half.txt").read_text() == "as far as it came"
    assert (workspace / "work" / "kept-one.py").read_text() == script.read_text()
    shutil.rmtree(workspace)
    assert sentence() is None


def test_the_workspace_of_a_run_that_is_well_is_not_kept(cli: Any, openglue: Any, wait_for: Callable[..., Any]):
    done = cli("run", cli.script("print(1)", "well"), *SHELL, "--keep-workspace", "--json", "--data", openglue.data)
    run_id = json.loads(done.stdout)["Id"]
    folder = openglue.data / "runs"
    wait_for(lambda: not list(folder.glob(f"{run_id}*")), what="an empty workspace")


def test_running_again_in_debug_mode_needs_a_terminal(runs: Callable[..., Any], cli: Any, openglue: Any):
    cli("run", cli.script("print(1)", "undebugged"), *SHELL, "--data", openglue.data)
    done = runs("rerun", "latest", "--job", "undebugged", "--debug")
    assert done.returncode == 2
    assert "needs a terminal" in done.stderr
    assert len(openglue.client("glue").get_job_runs(JobName="undebugged")["JobRuns"]) == 1
