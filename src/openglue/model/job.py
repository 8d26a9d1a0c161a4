"""A job definition: what CreateJob stored, and what GetJob answers.

The stored document is the client's own, member by member, so that what is read back equals what was written
(spec/clients: infrastructure tools compare). Defaults are filled in when it is shown and when a run is accepted.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from openglue.model.capacity import capacity_members
from openglue.model.profiles.glue_version import GLUE_VERSIONS

Document = Mapping[str, Any]

#: Command.Name of the service model's four kinds of job.
COMMANDS = ("glueetl", "pythonshell", "gluestreaming", "glueray")
#: Minutes, for a job that names neither a Timeout nor a GlueVersion (design 10), and for Ray.
TIMEOUT_DEFAULT = 2880


@dataclass(frozen=True, kw_only=True)
class Job:
    #: `j_` and 64 hex digits: the generation. A job created again under the same name shares nothing with this one.
    id: str
    name: str
    definition_sha: str
    definition: Document
    #: Epoch milliseconds.
    created_on: int
    last_modified_on: int

    @property
    def command(self) -> str:
        """Glue's Command.Name: glueetl, pythonshell, gluestreaming or glueray."""
        return str(self.definition["Command"].get("Name") or "glueetl")


@dataclass(frozen=True, kw_only=True)
class Defaults:
    """What a job gets that its definition does not say."""

    glue_version: str
    max_concurrent_runs: int


def serialise(document: Document) -> tuple[str, str]:
    """Return (sha256, JSON text) of a document; equal documents give equal text."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest(), text


def timeout_minutes(definition: Document) -> int | None:
    """The Timeout that a job asks for, or else its Glue version's: 2880 up to 4.0, 480 from 5.0 on (contract 5).

    A streaming job that does not ask has none. A glueray job cannot ask; what is shown of it is the same for every
    version, so that nobody sees it drift.
    """
    command = definition["Command"].get("Name")
    if definition.get("Timeout") is not None:
        return int(definition["Timeout"])
    if command == "gluestreaming":
        return None
    version = GLUE_VERSIONS.get(definition.get("GlueVersion", ""))
    if version is None or command == "glueray":
        return TIMEOUT_DEFAULT
    return version.default_timeout_minutes


def max_concurrent_runs(definition: Document, defaults: Defaults) -> int:
    value = (definition.get("ExecutionProperty") or {}).get("MaxConcurrentRuns")
    return defaults.max_concurrent_runs if value is None else int(value)


def job_members(job: Job, defaults: Defaults) -> dict[str, Any]:
    """The Job structure of GetJob, complete enough to be sent back in an update that changes nothing.

    What clients index is always there, of a glueray job also the Timeout that it cannot set (clients 0.3).
    DefaultArguments come back exactly as they were given.
    """
    definition = job.definition
    # Python 3.9 is what Ray2.4 brings, the only runtime that AWS names for Ray.
    python = "3.9" if job.command == "glueray" else "3"
    timeout = timeout_minutes(definition)
    return {
        "JobMode": "SCRIPT",
        "MaxRetries": 0,
        "GlueVersion": defaults.glue_version,
        **definition,
        "Name": job.name,
        "Command": {"PythonVersion": python, **definition["Command"]},
        "ExecutionProperty": {"MaxConcurrentRuns": max_concurrent_runs(definition, defaults)},
        **({} if timeout is None else {"Timeout": timeout}),
        **capacity_members(job.command, definition),
        "CreatedOn": job.created_on / 1000,
        "LastModifiedOn": job.last_modified_on / 1000,
    }
