"""Programs that people use: the AWS CLI against the embedded S3, and botocore's reading of our routes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore.configprovider import ConfiguredEndpointProvider

from openglue.s3.routes import aws_url, environment, variable


@pytest.fixture
def aws(embedded: Any) -> Callable[..., str]:
    """Run one command of the AWS CLI, in the environment that a run has."""
    program = Path(sys.executable).with_name("aws")
    values = {
        **environment({}, embedded.endpoint),
        "AWS_ACCESS_KEY_ID": "AKID",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_SESSION_TOKEN": "token",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "PATH": os.environ["PATH"],
        "HOME": os.environ.get("HOME", "/"),
    }

    def run(*words: str) -> str:
        return subprocess.run(
            [program, *words], env=values, capture_output=True, text=True, check=True, timeout=60
        ).stdout

    return run


def test_the_aws_cli_moves_files_in_and_out(
    embedded: Any, aws: Callable[..., str], new_name: Callable[[], str], tmp_path: Path
):
    name = new_name()
    tree = tmp_path / "tree"
    (tree / "deep er").mkdir(parents=True)
    (tree / "deep er" / "ü.txt").write_text("text")
    with (tree / "large").open("wb") as file:
        file.truncate(20 << 20)
    aws("s3", "mb", f"s3://{name}")
    aws("s3", "sync", str(tree), f"s3://{name}/in", "--only-show-errors")
    assert (embedded.root / name / "in" / "deep er" / "ü.txt").read_text() == "text"
    assert "upload" not in aws("s3", "sync", str(tree), f"s3://{name}/in")
    aws("s3", "mv", f"s3://{name}/in", f"s3://{name}/moved", "--recursive", "--only-show-errors")
    listed = aws("s3", "ls", f"s3://{name}", "--recursive")
    assert [line.split(maxsplit=3)[3] for line in listed.splitlines()] == ["moved/deep er/ü.txt", "moved/large"]
    assert "PRE moved/" in aws("s3", "ls", f"s3://{name}")
    aws("s3", "cp", f"s3://{name}/moved", str(tmp_path / "out"), "--recursive", "--only-show-errors")
    assert (tmp_path / "out" / "deep er" / "ü.txt").read_text() == "text"
    assert (tmp_path / "out" / "large").stat().st_size == 20 << 20
    aws("s3", "rb", f"s3://{name}", "--force")
    assert not (embedded.root / name).exists()


SESSION = botocore.session.get_session()


def test_every_service_of_botocore_looks_for_the_variable_that_we_set():
    for name in SESSION.get_available_services():
        found: dict[str, str] = {variable(name): "http://here"}
        assert ConfiguredEndpointProvider({}, {}, name, found).provide() == "http://here", name


@pytest.mark.parametrize(
    "name",
    [
        "athena",
        "batch",
        "bedrock-runtime",
        "budgets",
        "ce",
        "cloudcontrol",
        "cloudfront",
        "cloudwatch",
        "dynamodb",
        "dynamodbstreams",
        "ec2",
        "ecr",
        "efs",
        "elb",
        "elbv2",
        "emr",
        "events",
        "firehose",
        "glue",
        "iam",
        "kinesis",
        "kinesisanalyticsv2",
        "kms",
        "lakeformation",
        "lambda",
        "logs",
        "mwaa",
        "opensearch",
        "opensearchserverless",
        "organizations",
        "rds",
        "rds-data",
        "redshift",
        "redshift-data",
        "resourcegroupstaggingapi",
        "route53",
        "s3",
        "sagemaker",
        "sagemaker-runtime",
        "secretsmanager",
        "service-quotas",
        "ses",
        "sesv2",
        "sns",
        "sqs",
        "ssm",
        "stepfunctions",
        "sts",
        "timestream-query",
        "timestream-write",
    ],
)
def test_aws_is_where_botocore_would_go(name: str):
    client = SESSION.create_client(name, "eu-west-1", aws_access_key_id="AKID", aws_secret_access_key="secret")
    assert client.meta.endpoint_url == aws_url(name, "eu-west-1")


@pytest.mark.parametrize("service", ["glue", "logs", "s3", "sts", "dynamodb", "stepfunctions", "iam"])
def test_a_client_in_a_run_calls_where_the_routes_say(service: str, monkeypatch: pytest.MonkeyPatch):
    routes = {"dynamodb": "http://127.0.0.1:8000", "stepfunctions": "aws"}
    for name, value in environment(routes, "http://127.0.0.1:4566", "eu-west-1").items():
        monkeypatch.setenv(name, value)
    wanted = {"dynamodb": "http://127.0.0.1:8000", "stepfunctions": "https://states.eu-west-1.amazonaws.com"}
    client = botocore.session.Session().create_client(
        service, "eu-west-1", aws_access_key_id="AKID", aws_secret_access_key="secret"
    )
    assert client.meta.endpoint_url == wanted.get(service, "http://127.0.0.1:4566")
