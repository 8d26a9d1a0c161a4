"""The embedded S3 seen from both sides: what is done through S3 is in the folders, and the other way round."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from openglue.s3.embedded import EmbeddedS3
from openglue.s3.mounts import mount_table

needs_attributes = pytest.mark.skipif(not hasattr(os, "setxattr"), reason="this system keeps no extended attributes")


def refused(call: Callable[..., Any], **arguments: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as failure:
        call(**arguments)
    error = failure.value.response["Error"]
    return error["Code"], error["Message"]


def keys(embedded: Any, bucket: str, **options: Any) -> list[str]:
    return [entry["Key"] for entry in embedded.client.list_objects_v2(Bucket=bucket, **options).get("Contents", [])]


SPECIAL = [
    "sp ace", "pl+us", "per%25cent", "per%cent", "ünï/日本/😀", "q?m", "am&p", "ha#sh", "eq=", "col:on", "star*",
    "back\\slash", "quote'\"", "ti~lde", "br[ack]{et}<>|", "tab\there", "new\nline", "c\rr", "\x7fdel", "\x01ctl", "trailing ",
    "dot.", ".hidden", "_SUCCESS", "CON", "nfc-\u00e9", "nfd-e\u0301", "a" * 255,
]  # fmt: skip


def test_keys_are_file_names_character_for_character(embedded: Any, bucket: str):
    for key in SPECIAL:
        embedded.client.put_object(Bucket=bucket, Key=f"in/{key}", Body=key.encode())
        assert (embedded.root / bucket / "in" / key).read_bytes() == key.encode()
        embedded.client.copy_object(Bucket=bucket, Key=f"copy/{key}", CopySource={"Bucket": bucket, "Key": f"in/{key}"})
        assert embedded.client.get_object(Bucket=bucket, Key=f"copy/{key}")["Body"].read() == key.encode()
    assert keys(embedded, bucket, Prefix="in/") == sorted((f"in/{key}" for key in SPECIAL), key=str.encode)
    doomed = [{"Key": f"{folder}/{key}"} for folder in ("in", "copy") for key in SPECIAL if key != "\x01ctl"]
    embedded.client.delete_objects(Bucket=bucket, Delete={"Objects": doomed})
    # XML cannot name this one.
    assert keys(embedded, bucket) == ["copy/\x01ctl", "in/\x01ctl"]
    for key in keys(embedded, bucket):
        embedded.client.delete_object(Bucket=bucket, Key=key)
    assert list((embedded.root / bucket).iterdir()) == []


def test_what_is_done_in_the_folders_is_there_for_s3_at_once(embedded: Any, bucket: str):
    folder = embedded.root / bucket
    for number in range(20):
        assert keys(embedded, bucket) == []
        (folder / "out").mkdir(exist_ok=True)
        (folder / "out" / "part").write_text("x" * number)
        assert keys(embedded, bucket) == ["out/part"]
        assert embedded.client.get_object(Bucket=bucket, Key="out/part")["Body"].read() == b"x" * number
        (folder / "out" / "part").rename(folder / "out" / "renamed")
        assert embedded.client.head_object(Bucket=bucket, Key="out/renamed")["ContentLength"] == number
        embedded.client.delete_object(Bucket=bucket, Key="out/renamed")
        assert not (folder / "out").exists()


def test_a_bucket_may_be_made_and_removed_as_a_folder(embedded: Any, new_name: Callable[[], str]):
    name = new_name()
    (embedded.root / name).mkdir()
    embedded.client.head_bucket(Bucket=name)
    (embedded.root / name).rmdir()
    assert refused(embedded.client.list_objects_v2, Bucket=name)[0] == "NoSuchBucket"


@needs_attributes
def test_what_is_known_about_an_object_goes_with_its_file_and_ends_with_its_bytes(embedded: Any, bucket: str):
    embedded.client.put_object(Bucket=bucket, Key="a", Body=b"data", Metadata={"n": "1"}, ContentType="a/b")
    file = embedded.root / bucket / "a"
    file.rename(embedded.root / bucket / "moved")
    assert embedded.client.head_object(Bucket=bucket, Key="moved")["Metadata"] == {"n": "1"}
    (embedded.root / bucket / "moved").write_bytes(b"other bytes")
    found = embedded.client.get_object(Bucket=bucket, Key="moved")
    assert (found["Metadata"], found["ContentType"]) == ({}, "binary/octet-stream")
    assert found["ETag"] == '"80eb35e37e20ee7bb63ccbd51293dbbc"'


@needs_attributes
def test_what_is_known_outlives_the_server(tmp_path: Path):
    # The same folders under a second server: nothing stands between the two but files.
    from tests_contract_s3 import running  # type: ignore[import-not-found]

    with running(tmp_path) as client:
        client.create_bucket(Bucket="data")
        client.put_object(Bucket="data", Key="a", Body=b"x", Metadata={"n": "1"})
        upload = client.create_multipart_upload(Bucket="data", Key="b")["UploadId"]
        tag = client.upload_part(Bucket="data", Key="b", UploadId=upload, PartNumber=1, Body=b"part")["ETag"]
    with running(tmp_path) as client:
        assert client.head_object(Bucket="data", Key="a")["Metadata"] == {"n": "1"}
        parts = {"Parts": [{"PartNumber": 1, "ETag": tag}]}
        client.complete_multipart_upload(Bucket="data", Key="b", UploadId=upload, MultipartUpload=parts)
        assert client.get_object(Bucket="data", Key="b")["Body"].read() == b"part"
