"""Ranges and conditions, as tables."""

from __future__ import annotations

import pytest

from openglue.s3.conditions import check_copy, check_read, check_write, http_date
from openglue.s3.faults import S3Error
from openglue.s3.operations.values import byte_range, number
from openglue.s3.requests import Request

AT = 1_700_000_000_500_000_000
SAME, BEFORE, AFTER = http_date(AT), http_date(AT - 5_000_000_000), http_date(AT + 5_000_000_000)


def code(check: object, *arguments: object) -> str:
    try:
        check(*arguments)  # type: ignore[operator]
    except S3Error as error:
        return error.code
    return ""


@pytest.mark.parametrize(
    ("headers", "wanted"),
    [
        ({}, ""),
        ({"if-match": '"tag"'}, ""),
        ({"if-match": "tag"}, ""),
        ({"if-match": '"a", "tag"'}, ""),
        ({"if-match": "*"}, ""),
        ({"if-match": ""}, ""),
        ({"if-match": '"other"'}, "PreconditionFailed"),
        ({"if-none-match": '"tag"'}, "NotModified"),
        ({"if-none-match": 'W/"tag"'}, "NotModified"),
        ({"if-none-match": "*"}, "NotModified"),
        ({"if-none-match": '"other"'}, ""),
        ({"if-modified-since": SAME}, "NotModified"),
        ({"if-modified-since": BEFORE}, ""),
        ({"if-modified-since": "yesterday"}, ""),
        ({"if-unmodified-since": SAME}, ""),
        ({"if-unmodified-since": BEFORE}, "PreconditionFailed"),
        # The tag decides where both are given (RFC 9110 13.2.2).
        ({"if-match": '"tag"', "if-unmodified-since": BEFORE}, ""),
        ({"if-none-match": '"other"', "if-modified-since": AFTER}, ""),
    ],
)
def test_conditions_of_reading(headers: dict[str, str], wanted: str):
    assert code(check_read, headers, "tag", AT) == wanted
    copied = {f"x-amz-copy-source-{name}": value for name, value in headers.items()}
    assert code(check_copy, copied, "tag", AT) == ("PreconditionFailed" if wanted else "")


@pytest.mark.parametrize(
    ("headers", "etag", "wanted"),
    [
        ({}, None, ""),
        ({}, "tag", ""),
        ({"if-none-match": "*"}, None, ""),
        ({"if-none-match": "*"}, "tag", "PreconditionFailed"),
        ({"if-none-match": '"tag"'}, "tag", "NotImplemented"),
        ({"if-match": '"tag"'}, "tag", ""),
        ({"if-match": '"other"'}, "tag", "PreconditionFailed"),
        ({"if-match": '"tag"'}, None, "NoSuchKey"),
    ],
)
def test_conditions_of_writing(headers: dict[str, str], etag: str | None, wanted: str):
    assert code(check_write, headers, etag) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (None, None),
        ("bytes=0-0", (0, 1)),
        ("bytes=2-4", (2, 3)),
        ("bytes=2-", (2, 8)),
        ("bytes=2-99", (2, 8)),
        ("bytes=-3", (7, 3)),
        ("bytes=-99", (0, 10)),
        ("bytes=4-2", None),
        ("bytes=0-1,3-4", None),
        ("lines=0-1", None),
        ("bytes=a-b", None),
        ("bytes=1", None),
        ("bytes=²-3", None),
    ],
)
def test_ranges_of_ten_bytes(text: str | None, wanted: tuple[int, int] | None):
    assert byte_range(text, 10) == wanted


@pytest.mark.parametrize(
    ("text", "size"),
    [("bytes=10-", 10), ("bytes=10-20", 10), ("bytes=-0", 10), ("bytes=-", 10), ("bytes=0-", 0), ("bytes=-5", 0)],
)
def test_a_range_outside_is_refused(text: str, size: int):
    assert code(byte_range, text, size) == "InvalidRange"


def test_numbers_in_a_query_are_numbers():
    def ask(text: str) -> int:
        return number(Request(method="GET", bucket="b", key="", query={"n": text}, headers={}), "n", 7, 100)

    assert [ask(""), ask("0"), ask("50"), ask("5000")] == [7, 0, 50, 100]
    for text in ("-1", "1.5", "x", "²", "9" * 30):
        assert code(ask, text) == "InvalidArgument"
