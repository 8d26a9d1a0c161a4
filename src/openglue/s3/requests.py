"""What an HTTP request asks of S3: a method, a bucket, a key, and names beside them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote_to_bytes

from openglue.s3.faults import S3Error
from openglue.s3.locations import is_bucket_name

_QUERY_LIMIT = 100
# What signs a presigned URL. Any other x-amz- name in a query is a header that the signer moved there.
_SIGNING = frozenset(
    f"x-amz-{name}"
    for name in (
        "algorithm",
        "content-sha256",
        "credential",
        "date",
        "expires",
        "security-token",
        "signature",
        "signedheaders",
    )
)


@dataclass(frozen=True, kw_only=True)
class Request:
    method: str
    #: Empty for the list of buckets.
    bucket: str
    #: Empty for the bucket itself.
    key: str
    query: Mapping[str, str]
    #: Names in lower case.
    headers: Mapping[str, str]
    #: A small body; the bytes of an object or a part come in pieces instead.
    body: bytes = b""

    @property
    def level(self) -> str:
        if not self.bucket:
            return "service"
        return "object" if self.key else "bucket"

    def metadata(self) -> dict[str, str]:
        """User metadata: the x-amz-meta- headers, without that beginning."""
        prefix = "x-amz-meta-"
        return {name[len(prefix) :]: value for name, value in self.headers.items() if name.startswith(prefix)}


def parse_request(method: str, raw_path: bytes, raw_query: bytes, headers: Iterable[tuple[bytes, bytes]]) -> Request:
    """Read a request in path style, or in virtual-hosted style where the host is <bucket>.localhost.

    `raw_path` is percent-encoded, as it came. Raises S3Error.
    """
    named: dict[str, str] = {}
    for raw_name, raw_value in headers:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        named[name] = f"{named[name]},{value}" if name in named else value
    try:
        path = unquote_to_bytes(raw_path).decode()
        query = dict(
            parse_qsl(raw_query.decode("latin-1"), keep_blank_values=True, errors="strict", max_num_fields=_QUERY_LIMIT)
        )
    except ValueError as error:  # UnicodeDecodeError is one
        raise S3Error("InvalidURI") from error
    for name in [name for name in query if name.lower().startswith("x-amz-")]:
        value = query.pop(name)
        if name.lower() not in _SIGNING:
            named.setdefault(name.lower(), value)
    bucket, key = _virtual_bucket(named.get("host", "")), path.removeprefix("/")
    if not bucket:
        bucket, _, key = key.partition("/")
        if key and not bucket:
            raise S3Error("InvalidBucketName")
    return Request(method=method, bucket=bucket, key=key, query=query, headers=named)


def _virtual_bucket(host: str) -> str:
    """The bucket in a host such as bucket.localhost:4566 or bucket.s3.localhost; empty for any other host."""
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
    label = name.lower().removesuffix(".localhost")
    if label == name.lower():
        return ""
    label = label.removesuffix(".s3")
    return label if is_bucket_name(label) else ""
