"""Values in queries and headers, read."""

from __future__ import annotations

from openglue.s3.faults import S3Error
from openglue.s3.requests import Request


def number(request: Request, name: str, default: int, largest: int) -> int:
    """A number in the query, at most `largest`. Raises S3Error."""
    text = request.query.get(name)
    if text is None or text == "":
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise S3Error("InvalidArgument", f"Provided {name} not an integer or within integer range")
    return min(int(text), largest)


def byte_range(text: str | None, size: int) -> tuple[int, int] | None:
    """First byte and count of a Range header for `size` bytes; None for all, also where the header means nothing to S3.

    Raises S3Error (InvalidRange) where it lies outside.
    """
    if not text or not text.startswith("bytes="):
        return None
    first, dash, last = text.removeprefix("bytes=").strip().partition("-")
    if not dash or "," in last or not all(not part or (part.isascii() and part.isdigit()) for part in (first, last)):
        return None
    if not first:
        count = min(int(last), size) if last else 0
        if not count:
            raise S3Error("InvalidRange")
        return size - count, count
    start, end = int(first), min(int(last), size - 1) if last else size - 1
    if last and int(last) < start:
        return None  # RFC 9110: such a header is to be ignored
    if start >= size:
        raise S3Error("InvalidRange")
    return start, end - start + 1
