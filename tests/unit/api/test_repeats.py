"""Which calls are recognised when they are sent again."""

from __future__ import annotations

import pytest

from openglue.api.aws_json import load_service
from openglue.api.caller import Caller, access_key, caller
from openglue.api.operations import OPERATIONS
from openglue.api.repeats import INVOCATION, REPEATABLE, TOKEN, recognised
from openglue.errors import InvalidInputException

REQUEST = {"JobName": "j"}
BODY = b'{"JobName":"j"}'
SIGNED = b"AWS4-HMAC-SHA256 Credential=%s/20260101/us-east-1/glue/aws4_request, SignedHeaders=host, Signature=0"


def known(headers: dict[bytes, bytes], operation: str = "AWSGlue.StartJobRun", body: bytes = BODY):
    return recognised(operation, headers, body, REQUEST)


def test_every_operation_of_the_table_is_served():
    prefix = load_service("glue").target_prefix
    assert {target.removeprefix(f"{prefix}.") for target in REPEATABLE} <= OPERATIONS.keys()


def test_a_call_that_nothing_names_is_not_recognised():
    assert known({}) is None
    assert known({INVOCATION: b""}) is None
    assert known({b"authorization": SIGNED % b"AKIA"}) is None


def test_an_invocation_counts_with_its_caller_its_operation_and_its_bytes():
    calls = [
        known({INVOCATION: b"1"}),
        known({INVOCATION: b"2"}),
        known({INVOCATION: b"1", b"authorization": SIGNED % b"AKIA"}),
        known({INVOCATION: b"1", b"authorization": SIGNED % b"ASIA"}),
        known({INVOCATION: b"1"}, "AWSGlue.CreateJob"),
        known({INVOCATION: b"1"}, body=BODY + b" "),
    ]
    assert known({INVOCATION: b"1"}) == calls[0]
    assert len({call.key for call in calls}) == len(calls)


def test_what_is_signed_again_is_the_same_call():
    """An SDK signs each attempt: the time and the signature differ."""
    first, second = (SIGNED % b"AKIA" + digit for digit in (b"1", b"2"))
    calls = [known({INVOCATION: b"1", b"authorization": text}) for text in (first, second)]
    assert calls[0] == calls[1]


def test_a_token_counts_and_not_the_invocation():
    first = known({TOKEN: b"t", INVOCATION: b"1"})
    assert known({TOKEN: b"t", INVOCATION: b"2"}, body=BODY + b" ") == first
    assert known({TOKEN: b"u", INVOCATION: b"1"}) != first
    other = recognised("AWSGlue.StartJobRun", {TOKEN: b"t"}, BODY, {"JobName": "k"})
    assert (other.key, other.request_sha == first.request_sha) == (first.key, False)


@pytest.mark.parametrize("token", [b"", b"x" * 256, b"\x1f", b"\x7f", "é".encode(), b"a\tb"])
def test_what_is_no_token_is_refused(token: bytes):
    with pytest.raises(InvalidInputException, match="1 to 255 printable"):
        known({TOKEN: token})


@pytest.mark.parametrize("token", [b"x", b"x" * 255, b" !~"])
def test_what_is_a_token_is_taken(token: bytes):
    assert known({TOKEN: token}) is not None


@pytest.mark.parametrize(
    ("header", "key"),
    [
        (b"", b""),
        (b"Bearer x", b""),
        (SIGNED % b"AKIA", b"AKIA"),
    ],
)
def test_an_access_key_is_what_the_signature_names(header: bytes, key: bytes):
    assert access_key({b"authorization": header}) == key


def test_a_caller_is_named_in_the_headers_or_in_the_query():
    headers = {b"authorization": SIGNED % b"AKIA", b"x-amz-security-token": b"token"}
    assert caller(headers, {}) == Caller(access_key="AKIA", session_token="token")
    query = {"X-Amz-Credential": "ASIA/20260101/us-east-1/sts/aws4_request", "X-Amz-Security-Token": "t"}
    assert caller({}, query) == Caller(access_key="ASIA", session_token="t")
    assert caller({}, {}) == Caller(access_key=None, session_token=None)
