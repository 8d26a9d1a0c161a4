"""An Airflow of its own, and its DAG runs as the tests write them."""

from __future__ import annotations

import json
import os
import textwrap
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.acceptance.clients.programs import Program, started

HEAD = """
from airflow.sdk import DAG
from airflow.providers.amazon.aws.operators.glue import GlueJobOperator
from airflow.providers.amazon.aws.sensors.glue import GlueJobSensor

with DAG("NAME", schedule=None):
"""


class Airflow:
    """Runs DAGs with Airflow's real task runner, in a process each; its AWS connection is the service at `url`."""

    def __init__(self, programs: Path, home: Path, url: str) -> None:
        self._airflow = programs / "airflow"
        self._home = home
        connection = {
            "conn_type": "aws",
            "login": "any",
            "password": "any",
            "extra": {"region_name": "us-east-1", "endpoint_url": url},
        }
        self.environment = {
            "PATH": f"{programs}:{os.environ['PATH']}",
            "HOME": str(home),
            "LANG": "C.UTF-8",
            "AIRFLOW_HOME": str(home),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "false",
            "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "false",
            "AIRFLOW_CONN_AWS_DEFAULT": json.dumps(connection),
        }

    def migrate(self) -> None:
        """Make its database."""
        with started([self._airflow, "db", "migrate"], self.environment, self._home) as program:
            program.end(0)

    @contextmanager
    def start(self, tasks: str) -> Iterator[Program]:
        """A DAG run with these tasks, while the block runs; it ends with exit code 0 when all of them succeed."""
        name = f"dag_{uuid.uuid4().hex[:10]}"
        folder = self._home / name
        folder.mkdir()
        (folder / "dag.py").write_text(HEAD.replace("NAME", name) + textwrap.indent(textwrap.dedent(tasks), "    "))
        environment = self.environment | {"AIRFLOW__CORE__DAGS_FOLDER": str(folder)}
        with started([self._airflow, "dags", "test", name], environment, folder) as program:
            yield program

    def run(self, tasks: str, *, succeeds: bool = True) -> str:
        """The log of a DAG run with these tasks, all of which succeed, or not."""
        with self.start(tasks) as program:
            return program.end(0 if succeeds else 1)
