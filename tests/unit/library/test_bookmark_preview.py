"""Files of this machine are found and named as Hadoop would, and what cannot be previewed says why."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from awsglue.bookmarks.machine import ElsewhereError, Machine
from awsglue.bookmarks.preview import preview
from awsglue.bookmarks.state import FILES, FileState
from awsglue.files import Listing


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    for key in ("in/a.csv", "in/b.json", "in/p=1/c.csv", "in/.hidden", "other/in/d.csv"):
        file = tmp_path / "lake" / key
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("x\n")
    return Machine(buckets=tmp_path)


def found(machine: Machine, path: str, **listing: Any) -> list[str]:
    return sorted(file.path for file in machine.listed(path, Listing(**listing)))


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("s3://lake/in", ["s3://lake/in/a.csv", "s3://lake/in/b.json"]),
        ("s3a://lake//in/./p=1/..//", ["s3a://lake/in/a.csv", "s3a://lake/in/b.json"]),
        ("s3://lake/in/a.csv", ["s3://lake/in/a.csv"]),
        ("s3://lake", []),
        ("s3://lake/*/in/", ["s3://lake/other/in/d.csv"]),
        ("s3://lake/in/[ab].{csv,txt}", ["s3://lake/in/a.csv"]),
        ("s3://lake/in/?=1", ["s3://lake/in/p=1/c.csv"]),
        ("s3://lake/{in/a,other/in/d,in/none}.csv", ["s3://lake/in/a.csv", "s3://lake/other/in/d.csv"]),
        (
            "s3://lake/{in/{a,b},other/in}{.csv,.json,}",
            ["s3://lake/in/a.csv", "s3://lake/in/b.json", "s3://lake/other/in/d.csv"],
        ),
    ],
)
def test_a_path_in_a_bucket_leads_to_its_files(machine: Machine, path: str, names: list[str]):
    assert found(machine, path) == names


def test_a_bucket_may_be_listed_whole_without_what_is_excluded(machine: Machine):
    assert found(machine, "s3://lake/", recurse=True, exclusions=("in/**",)) == ["s3://lake/other/in/d.csv"]


def test_a_path_of_this_machine_is_named_as_a_file(machine: Machine):
    folder = machine.buckets / "lake" / "in"
    names = [f"file:{folder}/a.csv", f"file:{folder}/b.json"]
    assert (
        found(machine, str(folder)) == found(machine, f"file://{folder}/") == found(machine, f"file:{folder}") == names
    )
    assert found(machine, f"{folder}/*.csv") == names[:1]


@pytest.mark.parametrize(
    ("path", "error", "said"),
    [
        ("s3://lake/none/", FileNotFoundError, "Path does not exist: s3://lake/none/"),
        ("s3://lake/none*", FileNotFoundError, r"Path does not exist: s3://lake/none\*"),
        ("s3://none/in/", FileNotFoundError, r"The specified bucket does not exist: none \(NoSuchBucket\)"),
        ("hdfs://name/in/", ElsewhereError, "hdfs://name/in/ is neither in a bucket nor an absolute path"),
        ("in/", ElsewhereError, "in/ is neither in a bucket nor an absolute path"),
    ],
)
def test_a_path_that_leads_nowhere_says_so(machine: Machine, path: str, error: type[Exception], said: str):
    with pytest.raises(error, match=said):
        found(machine, path)


SOURCE = {
    "kind": "s3",
    "paths": ["s3://lake/in/"],
    "recurse": False,
    "exclusions": [],
    "partition_folders": False,
    "max_band_ms": 900_000,
    "max_files_in_band": 20_000,
    "bounded_files": None,
    "bounded_size": None,
}


def looked(machine: Machine, source: dict[str, Any], state: dict[str, Any] | None = None) -> dict[str, Any]:
    asked = {"buckets": str(machine.buckets), "run": 2, "state": state or {}, "with_spark": False}
    return preview({**asked, "sources": {"src": source}})["src"]


def test_files_of_a_source_are_named_the_oldest_first_with_their_bytes(machine: Machine):
    told = looked(machine, SOURCE)
    assert sorted(path for path, *_ in told["files"]) == ["s3://lake/in/a.csv", "s3://lake/in/b.json"]
    assert (told["count"], told["bytes"], told["left_from"]) == (2, 4, None)
    assert told["log"] == ["transformation_ctx 'src': reading 2 files that are new"]


@pytest.mark.parametrize(
    ("change", "word", "said"),
    [
        ({"paths": []}, "unknown", "it has more paths than its bookmark tells of"),
        ({"paths": ["hdfs://name/in"]}, "unknown", "hdfs://name/in is neither"),
        ({"paths": ["s3://lake/none"]}, "fails", "Path does not exist: s3://lake/none"),
        ({"kind": "jdbc"}, "unknown", "its script says itself how the database is reached"),
        ({"kind": "jdbc", "options": {"connectionName": "c"}}, "unknown", "the database is asked through Spark"),
    ],
)
def test_what_cannot_be_previewed_says_why(machine: Machine, change: dict[str, Any], word: str, said: str):
    assert looked(machine, {**SOURCE, **change})[word].startswith(said)


def test_a_source_that_was_told_of_in_other_words_is_unknown(machine: Machine):
    assert looked(machine, {"kind": "s3"})["unknown"] == "what was told of it has no 'paths'"


def test_a_state_that_no_run_could_go_on_from_makes_the_next_one_fail(machine: Machine):
    state = {"src": {"jsonClass": FILES, "timestamps": {"RUN": "1", "CURR_RUN_START_TIME": "yesterday"}}}
    assert "CURR_RUN_START_TIME is 'yesterday'" in looked(machine, SOURCE, state)["fails"]


def test_a_bookmark_that_is_dated_ahead_of_the_clock_says_what_it_hides(machine: Machine):
    state = {"src": FileState(run=1, listed_at=4_000_000_000_000, band_ms=0, marks=frozenset()).to_json()}
    told = looked(machine, SOURCE, state)
    assert (told["count"], told["too_old"]["count"]) == (0, 2)
    _, dated, hidden = told["log"]
    assert "the bookmark is dated 2096-10-02T07:06:40.000Z, which is later than now" in dated
    assert "rewind or reset the bookmark" in dated
    assert hidden.startswith("transformation_ctx 'src': not reading 2 files for that date: s3://lake/in/a.csv, ")
