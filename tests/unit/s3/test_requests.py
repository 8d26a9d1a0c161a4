"""From an HTTP request to a bucket, a key and an operation; and what is refused there."""

from __future__ import annotations

import pytest

from openglue.s3.faults import S3Error
from openglue.s3.operations import OPERATIONS, Streamed, buckets, lists, multipart, objects, operation_of
from openglue.s3.requests import Request, parse_request


def request(method: str, target: str, **headers: str) -> Request:
    path, _, query = target.partition("?")
    named = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return parse_request(method, path.encode(), query.encode(), named)


@pytest.mark.parametrize(
    ("target", "host", "bucket", "key"),
    [
        ("/", "localhost:4566", "", ""),
        ("/data", "127.0.0.1:4566", "data", ""),
        ("/data/", "localhost", "data", ""),
        ("/data/a/b", "localhost", "data", "a/b"),
        ("/data/a/", "localhost", "data", "a/"),
        ("/data//a", "localhost", "data", "/a"),
        ("/data/a%2Fb%20c%2B+%25", "localhost", "data", "a/b c++%"),
        ("/data/%E6%97%A5%0A", "localhost", "data", "日\n"),
        ("/a/b", "data.localhost:4566", "data", "a/b"),
        ("/", "my.data.localhost", "my.data", ""),
        ("/a", "Data.S3.localhost:80", "data", "a"),
        ("/data/a", "s3.localhost:4566", "data", "a"),
        ("/data/a", "data.example.com", "data", "a"),
        ("/data/a", "[::1]:4566", "data", "a"),
    ],
)
def test_bucket_and_key_come_from_the_path_or_the_host(target: str, host: str, bucket: str, key: str):
    found = request("GET", target, host=host)
    assert (found.bucket, found.key) == (bucket, key)


@pytest.mark.parametrize("target", ["/data/%FF", "/data/a?x=%FF"])
def test_what_is_no_utf8_is_refused(target: str):
    with pytest.raises(S3Error) as refusal:
        request("GET", target)
    assert refusal.value.code == "InvalidURI"


def test_an_empty_bucket_is_not_taken_for_none():
    with pytest.raises(S3Error) as refusal:
        request("GET", "//data/a")
    assert refusal.value.code == "InvalidBucketName"


def test_headers_that_a_presigned_url_carries_in_its_query_count_as_headers():
    found = request(
        "PUT",
        "/data/a?X-Amz-Signature=ab&X-Amz-Credential=c&x-amz-meta-who=me&x-amz-acl=private&x-id=PutObject",
    )
    assert found.metadata() == {"who": "me"}
    assert isinstance(operation_of(found), Streamed)


OBJECT = "/data/a"
BUCKET = "/data"


@pytest.mark.parametrize(
    ("method", "target", "function"),
    [
        ("GET", "/", buckets.list_buckets),
        ("PUT", BUCKET, buckets.create_bucket),
        ("HEAD", BUCKET, buckets.head_bucket),
        ("DELETE", BUCKET, buckets.delete_bucket),
        ("GET", f"{BUCKET}?location", buckets.get_bucket_location),
        ("GET", f"{BUCKET}?policy", buckets.get_configuration),
        ("GET", f"{BUCKET}?versioning=", buckets.get_configuration),
        ("GET", BUCKET, lists.list_objects),
        ("GET", f"{BUCKET}?prefix=a&delimiter=/&encoding-type=url", lists.list_objects),
        ("GET", f"{BUCKET}?list-type=2&prefix=a&fetch-owner=true", lists.list_objects_v2),
        ("GET", f"{BUCKET}?uploads", multipart.list_multipart_uploads),
        ("POST", f"{BUCKET}?delete", objects.delete_objects),
        ("GET", OBJECT, objects.get_object),
        ("GET", f"{OBJECT}?versionId=null&response-content-type=a/b", objects.get_object),
        ("HEAD", OBJECT, objects.head_object),
        ("DELETE", f"{OBJECT}?x-id=DeleteObject", objects.delete_object),
        ("POST", f"{OBJECT}?uploads", multipart.create_multipart_upload),
        ("POST", f"{OBJECT}?uploadId=x", multipart.complete_multipart_upload),
        ("DELETE", f"{OBJECT}?uploadId=x", multipart.abort_multipart_upload),
        ("GET", f"{OBJECT}?uploadId=x&max-parts=1", multipart.list_parts),
    ],
)
def test_requests_find_their_operation(method: str, target: str, function: object):
    operation = operation_of(request(method, target))
    assert not isinstance(operation, Streamed)
    assert operation.serve is function


def test_a_put_is_one_of_four():
    put = operation_of(request("PUT", OBJECT))
    part = operation_of(request("PUT", f"{OBJECT}?partNumber=1&uploadId=x"))
    copy = operation_of(request("PUT", OBJECT, x_amz_copy_source="/data/b"))
    part_copy = operation_of(request("PUT", f"{OBJECT}?partNumber=1&uploadId=x", x_amz_copy_source="/data/b"))
    assert isinstance(put, Streamed)
    assert put.accept is objects.put_object
    assert isinstance(part, Streamed)
    assert part.accept is multipart.upload_part
    assert not isinstance(copy, Streamed)
    assert copy.serve is objects.copy_object
    assert not isinstance(part_copy, Streamed)
    assert part_copy.serve is multipart.upload_part_copy


SUBRESOURCES = (
    "acl",
    "tagging",
    "retention",
    "legal-hold",
    "torrent",
    "attributes",
    "restore",
    "select&select-type=2",
    "renameObject",
    "anything-new",
)


@pytest.mark.parametrize("name", SUBRESOURCES)
@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
def test_no_operation_on_a_part_of_an_object_is_taken_for_one_on_the_object(method: str, name: str):
    with pytest.raises(S3Error) as refusal:
        operation_of(request(method, f"{OBJECT}?{name}"))
    assert refusal.value.code == "NotImplemented"


@pytest.mark.parametrize("name", ["acl", "tagging", "policy", "lifecycle", "versioning", "website", "anything-new"])
@pytest.mark.parametrize("method", ["PUT", "DELETE", "HEAD"])
def test_no_operation_on_a_configuration_is_taken_for_one_on_the_bucket(method: str, name: str):
    with pytest.raises(S3Error) as refusal:
        operation_of(request(method, f"{BUCKET}?{name}"))
    assert refusal.value.code == "NotImplemented"


@pytest.mark.parametrize(
    ("method", "target"),
    [
        ("GET", f"{OBJECT}?versionId=3"),
        ("GET", f"{OBJECT}?partNumber=1"),
        ("PUT", f"{OBJECT}?uploadId=x"),
        ("GET", f"{BUCKET}?versions"),
        ("GET", f"{BUCKET}?list-type=2&tagging"),
    ],
)
def test_a_parameter_that_would_be_ignored_is_refused(method: str, target: str):
    with pytest.raises(S3Error) as refusal:
        operation_of(request(method, target))
    assert refusal.value.code == "NotImplemented"


@pytest.mark.parametrize(
    ("method", "target"), [("POST", "/"), ("OPTIONS", OBJECT), ("PATCH", OBJECT), ("POST", BUCKET), ("POST", OBJECT)]
)
def test_other_methods_are_not_allowed(method: str, target: str):
    with pytest.raises(S3Error) as refusal:
        operation_of(request(method, target))
    assert refusal.value.code == "MethodNotAllowed"


@pytest.mark.parametrize(
    "header", ["x_amz_tagging", "x_amz_server_side_encryption_customer_algorithm", "x_amz_object_lock_mode"]
)
def test_a_header_whose_loss_would_be_a_lie_is_refused(header: str):
    with pytest.raises(S3Error) as refusal:
        operation_of(request("PUT", OBJECT, **{header: "x"}))
    assert refusal.value.code == "NotImplemented"
    assert header.replace("_", "-") in refusal.value.message


def test_no_two_operations_are_the_same_request():
    kinds = [(row.method, row.level, row.marks, row.copies) for row in OPERATIONS]
    assert len(kinds) == len(set(kinds))
