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

Document = Mapping[str, Any]

#: Command.Name of the service model's four kinds of job.
COMMANDS = ("glueetl", "pythonshell", "gluestreaming", "glueray")
#: Minutes. contract 5: 2880 up to Glue 4.0 and for a job that names no version (design 10), 480 from 5.0 on.
TIMEOUT_DEFAULT = 2880
TIMEOUT_DEFAULT_FROM_5 = 480


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


def timeout_minutes(definition: Document) -> int:
    if definition.get("Timeout") is not None:
        return int(definition["Timeout"])
    version = str(definition.get("GlueVersion") or "")
    major = version.split(".", 1)[0]
    return TIMEOUT_DEFAULT_FROM_5 if major.isdigit() and int(major) >= 5 else TIMEOUT_DEFAULT


def max_concurrent_runs(definition: Document, defaults: Defaults) -> int:
    value = (definition.get("ExecutionProperty") or {}).get("MaxConcurrentRuns")
    return defaults.max_concurrent_runs if value is None else int(value)


def job_members(job: Job, defaults: Defaults) -> dict[str, Any]:
    """The Job structure of GetJob. DefaultArguments come back exactly as they were given (contract, clients 0.3)."""
    definition = job.definition
    command = {"PythonVersion": "3", **definition["Command"]}
    return {
        "JobMode": "SCRIPT",
        "MaxRetries": 0,
        "GlueVersion": defaults.glue_version,
        **definition,
        "Name": job.name,
        "Command": command,
        "ExecutionProperty": {"MaxConcurrentRuns": max_concurrent_runs(definition, defaults)},
        "Timeout": timeout_minutes(definition),
        **capacity_members(job.command, definition),
        "CreatedOn": job.created_on / 1000,
        "LastModifiedOn": job.last_modified_on / 1000,
    }
