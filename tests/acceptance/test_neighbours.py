"""The operations of other services that Glue clients call on the same endpoint, through boto3 and on the wire."""

from __future__ import annotations

import http.client
import re
import time
import uuid
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode, urlsplit
from xml.etree import ElementTree as ET

import pytest
from botocore.exceptions import ClientError
from tests.acceptance.conftest import ENDED, Glue

ErrorOf = Callable[..., tuple[str, str]]

ACCOUNT = "000000000000"
ROLE_ARN = f"arn:aws:iam::{ACCOUNT}:role/path/etl"


def send(url: str, method: str, path: str, body: str = "", **headers: str) -> tuple[int, str, bytes]:
    address = urlsplit(url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=30)
    connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
    response = connection.getresponse()
    answer = response.status, response.headers["Content-Type"], response.read()
    connection.close()
    return answer


def form(url: str, **parameters: str) -> tuple[int, ET.Element]:
    """A call in the query protocol that nobody signed; the answer without namespaces."""
    sent = send(
        url, "POST", "/", urlencode(parameters), Content_Type="application/x-www-form-urlencoded; charset=utf-8"
    )
    status, content_type, text = sent
    assert content_type == "text/xml"
    return status, ET.fromstring(re.sub(rb' xmlns="[^"]*"', b"", text))  # noqa: S314 - our own server's


# STS


def test_clients_learn_their_account_and_user(openglue: Any) -> None:
    sts = openglue.client("sts", aws_access_key_id="AKIAEXAMPLE", aws_secret_access_key="x")
    answer = sts.get_caller_identity()
    assert answer["Account"] == ACCOUNT
    assert answer["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/AKIAEXAMPLE"
    assert answer["UserId"] == "AKIAEXAMPLE"
    assert len(answer["ResponseMetadata"]["RequestId"]) == 36


def test_a_run_is_its_jobs_role(glue: Glue) -> None:
    script = "import boto3\nprint(boto3.client('sts').get_caller_identity()['Arn'])"
    name = f"job-{uuid.uuid4().hex[:10]}"
    glue(
        "CreateJob",
        Name=name,
        Role=ROLE_ARN,
        Command={"Name": "pythonshell", "ScriptLocation": glue.script(script)},
        DefaultArguments={"library-set": "none"},
    )
    run = glue.wait(name, glue.start(name))
    assert glue.text(run) == f"arn:aws:sts::{ACCOUNT}:assumed-role/etl/{run['Id']}", glue.text(run, "error")


@pytest.mark.parametrize("token", ["x", "jr_unknown.1", ".", "jr_.x"])
def test_credentials_of_no_run_are_a_users(openglue: Any, token: str) -> None:
    sts = openglue.client("sts", aws_access_key_id="ASIA1", aws_secret_access_key="x", aws_session_token=token)
    assert sts.get_caller_identity()["Arn"].endswith(":user/ASIA1")


def test_a_caller_that_does_not_sign_is_root(openglue: Any) -> None:
    status, answer = form(openglue.url, Action="GetCallerIdentity", Version="2011-06-15")
    assert status == 200
    assert answer.findtext("GetCallerIdentityResult/Arn") == f"arn:aws:iam::{ACCOUNT}:root"


def test_a_presigned_url_is_answered(openglue: Any) -> None:
    sts = openglue.client("sts", aws_access_key_id="AKIAURL", aws_secret_access_key="x")
    url = urlsplit(sts.generate_presigned_url("get_caller_identity", HttpMethod="GET"))
    status, _, text = send(openglue.url, "GET", f"/?{url.query}")
    assert (status, b":user/AKIAURL<" in text) == (200, True)


# IAM


def test_a_role_has_an_arn_of_the_account_and_is_always_the_same(openglue: Any) -> None:
    iam = openglue.client("iam")
    name = "Etl_+=,.@-1"
    role = iam.get_role(RoleName=name)["Role"]
    assert (role["RoleName"], role["Arn"], role["Path"]) == (name, f"arn:aws:iam::{ACCOUNT}:role/{name}", "/")
    assert re.fullmatch("AROA[A-Z2-7]{17}", role["RoleId"])
    assert role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"] == {"Service": "glue.amazonaws.com"}
    assert role["MaxSessionDuration"] == 3600
    assert iam.get_role(RoleName=name)["Role"] == role
    assert iam.get_role(RoleName="other")["Role"]["RoleId"] != role["RoleId"]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("a/b", r"Value 'a/b' at 'roleName' failed to satisfy constraint: Member must satisfy regular expression"),
        ("a" * 65, "Member must have length less than or equal to 64"),
        ("x\x01<y>", "at 'roleName'"),
    ],
)
def test_what_is_no_role_name_is_refused(openglue: Any, error_of: ErrorOf, name: str, words: str) -> None:
    code, message = error_of(openglue.client("iam").get_role, RoleName=name)
    assert code == "ValidationError"
    assert words in message


def test_a_role_must_be_named(openglue: Any) -> None:
    status, answer = form(openglue.url, Action="GetRole", Version="2010-05-08")
    assert (status, answer.findtext("Error/Code")) == (400, "ValidationError")
    assert "Value null at 'roleName'" in (answer.findtext("Error/Message") or "")


# Both


@pytest.mark.parametrize(
    ("service", "method", "request_"),
    [
        ("sts", "assume_role", {"RoleArn": ROLE_ARN, "RoleSessionName": "session"}),
        ("sts", "get_session_token", {}),
        ("iam", "list_roles", {}),
    ],
)
def test_what_a_neighbour_does_not_serve_is_said_with_what_to_do(
    openglue: Any, error_of: ErrorOf, service: str, method: str, request_: dict[str, str]
) -> None:
    code, message = error_of(getattr(openglue.client(service), method), **request_)
    assert code == "UnknownOperationException"
    assert message.startswith("Could not find operation ")
    assert f"routes: {service} = " in message


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"Action": "GetCallerIdentity"},
        {"Action": "<x>\x00\ud7ff", "Version": "2012-11-05"},
        {"Version": "2011-06-15"},
    ],
)
def test_a_form_that_asks_for_nothing_we_serve_is_refused_in_xml(openglue: Any, parameters: dict[str, str]) -> None:
    status, answer = form(openglue.url, **parameters)
    assert (status, answer.findtext("Error/Code")) == (400, "UnknownOperationException")


@pytest.mark.parametrize("body", ["Action=%ff", "&".join(f"a{n}=1" for n in range(2000))])
def test_a_form_that_cannot_be_read_is_refused_in_xml(openglue: Any, body: str) -> None:
    status, _, text = send(openglue.url, "POST", "/", body, Content_Type="application/x-www-form-urlencoded")
    assert (status, b"<Code>MalformedQueryString</Code>" in text) == (400, True)


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "application/cbor", ""])
@pytest.mark.parametrize("service", ["glue", "logs"])
def test_a_call_of_no_operation_is_refused_in_json(openglue: Any, method: str, content_type: str, service: str) -> None:
    scope = f"AKIAEXAMPLE/20260101/us-east-1/{service}/aws4_request"
    signed = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature={'0' * 64}"
    for target in ({}, {"X_Amz_Target": ""}, {"X_Amz_Target": "AWSGlue.NoSuch"}):
        body = "{}" if method == "POST" else ""
        headers = {"Authorization": signed, "Content_Type": content_type, **target}
        status, answered, text = send(openglue.url, method, "/", body, **headers)
        assert (status, answered) == (400, "application/x-amz-json-1.1")
        assert b'"__type":"UnknownOperationException"' in text
        assert b"routes" not in text


def test_an_unsigned_call_in_aws_json_without_a_target_is_refused_in_json(openglue: Any) -> None:
    for method in ("GET", "POST"):
        status, answered, text = send(openglue.url, method, "/", Content_Type="application/x-amz-json-1.1")
        assert (status, answered) == (400, "application/x-amz-json-1.1")
        assert b'"__type":"UnknownOperationException"' in text


# CloudWatch Logs


def lines(count: int) -> str:
    return f"for number in range({count}): print(number)"


def test_both_streams_exist_as_soon_as_a_run_is_running(glue: Glue) -> None:
    name = glue.job("import time; time.sleep(60)")
    run_id = glue.start(name)
    # As often as it can be asked: nothing may lie between the state and the streams.
    until = time.monotonic() + 60
    while glue.get(name, run_id)["JobRunState"] != "RUNNING":
        assert time.monotonic() < until
    for stream in ("output", "error"):
        found = glue.logs.describe_log_streams(
            logGroupName=f"/aws-glue/python-jobs/{stream}", logStreamNamePrefix=run_id
        )["logStreams"]
        assert [each["logStreamName"] for each in found] == [run_id]
    # The script prints nothing.
    group = "/aws-glue/python-jobs/output"
    page = glue.logs.get_log_events(logGroupName=group, logStreamName=run_id, startFromHead=True)
    assert page["events"] == []
    again = glue.logs.get_log_events(
        logGroupName=group, logStreamName=run_id, nextToken=page["nextForwardToken"], startFromHead=True
    )
    assert again["nextForwardToken"] == page["nextForwardToken"]
    searched = glue.logs.filter_log_events(logGroupName=group, logStreamNames=[run_id])
    assert searched["events"] == []
    assert "nextToken" not in searched
    glue("BatchStopJobRun", JobName=name, JobRunIds=[run_id])
    glue.wait(name, run_id, ENDED)


def test_a_page_of_events_has_a_token_and_the_empty_one_at_the_end_has_none(glue: Glue) -> None:
    run = glue.run(lines(5))
    asked = {
        "logGroupName": f"{run['LogGroupName']}/output",
        "logStreamNames": [run["Id"]],
        # As Airflow asks: from the run's start on.
        "startTime": int(run["StartedOn"].timestamp() * 1000),
    }
    first = glue.logs.filter_log_events(**asked, limit=3)
    second = glue.logs.filter_log_events(**asked, nextToken=first["nextToken"])
    third = glue.logs.filter_log_events(**asked, nextToken=second["nextToken"])
    pages = [[event["message"] for event in page["events"]] for page in (first, second, third)]
    assert pages == [["0", "1", "2"], ["3", "4"], []]
    assert "nextToken" not in third
    assert {event["logStreamName"] for event in first["events"]} == {run["Id"]}
    assert len({event["eventId"] for event in first["events"] + second["events"]}) == 5


def test_a_token_given_to_botocores_paginator_goes_on_where_it_was(glue: Glue) -> None:
    """Airflow keeps the last nextToken that it saw, and passes it as StartingToken at its next look."""
    run = glue.run(lines(5))
    asked = {"logGroupName": f"{run['LogGroupName']}/output", "logStreamNames": [run["Id"]]}
    token = glue.logs.filter_log_events(**asked, limit=3)["nextToken"]
    pages = glue.logs.get_paginator("filter_log_events").paginate(**asked, PaginationConfig={"StartingToken": token})
    assert [event["message"] for page in pages for event in page["events"]] == ["3", "4"]


def test_glues_own_tokens_go_through_botocores_paginator_too(glue: Glue) -> None:
    names = sorted(glue.job("print()") for _ in range(3))
    first = glue("ListJobs", MaxResults=1)
    pages = glue.client.get_paginator("list_jobs").paginate(PaginationConfig={"StartingToken": first["NextToken"]})
    found = [*first["JobNames"], *(name for page in pages for name in page["JobNames"])]
    assert [name for name in found if name in names] == names
    assert len(found) == len(set(found))


def test_what_is_not_there_is_told_apart(glue: Glue, error_of: ErrorOf) -> None:
    run = glue.run("print('x')")
    group = f"{run['LogGroupName']}/output"
    for call, request in (
        (glue.logs.get_log_events, {"logStreamName": "x"}),
        (glue.logs.filter_log_events, {}),
        (glue.logs.describe_log_streams, {}),
    ):
        refusal = ("ResourceNotFoundException", "The specified log group does not exist.")
        assert error_of(call, logGroupName="/aws-glue/nowhere", **request) == refusal
    refusal = ("ResourceNotFoundException", "The specified log stream does not exist.")
    assert error_of(glue.logs.get_log_events, logGroupName=group, logStreamName="jr_no") == refusal
    assert error_of(glue.logs.filter_log_events, logGroupName=group, logStreamNames=["jr_no"]) == refusal
    # A prefix is a question, and nothing is an answer to it.
    assert glue.logs.describe_log_streams(logGroupName=group, logStreamNamePrefix="jr_no")["logStreams"] == []


# The ARNs that clients build


@pytest.mark.parametrize(
    "arn",
    [
        f"arn:aws:glue:us-east-1:{ACCOUNT}:job/",
        "arn:aws:glue:us-east-1::job/",
        f"arn:aws:glue::{ACCOUNT}:job/",
        "arn:aws:glue:::job/",
        "arn:aws-cn:glue:cn-north-1:123456789012:job/",
    ],
)
def test_tags_are_those_of_the_job_whatever_the_arn_leaves_empty(glue: Glue, arn: str) -> None:
    name = glue.job("print()")
    assert glue("GetTags", ResourceArn=arn + name)["Tags"] == {}
    assert glue("TagResource", ResourceArn=arn + name, TagsToAdd={"team": "etl", "stage": ""}).keys() == {
        "ResponseMetadata"
    }
    assert glue("GetTags", ResourceArn=arn + name)["Tags"] == {"team": "etl", "stage": ""}
    glue("UntagResource", ResourceArn=arn + name, TagsToRemove=["team", "unknown"])
    assert glue("GetTags", ResourceArn=f"arn:aws:glue:us-east-1:{ACCOUNT}:job/{name}")["Tags"] == {"stage": ""}


def test_tags_of_what_is_not_there_are_not_found(glue: Glue) -> None:
    for arn in ("arn:aws:glue:::job/no-such-job", "arn:aws:glue:us-east-1::crawler/c"):
        with pytest.raises(ClientError, match="EntityNotFoundException"):
            glue("GetTags", ResourceArn=arn)
    with pytest.raises(ClientError, match="InvalidInputException"):
        glue("GetTags", ResourceArn="arn:aws:glue:us-east-1:job/x")
