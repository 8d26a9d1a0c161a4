"""From what is written on a command line to a job definition and a run's arguments. Pure, but for looking at files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

from openglue.cli.failure import RefusedError

#: Parameters whose values are comma lists of files.
FILE_PARAMETERS = ("--extra-py-files", "--extra-files", "--extra-jars", "--additional-python-modules")
#: Runs at a time of a job that the command line made: the same script in two terminals is nothing to refuse.
MAX_CONCURRENT_RUNS = 100
#: Members of a Job that are the service's to give, and not part of a JobUpdate.
_READ_ONLY = ("Name", "CreatedOn", "LastModifiedOn", "AllocatedCapacity")


class JobType(StrEnum):
    glueetl = "glueetl"
    gluestreaming = "gluestreaming"
    pythonshell = "pythonshell"


def script_location(script: str) -> str:
    """The ScriptLocation of what the user named: an s3:// URL as it is, a local path made absolute."""
    if "://" in script:
        return script
    path = Path(script).absolute()
    if not path.is_file():
        raise RefusedError(f"there is no script {script}" if not path.exists() else f"{script} is not a file")
    return str(path)


def job_name(location: str) -> str:
    return location.rstrip("/").rpartition("/")[2].rpartition(".")[0] or location.rstrip("/").rpartition("/")[2]


def arguments(pairs: Iterable[str]) -> dict[str, str]:
    """Arguments from KEY=VALUE pairs. A key gets its two dashes if it has none; a flag is written `KEY=`.

    Local files among the values of FILE_PARAMETERS are made absolute: a run works in a directory of its own.
    """
    found: dict[str, str] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not key.strip("-").strip():
            raise RefusedError(f"--arg {pair!r} has no name: KEY=VALUE is expected")
        if not equals:
            raise RefusedError(f"--arg {pair!r} has no value: KEY=VALUE is expected, and of a flag {pair}=")
        if not key.startswith("--"):
            key = f"--{key.lstrip('-')}"
        found[key] = _absolute(value) if key in FILE_PARAMETERS else value
    return found


def local_files(location: str, given: Mapping[str, str]) -> list[Path]:
    """The script and the files among the arguments, as far as they are on this machine."""
    items = [item for value in given.values() for item in _items(value)]
    candidates = [location, *(item[2:].strip() if item.startswith("-r") else item for item in items)]
    return [Path(item) for item in dict.fromkeys(candidates) if "://" not in item and _is_file(item)]


#: End of the role that a job gets which `openglue run` or `job create` makes without one.
OWN_ROLE = ":role/openglue"


def new_job(
    name: str, location: str, kind: JobType, *, glue_version: str | None, role: str | None = None
) -> dict[str, Any]:
    """A CreateJob request, with a made-up role unless one is given: nothing here assumes roles."""
    from openglue.config import load

    return {
        "Name": name,
        "Role": role or f"arn:aws:iam::{load().account}{OWN_ROLE}",
        "Command": {"Name": kind.value, "ScriptLocation": location},
        **({} if glue_version is None else {"GlueVersion": glue_version}),
    }


def changed_job(
    job: Mapping[str, Any], location: str, kind: JobType, *, glue_version: str | None
) -> dict[str, Any] | None:
    """The JobUpdate that makes an existing job run this script, or None if it does; whatever else it says is kept."""
    from openglue.config import load

    same_kind = kind.value == job["Command"].get("Name")
    inherited = job["Command"] if same_kind else {}
    command = {**inherited, "Name": kind.value, "ScriptLocation": location}
    # A job that `run` made is what its last call says: an option that is not given means the default again.
    own = str(job.get("Role", "")).endswith(OWN_ROLE)
    version = glue_version or (load().default_glue_version if own else job.get("GlueVersion"))
    if command == job["Command"] and version == job.get("GlueVersion"):
        return None
    left = set(_READ_ONLY)
    if not same_kind:
        # What was asked for another kind of job may not be allowed for this one.
        left |= {"MaxCapacity", "WorkerType", "NumberOfWorkers", "ExecutionClass"}
    elif "WorkerType" in job:
        # Both are shown of a job, but only one of the two ways to ask for capacity may be given.
        left |= {"MaxCapacity"}
    kept = {name: value for name, value in job.items() if name not in left}
    return {**kept, "Command": command, "GlueVersion": version}


def _absolute(value: str) -> str:
    items = []
    for item in _items(value):
        # A requirements file is given to the installer as `-r FILE`.
        option, path = ("-r ", item[2:].strip()) if item.startswith("-r") else ("", item)
        items.append(f"{option}{Path(path).absolute()}" if _is_file(path) else item)
    return ",".join(items)


def _items(value: str) -> Iterator[str]:
    return (item.strip() for item in value.split(",") if item.strip())


def _is_file(text: str) -> bool:
    try:
        return Path(text).exists()
    except (OSError, ValueError):
        # Too long for a path, or with a NUL in it: no file.
        return False
