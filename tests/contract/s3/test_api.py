"""What S3 does, asked by boto3 of the embedded S3 and of moto's server alike."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.request import Request, urlopen

import pytest
from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError

MIB = 1 << 20


def refused(call: Callable[..., Any], **arguments: Any) -> tuple[str, int]:
    """Code and HTTP status of a call that fails."""
    with pytest.raises(ClientError) as failure:
        call(**arguments)
    answer = failure.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]


def keys(s3: Any, bucket: str, **options: Any) -> list[str]:
    return [entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket, **options).get("Contents", [])]


def md5(data: bytes) -> str:
    return f'"{hashlib.md5(data, usedforsecurity=False).hexdigest()}"'


def test_buckets_are_made_found_listed_and_deleted(s3: Any, new_name: Callable[[], str]):
    name = new_name()
    assert refused(s3.head_bucket, Bucket=name) == ("404", 404)
    s3.create_bucket(Bucket=name)
    s3.create_bucket(Bucket=name)  # in us-east-1, the owner may
    s3.head_bucket(Bucket=name)
    assert name in [found["Name"] for found in s3.list_buckets()["Buckets"]]
    assert s3.get_bucket_location(Bucket=name)["LocationConstraint"] is None
    s3.put_object(Bucket=name, Key="a/b", Body=b"")
    assert refused(s3.delete_bucket, Bucket=name) == ("BucketNotEmpty", 409)
    s3.delete_object(Bucket=name, Key="a/b")
    s3.delete_bucket(Bucket=name)
    assert refused(s3.delete_bucket, Bucket=name) == ("NoSuchBucket", 404)


@pytest.mark.parametrize(
    ("operation", "arguments"),
    [
        ("get_object", {"Key": "a"}),
        ("put_object", {"Key": "a", "Body": b"x"}),
        ("list_objects_v2", {}),
        ("list_objects", {}),
        ("delete_object", {"Key": "a"}),
        ("create_multipart_upload", {"Key": "a"}),
    ],
)
def test_a_missing_bucket_is_no_such_bucket(s3: Any, new_name: Callable[[], str], operation: str, arguments: Any):
    assert refused(getattr(s3, operation), Bucket=new_name(), **arguments) == ("NoSuchBucket", 404)


def test_a_missing_key_is_no_such_key(s3: Any, b: str):
    s3.put_object(Bucket=b, Key="folder/file", Body=b"")
    for key in ("nothing", "folder", "folder/", "folder/file/below", "folder//file"):
        assert refused(s3.get_object, Bucket=b, Key=key) == ("NoSuchKey", 404)
        assert refused(s3.head_object, Bucket=b, Key=key) == ("404", 404)
    s3.delete_object(Bucket=b, Key="nothing")


def test_an_object_comes_back_with_what_is_known_about_it(s3: Any, b: str):
    headers = {
        "ContentType": "text/x-script",
        "CacheControl": "no-cache",
        "ContentDisposition": "attachment",
        "ContentEncoding": "gzip",
        "ContentLanguage": "de",
    }
    put = s3.put_object(Bucket=b, Key="a", Body=b"hello", Metadata={"who": "me", "why": "test"}, **headers)
    assert put["ETag"] == md5(b"hello")
    got = s3.get_object(Bucket=b, Key="a")
    assert got["Body"].read() == b"hello"
    for found in (got, s3.head_object(Bucket=b, Key="a")):
        assert found["ETag"] == put["ETag"]
        assert found["Metadata"] == {"who": "me", "why": "test"}
        assert {name: found[name] for name in headers} == headers
        assert found["ContentLength"] == 5
        assert abs(datetime.now(UTC) - found["LastModified"]) < timedelta(minutes=1)
    listed = s3.list_objects_v2(Bucket=b)["Contents"]
    assert [(entry["Key"], entry["Size"], entry["ETag"]) for entry in listed] == [("a", 5, put["ETag"])]


def test_an_object_is_replaced_with_all_that_was_known(s3: Any, b: str):
    s3.put_object(Bucket=b, Key="a", Body=b"first", Metadata={"n": "1"}, ContentType="a/b")
    s3.put_object(Bucket=b, Key="a", Body=b"2nd")
    found = s3.get_object(Bucket=b, Key="a")
    assert (found["Body"].read(), found["Metadata"], found["ContentType"]) == (b"2nd", {}, "binary/octet-stream")


@pytest.mark.parametrize(
    ("wanted", "body", "content_range"),
    [
        ("bytes=0-3", b"0123", "bytes 0-3/10"),
        ("bytes=7-", b"789", "bytes 7-9/10"),
        ("bytes=-2", b"89", "bytes 8-9/10"),
        ("bytes=8-99", b"89", "bytes 8-9/10"),
    ],
)
def test_ranges(s3: Any, b: str, wanted: str, body: bytes, content_range: str):
    s3.put_object(Bucket=b, Key="a", Body=b"0123456789")
    found = s3.get_object(Bucket=b, Key="a", Range=wanted)
    assert (found["Body"].read(), found["ContentRange"]) == (body, content_range)
    assert found["ResponseMetadata"]["HTTPStatusCode"] == 206
    assert refused(s3.get_object, Bucket=b, Key="a", Range="bytes=10-") == ("InvalidRange", 416)


def test_conditional_reads(s3: Any, b: str):
    tag = s3.put_object(Bucket=b, Key="a", Body=b"x")["ETag"]
    long_ago, later = datetime(2001, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
    assert s3.get_object(Bucket=b, Key="a", IfMatch=tag, IfModifiedSince=long_ago)["Body"].read() == b"x"
    assert refused(s3.get_object, Bucket=b, Key="a", IfMatch='"other"') == ("PreconditionFailed", 412)
    assert refused(s3.get_object, Bucket=b, Key="a", IfUnmodifiedSince=long_ago) == ("PreconditionFailed", 412)
    assert refused(s3.get_object, Bucket=b, Key="a", IfNoneMatch=tag) == ("304", 304)
    assert refused(s3.head_object, Bucket=b, Key="a", IfModifiedSince=later) == ("304", 304)


def test_a_write_that_must_be_the_first_is(s3: Any, b: str):
    s3.put_object(Bucket=b, Key="a", Body=b"first", IfNoneMatch="*")
    assert refused(s3.put_object, Bucket=b, Key="a", Body=b"2nd", IfNoneMatch="*") == ("PreconditionFailed", 412)
    assert s3.get_object(Bucket=b, Key="a")["Body"].read() == b"first"


def test_presigned_urls(s3: Any, b: str):
    put = s3.generate_presigned_url("put_object", Params={"Bucket": b, "Key": "a b"})
    with urlopen(Request(put, data=b"signed", method="PUT", headers={"Content-Type": "a/b"})) as answer:  # noqa: S310
        assert answer.status == 200
    get = s3.generate_presigned_url(
        "get_object", Params={"Bucket": b, "Key": "a b", "ResponseContentType": "text/plain"}
    )
    with urlopen(get) as answer:  # noqa: S310 - an address of our own
        assert (answer.read(), answer.headers["content-type"]) == (b"signed", "text/plain")


def test_a_copy_keeps_what_is_known_or_replaces_it(s3: Any, b: str, new_name: Callable[[], str]):
    other = new_name()
    s3.create_bucket(Bucket=other)
    source = {"Bucket": b, "Key": "a b/ü+%"}
    tag = s3.put_object(**source, Body=b"data", Metadata={"n": "1"}, ContentType="a/b")["ETag"]
    assert s3.copy_object(Bucket=other, Key="kept", CopySource=source)["CopyObjectResult"]["ETag"] == tag
    kept = s3.head_object(Bucket=other, Key="kept")
    assert (kept["ContentType"], kept["Metadata"], kept["ETag"]) == ("a/b", {"n": "1"}, tag)
    s3.copy_object(**source, CopySource=source, MetadataDirective="REPLACE", Metadata={"n": "2"}, ContentType="c/d")
    replaced = s3.get_object(**source)
    assert (replaced["ContentType"], replaced["Metadata"], replaced["Body"].read()) == ("c/d", {"n": "2"}, b"data")
    assert refused(s3.copy_object, Bucket=b, Key="x", CopySource=f"{b}/nothing") == ("NoSuchKey", 404)
    assert refused(s3.copy_object, **source, CopySource=source) == ("InvalidRequest", 400)


def test_many_objects_are_deleted_at_once(s3: Any, b: str):
    for key in ("a", "b/c", "d&<e>"):
        s3.put_object(Bucket=b, Key=key, Body=b"")
    answer = s3.delete_objects(Bucket=b, Delete={"Objects": [{"Key": key} for key in ("a", "d&<e>", "not/there")]})
    assert sorted(entry["Key"] for entry in answer["Deleted"]) == ["a", "d&<e>", "not/there"]
    assert keys(s3, b) == ["b/c"]


TREE = ("a", "a-b/c", "a/1", "a/2/x", "a/2/y", "b", "ü/日本 %25+&")


def test_lists_with_prefix_delimiter_and_pages(s3: Any, b: str):
    for key in TREE[1:]:
        s3.put_object(Bucket=b, Key=key, Body=b"")
    assert keys(s3, b) == sorted(TREE[1:], key=str.encode)
    top = s3.list_objects_v2(Bucket=b, Delimiter="/")
    assert [entry["Key"] for entry in top["Contents"]] == ["b"]
    assert [entry["Prefix"] for entry in top["CommonPrefixes"]] == ["a-b/", "a/", "ü/"]
    assert top["KeyCount"] == 4
    inner = s3.list_objects_v2(Bucket=b, Prefix="a/", Delimiter="/")
    assert [entry["Key"] for entry in inner["Contents"]] == ["a/1"]
    assert [entry["Prefix"] for entry in inner["CommonPrefixes"]] == ["a/2/"]
    assert keys(s3, b, Prefix="a") == ["a-b/c", "a/1", "a/2/x", "a/2/y"]
    assert keys(s3, b, StartAfter="a/2/x") == ["a/2/y", "b", "ü/日本 %25+&"]
    assert keys(s3, b, Prefix="nothing/") == []
    for operation in ("list_objects", "list_objects_v2"):
        for options in ({}, {"Delimiter": "/"}, {"Prefix": "a/"}):
            pages = s3.get_paginator(operation).paginate(Bucket=b, PaginationConfig={"PageSize": 1}, **options)
            found = [
                entry.get("Key") or entry["Prefix"]
                for page in pages
                for entry in [*page.get("Contents", []), *page.get("CommonPrefixes", [])]
            ]
            whole = getattr(s3, operation)(Bucket=b, **options)
            assert sorted(found) == sorted(
                [entry["Key"] for entry in whole.get("Contents", [])]
                + [entry["Prefix"] for entry in whole.get("CommonPrefixes", [])]
            )


def test_a_multipart_upload_becomes_an_object_when_it_is_complete(s3: Any, b: str):
    first, last = b"1" * (5 * MIB), b"last"
    upload = s3.create_multipart_upload(Bucket=b, Key="a/b", ContentType="a/b", Metadata={"n": "1"})["UploadId"]
    where = {"Bucket": b, "Key": "a/b", "UploadId": upload}
    tags = {
        # Out of order, with a gap between the numbers, and one of them twice.
        7: s3.upload_part(PartNumber=7, Body=last, **where)["ETag"],
        2: s3.upload_part(PartNumber=2, Body=b"wrong", **where)["ETag"],
    }
    tags[2] = s3.upload_part(PartNumber=2, Body=first, **where)["ETag"]
    assert tags == {2: md5(first), 7: md5(last)}
    listed = s3.list_parts(**where)["Parts"]
    assert [(part["PartNumber"], part["ETag"], part["Size"]) for part in listed] == [
        (2, md5(first), 5 * MIB),
        (7, md5(last), 4),
    ]
    assert [found["UploadId"] for found in s3.list_multipart_uploads(Bucket=b)["Uploads"]] == [upload]
    assert keys(s3, b) == []
    parts = [{"PartNumber": number, "ETag": tags[number]} for number in (2, 7)]
    done = s3.complete_multipart_upload(MultipartUpload={"Parts": parts}, **where)
    both = hashlib.md5(bytes.fromhex(tags[2][1:-1]) + bytes.fromhex(tags[7][1:-1]), usedforsecurity=False)
    assert done["ETag"] == f'"{both.hexdigest()}-2"'
    found = s3.get_object(Bucket=b, Key="a/b")
    assert found["Body"].read() == first + last
    assert (found["ContentType"], found["Metadata"], found["ETag"]) == ("a/b", {"n": "1"}, done["ETag"])
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=b)


def test_a_multipart_upload_that_cannot_be_completed(s3: Any, b: str):
    upload = s3.create_multipart_upload(Bucket=b, Key="a")["UploadId"]
    where = {"Bucket": b, "Key": "a", "UploadId": upload}
    tags = [s3.upload_part(PartNumber=number, Body=b"small", **where)["ETag"] for number in (1, 2)]
    parts = [{"PartNumber": number, "ETag": tag} for number, tag in enumerate(tags, 1)]

    def complete(parts: list[dict[str, Any]]) -> str:
        return refused(s3.complete_multipart_upload, MultipartUpload={"Parts": parts}, **where)[0]

    assert complete(parts) == "EntityTooSmall"
    assert complete([{"PartNumber": 1, "ETag": '"0"'}]) == "InvalidPart"
    s3.abort_multipart_upload(**where)
    assert keys(s3, b) == []


def test_parts_may_be_copied(s3: Any, b: str):
    s3.put_object(Bucket=b, Key="source", Body=b"0123456789" * MIB)
    upload = s3.create_multipart_upload(Bucket=b, Key="a")["UploadId"]
    where = {"Bucket": b, "Key": "a", "UploadId": upload, "CopySource": {"Bucket": b, "Key": "source"}}
    copied = s3.upload_part_copy(PartNumber=1, CopySourceRange=f"bytes=1-{5 * MIB}", **where)["CopyPartResult"]
    last = s3.upload_part_copy(PartNumber=2, CopySourceRange="bytes=5-9", **where)["CopyPartResult"]
    del where["CopySource"]
    parts = [{"PartNumber": 1, "ETag": copied["ETag"]}, {"PartNumber": 2, "ETag": last["ETag"]}]
    s3.complete_multipart_upload(MultipartUpload={"Parts": parts}, **where)
    assert s3.get_object(Bucket=b, Key="a")["Body"].read() == (b"0123456789" * MIB)[1 : 5 * MIB + 1] + b"56789"


def test_boto3_transfers_large_files_in_parts(s3: Any, b: str):
    data = bytes(range(256)) * (17 * MIB // 256) + b"end"
    config = TransferConfig(multipart_threshold=5 * MIB, multipart_chunksize=5 * MIB, max_concurrency=4)
    s3.upload_fileobj(io.BytesIO(data), b, "a", Config=config)
    assert s3.head_object(Bucket=b, Key="a")["ETag"].endswith('-4"')
    s3.copy({"Bucket": b, "Key": "a"}, b, "copied", Config=config)
    for key in ("a", "copied"):
        found = io.BytesIO()
        s3.download_fileobj(b, key, found, Config=config)
        assert found.getvalue() == data


@pytest.mark.parametrize(
    ("operation", "code"),
    [
        ("get_bucket_policy", "NoSuchBucketPolicy"),
        ("get_bucket_cors", "NoSuchCORSConfiguration"),
        ("get_bucket_lifecycle_configuration", "NoSuchLifecycleConfiguration"),
        ("get_bucket_tagging", "NoSuchTagSet"),
        ("get_bucket_website", "NoSuchWebsiteConfiguration"),
        ("get_bucket_replication", "ReplicationConfigurationNotFoundError"),
        ("get_bucket_encryption", "ServerSideEncryptionConfigurationNotFoundError"),
        ("get_public_access_block", "NoSuchPublicAccessBlockConfiguration"),
        ("get_bucket_ownership_controls", "OwnershipControlsNotFoundError"),
        ("get_object_lock_configuration", "ObjectLockConfigurationNotFoundError"),
    ],
)
def test_a_bucket_has_none_of_the_configurations(s3: Any, b: str, operation: str, code: str):
    assert refused(getattr(s3, operation), Bucket=b) == (code, 404)


def test_a_bucket_has_no_versions_and_no_logging(s3: Any, b: str):
    assert "Status" not in s3.get_bucket_versioning(Bucket=b)
    assert "LoggingEnabled" not in s3.get_bucket_logging(Bucket=b)
    assert "Status" not in s3.get_bucket_accelerate_configuration(Bucket=b)
