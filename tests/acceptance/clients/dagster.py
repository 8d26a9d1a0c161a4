"""A Dagster of its own, and an asset of it whose work is a run of a Glue job."""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.acceptance.clients.programs import Program, started

MATERIALIZE = Path(__file__).with_name("foreign") / "materialize.py"


@dataclass(frozen=True, kw_only=True)
class Materialization:
    """What Dagster made of an asset, while its program runs and after it."""

    program: Program
    folder: Path

    def known(self) -> dict[str, Any]:
        """What Dagster knows when it has ended: metadata and tags of the materialisation, texts of failures."""
        self.program.end(0)
        known: dict[str, Any] = json.loads((self.folder / "known.json").read_text())
        return known

    def forwarded(self) -> list[str]:
        """The lines that were forwarded to Dagster's standard output."""
        return (self.folder / "forwarded.txt").read_text(encoding="utf-8").split("\n")[:-1]


class Dagster:
    """Materialises assets in a process each; its boto3 clients reach the service at `url`."""

    def __init__(self, programs: Path, home: Path, url: str) -> None:
        self._python = programs / "python"
        self._home = home
        (home / "dagster.yaml").write_text("telemetry:\n  enabled: false\n")
        self.environment = {
            "PATH": f"{programs}:{os.environ['PATH']}",
            "HOME": str(home),
            "LANG": "C.UTF-8",
            # What is forwarded and what Dagster says stand in the order of a terminal.
            "PYTHONUNBUFFERED": "1",
            "DAGSTER_HOME": str(home),
            "DAGSTER_DISABLE_TELEMETRY": "yes",
            "AWS_ENDPOINT_URL": url,
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "any",
            "AWS_SECRET_ACCESS_KEY": "any",
        }
        #: The script's half of Pipes, which is a single module.
        [package] = (programs.parent / "lib").glob("python*/site-packages/dagster_pipes/__init__.py")
        self.pipes = home / "dagster_pipes.py"
        self.pipes.write_bytes(package.read_bytes())

    @contextmanager
    def materialize(
        self, job: str, *, extras: Mapping[str, Any] | None = None, bucket: str | None = None, **start: Any
    ) -> Iterator[Materialization]:
        """An asset whose work is a run of `job`, while the block runs; `start` goes on to StartJobRun."""
        folder = self._home / uuid.uuid4().hex[:10]
        folder.mkdir()
        given = {"start": {"JobName": job, **start}, "extras": dict(extras or {}), "bucket": bucket}
        with started([self._python, MATERIALIZE, json.dumps(given)], self.environment, folder) as program:
            yield Materialization(program=program, folder=folder)
