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
    "back\\slash", "quote'\"", "ti~lde", "br[ack]{et}<>|", "tab\there", "new\nline", "c\rr", "\x7fdel", "\x01ctl",
    "trailing ", "dot.", ".hidden", "_SUCCESS", "CON", "nfc-\u00e9", "nfd-e\u0301", "a" * 255,
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
    found = embedded.client.head_object(Bucket=bucket, Key="moved")
    assert (found["Metadata"], found["ContentType"]) == ({}, "binary/octet-stream")
    assert found["ETag"] == '"6eff3450105497cc2ce22ea267f564ba"'


@needs_attributes
def test_what_is_known_outlives_the_server(tmp_path: Path, started: Any):
    with started(tmp_path) as first:
        first.client.create_bucket(Bucket="data")
        first.client.put_object(Bucket="data", Key="a", Body=b"x", Metadata={"n": "1"})
        upload = first.client.create_multipart_upload(Bucket="data", Key="b")["UploadId"]
        tag = first.client.upload_part(Bucket="data", Key="b", UploadId=upload, PartNumber=1, Body=b"part")["ETag"]
    with started(tmp_path) as second:
        assert second.client.head_object(Bucket="data", Key="a")["Metadata"] == {"n": "1"}
        parts = {"Parts": [{"PartNumber": 1, "ETag": tag}]}
        second.client.complete_multipart_upload(Bucket="data", Key="b", UploadId=upload, MultipartUpload=parts)
        assert second.client.get_object(Bucket="data", Key="b")["Body"].read() == b"part"


def test_an_entity_tag_is_the_md5_of_a_small_file_and_stands_for_the_identity_of_a_large_one(
    embedded: Any, bucket: str
):
    def tag() -> str:
        listed = embedded.client.list_objects_v2(Bucket=bucket)["Contents"][0]["ETag"]
        assert embedded.client.head_object(Bucket=bucket, Key="a")["ETag"] == listed
        return str(listed)

    file = embedded.root / bucket / "a"
    file.write_bytes(b"small")
    assert tag() == '"eb5c1399a871211c7e7ed732d15e3a8b"'
    file.write_bytes(b"l" * (1 << 21))
    first = tag()
    assert first.endswith('-1"')
    assert tag() == first
    other = file.with_name("b")
    other.write_bytes(b"l" * (1 << 21))
    other.replace(file)
    assert tag() != first


@needs_attributes
def test_a_folder_can_be_made_as_an_object(embedded: Any, bucket: str):
    client = embedded.client
    client.put_object(Bucket=bucket, Key="made/here/", Body=b"")
    assert (embedded.root / bucket / "made" / "here").is_dir()
    assert keys(embedded, bucket) == ["made/here/"]
    assert client.head_object(Bucket=bucket, Key="made/here/")["ContentLength"] == 0
    assert client.get_object(Bucket=bucket, Key="made/here/")["Body"].read() == b""
    client.put_object(Bucket=bucket, Key="made/here/file", Body=b"")
    client.delete_object(Bucket=bucket, Key="made/here/file")
    assert keys(embedded, bucket) == ["made/here/"]
    client.put_object(Bucket=bucket, Key="made/here/file", Body=b"")
    client.delete_object(Bucket=bucket, Key="made/here/")
    assert keys(embedded, bucket) == ["made/here/file"]
    assert refused(client.head_object, Bucket=bucket, Key="made/here/")[0] == "404"
    assert refused(client.put_object, Bucket=bucket, Key="x/", Body=b"bytes")[0] == "NotImplemented"


def test_what_a_folder_cannot_hold_is_refused_in_words(embedded: Any, bucket: str):
    client = embedded.client
    client.put_object(Bucket=bucket, Key="a/b", Body=b"kept")
    for key in ("a/b/c", "a/b/", "a"):
        code, message = refused(client.put_object, Bucket=bucket, Key=key, Body=b"")
        assert (code, message.partition(":")[0]) == ("InvalidRequest", "OpenGlue's embedded S3 keeps objects as files")
    for key in ("a//b", "../x", "a/../../x", ".openglue/x", "./a"):
        assert refused(client.put_object, Bucket=bucket, Key=key, Body=b"")[0] == "InvalidArgument"
        assert refused(client.create_multipart_upload, Bucket=bucket, Key=key)[0] == "InvalidArgument"
        assert refused(client.get_object, Bucket=bucket, Key=key)[0] == "NoSuchKey"
        client.delete_object(Bucket=bucket, Key=key)
    assert refused(client.put_object, Bucket=bucket, Key="a" * 256, Body=b"")[0] == "KeyTooLongError"
    assert client.get_object(Bucket=bucket, Key="a/b")["Body"].read() == b"kept"
    assert keys(embedded, bucket) == ["a/b"]
    assert embedded.staged() == []


def test_links_lead_nowhere(embedded: Any, bucket: str, tmp_path: Path):
    (tmp_path / "secret").write_text("secret")
    (embedded.root / bucket / "file").symlink_to(tmp_path / "secret")
    (embedded.root / bucket / "folder").symlink_to(tmp_path)
    for key in ("file", "folder/secret"):
        assert refused(embedded.client.get_object, Bucket=bucket, Key=key)[0] == "NoSuchKey"
        assert refused(embedded.client.put_object, Bucket=bucket, Key=key, Body=b"")[0] == "InvalidArgument"
        embedded.client.delete_object(Bucket=bucket, Key=key)
    assert (tmp_path / "secret").read_text() == "secret"
    assert keys(embedded, bucket) == []


def test_folders_that_spark_left_empty_are_not_in_the_way(embedded: Any, bucket: str):
    (embedded.root / bucket / "out" / "_temporary" / "0").mkdir(parents=True)
    embedded.client.put_object(Bucket=bucket, Key="out", Body=b"now a file")
    assert embedded.client.get_object(Bucket=bucket, Key="out")["Body"].read() == b"now a file"
    (embedded.root / bucket / "more" / "_temporary").mkdir(parents=True)
    embedded.client.delete_object(Bucket=bucket, Key="out")
    embedded.client.delete_bucket(Bucket=bucket)
    assert not (embedded.root / bucket).exists()


def test_an_empty_bucket_stays(embedded: Any, bucket: str):
    embedded.client.put_object(Bucket=bucket, Key="a/b/c", Body=b"")
    embedded.client.delete_object(Bucket=bucket, Key="a/b/c")
    embedded.client.head_bucket(Bucket=bucket)
    assert list((embedded.root / bucket).iterdir()) == []


def test_operations_that_are_not_there_are_refused_and_harm_nothing(embedded: Any, bucket: str):
    client, where = embedded.client, {"Bucket": bucket, "Key": "a"}
    client.put_object(**where, Body=b"kept")
    tags = {"TagSet": [{"Key": "k", "Value": "v"}]}
    for call, arguments in (
        (client.put_object_tagging, {"Tagging": tags}),
        (client.delete_object_tagging, {}),
        (client.get_object_tagging, {}),
        (client.put_object_acl, {"ACL": "private"}),
        (client.get_object_acl, {}),
        (client.put_object_retention, {}),
        (client.restore_object, {"RestoreRequest": {}}),
        (client.put_object, {"Body": b"other", "Tagging": "k=v"}),
        (client.get_object, {"VersionId": "7"}),
    ):
        assert refused(call, **where, **arguments)[0] in ("NotImplemented", "MethodNotAllowed")
    assert refused(client.put_bucket_tagging, Bucket=bucket, Tagging=tags)[0] == "NotImplemented"
    assert refused(client.delete_bucket_policy, Bucket=bucket)[0] == "NotImplemented"
    assert client.get_object(**where)["Body"].read() == b"kept"


def test_quiet_deletes_tell_only_errors(embedded: Any, bucket: str):
    embedded.client.put_object(Bucket=bucket, Key="a", Body=b"")
    answer = embedded.client.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "a"}], "Quiet": True})
    assert "Deleted" not in answer
    assert keys(embedded, bucket) == []


def test_buckets_that_spark_could_not_tell_apart_are_refused(embedded: Any, new_name: Callable[[], str]):
    name = new_name()
    embedded.client.create_bucket(Bucket=name)
    code, message = refused(embedded.client.create_bucket, Bucket=f"{name}.more")
    assert (code, f"{name}.more beside {name}" in message) == ("InvalidBucketName", True)


def test_the_mount_table_follows_the_buckets(embedded: Any, new_name: Callable[[], str]):
    name = new_name()
    entry = f"mounttable.{name}.linkFallback"
    embedded.client.create_bucket(Bucket=name)
    assert entry in mount_table(embedded.root).read_text()
    embedded.client.delete_bucket(Bucket=name)
    assert entry not in mount_table(embedded.root).read_text()


def test_a_bucket_on_another_device(embedded: Any, new_name: Callable[[], str]):
    shm, name = Path("/dev/shm"), new_name()  # noqa: S108 - another file system is what this is about
    if not shm.is_dir() or shm.stat().st_dev == embedded.root.stat().st_dev:
        pytest.skip("this machine has no second file system to write to")
    mounted = shm / f"openglue-test-{os.getpid()}-{name}"
    mounted.mkdir()
    try:
        (embedded.root / name).symlink_to(mounted)
        embedded.client.put_object(Bucket=name, Key="a/b", Body=b"there")
        assert (mounted / "a" / "b").read_bytes() == b"there"
        assert [path.name for path in mounted.iterdir()] == ["a"]
        assert embedded.client.get_object(Bucket=name, Key="a/b")["Body"].read() == b"there"
        embedded.client.delete_object(Bucket=name, Key="a/b")
        embedded.client.delete_bucket(Bucket=name)
        assert mounted.is_dir()
        assert not (embedded.root / name).is_symlink()
    finally:
        mounted.rmdir()


def test_of_many_first_writers_one_wins(embedded: Any, bucket: str):
    def write(number: int) -> str:
        try:
            embedded.client.put_object(Bucket=bucket, Key="lock", Body=b"%d" % number, IfNoneMatch="*")
        except ClientError as error:
            return str(error.response["Error"]["Code"])
        return "won"

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(write, range(40)))
    assert sorted(results) == ["PreconditionFailed"] * 39 + ["won"]
    assert embedded.client.get_object(Bucket=bucket, Key="lock")["Body"].read() == b"%d" % results.index("won")


@pytest.mark.parametrize("tag_of", ["the write", "a read"])
def test_no_update_under_a_condition_is_lost(embedded: Any, bucket: str, tag_of: str):
    client, where = embedded.client, {"Bucket": bucket, "Key": "counter"}
    client.put_object(**where, Body=b"0")

    def add() -> None:
        tag, value = "", 0
        for _ in range(5):
            while True:
                if not tag:
                    found = client.get_object(**where)
                    tag, value = found["ETag"], int(found["Body"].read())
                with suppress(ClientError):
                    tag = client.put_object(**where, Body=b"%d" % (value + 1), IfMatch=tag)["ETag"]
                    value += 1
                    if tag_of == "a read":
                        tag = ""
                    break
                tag = ""

    with ThreadPoolExecutor(4) as pool:
        for result in [pool.submit(add) for _ in range(4)]:
            result.result(timeout=60)
    assert client.get_object(**where)["Body"].read() == b"20"


def test_an_object_may_be_deleted_under_a_condition(embedded: Any, bucket: str):
    client, where = embedded.client, {"Bucket": bucket, "Key": "a"}
    tag = client.put_object(**where, Body=b"x")["ETag"]
    assert refused(client.delete_object, **where, IfMatch='"other"')[0] == "PreconditionFailed"
    client.delete_object(**where, IfMatch=tag)
    assert keys(embedded, bucket) == []


def test_readers_see_whole_objects_while_they_are_replaced(embedded: Any, bucket: str):
    client, where, done = embedded.client, {"Bucket": bucket, "Key": "a"}, threading.Event()
    bodies = [bytes([number]) * (300_000 + number) for number in range(4)]
    client.put_object(**where, Body=bodies[0])

    def write(body: bytes) -> None:
        while not done.is_set():
            client.put_object(**where, Body=body)

    with ThreadPoolExecutor(4) as pool:
        writers = [pool.submit(write, body) for body in bodies[:3]]
        try:
            for _ in range(40):
                assert client.get_object(**where)["Body"].read() in bodies
                assert (embedded.root / bucket / "a").read_bytes() in bodies
        finally:
            done.set()
        for writer in writers:
            writer.result(timeout=60)


def test_putting_and_deleting_beside_each_other_does_not_fail(embedded: Any, bucket: str):
    def work(number: int) -> None:
        for _ in range(30):
            embedded.client.put_object(Bucket=bucket, Key=f"a/b/c/{number}", Body=b"")
            embedded.client.delete_object(Bucket=bucket, Key=f"a/b/c/{number}")

    with ThreadPoolExecutor(4) as pool:
        for result in [pool.submit(work, number) for number in range(4)]:
            result.result(timeout=60)
    assert list((embedded.root / bucket).iterdir()) == []


def test_a_completed_upload_answers_the_same_when_asked_again(embedded: Any, bucket: str):
    client, where = embedded.client, {"Bucket": bucket, "Key": "a"}
    where["UploadId"] = client.create_multipart_upload(**where)["UploadId"]
    tag = client.upload_part(**where, PartNumber=1, Body=b"part")["ETag"]
    parts = {"Parts": [{"PartNumber": 1, "ETag": tag}]}
    first = client.complete_multipart_upload(**where, MultipartUpload=parts)["ETag"]
    client.put_object(Bucket=bucket, Key="a", Body=b"newer")
    assert client.complete_multipart_upload(**where, MultipartUpload=parts)["ETag"] == first
    assert client.get_object(Bucket=bucket, Key="a")["Body"].read() == b"newer"
    assert refused(client.list_parts, **where)[0] == "NoSuchUpload"


def test_a_part_that_was_not_uploaded_cannot_be_used(embedded: Any, bucket: str):
    client, where = embedded.client, {"Bucket": bucket, "Key": "a"}
    where["UploadId"] = client.create_multipart_upload(**where)["UploadId"]
    tag = client.upload_part(**where, PartNumber=1, Body=b"part")["ETag"]
    one, unknown, other = ({"PartNumber": number, "ETag": etag} for number, etag in ((1, tag), (2, tag), (1, "0" * 32)))
    for parts, code in (
        ([unknown], "InvalidPart"),
        ([other], "InvalidPart"),
        ([unknown, one], "InvalidPartOrder"),
        ([one, one], "InvalidPartOrder"),
        ([], "MalformedXML"),
    ):
        call = client.complete_multipart_upload
        assert refused(call, **where, MultipartUpload={"Parts": parts})[0] == code


def test_an_aborted_upload_is_gone(embedded: Any, bucket: str):
    client, where = embedded.client, {"Bucket": bucket, "Key": "a"}
    where["UploadId"] = client.create_multipart_upload(**where)["UploadId"]
    tag = client.upload_part(**where, PartNumber=1, Body=b"part")["ETag"]
    client.abort_multipart_upload(**where)
    parts = {"Parts": [{"PartNumber": 1, "ETag": tag}]}
    assert refused(client.upload_part, **where, PartNumber=2, Body=b"")[0] == "NoSuchUpload"
    assert refused(client.complete_multipart_upload, **where, MultipartUpload=parts)[0] == "NoSuchUpload"
    assert refused(client.abort_multipart_upload, **where)[0] == "NoSuchUpload"
    assert not (embedded.workdir / "uploads" / where["UploadId"]).exists()


def test_an_upload_belongs_to_its_key(embedded: Any, bucket: str):
    upload = embedded.client.create_multipart_upload(Bucket=bucket, Key="a")["UploadId"]
    for key, upload_id in (("b", upload), ("a", "0" * 32), ("a", "../../x"), ("a", "")):
        call = embedded.client.upload_part
        assert refused(call, Bucket=bucket, Key=key, UploadId=upload_id, PartNumber=1, Body=b"")[0] == "NoSuchUpload"
    for number in (0, 10_001):
        call = embedded.client.upload_part
        assert (
            refused(call, Bucket=bucket, Key="a", UploadId=upload, PartNumber=number, Body=b"")[0] == "InvalidArgument"
        )


def test_uploads_that_nobody_touched_for_a_week_go_when_a_server_starts(tmp_path: Path):
    s3 = EmbeddedS3(tmp_path / "s3", tmp_path / "tmp")
    del s3
    for name, age_s in (("a" * 32, 0), ("b" * 32, 8 * 24 * 3600)):
        home = tmp_path / "tmp" / "uploads" / name
        home.mkdir(parents=True)
        moment = home.stat().st_mtime - age_s
        os.utime(home, (moment, moment))
    left = tmp_path / "tmp" / "incoming" / "left"
    left.parent.mkdir()
    left.write_text("half an object")
    EmbeddedS3(tmp_path / "s3", tmp_path / "tmp")
    assert [home.name for home in (tmp_path / "tmp" / "uploads").iterdir()] == ["a" * 32]
    assert not left.exists()


def test_an_object_of_more_than_64_mib(embedded: Any, bucket: str, tmp_path: Path):
    file = tmp_path / "large"
    with file.open("wb") as target:
        target.truncate(66 << 20)
        target.seek(60 << 20)
        target.write(b"mark")
    with file.open("rb") as body:
        embedded.client.put_object(Bucket=bucket, Key="large", Body=body)
    found = embedded.client.get_object(Bucket=bucket, Key="large", Range=f"bytes={60 << 20}-")
    assert found["Body"].read(4) == b"mark"
    found["Body"].close()
    whole = embedded.client.get_object(Bucket=bucket, Key="large")
    assert sum(len(chunk) for chunk in whole["Body"].iter_chunks(1 << 20)) == 66 << 20
