"""Locations and the folders behind them: what they mean, what is refused, and in whose words."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from openglue.s3 import locations
from openglue.s3.locations import CHUNK, BadKeyError, Buckets, Location, LocationError, file_of, is_bucket_name, parse


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "s3" / "data").mkdir(parents=True)
    return tmp_path / "s3"


@pytest.fixture
def run(tmp_path: Path) -> Path:
    (tmp_path / "run").mkdir()
    return tmp_path / "run"


@pytest.mark.parametrize(
    ("text", "bucket", "key"),
    [
        ("s3://data/a/b.py", "data", "a/b.py"),
        ("s3a://data/a/b.py", "data", "a/b.py"),
        ("s3n://data/a/b.py", "data", "a/b.py"),
        ("s3://data", "data", ""),
        ("s3://data/", "data", ""),
        ("s3://data/prefix/", "data", "prefix/"),
        ("s3://data/a b/ü%20+?#.py", "data", "a b/ü%20+?#.py"),
        ("/home/me/job.py", "", "/home/me/job.py"),
        ("file:///home/me/job.py", "", "/home/me/job.py"),
        ("file:/home/me/job.py", "", "/home/me/job.py"),
        ("file://localhost/home/me/a%20b.py", "", "/home/me/a b.py"),
    ],
)
def test_a_location_is_an_object_or_a_path_of_this_machine(text: str, bucket: str, key: str):
    assert parse(text) == Location(bucket=bucket, key=key)


@pytest.mark.parametrize(
    "text", ["", "job.py", "s3:/data/a", "s3://", "s3:///a", "S3://data/a", "https://x/a", "file://host/a"]
)
def test_anything_else_is_refused(text: str):
    with pytest.raises(LocationError):
        parse(text)


@pytest.mark.parametrize("name", ["abc", "a-b", "my.data", "1bucket", "a" * 63, "x--y"])
def test_bucket_names(name: str):
    assert is_bucket_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "ab",
        "a" * 64,
        "Data",
        "my_data",
        "-ab",
        "ab-",
        ".ab",
        "ab.",
        "a..b",
        "192.168.0.1",
        "a/b",
        "a b",
        "..",
        ".openglue",
        "ü-bucket",
        "abc\n",
    ],
)
def test_names_that_no_bucket_has(name: str):
    assert not is_bucket_name(name)


@pytest.mark.parametrize(
    "key",
    ["a", "a/b", "a b/ü/日本", "a%2e%2e/b", "..a/b..", "a/...", "-", "~", "a\\..\\b", "new\nline", "tab\t", "a+b=c&d"],
)
def test_a_key_is_a_path_character_for_character(root: Path, key: str):
    assert file_of(root / "data", key) == root / "data" / key


@pytest.mark.parametrize(
    "key",
    [
        "",
        "/",
        "/a",
        "a//b",
        "a/./b",
        ".",
        "./a",
        "..",
        "../other/x",
        "a/../../x",
        "a/..",
        "a//",
        "a\0b",
        "\ud800",
        ".openglue/x",
    ],
)
def test_a_key_that_can_be_no_file_of_the_bucket_is_refused(root: Path, key: str):
    with pytest.raises(BadKeyError):
        file_of(root / "data", key)


@pytest.mark.parametrize("target", ["/etc", "../other", "real"])
def test_a_link_inside_a_bucket_is_not_followed_wherever_it_leads(root: Path, target: str):
    (root / "other").mkdir()
    (root / "data" / "real").mkdir()
    (root / "data" / "link").symlink_to(target)
    for key in ("link", "link/passwd"):
        with pytest.raises(BadKeyError, match="symbolic link"):
            file_of(root / "data", key)


def test_a_bucket_may_be_a_link_itself(root: Path, tmp_path: Path, run: Path):
    mounted = tmp_path / "mounted"
    mounted.mkdir()
    (mounted / "a.txt").write_text("there")
    (root / "linked").symlink_to(mounted)
    assert Buckets(root).read_text("s3://linked/a.txt") == "there"


def test_names_are_the_folders_that_can_be_buckets(root: Path):
    (root / ".openglue").mkdir()
    (root / "Not_One").mkdir()
    (root / "file").write_text("")
    (root / "alpha").mkdir()
    assert Buckets(root).names() == ["alpha", "data"]
    assert Buckets(root / "nowhere").names() == []


def test_fetch_copies_a_file_under_its_last_name(root: Path, run: Path):
    script = root / "data" / "jobs" / "my job%20.py"
    script.parent.mkdir()
    script.write_text("print(1)")
    copy = Buckets(root).fetch("s3://data/jobs/my job%20.py", run)
    assert copy == run / "my job%20.py"
    script.write_text("changed")
    assert copy.read_text() == "print(1)"


@pytest.mark.parametrize("location", ["s3://data/lib", "s3a://data/lib/"])
def test_fetch_copies_everything_below_a_prefix(root: Path, run: Path, location: str):
    for name in ("one.py", "deep/er/two.py"):
        file = root / "data" / "lib" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(name)
    (root / "data" / "lib" / "link.py").symlink_to("/etc/passwd")
    copy = Buckets(root).fetch(location, run)
    assert copy == run / "lib"
    assert sorted(str(file.relative_to(copy)) for file in copy.rglob("*") if file.is_file()) == [
        "deep/er/two.py",
        "one.py",
    ]


def test_fetch_copies_a_whole_bucket(root: Path, run: Path):
    (root / "data" / "a").write_text("a")
    assert (Buckets(root).fetch("s3://data", run) / "a").read_text() == "a"


NO_KEY = "The specified key does not exist. (Service: Amazon S3; Status Code: 404;"
NO_BUCKET = "The specified bucket does not exist (Service: Amazon S3; Status Code: 404;"
NO_FILE = "a key with an empty segment, '.' or '..' can be no file. (Service: Amazon S3; Status Code: 400;"


@pytest.mark.parametrize(
    ("bucket", "key", "reason"),
    [
        ("data", "no/such.py", NO_KEY),
        ("data", "empty/", NO_KEY),
        ("data", "file/", NO_KEY),
        ("data", "../other/a.py", NO_FILE),
        ("nowhere", "a.py", NO_BUCKET),
        ("..", "a.py", NO_BUCKET),
    ],
)
def test_what_cannot_be_fetched_is_told_as_aws_tells_it(root: Path, run: Path, bucket: str, key: str, reason: str):
    (root / "data" / "empty").mkdir()
    (root / "data" / "file").write_text("")
    with pytest.raises(LocationError) as failure:
        Buckets(root).fetch(f"s3://{bucket}/{key}", run)
    assert str(failure.value) == (
        f"Error downloading from S3 for bucket: {bucket}, key: {key}.{reason} Please refer logs for details."
    )
    assert not any(run.iterdir())


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_access_denied(root: Path, run: Path):
    (root / "data" / "secret").write_text("")
    (root / "data" / "secret").chmod(0)
    with pytest.raises(LocationError, match=r"Access Denied \(Service: Amazon S3; Status Code: 403"):
        Buckets(root).fetch("s3://data/secret", run)


def test_a_pipe_is_no_object_and_nobody_waits_for_it(root: Path, run: Path):
    os.mkfifo(root / "data" / "pipe")
    with pytest.raises(LocationError, match="The specified key does not exist"):
        Buckets(root).fetch("s3://data/pipe", run)
    with pytest.raises(LocationError, match="The specified key does not exist"):
        Buckets(root).read_text("s3://data/pipe")


def test_paths_of_this_machine_need_the_setting(root: Path, run: Path, tmp_path: Path):
    script = tmp_path / "job.py"
    script.write_text("print(2)")
    with pytest.raises(LocationError, match="local_paths"):
        Buckets(root).fetch(str(script), run)
    allowed = Buckets(root, local_paths=True)
    assert allowed.fetch(str(script), run).read_text() == "print(2)"
    assert allowed.read_text(script.as_uri()) == "print(2)"
    with pytest.raises(LocationError, match=r"no-such\.py does not exist"):
        allowed.fetch(str(tmp_path / "no-such.py"), run)


def test_read_text_reads_text_of_bounded_size(root: Path, monkeypatch: pytest.MonkeyPatch):
    (root / "data" / "a.py").write_text("# ü")
    assert Buckets(root).read_text("s3://data/a.py") == "# ü"
    (root / "data" / "latin").write_bytes(b"\xfc")
    with pytest.raises(LocationError, match="UTF-8"):
        Buckets(root).read_text("s3://data/latin")
    monkeypatch.setattr(locations, "TEXT_LIMIT", 3)
    with pytest.raises(LocationError, match="larger than"):
        Buckets(root).read_text("s3://data/a.py")


def test_path_needs_the_bucket_but_not_the_key(root: Path):
    assert Buckets(root).path("s3://data/logs/new/") == root / "data/logs/new"
    assert Buckets(root).path("s3://data") == root / "data"
    with pytest.raises(LocationError, match="bucket does not exist"):
        Buckets(root).path("s3://nothing/logs")


@pytest.mark.parametrize("module", ["locations", "mounts", "spark", "routes"])
def test_what_the_runner_imports_needs_the_standard_library_only(module: str):
    source = Path(locations.__file__).parents[2]
    program = (
        f"import sys; sys.path.insert(0, {str(source)!r}); import openglue.s3.{module}\n"
        "ours = [m for m in sys.modules if m.partition('.')[0] not in sys.stdlib_module_names and m != '__main__']\n"
        "print(sorted(m for m in ours if not m.startswith('openglue')))\n"
        "print('socket' in sys.modules or 'asyncio' in sys.modules or 'http' in sys.modules)"
    )
    found = subprocess.run([sys.executable, "-S", "-E", "-c", program], capture_output=True, text=True, check=True)
    assert found.stdout.split("\n")[:2] == ["[]", "False"]


def test_a_folder_that_holds_its_own_copy_is_copied_once(tmp_path: Path):
    project = tmp_path / "project"
    (project / "work").mkdir(parents=True)
    (project / "a.txt").write_text("a")
    copied = Buckets(tmp_path / "s3", local_paths=True).fetch(str(project), project / "work")
    assert sorted(file.relative_to(copied) for file in copied.rglob("*")) == [Path("a.txt")]


def test_what_must_be_a_file_is_no_folder_and_no_prefix(tmp_path: Path):
    buckets = Buckets(tmp_path / "s3", local_paths=True)
    (tmp_path / "s3" / "bucket" / "folder").mkdir(parents=True)
    (tmp_path / "s3" / "bucket" / "folder" / "a.py").write_text("a")
    for location, reason in (
        (str(tmp_path), "is a folder, and a file is needed"),
        ("s3://bucket/folder", "The specified key does not exist."),
        ("s3://bucket/folder/", "The specified key does not exist."),
    ):
        with pytest.raises(LocationError, match=reason):
            buckets.fetch_file(location, tmp_path)
    assert buckets.fetch_file("s3://bucket/folder/a.py", tmp_path).read_text() == "a"


def test_a_copy_ends_when_it_is_not_to_go_on(tmp_path: Path):
    class Enough(Exception):  # noqa: N818
        pass

    asked = []

    def go_on() -> None:
        asked.append(1)
        if len(asked) == 2:
            raise Enough

    with (tmp_path / "large").open("wb") as file:
        file.truncate(3 * CHUNK)
    (tmp_path / "to").mkdir()
    with pytest.raises(Enough):
        Buckets(tmp_path, local_paths=True).fetch(str(tmp_path / "large"), tmp_path / "to", go_on)
    assert (tmp_path / "to" / "large").stat().st_size == CHUNK
