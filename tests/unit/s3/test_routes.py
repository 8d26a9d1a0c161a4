"""Routes of a run's calls: the environment of the run, and what an unrouted call is told."""

from __future__ import annotations

import pytest

from openglue.s3.routes import RouteError, aws_url, environment, service_of, unrouted_message, variable

OURS = "http://127.0.0.1:4566"


def test_without_routes_everything_comes_to_us():
    assert environment({}, OURS) == {
        "AWS_ENDPOINT_URL": OURS,
        "AWS_ENDPOINT_URL_CLOUDWATCH_LOGS": OURS,
        "AWS_ENDPOINT_URL_GLUE": OURS,
        "AWS_ENDPOINT_URL_IAM": OURS,
        "AWS_ENDPOINT_URL_S3": OURS,
        "AWS_ENDPOINT_URL_STS": OURS,
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "false",
        "AWS_ALLOW_HTTP": "true",
    }


def test_routes_are_an_address_or_aws_or_us():
    found = environment(
        {
            "dynamodb": "http://localhost:8000",
            "secretsmanager": "aws",
            "s3": "https://minio.example",
            "iam": "embedded",
        },
        "https://glue.example",
        "eu-west-1",
    )
    assert found["AWS_ENDPOINT_URL_DYNAMODB"] == "http://localhost:8000"
    assert found["AWS_ENDPOINT_URL_SECRETS_MANAGER"] == "https://secretsmanager.eu-west-1.amazonaws.com"
    assert found["AWS_ENDPOINT_URL_S3"] == "https://minio.example"
    assert found["AWS_ENDPOINT_URL_IAM"] == found["AWS_ENDPOINT_URL"] == "https://glue.example"
    assert "AWS_ALLOW_HTTP" not in found


@pytest.mark.parametrize("route", ["", "AWS", "localhost:8000", "ftp://x", "https://"])
def test_a_route_that_means_nothing_is_refused_and_named(route: str):
    with pytest.raises(RouteError, match="setting routes: sqs = "):
        environment({"sqs": route}, OURS)


def test_names_of_variables_and_hosts():
    assert variable("stepfunctions") == "AWS_ENDPOINT_URL_SFN"
    assert variable("redshift-data") == "AWS_ENDPOINT_URL_REDSHIFT_DATA"
    assert aws_url("stepfunctions", "us-west-2") == "https://states.us-west-2.amazonaws.com"
    assert aws_url("iam", "us-west-2") == "https://iam.amazonaws.com"
    assert aws_url("sqs", "cn-north-1") == "https://sqs.cn-north-1.amazonaws.com.cn"


SCOPE = "AKID/20261122/eu-west-1/{}/aws4_request"


@pytest.mark.parametrize(
    ("authorization", "query", "service"),
    [
        (f"AWS4-HMAC-SHA256 Credential={SCOPE.format('s3')}, SignedHeaders=host, Signature=ab", {}, "s3"),
        (f"AWS4-HMAC-SHA256 SignedHeaders=host,Credential={SCOPE.format('DynamoDB')},Signature=ab", {}, "dynamodb"),
        ("AWS4-ECDSA-P256-SHA256 Credential=AKID/20261122/s3/aws4_request, Signature=ab", {}, "s3"),
        ("", {"X-Amz-Credential": SCOPE.format("s3"), "X-Amz-Signature": "ab"}, "s3"),
        (None, {"AWSAccessKeyId": "AKID", "Signature": "ab", "Expires": "1"}, "s3"),
        ("AWS AKID:frJIUN8DYpKDtOLCwo//yllqDzg=", {}, "s3"),
        ("", {}, None),
        (None, None, None),
        ("Bearer token", {}, None),
        ("AWS4-HMAC-SHA256 Credential=nonsense", {"X-Amz-Credential": SCOPE.format("s3")}, None),
        ("", {"X-Amz-Credential": "a/b"}, None),
    ],
)
def test_a_signature_names_its_service(authorization: str | None, query: dict[str, str] | None, service: str | None):
    assert service_of(authorization, query) == service


def test_an_unrouted_call_is_told_which_setting_would_route_it():
    assert "Set routes: dynamodbx = a URL" in unrouted_message("dynamodbx")
    assert "Set routes: stepfunctions = a URL" in unrouted_message("states")
    assert "OPENGLUE_ROUTES=stepfunctions=aws" in unrouted_message("states")
    assert "bedrock-runtime" in unrouted_message("bedrock")
