"""Conditional requests: If-Match and its kin, for reading, writing and copying (RFC 9110, S3's own for writes)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime

from openglue.s3.faults import S3Error


def check_read(headers: Mapping[str, str], etag: str, modified_ns: int) -> None:
    """For GET and HEAD. Raises S3Error: PreconditionFailed, or NotModified."""
    if not _wanted(headers, "", etag, modified_ns):
        raise S3Error("PreconditionFailed")
    if not _changed(headers, "", etag, modified_ns):
        raise S3Error("NotModified")


def check_copy(headers: Mapping[str, str], etag: str, modified_ns: int) -> None:
    """For the source of a copy. Raises S3Error: PreconditionFailed."""
    prefix = "x-amz-copy-source-"
    if not (_wanted(headers, prefix, etag, modified_ns) and _changed(headers, prefix, etag, modified_ns)):
        raise S3Error("PreconditionFailed")


def check_write(headers: Mapping[str, str], etag: str | None) -> None:
    """For what replaces or deletes an object; `etag` is that of the object now, None if there is none.

    Raises S3Error: PreconditionFailed, NoSuchKey (If-Match of nothing), NotImplemented.
    """
    unless = headers.get("if-none-match")
    if unless:
        if unless.strip() != "*":
            raise S3Error("NotImplemented", "A header you provided implies functionality that is not implemented")
        if etag is not None:
            raise S3Error("PreconditionFailed")
    only_if = headers.get("if-match")
    if only_if:
        if etag is None:
            raise S3Error("NoSuchKey")
        if not _names(only_if, etag):
            raise S3Error("PreconditionFailed")


def http_date(time_ns: int) -> str:
    return format_datetime(datetime.fromtimestamp(time_ns // 1_000_000_000, UTC), usegmt=True)


def _wanted(headers: Mapping[str, str], prefix: str, etag: str, modified_ns: int) -> bool:
    # An empty If-Match is what clients send that got no tag from a list; it asks for nothing.
    if headers.get(f"{prefix}if-match"):
        return _names(headers[f"{prefix}if-match"], etag)
    limit = _seconds(headers.get(f"{prefix}if-unmodified-since"))
    return limit is None or modified_ns // 1_000_000_000 <= limit


def _changed(headers: Mapping[str, str], prefix: str, etag: str, modified_ns: int) -> bool:
    if headers.get(f"{prefix}if-none-match"):
        return not _names(headers[f"{prefix}if-none-match"], etag)
    limit = _seconds(headers.get(f"{prefix}if-modified-since"))
    return limit is None or modified_ns // 1_000_000_000 > limit


def _names(value: str, etag: str) -> bool:
    """Whether a list of entity tags (or `*`) has this one. S3's tags hold no commas."""
    tags = {tag.strip().removeprefix("W/").strip('"') for tag in value.split(",")}
    return etag in tags or "*" in tags


def _seconds(value: str | None) -> int | None:
    """Dates that are none are ignored (RFC 9110 13.1.3)."""
    if not value:
        return None
    try:
        return int(parsedate_to_datetime(value).timestamp())
    except ValueError:
        return None
