"""The scenarios of job bookmarks (awsglue 5), through boto3 and real Spark runs.

One job tells one story: a run of it reads the sources of all scenarios at once, and between its runs files come, change
and go. Each test holds one scenario against what the runs have told. Every file has two rows, which bear its name.
Scenario 20 is about databases and has its tests elsewhere.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.acceptance.conftest import Glue

pytestmark = [pytest.mark.spark, pytest.mark.timeout(900)]

SCRIPT = str(Path(__file__).with_name("script.py"))
MINUTE = 60


def plan(named: str, columns: str) -> dict[str, Any]:
    """The sources of a run; `named` is the transformation_ctx of one of them, and `columns` a Parquet file that the run
    writes before it reads.
    """
    write = {"write": columns} if columns else {}
    return {
        "one": {"path": "s3://lake/one/", "format": "csv", "ctx": "one", "sink": "s3://lake/out/"},
        "bare": {"path": "s3://lake/one/", "format": "csv", "ctx": ""},
        "named": {"path": "s3://lake/one/", "format": "csv", "ctx": named},
        "many": {"path": "s3://lake/many/", "format": "csv", "ctx": "many", "options": {"recurse": True}},
        "flat": {"path": "s3://lake/many/", "format": "csv", "ctx": "flat"},
        "bounded": {"path": "s3://lake/three/", "format": "csv", "ctx": "bounded", "options": {"boundedFiles": "1"}},
        "columns": {"path": "s3://lake/columns/", "format": "parquet", "ctx": "columns", **write},
        "table": {"table": "flights", "ctx": "table"},
        "nested": {"path": "s3://lake/nested/", "format": "json", "ctx": "nested", "numbers": "relationalize"},
    }


@dataclass
class Lake:
    """The bucket of the story: a folder, as the embedded S3 has it."""

    folder: Path

    def put(self, key: str, *, age_s: float = 0) -> None:
        """A CSV file with two rows, written so many seconds ago."""
        name = Path(key).stem
        self.write(key, f"name,n\n{name},1\n{name},2\n".encode())
        if age_s:
            self.date(key, time.time() - age_s)

    def write(self, key: str, content: bytes) -> None:
        file = self.folder / key
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)

    def date(self, key: str, modified: float) -> None:
        os.utime(self.folder / key, (modified, modified))

    def nested(self, key: str) -> None:
        name = Path(key).stem
        record = json.dumps({"name": name, "items": [1]})
        self.write(key, f"{record}\n{record}\n".encode())


@dataclass
class Table:
    """A table of the Data Catalog over a folder of the bucket, with a partition for each day."""

    client: Any
    lake: Lake

    def create(self) -> None:
        self.client.create_database(DatabaseInput={"Name": "lake"})
        self.client.create_table(
            DatabaseName="lake",
            TableInput={
                "Name": "flights",
                "StorageDescriptor": self._files("table"),
                "PartitionKeys": [{"Name": "day", "Type": "string"}],
                "Parameters": {"classification": "csv", "skip.header.line.count": "1"},
            },
        )

    def add(self, day: str) -> None:
        """Tell the catalog of a partition."""
        given = {"Values": [day], "StorageDescriptor": self._files(f"table/day={day}")}
        self.client.create_partition(DatabaseName="lake", TableName="flights", PartitionInput=given)

    def _files(self, key: str) -> dict[str, Any]:
        return {
            "Location": f"s3://lake/{key}/",
            "Columns": [{"Name": name, "Type": "string"} for name in ("name", "n")],
            "SerdeInfo": {
                "SerializationLibrary": "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe",
                "Parameters": {"field.delim": ","},
            },
        }


@dataclass
class Story:
    """What the runs of the job have told, by the name that the story gives them."""

    glue: Glue
    job: str
    lake: Lake
    runs: dict[str, dict[str, Any]] = field(default_factory=dict)
    told: dict[str, dict[str, Any]] = field(default_factory=dict)
    #: The job's bookmark after the run.
    entries: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    def start(self, *, named: str = "old-name", columns: str = "", end: str = "commit", **arguments: str) -> str:
        given = {"--plan": json.dumps(plan(named, columns)), "--end": end}
        options = {f"--job-bookmark-{name}": value for name, value in arguments.items()}
        return self.glue.start(self.job, Arguments={**given, **options})

    def finish(self, name: str, run_id: str, state: str = "SUCCEEDED") -> None:
        run = self.glue.wait(self.job, run_id, deadline_s=180)
        assert run["JobRunState"] == state, self.glue.text(run, "error")
        self.runs[name] = run
        lines = [line for line in self.glue.text(run).splitlines() if line.startswith("TOLD ")]
        self.told[name] = json.loads(lines[0].removeprefix("TOLD ")) if lines else {}
        self.entries[name] = self.glue.client.get_job_bookmark(JobName=self.job)["JobBookmarkEntry"]

    def go(self, name: str, *, state: str = "SUCCEEDED", **how: str) -> None:
        self.finish(name, self.start(**how), state)

    def read(self, source: str, *runs: str) -> list[list[str]]:
        """The names of the files that each run has read of a source. Of a file both rows have been read."""
        answers = []
        for run in runs:
            names = self.told[run][source]
            assert names == sorted([*set(names)] * 2), f"{run} read {names}"
            answers.append(sorted(set(names)))
        return answers

    def log(self, run: str) -> str:
        return self.glue.text(self.runs[run], "error")


def job(glue: Glue, **arguments: str) -> str:
    defaults = {"--job-bookmark-option": "job-bookmark-enable", "--plan": "{}", "--end": "commit", **arguments}
    return glue.job(SCRIPT, kind="glueetl", DefaultArguments=defaults)


@pytest.fixture(scope="module")
def story(glue: Glue, openglue: Any) -> Story:
    lake = Lake(openglue.bucket("lake"))
    story = Story(glue, job(glue), lake)
    for key in ("one/a", "one/b", "many/modified", "many/same-second", "many/deleted", "many/old"):
        lake.put(f"{key}.csv", age_s=2 * MINUTE)
    for age, key in enumerate(("third", "second", "first")):
        lake.put(f"three/{key}.csv", age_s=60 * MINUTE * (age + 1))
    lake.date("many/same-second.csv", float(int(time.time()) - MINUTE))
    lake.nested("nested/n1.json")
    table = Table(glue.client, lake)
    table.create()
    lake.put("table/day=1/monday.csv", age_s=2 * MINUTE)
    lake.put("table/day=2/tuesday.csv", age_s=60 * MINUTE)
    table.add("1")

    first = story.start(columns="c1")
    with pytest.raises(ClientError) as overlapping:
        story.start()
    story.told["overlapping"] = overlapping.value.response["Error"]
    story.finish("first", first)

    lake.put("many/modified.csv")
    same_second = (lake.folder / "many/same-second.csv").stat().st_mtime
    lake.put("many/same-second.csv")
    lake.date("many/same-second.csv", same_second + 0.25)
    (lake.folder / "many/deleted.csv").unlink()
    lake.put("many/p=2/partition.csv")
    lake.put("many/late.csv", age_s=5 * MINUTE)
    lake.put("many/too-late.csv", age_s=60 * MINUTE)
    lake.nested("nested/n2.json")
    lake.put("table/day=3/wednesday.csv")
    table.add("2")
    table.add("3")
    story.go("failed", columns="c2", end="fail", state="FAILED")
    story.go("without commit", end="nothing")
    story.go("second")

    lake.put("one/c.csv")
    story.go("third", named="new-name")
    story.go("disabled", option="job-bookmark-disable", named="new-name")
    story.go("fourth", named="new-name")

    lake.put("many/e.csv")
    story.go("paused", option="job-bookmark-pause")
    story.go("paused again", option="job-bookmark-pause")
    story.go("fifth")
    ids = {name: run["Id"] for name, run in story.runs.items()}
    story.go("range", option="job-bookmark-pause", **{"from": ids["first"], "to": ids["third"]})

    glue.client.reset_job_bookmark(JobName=story.job, RunId=ids["first"])
    story.go("rewound")
    glue.client.reset_job_bookmark(JobName=story.job)
    story.go("reset")
    return story


def test_1_files_are_read_once_and_a_run_without_new_ones_writes_nothing(story: Story):
    assert story.read("one", "first", "second", "third") == [["a", "b"], [], ["c"]]
    assert [story.told[run]["one fields"] for run in ("first", "second")] == [["name", "n"], []]


def test_1_the_sink_has_what_each_run_that_ended_well_or_not_has_read(story: Story, openglue: Any):
    """Targets are not cleaned: what runs without a commit wrote stays."""
    rows = [line for file in (story.lake.folder / "out").glob("*") for line in file.read_text().splitlines()]
    written = sum(len(told["one"]) for told in story.told.values() if "one" in told)
    assert len(rows) == written


def test_2_a_modified_file_is_read_again(story: Story):
    assert "modified" in story.read("many", "second")[0]
    assert "old" not in story.read("many", "second")[0]


def test_3_a_new_partition_is_read(story: Story):
    assert ["partition" in read for read in story.read("many", "first", "second", "third")] == [False, True, False]


def test_3_files_of_a_new_partition_of_a_table_are_read_or_named_if_they_are_too_old(story: Story):
    assert story.read("table", "first", "second", "third") == [["monday"], ["wednesday"], []]
    (line,) = [line for line in story.log("second").splitlines() if "'table'" in line and "not reading" in line]
    assert line.endswith("not reading s3://lake/table/day=2/tuesday.csv")


def test_4_without_recurse_folders_are_not_entered(story: Story):
    assert "partition" not in story.read("flat", "second")[0]
    assert "late" in story.read("flat", "second")[0]


def test_5_a_run_that_fails_before_its_commit_leaves_the_bookmark_and_its_files(story: Story):
    new = ["late", "modified", "partition", "same-second"]
    assert story.read("many", "failed", "second") == [new, new]
    before, failed, next_one, after = (
        (story.entries[run]["Run"], story.entries[run]["Attempt"])
        for run in ("first", "failed", "without commit", "second")
    )
    assert (before, failed, next_one, after) == ((2, 0), (2, 0), (2, 1), (3, 0))
    assert story.entries["failed"]["JobBookmark"] == story.entries["first"]["JobBookmark"]


def test_6_a_run_that_does_not_commit_reads_the_same_files_as_the_next(story: Story):
    assert story.told["without commit"] == story.told["failed"]
    assert story.read("many", "without commit") == story.read("many", "second")


def test_7_a_source_without_a_context_is_read_whole_each_time(story: Story):
    assert story.read("bare", "first", "second", "third") == [["a", "b"], ["a", "b"], ["a", "b", "c"]]


def test_8_of_two_sources_only_the_one_with_a_context_is_incremental(story: Story):
    assert [story.read(source, "third")[0] for source in ("one", "bare")] == [["c"], ["a", "b", "c"]]


def test_9_a_context_of_another_name_reads_everything_once(story: Story):
    assert story.read("named", "first", "second", "third", "fourth") == [["a", "b"], [], ["a", "b", "c"], []]


def test_10_a_run_with_the_bookmark_disabled_reads_everything_and_leaves_the_bookmark(story: Story):
    everything = ["late", "modified", "old", "partition", "same-second", "too-late"]
    assert story.read("many", "disabled", "fourth") == [everything, []]
    assert story.entries["disabled"] == story.entries["third"]


def test_11_paused_runs_read_what_is_new_and_leave_it_new(story: Story):
    assert story.read("many", "paused", "paused again", "fifth") == [["e"], ["e"], ["e"]]
    assert story.entries["paused again"] == story.entries["fourth"]


def test_12_a_range_is_what_the_runs_after_one_up_to_another_have_read(story: Story):
    assert story.read("many", "range") == [["late", "modified", "partition", "same-second"]]
    assert story.read("one", "range") == [["c"]]
    assert story.entries["range"] == story.entries["fifth"]


def test_13_a_range_with_one_end_fails(glue: Glue):
    name = job(glue, **{"--job-bookmark-option": "job-bookmark-pause", "--job-bookmark-from": "jr_1"})
    run = glue.wait(name, glue.start(name))
    assert run["JobRunState"] == "FAILED"
    assert "Missing option or value for --job-bookmark-to" in run["ErrorMessage"]


def test_14_a_range_without_pause_fails(glue: Glue):
    name = job(glue, **{"--job-bookmark-from": "jr_1", "--job-bookmark-to": "jr_2"})
    run = glue.wait(name, glue.start(name))
    assert run["JobRunState"] == "FAILED"
    assert "Invalid option(s)" in run["ErrorMessage"]


def test_15_after_a_reset_everything_is_read(story: Story):
    assert story.read("many", "reset") == [["e", "late", "modified", "old", "partition", "same-second", "too-late"]]
    assert story.read("one", "reset") == [["a", "b", "c"]]
    assert story.told["reset"]["nested numbers"] == [1, 2, 3, 4]


def test_16_after_a_rewind_to_a_run_all_is_read_that_came_after_it(story: Story):
    assert story.read("many", "rewound") == [["e", "late", "modified", "partition", "same-second"]]
    assert story.read("one", "rewound") == [["c"]]


def test_17_a_late_file_is_read_inside_the_band_and_named_in_the_log_outside_of_it(story: Story):
    assert "late" in story.read("many", "second")[0]
    for run in ("failed", "without commit", "second"):
        (line,) = [line for line in story.log(run).splitlines() if "'many'" in line and "not reading" in line]
        assert line.endswith("not reading s3://lake/many/too-late.csv")
    assert "not reading" not in story.log("third")


def test_18_a_file_that_is_overwritten_within_a_second_is_read_again(story: Story):
    assert ["same-second" in read for read in story.read("many", "first", "second", "third")] == [True, True, False]


def test_19_a_bound_takes_the_oldest_files_run_by_run(story: Story):
    assert story.read("bounded", "first", "second", "third", "fourth") == [["first"], ["second"], ["third"], []]


def test_21_parquet_files_are_incremental_too_and_spark_knows_of_no_bookmark(story: Story):
    assert story.read("columns", "first", "second", "third") == [["c1"], ["c2"], []]
    assert [story.told[run]["columns by Spark"] for run in ("first", "second", "third")] == [2, 4, 4]


def test_22_a_run_beside_another_is_refused(story: Story):
    assert story.told["overlapping"]["Code"] == "ConcurrentRunsExceededException"


def test_23_keys_of_relationalize_go_on_after_those_of_the_last_run(story: Story):
    numbers = [story.told[run].get("nested numbers") for run in ("first", "failed", "second", "third")]
    assert numbers == [[1, 2], [3, 4], [3, 4], []]


def test_24_a_file_that_is_deleted_is_no_error(story: Story):
    assert ["deleted" in read for read in story.read("many", "first", "second")] == [True, False]
