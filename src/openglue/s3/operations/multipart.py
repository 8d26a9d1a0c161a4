"""Multipart uploads: create, add parts, complete, abort, list."""

from __future__ import annotations

import re

from openglue.s3 import documents
from openglue.s3.answers import Answer, xml
from openglue.s3.conditions import check_copy
from openglue.s3.documents import Element, time_text, url_encoded
from openglue.s3.faults import S3Error
from openglue.s3.incoming import Received
from openglue.s3.operations.objects import copy_source, kept_headers
from openglue.s3.operations.values import number
from openglue.s3.requests import Request
from openglue.s3.store import Store
from openglue.s3.uploads import LAST_NUMBER, Upload

_PAGE = 1000
_COPY_RANGE = re.compile(r"bytes=([0-9]{1,18})-([0-9]{1,18})")


def create_multipart_upload(store: Store, request: Request) -> Answer:
    store.objects.check_key(request.bucket, request.key)
    upload = store.uploads.create(request.bucket, request.key, kept_headers(request), request.metadata())
    return xml(
        "InitiateMultipartUploadResult",
        [("Bucket", request.bucket), ("Key", request.key), ("UploadId", upload.id)],
    )


def prepare_part(store: Store, request: Request) -> None:
    _upload(store, request)
    _part_number(request)


def upload_part(store: Store, request: Request, received: Received) -> Answer:
    store.uploads.add(_upload(store, request), _part_number(request), received)
    headers = {f"x-amz-checksum-{name}": value for name, value in received.checksums.items()}
    return Answer(headers={"etag": f'"{received.md5}"', **headers})


def upload_part_copy(store: Store, request: Request) -> Answer:
    upload, part = _upload(store, request), _part_number(request)
    source, file = store.objects.open(*copy_source(request))
    staged = store.objects.stage()
    try:
        with file:
            check_copy(request.headers, source.etag, source.modified_ns)
            start, length = _copy_range(request.headers.get("x-amz-copy-source-range"), source.size)
            file.seek(start)
            md5 = store.objects.copy(file, staged, length)
        modified_ns = staged.stat().st_mtime_ns
        store.uploads.add(upload, part, Received(staged=staged, md5=md5, checksums={}))
    finally:
        staged.unlink(missing_ok=True)
    return xml("CopyPartResult", [("LastModified", time_text(modified_ns)), ("ETag", f'"{md5}"')])


def complete_multipart_upload(store: Store, request: Request) -> Answer:
    store.objects.bucket(request.bucket)
    parts = documents.read_parts(request.body)
    etag = store.uploads.complete(request.bucket, request.key, request.query["uploadId"], parts, request.headers)
    return xml(
        "CompleteMultipartUploadResult",
        [
            ("Location", f"/{request.bucket}/{url_encoded(request.key)}"),
            ("Bucket", request.bucket),
            ("Key", request.key),
            ("ETag", f'"{etag}"'),
        ],
    )


def abort_multipart_upload(store: Store, request: Request) -> Answer:
    store.objects.bucket(request.bucket)
    store.uploads.abort(request.bucket, request.key, request.query["uploadId"])
    return Answer(status=204)


def list_parts(store: Store, request: Request) -> Answer:
    upload = _upload(store, request)
    limit = number(request, "max-parts", _PAGE, _PAGE)
    after = number(request, "part-number-marker", 0, LAST_NUMBER)
    parts = [part for part in store.uploads.parts(upload) if part.number > after]
    shown = parts[:limit]
    children: list[Element] = [
        ("Bucket", request.bucket),
        ("Key", request.key),
        ("UploadId", upload.id),
        ("PartNumberMarker", str(after)),
        ("NextPartNumberMarker", str(shown[-1].number if shown else after)),
        ("MaxParts", str(limit)),
        ("IsTruncated", "true" if len(parts) > limit else "false"),
        ("StorageClass", "STANDARD"),
    ]
    children.extend(
        (
            "Part",
            [
                ("PartNumber", str(part.number)),
                ("LastModified", time_text(part.modified_ns)),
                ("ETag", f'"{part.etag}"'),
                ("Size", str(part.size)),
            ],
        )
        for part in shown
    )
    return xml("ListPartsResult", children)


def list_multipart_uploads(store: Store, request: Request) -> Answer:
    """All that are under way; there are never more than fit on a page."""
    store.objects.bucket(request.bucket)
    prefix = request.query.get("prefix", "")
    children: list[Element] = [("Bucket", request.bucket), ("Prefix", prefix), ("IsTruncated", "false")]
    children.extend(
        (
            "Upload",
            [
                ("Key", url_encoded(upload.key) if "encoding-type" in request.query else upload.key),
                ("UploadId", upload.id),
                ("StorageClass", "STANDARD"),
                ("Initiated", time_text(upload.initiated_ns)),
            ],
        )
        for upload in store.uploads.under_way(request.bucket)
        if upload.key.startswith(prefix)
    )
    return xml("ListMultipartUploadsResult", children)


def _upload(store: Store, request: Request) -> Upload:
    store.objects.bucket(request.bucket)
    return store.uploads.get(request.bucket, request.key, request.query["uploadId"])


def _part_number(request: Request) -> int:
    part = number(request, "partNumber", 0, LAST_NUMBER + 1)
    if not 1 <= part <= LAST_NUMBER:
        raise S3Error("InvalidArgument", f"Part number must be an integer between 1 and {LAST_NUMBER}, inclusive")
    return part


def _copy_range(text: str | None, size: int) -> tuple[int, int]:
    """First byte and count; S3 wants both ends here, within the source."""
    if text is None:
        return 0, size
    match = _COPY_RANGE.fullmatch(text)
    if match is None:
        raise S3Error("InvalidArgument", "The x-amz-copy-source-range value must be of the form bytes=first-last")
    first, last = int(match[1]), int(match[2])
    if not first <= last < size:
        raise S3Error("InvalidRange", f"The range {text} is not within the source's {size} bytes")
    return first, last - first + 1
