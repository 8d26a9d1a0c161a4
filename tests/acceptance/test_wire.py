"""The wire itself: what clients other than boto3 may send, and what they are told."""

from __future__ import annotations

import http.client
import json
from typing import Any
from urllib.parse import urlsplit

import pytest

JSON = {"Content-Type": "application/x-amz-json-1.1"}


def call(url: str, target: str | None, body: bytes, headers: dict[str, str] | None = None) -> tuple[int, Any, Any]:
    address = urlsplit(url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=30)
    sent = {**JSON, **({} if target is None else {"X-Amz-Target": target}), **(headers or {})}
    connection.request("POST", "/", body=body, headers=sent)
    response = connection.getresponse()
    text = response.read()
    connection.close()
    return response.status, json.loads(text or b"null"), response.headers


@pytest.mark.contract("12.2", "12.9")
@pytest.mark.parametrize(
    ("target", "body", "code"),
    [
        ("AWSGlue.NoSuchOperation", b"{}", "UnknownOperationException"),
        ("AWSGlue.CreateCrawler", b"{}", "UnknownOperationException"),
        ("", b"{}", "UnknownOperationException"),
        ("Nonsense", b"{}", "UnknownOperationException"),
        ("AWSGlue.GetJob", b"not json", "SerializationException"),
        ("AWSGlue.GetJob", b'{"JobName": ', "SerializationException"),
        ("AWSGlue.GetJob", b"[]", "SerializationException"),
        ("AWSGlue.GetJob", b'{"JobName": 1}', "SerializationException"),
        ("AWSGlue.GetJob", b'{"JobName": "\xff"}', "SerializationException"),
        ("AWSGlue.GetJob", b'{"JobName": "a", "JobName": "b"}', "SerializationException"),
        ("AWSGlue.GetJob", b"[" * 100_000, "SerializationException"),
        ("AWSGlue.GetJob", b"{}", "ValidationException"),
        ("AWSGlue.GetJob", b'{"JobName": ""}', "ValidationException"),
        ("AWSGlue.GetJob", b'{"JobName": null}', "ValidationException"),
        ("AWSGlue.GetJob", b'{"JobName": "' + b"x" * 2_000_000 + b'"}', "InvalidInputException"),
        ("AWSGlue.GetJob", b'{"JobName": "no-such-job"}', "EntityNotFoundException"),
    ],
)
def test_whatever_is_sent_gets_a_modelled_answer(openglue: Any, target: str, body: bytes, code: str) -> None:
    status, answer, headers = call(openglue.url, target, body)
    assert (status, answer["__type"]) == (400, code)
    assert answer["Message"]
    assert headers["Content-Type"] == "application/x-amz-json-1.1"


@pytest.mark.contract("12.8")
def test_all_failures_are_told_at_once_in_the_words_of_aws(openglue: Any) -> None:
    body = json.dumps({"JobName": "x" * 256, "MaxResults": 1000}).encode()
    _, answer, _ = call(openglue.url, "AWSGlue.GetJobRuns", body)
    assert answer["Message"].startswith("2 validation errors detected: Value '")
    assert (
        "at 'jobName' failed to satisfy constraint: Member must have length less than or equal to 255"
        in (answer["Message"])
    )
    assert (
        "'maxResults' failed to satisfy constraint: Member must have value less than or equal to 200"
        in (answer["Message"])
    )


def test_members_that_nobody_knows_are_ignored(openglue: Any) -> None:
    status, answer, _ = call(openglue.url, "AWSGlue.ListJobs", b'{"Shoesize": 45}')
    assert status == 200
    assert "JobNames" in answer


@pytest.mark.contract("12.3")
def test_answers_carry_a_request_id(openglue: Any) -> None:
    _, _, headers = call(openglue.url, "AWSGlue.ListJobs", b"{}")
    assert len(headers["x-amzn-RequestId"]) == 36


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Host": "169.254.169.254"},
    ],
)
def test_a_web_page_cannot_drive_the_service(openglue: Any, headers: dict[str, str]) -> None:
    status, answer, _ = call(openglue.url, "AWSGlue.ListJobs", b"{}", headers)
    assert (status, answer["__type"]) == (403, "AccessDeniedException")


def test_a_page_of_this_machine_may_ask(openglue: Any) -> None:
    status, _, _ = call(openglue.url, "AWSGlue.ListJobs", b"{}", {"Origin": "http://localhost:3000"})
    assert status == 200


def test_the_run_protocol_is_closed_to_whoever_has_no_token(openglue: Any) -> None:
    address = urlsplit(openglue.url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=30)
    connection.request("POST", "/_openglue/run/v1/jr_x/finished?fence=1", headers={"Authorization": "Bearer x"})
    response = connection.getresponse()
    assert response.status == 401
    response.read()
    connection.close()


def test_health_is_told_and_nothing_else(openglue: Any) -> None:
    address = urlsplit(openglue.url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=30)
    connection.request("GET", "/healthz")
    response = connection.getresponse()
    assert (response.status, response.read()) == (200, b"")
    connection.close()
