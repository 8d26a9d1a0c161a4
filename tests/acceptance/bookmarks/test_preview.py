"""What a preview says the next run reads is what the next run reads: one job in one situation after the other.

Its sources are of all kinds. Before each run PreviewJobBookmark is asked; then the run tells what it has read.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from tests.acceptance.conftest import Glue
from tests.databases import postgresql

from openglue.api.aws_json import conforms, load_service
from openglue.cli.failure import ServiceError
from openglue.cli.service import Service

pytestmark = [pytest.mark.spark, pytest.mark.timeout(600)]

MINUTE = 60
SCRIPT = """
import json, sys
from awsglue.context import GlueContext
from awsglue.job import Job
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext

args = getResolvedOptions(sys.argv, ["JOB_NAME", "sources"])
glue_context = GlueContext(SparkContext.getOrCreate())
job = Job(glue_context)
job.init(args["JOB_NAME"], args)
make, told = glue_context.create_dynamic_frame, {}
for ctx, source in json.loads(args["sources"]).items():
    if "table" in source:
        frame = make.from_catalog(
            "shelf",
            source["table"],
            transformation_ctx=ctx,
            push_down_predicate=source.get("predicate", ""),
            additional_options={"attachFilename": "file"},
        )
    elif "connection" in source:
        frame = make.from_options("postgresql", source["connection"], transformation_ctx=ctx)
    else:
        files = {"withHeader": True, "attachFilename": "file"}
        frame = make.from_options("s3", source, "csv", files, transformation_ctx=ctx)
    rows = frame.toDF().collect()
    told[ctx] = len(rows) if "connection" in source else sorted({row.file for row in rows})
print("TOLD " + json.dumps(told))
job.commit()
"""


@dataclass
class Shelf:
    """The bucket, and a folder beside it."""

    bucket: Path
    folder: Path

    def put(self, key: str, *, age_s: float = 0) -> None:
        """A CSV file, written so many seconds ago."""
        file = (self.folder / key.removeprefix("local/")) if key.startswith("local/") else self.bucket / key
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("name\nx\n")
        if age_s:
            when = time.time() - age_s
            os.utime(file, (when, when))


@dataclass
class Story:
    glue: Glue
    service: Service
    shelf: Shelf
    orders: Any
    job: str
    sources: dict[str, Any]
    #: By situation: what the preview said, and what the run then told.
    previews: dict[str, dict[str, Any]] = field(default_factory=dict)
    told: dict[str, dict[str, Any]] = field(default_factory=dict)

    def look(self, **members: Any) -> dict[str, Any]:
        answer = self.service.own("PreviewJobBookmark", JobName=self.job, **members)
        assert conforms(load_service("openglue").operations["PreviewJobBookmark"], answer) == []
        return {context["TransformationCtx"]: context for context in answer["Contexts"]}

    def go(self, situation: str, **members: Any) -> None:
        self.previews[situation] = self.look(**members)
        self.run(situation)

    def run(self, situation: str) -> None:
        run = self.glue.wait(self.job, self.glue.start(self.job), deadline_s=180)
        assert run["JobRunState"] == "SUCCEEDED", self.glue.text(run, "error")
        line = next(line for line in self.glue.text(run).splitlines() if line.startswith("TOLD "))
        self.told[situation] = json.loads(line.removeprefix("TOLD "))


def sources(folder: Path, url: str) -> dict[str, Any]:
    orders = {"useConnectionProperties": "true", "connectionName": "orders", "dbtable": "orders"}
    by_url = {"url": url, "user": "clerk", "password": "pg-5ecret", "dbtable": "orders"}
    return {
        "plain": {"paths": ["s3://shelf/plain/"]},
        "deep": {"paths": ["s3a://shelf/deep"], "recurse": True, "exclusions": json.dumps(["**/skip*", "no/**"])},
        "bounded": {"paths": ["s3://shelf/plain/"], "boundedFiles": "2"},
        "band": {"paths": ["s3://shelf/plain/"], "maxBand": "1000000", "maxFilesInBand": "1"},
        "several": {"paths": ["s3://shelf//plain/a.csv", "s3://shelf/deep/./no/"]},
        "glob": {"paths": ["s3://shelf/d*/y=20[12]*/*"]},
        "local": {"paths": [str(folder), f"file://{folder}/deeper"]},
        "table": {"table": "days"},
        "some": {"table": "days", "predicate": "day > '1'"},
        "orders": {"connection": {**orders, "jobBookmarkKeys": ["id"]}},
        "by url": {"connection": {**by_url, "jobBookmarkKeys": ["id"]}},
    }


def create_table(glue: Glue) -> None:
    columns = {"Columns": [{"Name": "name", "Type": "string"}], "SerdeInfo": {"Parameters": {"field.delim": ","}}}
    glue.client.create_database(DatabaseInput={"Name": "shelf"})
    glue.client.create_table(
        DatabaseName="shelf",
        TableInput={
            "Name": "days",
            "StorageDescriptor": {"Location": "s3://shelf/days/", **columns},
            "PartitionKeys": [{"Name": "day", "Type": "string"}],
            "Parameters": {"classification": "csv", "skip.header.line.count": "1"},
        },
    )


def add_day(glue: Glue, day: str) -> None:
    columns = {"Columns": [{"Name": "name", "Type": "string"}], "SerdeInfo": {"Parameters": {"field.delim": ","}}}
    given = {"Values": [day], "StorageDescriptor": {"Location": f"s3://shelf/days/day={day}/", **columns}}
    glue.client.create_partition(DatabaseName="shelf", TableName="days", PartitionInput=given)


@pytest.fixture(scope="module")
def orders(glue: Glue, runtime_directory: None) -> Iterator[tuple[Any, str]]:
    """A table of a real database, and the database's URL."""
    with postgresql() as server:
        address = urlsplit(server.url.removeprefix("jdbc:"))
        properties = {"JDBC_CONNECTION_URL": server.url, "USERNAME": server.user, "PASSWORD": server.password}
        glue.client.create_connection(
            ConnectionInput={"Name": "orders", "ConnectionType": "JDBC", "ConnectionProperties": properties}
        )
        connection = psycopg.connect(
            host=address.hostname,
            port=address.port,
            dbname="shop",
            user=server.user,
            password=server.password,
            autocommit=True,
        )
        with connection:
            connection.execute("CREATE TABLE orders (id INT PRIMARY KEY)")
            connection.execute("INSERT INTO orders VALUES (1), (2), (5)")
            yield connection, server.url


@pytest.fixture(scope="module")
def story(glue: Glue, openglue: Any, orders: tuple[Any, str], tmp_path_factory: pytest.TempPathFactory) -> Story:
    shelf = Shelf(openglue.bucket("shelf"), tmp_path_factory.mktemp("shelf"))
    database, url = orders
    read = sources(shelf.folder, url)
    defaults = {"--job-bookmark-option": "job-bookmark-enable", "--sources": json.dumps(read)}
    job = glue.job(SCRIPT, kind="glueetl", DefaultArguments=defaults)
    story = Story(glue, Service(openglue.url), shelf, database, job, read)
    for key, age in (("a", 40), ("b", 30), ("c", 6), ("d", 5)):
        shelf.put(f"plain/{key}.csv", age_s=MINUTE * age)
    for key in ("deep/x.csv", "deep/skipped.csv", "deep/no/n.csv", "deep/y=2016/f.csv", "deep/y=2026/g.csv"):
        shelf.put(key, age_s=2 * MINUTE)
    shelf.put("local/one.csv", age_s=MINUTE)
    shelf.put("local/deeper/two.csv", age_s=MINUTE)
    create_table(glue)
    for day in ("1", "2"):
        shelf.put(f"days/day={day}/one.csv", age_s=2 * MINUTE)
        add_day(glue, day)
    story.run("first")

    shelf.put("plain/e.csv")
    shelf.put("plain/a.csv")
    shelf.put("plain/late.csv", age_s=5 * MINUTE)
    shelf.put("plain/too-late.csv", age_s=60 * MINUTE)
    shelf.put("plain/ahead.csv", age_s=-60 * MINUTE)
    shelf.put("deep/new/z.csv")
    shelf.put("deep/skip-me.csv")
    shelf.put("deep/y=2027/h.csv")
    shelf.put("local/three.csv")
    (shelf.folder / "deeper" / "two.csv").unlink()
    shelf.put("days/day=2/two.csv")
    shelf.put("days/day=3/three.csv")
    shelf.put("days/day=4/old.csv", age_s=60 * MINUTE)
    for day in ("3", "4"):
        add_day(glue, day)
    database.execute("INSERT INTO orders VALUES (7), (9)")
    story.go("second")
    story.go("third", WithSpark=False)
    glue.client.reset_job_bookmark(JobName=job)
    story.go("reset")
    return story


SITUATIONS = ("second", "third", "reset")


@pytest.mark.parametrize("situation", SITUATIONS)
def test_the_files_of_a_preview_are_those_that_the_next_run_reads(story: Story, situation: str):
    previewed = {ctx: context for ctx, context in story.previews[situation].items() if "Files" in context}
    files = {ctx: sorted(file["Path"] for file in context["Files"]) for ctx, context in previewed.items()}
    assert len(files) == {"second": 9, "third": 8, "reset": 9}[situation]
    assert files == {ctx: story.told[situation][ctx] for ctx in files}
    assert {ctx: previewed[ctx]["FileCount"] for ctx in files} == {ctx: len(names) for ctx, names in files.items()}


def test_the_situations_are_what_they_are_meant_to_be(story: Story):
    """So that the comparison compares something."""

    def names(ctx: str, situation: str) -> list[str]:
        return sorted(Path(file).stem for file in story.told[situation][ctx])

    assert names("plain", "second") == ["a", "e", "late"]
    assert names("deep", "second") == ["h", "z"]
    assert [len(names("bounded", situation)) for situation in SITUATIONS] == [2, 2, 2]
    assert names("band", "second") == ["d"]
    assert names("several", "second") == ["a"]
    assert names("glob", "second") == ["h"]
    assert names("local", "second") == ["three"]
    assert (names("table", "second"), names("some", "reset")) == (["three", "two"], ["old", "one", "three", "two"])
    assert names("plain", "third") == []
    assert names("plain", "reset") == ["a", "b", "c", "d", "e", "late", "too-late"]


@pytest.mark.parametrize(("situation", "count", "after"), [("second", 2, {"id": "5"}), ("reset", 5, None)])
def test_the_rows_of_a_preview_are_counted_with_their_keys(
    story: Story, situation: str, count: int, after: dict[str, str] | None
):
    previewed = story.previews[situation]["orders"]
    assert previewed["RowCount"] == story.told[situation]["orders"] == count
    assert (previewed.get("After"), previewed["UpTo"]) == (after, {"id": "9"})


def test_what_no_run_reads_is_named_with_what_comes_later_and_what_was_read(story: Story):
    plain = story.previews["second"]["plain"]
    assert plain["TooOld"] == {"Count": 1, "Names": ["s3://shelf/plain/too-late.csv"]}
    assert plain["Ahead"] == {"Count": 1, "Names": ["s3://shelf/plain/ahead.csv"]}
    assert plain["Remembered"] == {"Count": 2, "Names": ["s3://shelf/plain/c.csv", "s3://shelf/plain/d.csv"]}
    assert plain["Bytes"] == 3 * len("name\nx\n")
    assert story.previews["second"]["table"]["TooOld"]["Names"] == ["s3://shelf/days/day=4/old.csv"]
    assert "LeftFrom" in story.previews["reset"]["bounded"]
    assert any(line.startswith("transformation_ctx 'plain': 1 file came or changed") for line in plain["Log"])


def test_a_database_that_the_script_alone_knows_is_not_asked(story: Story):
    assert story.previews["second"]["by url"]["Unknown"].startswith("its script says itself how the database is")
    assert "pg-5ecret" not in json.dumps(story.previews)


def test_without_spark_databases_and_predicates_stay_unknown(story: Story):
    looked = story.look(WithSpark=False)
    assert {ctx for ctx, context in looked.items() if "Unknown" in context} == {"orders", "by url", "some"}
    assert looked["orders"]["Unknown"] == "the database is asked through Spark, which was not wanted"


def test_a_preview_writes_nothing(story: Story):
    before = story.service.own("ListJobBookmarkVersions", JobName=story.job)
    assert story.look(WithSpark=False)["plain"]["FileCount"] == 0
    assert story.service.own("ListJobBookmarkVersions", JobName=story.job) == before


def test_a_source_that_the_next_run_would_fail_at_says_why(story: Story):
    moved = story.shelf.bucket / "moved"
    (story.shelf.bucket / "plain").rename(moved)
    try:
        assert story.look(WithSpark=False)["plain"]["Fails"] == "Path does not exist: s3://shelf/plain/"
    finally:
        moved.rename(story.shelf.bucket / "plain")


def test_an_entry_that_came_without_sources_says_so(story: Story, glue: Glue):
    entry = story.service.own("GetJobBookmarkVersion", JobName=story.job)["JobBookmarkEntry"]
    copy = glue.job("print()")
    story.service.own("ImportJobBookmark", JobName=copy, JobBookmarkEntry={"JobBookmark": entry["JobBookmark"]})
    contexts = story.service.own("PreviewJobBookmark", JobName=copy)["Contexts"]
    assert {context["Unknown"] for context in contexts} == {
        "the run that committed last has not told where it reads from"
    }
    assert len(contexts) == len(story.sources)


def test_a_job_without_a_bookmark_has_no_preview(story: Story, glue: Glue):
    with pytest.raises(ServiceError, match=r"Continuation for job \S+ not found"):
        story.service.own("PreviewJobBookmark", JobName=glue.job("print()"))
