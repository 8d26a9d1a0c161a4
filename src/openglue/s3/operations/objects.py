"""Objects: get, put, copy, delete."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import unquote

from openglue.s3 import documents
from openglue.s3.answers import Answer, xml
from openglue.s3.attributes import Attributes
from openglue.s3.conditions import check_copy, check_read, http_date
from openglue.s3.documents import Element, time_text
from openglue.s3.faults import S3Error
from openglue.s3.incoming import Received, check_small
from openglue.s3.objects import EMPTY_MD5, Object
from openglue.s3.operations.values import byte_range
from openglue.s3.requests import Request
from openglue.s3.store import Store

#: Objects up to this size are read at once; larger ones are sent as they are read.
AT_ONCE = 1 << 20
_METADATA_LIMIT = 2048
_DELETE_LIMIT = 1000

_KEPT_HEADERS = (
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-language",
    "content-type",
    "expires",
)


def get_object(store: Store, request: Request) -> Answer:
    found, file = store.objects.open(request.bucket, request.key)
    try:
        check_read(request.headers, found.etag, found.modified_ns)
        wanted = byte_range(request.headers.get("range"), found.size)
        headers = _headers(request, found)
        start, length = wanted or (0, found.size)
        headers["content-length"] = str(length)
        if wanted is not None:
            headers["content-range"] = f"bytes {start}-{start + length - 1}/{found.size}"
        elif request.headers.get("x-amz-checksum-mode", "").upper() == "ENABLED":
            headers |= _checksums(found.attributes.checksums)
        file.seek(start)
        status = 200 if wanted is None else 206
        if length <= AT_ONCE:
            data = file.read(length)
            if len(data) == length:
                file.close()
                return Answer(status=status, headers=headers, body=data)
            file.seek(start)
        return Answer(status=status, headers=headers, file=file, length=length)
    except BaseException:
        file.close()
        raise


def head_object(store: Store, request: Request) -> Answer:
    answer = get_object(store, request)
    if answer.file is not None:
        answer.file.close()
    return Answer(status=answer.status, headers=answer.headers)


def prepare_put(store: Store, request: Request) -> None:
    store.objects.bucket(request.bucket)
    kept_headers(request)
    if request.key.endswith("/") and _promised_length(request) > 0:
        raise S3Error(
            "NotImplemented",
            "OpenGlue's embedded S3 keeps objects as files: a key that ends in a slash is a folder and has no bytes.",
        )


def put_object(store: Store, request: Request, received: Received) -> Answer:
    if request.key.endswith("/"):
        if received.md5 != EMPTY_MD5:
            raise S3Error("InvalidArgument", "A key that ends in a slash is a folder and has no bytes.")
        found = store.objects.make_folder(request.bucket, request.key, request.headers)
    else:
        known = Attributes(
            etag=received.md5,
            headers=kept_headers(request),
            metadata=request.metadata(),
            checksums=received.checksums,
        )
        found = store.objects.put(request.bucket, request.key, received.staged, known, request.headers)
    return Answer(headers={"etag": f'"{found.etag}"', **_checksums(received.checksums)})


def copy_object(store: Store, request: Request) -> Answer:
    bucket, key = copy_source(request)
    replace = _directive(request) == "REPLACE"
    if (bucket, key) == (request.bucket, request.key) and not replace:
        raise S3Error(
            "InvalidRequest",
            "This copy request is illegal because it is trying to copy an object to itself without changing the "
            "object's metadata, storage class, website redirect location or encryption attributes.",
        )
    store.objects.bucket(request.bucket)
    source, file = store.objects.open(bucket, key)
    staged = store.objects.stage()
    try:
        with file:
            check_copy(request.headers, source.etag, source.modified_ns)
            md5 = store.objects.copy(file, staged, source.size)
        if request.key.endswith("/"):
            if source.size:
                raise S3Error("InvalidArgument", "A key that ends in a slash is a folder and has no bytes.")
            made = store.objects.make_folder(request.bucket, request.key, request.headers)
        else:
            known = Attributes(
                etag=md5,
                headers=kept_headers(request) if replace else source.attributes.headers,
                metadata=request.metadata() if replace else source.attributes.metadata,
                checksums=source.attributes.checksums,
            )
            made = store.objects.put(request.bucket, request.key, staged, known, request.headers)
    finally:
        staged.unlink(missing_ok=True)
    return xml("CopyObjectResult", [("LastModified", time_text(made.modified_ns)), ("ETag", f'"{made.etag}"')])


def delete_object(store: Store, request: Request) -> Answer:
    store.objects.delete(request.bucket, request.key, request.headers)
    return Answer(status=204)


def delete_objects(store: Store, request: Request) -> Answer:
    store.objects.bucket(request.bucket)
    check_small(request.body, request.headers)
    keys, quiet = documents.read_keys(request.body)
    if not keys or len(keys) > _DELETE_LIMIT:
        raise S3Error("MalformedXML")
    children: list[Element] = []
    for key in keys:
        try:
            store.objects.delete(request.bucket, key, {})
        except S3Error as error:
            children.append(("Error", [("Key", key), ("Code", error.code), ("Message", error.message)]))
        else:
            if not quiet:
                children.append(("Deleted", [("Key", key)]))
    return xml("DeleteResult", children)


def kept_headers(request: Request) -> dict[str, str]:
    """The headers of a request that are kept with the object. Raises S3Error (MetadataTooLarge)."""
    metadata = request.metadata()
    if sum(len(name) + len(value) for name, value in metadata.items()) > _METADATA_LIMIT:
        raise S3Error("MetadataTooLarge")
    kept = {name: request.headers[name] for name in _KEPT_HEADERS if request.headers.get(name)}
    if "content-encoding" in kept:
        codings = [coding.strip() for coding in kept["content-encoding"].split(",")]
        kept["content-encoding"] = ",".join(coding for coding in codings if coding.lower() != "aws-chunked")
        if not kept["content-encoding"]:
            del kept["content-encoding"]
    return kept


def copy_source(request: Request) -> tuple[str, str]:
    """Bucket and key in x-amz-copy-source, which may begin with a slash and is percent-encoded. Raises S3Error."""
    path, _, version = request.headers["x-amz-copy-source"].partition("?versionId=")
    if version not in ("", "null"):
        raise S3Error("NotImplemented", "OpenGlue's embedded S3 has no versions of objects.")
    bucket, _, key = unquote(path).removeprefix("/").partition("/")
    if not bucket or not key:
        raise S3Error("InvalidArgument", "Copy Source must mention the source bucket and key: sourcebucket/sourcekey")
    return bucket, key


def _directive(request: Request) -> str:
    directive = request.headers.get("x-amz-metadata-directive", "COPY").upper()
    if directive not in ("COPY", "REPLACE"):
        raise S3Error("InvalidArgument", "Unknown metadata directive.")
    return directive


def _promised_length(request: Request) -> int:
    text = request.headers.get("x-amz-decoded-content-length") or request.headers.get("content-length", "0")
    return int(text) if text.isascii() and text.isdigit() else 0


def _headers(request: Request, found: Object) -> dict[str, str]:
    headers = {
        "accept-ranges": "bytes",
        "content-type": "binary/octet-stream",
        "etag": f'"{found.etag}"',
        "last-modified": http_date(found.modified_ns),
        **found.attributes.headers,
    }
    headers |= {f"x-amz-meta-{name}": value for name, value in found.attributes.metadata.items()}
    prefix = "response-"
    headers |= {name[len(prefix) :]: value for name, value in request.query.items() if name.startswith(prefix)}
    return headers


def _checksums(checksums: Mapping[str, str]) -> dict[str, str]:
    if not checksums:
        return {}
    return {f"x-amz-checksum-{name}": value for name, value in checksums.items()} | {
        "x-amz-checksum-type": "FULL_OBJECT"
    }
