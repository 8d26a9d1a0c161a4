"""ListObjects, in both versions."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable

from openglue.s3 import listing
from openglue.s3.answers import Answer, xml
from openglue.s3.documents import Element, time_text, url_encoded
from openglue.s3.faults import S3Error
from openglue.s3.objects import faults
from openglue.s3.operations.values import number
from openglue.s3.requests import Request
from openglue.s3.store import Store

_PAGE = 1000


def list_objects(store: Store, request: Request) -> Answer:
    marker = request.query.get("marker", "")
    found = _page(store, request, marker)
    encode = _encoding(request)
    extra: list[Element] = [("Marker", encode(marker))]
    if found.truncated and request.query.get("delimiter"):
        # Without a delimiter, the next page's marker is the last key, and clients know that.
        extra.append(("NextMarker", encode(found.last)))
    return _answer(store, request, found, extra)


def list_objects_v2(store: Store, request: Request) -> Answer:
    start, token = request.query.get("start-after", ""), request.query.get("continuation-token")
    found = _page(store, request, _read_token(token) if token else start)
    extra: list[Element] = [("KeyCount", str(len(found.entries) + len(found.prefixes)))]
    if start:
        extra.append(("StartAfter", _encoding(request)(start)))
    if token:
        extra.append(("ContinuationToken", token))
    if found.truncated:
        extra.append(("NextContinuationToken", base64.urlsafe_b64encode(found.last.encode()).decode()))
    return _answer(store, request, found, extra)


def _page(store: Store, request: Request, after: str) -> listing.Page:
    folder = store.objects.bucket(request.bucket)
    limit = number(request, "max-keys", _PAGE, _PAGE)
    with faults():
        return listing.page(
            folder,
            prefix=request.query.get("prefix", ""),
            delimiter=request.query.get("delimiter", ""),
            after=after,
            limit=limit,
        )


def _answer(store: Store, request: Request, found: listing.Page, extra: list[Element]) -> Answer:
    encode = _encoding(request)
    children: list[Element] = [
        ("Name", request.bucket),
        ("Prefix", encode(request.query.get("prefix", ""))),
        ("MaxKeys", str(number(request, "max-keys", _PAGE, _PAGE))),
        ("IsTruncated", "true" if found.truncated else "false"),
        *extra,
    ]
    if request.query.get("delimiter"):
        children.append(("Delimiter", encode(request.query["delimiter"])))
    if request.query.get("encoding-type"):
        children.append(("EncodingType", "url"))
    for entry in found.entries:
        try:
            known = store.objects.entry(entry.key, entry.path, entry.status)
        except (S3Error, FileNotFoundError):
            continue  # gone since its folder was read
        children.append(
            (
                "Contents",
                [
                    ("Key", encode(entry.key)),
                    ("LastModified", time_text(known.modified_ns)),
                    ("ETag", f'"{known.etag}"'),
                    ("Size", str(known.size)),
                    ("StorageClass", "STANDARD"),
                ],
            )
        )
    children.extend(("CommonPrefixes", [("Prefix", encode(prefix))]) for prefix in found.prefixes)
    return xml("ListBucketResult", children)


def _encoding(request: Request) -> Callable[[str], str]:
    kind = request.query.get("encoding-type", "")
    if kind not in ("", "url"):
        raise S3Error("InvalidArgument", "Invalid Encoding Method specified in Request")
    return url_encoded if kind else str


def _read_token(token: str) -> str:
    try:
        return base64.urlsafe_b64decode(token).decode()
    except (binascii.Error, ValueError):
        raise S3Error("InvalidArgument", "The continuation token provided is incorrect") from None
