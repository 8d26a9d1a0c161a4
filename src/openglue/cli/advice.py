"""What to try after the demo: commands to copy, as they work where the user stands."""

from __future__ import annotations

import shlex
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path


def advice(
    job: str, script: Path, arguments: Mapping[str, str], data: Path | None, *, is_served: bool
) -> list[tuple[str, str]]:
    """Commands with a word about each: for the script, for the service (if it `is_served` on), for the job's log."""
    where = [] if data is None else [f"--data {shlex.quote(str(data))}"]
    program = _program(Path(sys.argv[0]), shutil.which("openglue"), Path.cwd())
    served = (
        ("what ran there", "runs ls") if is_served else ("the service, for boto3, the AWS CLI, Airflow ...", "serve")
    )
    return [
        ("edit the script, save it, and it runs again", _watch(program, script, arguments, where, Path.cwd())),
        (served[0], " ".join([program, served[1], *where])),
        ("the log of the job's last run, while a service answers", " ".join([program, "logs --job", job, *where])),
    ]


def _watch(program: str, script: Path, arguments: Mapping[str, str], where: list[str], here: Path) -> str:
    """Run the script on every save; one that lies among installed packages is copied first."""
    given = " ".join(f"--arg {name}={value}" for name, value in arguments.items())
    if script.is_relative_to(here):
        lines = [f"{program} run {shlex.quote(_near(script, here))} --watch", given, *where]
    else:
        lines = [f"cp {shlex.quote(str(script))} . && {program} run {script.name} --watch", given, *where]
    return " \\\n    ".join(lines)


def _program(called: Path, found: str | None, here: Path) -> str:
    """How this program is called: by its name where a shell finds it, else by its path."""
    if called.name != "openglue" or (found is not None and Path(found).samefile(called)):
        return "openglue"
    return shlex.quote(_near(called.absolute(), here))


def _near(path: Path, here: Path) -> str:
    """A path as it is written here: without the way to the working directory, if it is below it."""
    return str(path.relative_to(here) if path.is_relative_to(here) else path)
