"""The mount table and Spark's settings. That real Spark works with them is shown by the acceptance tests."""

from __future__ import annotations

import re
import threading
from pathlib import Path

import pytest

from openglue.s3.mounts import mount_table, shadowing, write_mount_table
from openglue.s3.spark import missing_bucket, settings


def mounted(root: Path) -> dict[str, str]:
    """The table's entries; there are none unless the whole text is one configuration."""
    whole = re.fullmatch(
        r"<configuration>\n((?:<property>.*</property>\n)*)</configuration>\n", mount_table(root).read_text()
    )
    assert whole is not None
    return dict(re.findall(r"<name>([^<]*)</name><value>([^<]*)</value>", whole[1]))


def test_every_bucket_is_mounted_and_nothing_else(tmp_path: Path):
    root = tmp_path / "a b&ü" / "s3"
    for name in ("data", "my-logs", "Not_One", ".openglue"):
        (root / name).mkdir(parents=True)
    settings(root)
    quoted = str(tmp_path) + "/a%20b%26%C3%BC/s3"
    assert mounted(root) == {
        "fs.viewfs.mounttable.data.linkFallback": f"openglue-local://{quoted}/data",
        "fs.viewfs.mounttable.my-logs.linkFallback": f"openglue-local://{quoted}/my-logs",
    }


def test_all_three_schemes_go_through_the_table_and_leave_other_files_alone(tmp_path: Path):
    found = settings(tmp_path)
    assert found["spark.hadoop.fs.viewfs.mounttable.path"] == f"file:{mount_table(tmp_path)}"
    for scheme in ("s3", "s3a", "s3n"):
        assert found[f"spark.hadoop.fs.{scheme}.impl"].endswith("ViewFileSystemOverloadScheme")
    assert not any(name.startswith("spark.hadoop.fs.file.") for name in found)


def test_spark_does_not_ask_each_file_where_it_is(tmp_path: Path):
    assert settings(tmp_path)["spark.sql.sources.ignoreDataLocality"] == "true"


def test_a_bucket_that_hadoop_would_take_for_a_broken_entry_of_another_stays_out(tmp_path: Path):
    for name in ("data", "data.backup", "database"):
        (tmp_path / name).mkdir()
    write_mount_table(tmp_path)
    assert [name.split(".")[3] for name in mounted(tmp_path)] == ["data", "database"]


@pytest.mark.parametrize(
    ("name", "other"),
    [("data.x", "data"), ("data", None), ("dat", None), ("old", "old.one"), ("old.one.more", "old.one"), ("new", None)],
)
def test_shadowing_names_the_bucket_that_cannot_be_beside(name: str, other: str | None):
    assert shadowing(["data", "old.one", "other"], name) == other


def test_the_table_is_always_whole_and_new_under_many_writers(tmp_path: Path):
    write_mount_table(tmp_path)

    def make(number: int) -> None:
        (tmp_path / f"bucket-{number}").mkdir()
        write_mount_table(tmp_path)

    threads = [threading.Thread(target=make, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
        mounted(tmp_path)
    for thread in threads:
        thread.join()
    assert len(mounted(tmp_path)) == 20


@pytest.mark.parametrize(
    "message",
    [
        "An error.\n: java.io.IOException: Could not initialize target File System for URI : s3://my-data/\n\tat",
        "java.io.IOException: Could not initialize target File System for URI : s3a://my-data/",
        "Could not initialize target File System for URI : s3n://my-data",
        "Exception: Not able to initialize fs in  getDefaultReplication for path s3://my-data/x y with exception",
    ],
)
def test_a_missing_bucket_is_told_in_words(message: str):
    assert missing_bucket(message) == "The specified bucket does not exist: my-data (NoSuchBucket)"


@pytest.mark.parametrize(
    "message",
    [
        "",
        "[PATH_NOT_FOUND] Path does not exist: s3://data/x.",
        "Could not initialize target File System for URI : hdfs://x/",
    ],
)
def test_other_messages_are_left_alone(message: str):
    assert missing_bucket(message) is None
