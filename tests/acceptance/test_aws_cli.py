"""The AWS CLI against the service: every operation, as a person types it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

AWS = Path(sys.executable).parent / "aws"


@pytest.fixture
def aws(openglue: Any, tmp_path: Path):
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "AWS_ENDPOINT_URL": openglue.url,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "x",
        "AWS_PAGER": "",
    }

    def call(*words: str, fails: str | None = None) -> Any:
        done = subprocess.run([AWS, *words], env=environ, capture_output=True, text=True, timeout=60, check=False)
        if fails is not None:
            assert done.returncode != 0
            assert fails in done.stderr
            return None
        assert done.returncode == 0, done.stderr
        try:
            return json.loads(done.stdout) if done.stdout.strip() else None
        except ValueError:
            return done.stdout

    return call


@pytest.mark.contract("1.1")
@pytest.mark.timeout(300)
def test_every_operation_from_the_command_line(aws, openglue: Any, tmp_path: Path) -> None:  # noqa: ANN001
    script = tmp_path / "hello.py"
    script.write_text("import sys\nprint('hello', sys.argv[sys.argv.index('--who') + 1])\n")
    aws("s3", "mb", "s3://cli-scripts")
    aws("s3", "cp", str(script), "s3://cli-scripts/hello.py")
    command = "Name=pythonshell,ScriptLocation=s3://cli-scripts/hello.py"
    arguments = json.dumps({"library-set": "none", "--who": "world"})
    created = aws(
        *("glue", "create-job", "--name", "cli", "--role", "r", "--command", command),
        *("--default-arguments", arguments, "--tags", "team=a"),
    )
    assert created == {"Name": "cli"}
    assert aws("glue", "get-job", "--job-name", "cli")["Job"]["MaxCapacity"] == 0.0625
    assert "cli" in aws("glue", "list-jobs")["JobNames"]
    assert "cli" in [job["Name"] for job in aws("glue", "get-jobs")["Jobs"]]
    assert aws("glue", "batch-get-jobs", "--job-names", "cli", "nope")["JobsNotFound"] == ["nope"]
    update = json.dumps(
        {
            "Role": "r",
            "Command": {"Name": "pythonshell", "ScriptLocation": "s3://cli-scripts/hello.py"},
            "DefaultArguments": json.loads(arguments),
            "MaxRetries": 0,
        }
    )
    assert aws("glue", "update-job", "--job-name", "cli", "--job-update", update) == {"JobName": "cli"}
    arn = "arn:aws:glue:us-east-1:000000000000:job/cli"
    assert aws("glue", "get-tags", "--resource-arn", arn)["Tags"] == {"team": "a"}

    aws("glue", "tag-resource", "--resource-arn", arn, "--tags-to-add", "stage=test")
    aws("glue", "untag-resource", "--resource-arn", arn, "--tags-to-remove", "team")
    assert aws("glue", "get-tags", "--resource-arn", arn)["Tags"] == {"stage": "test"}

    run_id = aws("glue", "start-job-run", "--job-name", "cli", "--arguments", json.dumps({"--who": "you"}))["JobRunId"]
    from tests.conftest import wait_for

    def ended() -> Any:
        run = aws("glue", "get-job-run", "--job-name", "cli", "--run-id", run_id)["JobRun"]
        return run if run["JobRunState"] not in ("STARTING", "RUNNING") else None

    run = wait_for(ended, deadline_s=90)
    assert run["JobRunState"] == "SUCCEEDED", run
    assert aws("glue", "get-job-runs", "--job-name", "cli")["JobRuns"][0]["Id"] == run_id
    log = ("--log-group-name", "/aws-glue/python-jobs/output", "--log-stream-name", run_id)
    assert [event["message"] for event in aws("logs", "get-log-events", *log)["events"]] == ["hello you"]
    filtered = aws("logs", "filter-log-events", *log[:2], "--log-stream-names", run_id, "--filter-pattern", "hello")
    assert [event["message"] for event in filtered["events"]] == ["hello you"]
    streams = aws("logs", "describe-log-streams", *log[:2], "--log-stream-name-prefix", run_id)["logStreams"]
    assert [stream["logStreamName"] for stream in streams] == [run_id]
    groups = aws("logs", "describe-log-groups", "--log-group-name-prefix", "/aws-glue/python-jobs")["logGroups"]
    assert "/aws-glue/python-jobs/output" in [group["logGroupName"] for group in groups]

    stopped = aws("glue", "batch-stop-job-run", "--job-name", "cli", "--job-run-ids", run_id)
    assert stopped["Errors"][0]["ErrorDetail"]["ErrorCode"] == "JobRunCannotBeStoppedException"
    aws("glue", "reset-job-bookmark", "--job-name", "cli", fails="EntityNotFoundException")
    aws("glue", "get-job-bookmark", "--job-name", "cli", fails="Continuation for job cli not found")
    aws("glue", "get-job-run", "--job-name", "cli", "--run-id", "jr_x", fails="EntityNotFoundException")
    aws("glue", "list-crawlers", fails="UnknownOperationException")
    aws("dynamodb", "list-tables", fails="routes")
    assert aws("glue", "delete-job", "--job-name", "cli") == {"JobName": "cli"}
    aws("glue", "get-job", "--job-name", "cli", fails="Job with name: cli not found.")
