"""Acceptance: the real server as a process, driven by the clients that users have."""

from __future__ import annotations

import textwrap
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.config import Config

from openglue.api.aws_json import conforms, load_service

ENDED = {"STOPPED", "SUCCEEDED", "FAILED", "TIMEOUT", "ERROR", "EXPIRED"}


class Glue:
    """A boto3 Glue client that checks every answer against the service model, and a few sentences over it."""

    def __init__(self, client: Any, logs: Any, folder: Path) -> None:
        self.client = client
        self.logs = logs
        self._folder = folder
        self._model = load_service("glue")

    def __call__(self, operation: str, **request: Any) -> dict[str, Any]:
        snake = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in operation).lstrip("_")
        return getattr(self.client, snake)(**request)

    def script(self, text: str) -> str:
        file = self._folder / f"script_{uuid.uuid4().hex[:8]}.py"
        file.write_text(textwrap.dedent(text))
        return str(file)

    def job(self, script: str, *, kind: str = "pythonshell", **members: Any) -> str:
        """Create a job over a script (its text, or a path that begins with / or s3://)."""
        name = f"job-{uuid.uuid4().hex[:10]}"
        location = script if script.startswith(("/", "s3://")) else self.script(script)
        arguments = members.pop("DefaultArguments", {})
        if kind == "pythonshell":
            arguments = {"library-set": "none", **arguments}
        self.client.create_job(
            Name=name,
            Role="arn:aws:iam::000000000000:role/test",
            Command={"Name": kind, "ScriptLocation": location},
            DefaultArguments=arguments,
            **members,
        )
        return name

    def start(self, job: str, **request: Any) -> str:
        return self.client.start_job_run(JobName=job, **request)["JobRunId"]

    def get(self, job: str, run_id: str) -> dict[str, Any]:
        return self.client.get_job_run(JobName=job, RunId=run_id)["JobRun"]

    def wait(self, job: str, run_id: str, states: set[str] = ENDED, deadline_s: float = 90.0) -> dict[str, Any]:
        until = time.monotonic() + deadline_s
        while (run := self.get(job, run_id))["JobRunState"] not in states:
            assert time.monotonic() < until, f"{run_id} is still {run['JobRunState']}: {self.text(run, 'error')}"
            assert run["JobRunState"] not in ENDED, f"ended {run['JobRunState']}: {run.get('ErrorMessage')}"
            time.sleep(0.02)
        return run

    def run(self, script: str, *, kind: str = "pythonshell", arguments: dict[str, str] | None = None, **job: Any):
        """Create, start, wait: the finished JobRun."""
        name = self.job(script, kind=kind, **job)
        return self.wait(name, self.start(name, **({"Arguments": arguments} if arguments else {})))

    def text(self, run: dict[str, Any], stream: str = "output") -> str:
        """A log stream of a run, through CloudWatch Logs."""
        lines: list[str] = []
        token: dict[str, str] = {}
        while True:
            page = self.logs.get_log_events(
                logGroupName=f"{run['LogGroupName']}/{stream}", logStreamName=run["Id"], startFromHead=True, **token
            )
            lines += [event["message"] for event in page["events"]]
            if not page["events"]:
                return "\n".join(lines)
            token = {"nextToken": page["nextForwardToken"]}


@pytest.fixture(scope="session")
def glue(openglue: Any, tmp_path_factory: pytest.TempPathFactory) -> Glue:
    options = {"config": Config(retries={"max_attempts": 1}, max_pool_connections=64)}
    client = openglue.client("glue", **options)
    served = load_service("glue")

    def check(parsed: dict[str, Any], model: Any, **_: Any) -> None:
        answer = {key: value for key, value in parsed.items() if key != "ResponseMetadata"}
        if "Error" not in answer:
            assert conforms(served.operations[model.name], _wire(answer)) == []

    client.meta.events.register("after-call.glue", check)
    return Glue(client, openglue.client("logs", **options), tmp_path_factory.mktemp("scripts"))


def _wire(value: Any) -> Any:
    """What botocore parsed, as it was on the wire: times are numbers."""
    if isinstance(value, dict):
        return {key: _wire(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_wire(item) for item in value]
    return value.timestamp() if hasattr(value, "timestamp") else value


@pytest.fixture
def error_of() -> Callable[..., tuple[str, str]]:
    """The code and message with which a call is refused."""
    from botocore.exceptions import ClientError

    def call(function: Callable[..., Any], **request: Any) -> tuple[str, str]:
        with pytest.raises(ClientError) as caught:
            function(**request)
        error = caught.value.response["Error"]
        return error["Code"], error["Message"]

    return call
