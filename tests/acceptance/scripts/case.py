"""A user's script with its input and what it must produce.

A case is a folder below `jobs`: `job.py` as a user would write it, files to put into its bucket, and `case.toml`, which
says how it is run and what must come out. `{bucket}` in its texts is the name of the case's bucket.

    kind                      what runs it: glueetl (the default) or pythonshell
    [arguments]               of the job
    [[call]]                  a call of the Glue client before the first run: operation, request
    [[run]]                   one after the other:
        put                   a folder of the case, "in" for the first; its files are put below in/ before the run
        arguments             of this run
        state, error          how it ends: SUCCEEDED, or FAILED and its ErrorMessage
        prints                lines that are in its output, in this order
        logs                  lines that are in its error stream, in this order; of the logger's without time and level
        [[run.output]]        what is then in the bucket: path, format and records, in any order
        [[run.answer]]        what the catalog then says: operation, request, query (JMESPath) and answer
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).with_name("jobs")


@dataclass(frozen=True, kw_only=True)
class Run:
    put: str = ""
    arguments: dict[str, str] = field(default_factory=dict)
    state: str = "SUCCEEDED"
    error: str = ""
    prints: list[str] = field(default_factory=list)
    logs: list[str] = field(default_factory=list)
    output: list[dict[str, Any]] = field(default_factory=list)
    answer: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Case:
    name: str
    kind: str = "glueetl"
    arguments: dict[str, str] = field(default_factory=dict)
    call: list[dict[str, Any]] = field(default_factory=list)
    run: list[Run]

    @property
    def folder(self) -> Path:
        return FOLDER / self.name

    @property
    def bucket(self) -> str:
        return self.name.replace("_", "-")


def load(folder: Path) -> Case:
    bucket = folder.name.replace("_", "-")
    said = tomllib.loads((folder / "case.toml").read_text().replace("{bucket}", bucket))
    first, *others = said.pop("run")
    runs = [Run(**{"put": "in", **first}), *(Run(**run) for run in others)]
    return Case(name=folder.name, run=runs, **said)


CASES = {file.parent.name: load(file.parent) for file in sorted(FOLDER.glob("*/case.toml"))}
