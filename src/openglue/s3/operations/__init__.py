"""Which operation of S3 a request is, and what does it.

A request that is not understood in full is refused and never served as something near it: what an ordinary reading
takes for a PutObject is a PutObjectTagging when `?tagging` stands behind it, and would overwrite the object.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from openglue.s3.answers import Answer
from openglue.s3.faults import S3Error
from openglue.s3.incoming import Received
from openglue.s3.operations import buckets, lists, multipart, objects
from openglue.s3.requests import Request
from openglue.s3.store import Store


@dataclass(frozen=True, kw_only=True)
class Operation:
    method: str
    level: str
    #: Query names that make a request this operation.
    marks: frozenset[str]
    #: Query names that it takes beside them.
    takes: frozenset[str] = frozenset()
    #: Whether the header x-amz-copy-source belongs to it.
    copies: bool = False


@dataclass(frozen=True, kw_only=True)
class Served(Operation):
    """It is answered from the request and its small body."""

    serve: Callable[[Store, Request], Answer]


@dataclass(frozen=True, kw_only=True)
class Streamed(Operation):
    """Its body is an object's, of any size. `prepare` looks at the request before the body is asked for."""

    prepare: Callable[[Store, Request], None]
    accept: Callable[[Store, Request, Received], Answer]


def _serve(
    method: str,
    level: str,
    marks: str,
    serve: Callable[[Store, Request], Answer],
    takes: str = "",
    *,
    copies: bool = False,
) -> Served:
    return Served(
        method=method,
        level=level,
        marks=frozenset(marks.split()),
        takes=frozenset(takes.split()),
        copies=copies,
        serve=serve,
    )


def _stream(
    marks: str, prepare: Callable[[Store, Request], None], accept: Callable[[Store, Request, Received], Answer]
) -> Streamed:
    return Streamed(method="PUT", level="object", marks=frozenset(marks.split()), prepare=prepare, accept=accept)


_LIST = "delimiter encoding-type max-keys prefix"
_GET = (
    "response-cache-control response-content-disposition response-content-encoding response-content-language "
    "response-content-type response-expires"
)

#: Add an operation here.
OPERATIONS: tuple[Served | Streamed, ...] = (
    _serve("GET", "service", "", buckets.list_buckets, "continuation-token max-buckets prefix"),
    _serve("PUT", "bucket", "", buckets.create_bucket),
    _serve("HEAD", "bucket", "", buckets.head_bucket),
    _serve("DELETE", "bucket", "", buckets.delete_bucket),
    _serve("GET", "bucket", "location", buckets.get_bucket_location),
    *(_serve("GET", "bucket", name, buckets.get_configuration) for name in buckets.CONFIGURATIONS),
    _serve("GET", "bucket", "", lists.list_objects, f"{_LIST} marker"),
    _serve("GET", "bucket", "list-type", lists.list_objects_v2, f"{_LIST} continuation-token fetch-owner start-after"),
    _serve("GET", "bucket", "uploads", multipart.list_multipart_uploads, "encoding-type prefix"),
    _serve("POST", "bucket", "delete", objects.delete_objects),
    _serve("GET", "object", "", objects.get_object, _GET),
    _serve("HEAD", "object", "", objects.head_object, _GET),
    _serve("DELETE", "object", "", objects.delete_object),
    _serve("PUT", "object", "", objects.copy_object, copies=True),
    _stream("", objects.prepare_put, objects.put_object),
    _serve("POST", "object", "uploads", multipart.create_multipart_upload),
    _serve("PUT", "object", "partNumber uploadId", multipart.upload_part_copy, copies=True),
    _stream("partNumber uploadId", multipart.prepare_part, multipart.upload_part),
    _serve("POST", "object", "uploadId", multipart.complete_multipart_upload),
    _serve("DELETE", "object", "uploadId", multipart.abort_multipart_upload),
    _serve("GET", "object", "uploadId", multipart.list_parts, "max-parts part-number-marker"),
)

# What presigned URLs of the old kind and some SDKs add to any operation.
_SIGNATURE = frozenset({"AWSAccessKeyId", "Expires", "Signature", "x-id"})

# Headers that would change what is stored or who may read it; without them the answer would be a lie.
_REFUSED_HEADERS = (
    "x-amz-copy-source-server-side-encryption-customer-algorithm",
    "x-amz-object-lock-legal-hold",
    "x-amz-object-lock-mode",
    "x-amz-server-side-encryption-customer-algorithm",
    "x-amz-tagging",
    "x-amz-website-redirect-location",
    "x-amz-write-offset-bytes",
)


def operation_of(request: Request) -> Served | Streamed:
    """The operation that a request is. Raises S3Error (NotImplemented, MethodNotAllowed)."""
    for header in _REFUSED_HEADERS:
        if header in request.headers:
            raise S3Error("NotImplemented", f"OpenGlue's embedded S3 has nothing for the header {header}.")
    names = request.query.keys() - _SIGNATURE
    if request.key and request.query.get("versionId") == "null":
        names -= {"versionId"}  # the name of the only version that an object without versions has
    copies = "x-amz-copy-source" in request.headers
    fitting = [
        row
        for row in OPERATIONS
        if row.method == request.method and row.level == request.level and row.copies == copies and row.marks <= names
    ]
    if not fitting:
        raise S3Error("MethodNotAllowed")
    found = max(fitting, key=lambda row: len(row.marks))
    unknown = sorted(names - found.marks - found.takes)
    if unknown:
        raise S3Error("NotImplemented", f"OpenGlue's embedded S3 has no {request.method} with ?{unknown[0]} here.")
    return found
