"""The seam to what a run executes: a command turns a prepared run into a process to start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from openglue.model.plan import Plan
from openglue.process import MARK
from openglue.runtimes import Runtime


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What the scripts of a job run in, in place."""

    plan: Plan
    runtime: Runtime
    #: The working directory.
    work: Path
    #: Scratch space: TMPDIR, Spark's local directory.
    scratch: Path
    #: First on the module path, in this order.
    module_path: list[Path]
    #: Local copies of --extra-jars.
    jars: list[Path]


@dataclass(frozen=True, kw_only=True)
class Prepared(Surroundings):
    """A run whose script, files and environment are in place."""

    #: The script, in `work`.
    script: Path
    #: What follows the script's name in sys.argv.
    arguments: list[str]
    #: File in which the launcher leaves what made the script fail.
    failure: Path
    #: Folder of the files by which a streaming run is restarted (commands.streams).
    restart: Path


@dataclass(frozen=True, kw_only=True)
class Launch:
    """A process to start."""

    argv: list[str]
    environment: Mapping[str, str]
    cwd: Path
    #: What the run has, in words; empty if it is what everybody expects.
    share: str
    #: What the run's log should say first.
    notes: list[str]


def base_environment(around: Surroundings, path: str) -> dict[str, str]:
    """Environment of the user's code: built from nothing, so that the server's own never leaks into a run."""
    plan = around.plan
    return {
        "PATH": f"{around.runtime.python.parent}:{path}",
        # Not the user's: a profile in ~/.aws would send the run to another account.
        "HOME": str(around.work),
        "TMPDIR": str(around.scratch),
        "LANG": "C.UTF-8",
        "PYTHONPATH": ":".join(str(entry) for entry in around.module_path),
        "PYTHONDONTWRITEBYTECODE": "1",
        # By which whatever is left of the run is found.
        MARK: f"{plan.run_id}.{plan.fence}",
        "GLUE_PYTHON_VERSION": plan.python_version or "3",
        **plan.environment,
    }


def bookmark_access(plan: Plan) -> dict[str, str]:
    """How the script itself, and none of the processes beside it, reaches its job's bookmark: for the awsglue library.

    The token is a secret, though it is good for nothing else and ends with the run: it is never logged.
    """
    return {
        "OPENGLUE_RUN_URL": f"{plan.server}/_openglue/run/v1/{quote(plan.run_id)}",
        "OPENGLUE_RUN_FENCE": str(plan.fence),
        "OPENGLUE_RUN_TOKEN": plan.script_token,
        # A server that starts again may answer elsewhere.
        "OPENGLUE_RUN_SERVER_FILE": plan.server_file,
    }
