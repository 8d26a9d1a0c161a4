"""`openglue bookmarks` over bookmarks that runs have really begun and committed, and over real files."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.acceptance.conftest import Glue
from tests.acceptance.waiting import Runs

from awsglue.bookmarks.state import FileState, mark
from openglue.testing import OpenGlue

MINUTE = 60_000
ENABLED = "--job-bookmark-option job-bookmark-enable"
JDBC = "JDBCDataSourceJobBookmarkState"


def source(**members: Any) -> dict[str, Any]:
    """What a run tells of a source of files."""
    plain = {"recurse": False, "exclusions": [], "partition_folders": False, "bounded_files": None}
    bounds = {"max_band_ms": 15 * MINUTE, "max_files_in_band": 20_000, "bounded_size": None}
    return {"kind": "s3", "format": "csv", **plain, **bounds, **members}


@dataclass
class Lab:
    """A job with two commits: the second one had read a.csv, and rows up to 5."""

    cli: Callable[..., Any]
    runs: Runs
    data: Path
    folder: Path
    job: str
    first: str
    second: str
    listed_at: int

    def __call__(self, verb: str, *words: str | Path, job: str | None = None, code: int = 0) -> Any:
        done = self.cli("bookmarks", verb, job or self.job, *words, "--data", self.data)
        assert done.returncode == code, done.stdout + done.stderr
        return done

    def json(self, verb: str, *words: str | Path) -> Any:
        return json.loads(self(verb, *words, "--json").stdout)

    def put(self, name: str, modified: int) -> str:
        (self.folder / name).write_text("x\n")
        os.utime(self.folder / name, ns=(modified * 1_000_000, modified * 1_000_000))
        return f"s3://lab/{self.folder.name}/{name}"


@pytest.fixture
def lab(cli: Any, glue: Glue, openglue: OpenGlue, tmp_path: Path) -> Iterator[Lab]:
    runs = Runs(glue, openglue, tmp_path)
    folder = openglue.bucket("lab") / tmp_path.name.replace("_", "-").lower()
    folder.mkdir()
    job = runs.job(DefaultArguments={"--job-bookmark-option": "job-bookmark-enable"})
    listed_at = time.time_ns() // 1_000_000 - 5 * MINUTE
    lab = Lab(cli, runs, openglue.data, folder, job, "", "", listed_at)
    where = source(paths=[f"s3://lab/{folder.name}/"])
    url = "jdbc:postgresql://db/shop"
    told = {"orders": {"kind": "jdbc", "url": url, "table": "orders", "keys": ["id"], "order": "asc"}}

    def committed(at: int, marks: set[int], last: str) -> str:
        script = runs.start(job)
        remembered = FileState(run=1, listed_at=at, band_ms=15 * MINUTE, marks=frozenset(marks)).to_json()
        state = {"in": remembered, "orders": {"jsonClass": JDBC, "keys": {"id": last}, "order": "asc"}}
        rev = script.begin()[1]["rev"]
        assert script.commit(rev, state, **{"in": where}, **told)[0] == 200
        runs.end()
        return script.run_id

    read = lab.put("a.csv", listed_at - MINUTE)
    lab.first = committed(listed_at - 10 * MINUTE, set(), "2")
    lab.second = committed(listed_at, {mark(read, listed_at - MINUTE), 7}, "5")
    yield lab
    runs.end()


def local(moment_ms: int) -> str:
    return datetime.fromtimestamp(moment_ms // 1000, UTC).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def test_a_bookmark_is_shown_with_its_time_its_band_and_who_wrote_it(lab: Lab):
    shown = lab("show").stdout
    assert re.search(rf"^Version +4, COMMIT by run {lab.second[:15]}, ", shown, re.MULTILINE)
    assert f"Committed  {lab.second[:15]}, before it {lab.first[:15]}\n" in shown
    assert re.search(r"^Option +job-bookmark-enable$", shown, re.MULTILINE)
    assert f"in  files  s3://lab/{lab.folder.name}/\n" in shown
    assert re.search(rf"listed at +{local(lab.listed_at)}$", shown, re.MULTILINE)
    assert re.search(rf"settled up to +{local(lab.listed_at - 15 * MINUTE)}$", shown, re.MULTILINE)
    assert re.search(r"in the band +2 files$", shown, re.MULTILINE)
    assert re.search(rf"still there +s3://lab/{lab.folder.name}/a.csv$", shown, re.MULTILINE)
    assert re.search(r"^orders  rows  jdbc:postgresql://db/shop orders$\n +read up to +id 5$", shown, re.MULTILINE)
    before = lab("show", "--version", "2").stdout
    assert re.search(r"read up to +id 2$", before, re.MULTILINE)
    assert "in the band    0 files" in before
    assert lab.json("show")["JobBookmarkEntry"]["Version"] == 4
    assert lab.job in lab.cli("bookmarks", "ls", "--data", lab.data).stdout


def test_a_preview_names_what_is_read_and_what_is_too_old(lab: Lab):
    lab.put("new.csv", lab.listed_at + MINUTE)
    late = lab.put("late.csv", lab.listed_at - 60 * MINUTE)
    shown = lab("preview", "--no-spark")
    assert shown.stderr == ""
    assert re.search(rf"^in  reads 1 file, 2 B\n +s3://lab/{lab.folder.name}/new.csv  ", shown.stdout, re.MULTILINE)
    assert f"which the bookmark counts as read; not reading {late}\n" in shown.stdout
    assert "orders  cannot be told: its script says itself how the database is reached" in shown.stdout
    contexts = {context["TransformationCtx"]: context for context in lab.json("preview")["Contexts"]}
    assert contexts["in"]["TooOld"] == {"Count": 1, "Names": [late]}


def test_whoever_pauses_is_told_that_the_bookmark_stays(lab: Lab):
    definition = lab.runs.glue.client.get_job(JobName=lab.job)["Job"]
    arguments = {**definition["DefaultArguments"], "--job-bookmark-option": "job-bookmark-pause"}
    update = {"Role": "r", "Command": definition["Command"], "DefaultArguments": arguments}
    lab.runs.glue.client.update_job(JobName=lab.job, JobUpdate=update)
    assert f"{lab.job} runs with job-bookmark-pause" in lab("preview", "--no-spark").stderr


def test_versions_are_listed_and_compared(lab: Lab):
    lines = lab("history").stdout.splitlines()
    assert [line.split()[:3] for line in lines[1:]] == [
        ["4", "COMMIT", lab.second[:15]],
        ["3", "BEGIN", lab.second[:15]],
        ["2", "COMMIT", lab.first[:15]],
        ["1", "BEGIN", lab.first[:15]],
    ]
    shown = lab("diff").stdout
    assert re.search(r"^A  version 3  BEGIN.*\nB  version 4  COMMIT", shown)
    assert re.search(
        rf"listed at +{local(lab.listed_at - 10 * MINUTE)} -> {local(lab.listed_at)}$", shown, re.MULTILINE
    )
    assert re.search(r"in the band +-0 \+2$", shown, re.MULTILINE)
    assert re.search(r"read up to +id 2 -> id 5$", shown, re.MULTILINE)
    assert "They remember the same." in lab("diff", "2", "3").stdout
    found = lab.json("diff", "1")["Contexts"]
    assert [context["TransformationCtx"] for context in found] == ["in", "orders"]


def test_a_bookmark_goes_back_and_forward_and_is_reset(lab: Lab):
    assert lab("rewind", "--to", lab.first[:15]).stdout == (
        f"the next run of {lab.job} reads what came after run {lab.first[:15]} (version 5)\n"
    )
    assert lab.json("show")["JobBookmarkEntry"]["RunId"] == lab.first
    assert "reads what came after version 4 (version 6)" in lab("rewind", "--to", "4").stdout
    assert lab.json("show")["JobBookmarkEntry"]["RunId"] == lab.second
    assert lab("reset").stdout == f"the next run of {lab.job} reads everything (version 7)\n"
    assert "remembers  nothing: it is read from the beginning" in lab("show").stdout
    refused = lab("rewind", "--to", "99", code=1)
    assert f"The bookmark of job {lab.job} has no version 99" in refused.stderr


def test_a_run_that_is_under_way_is_named(lab: Lab):
    script = lab.runs.start(lab.job)
    assert script.begin()[0] == 200
    assert f"run {script.run_id[:15]} is under way" in lab("reset").stderr
    assert script.commit(2, {})[0] == 409


def test_a_bookmark_is_exported_and_imported(lab: Lab, tmp_path: Path):
    file, copy = tmp_path / "bookmark.json", lab.runs.job()
    lab("export", file)
    assert json.loads(lab("export").stdout) == json.loads(file.read_text())
    refused = lab("import", file, job=copy, code=1)
    assert f"The entry is of job {lab.job}, not of {copy}" in refused.stderr
    said = lab("import", file, "--other-job", job=copy).stdout
    assert said == f"the next run of {copy} reads what came after the imported entry (version 1)\n"
    assert "reads 0 files" in lab("preview", "--no-spark", job=copy).stdout


def test_an_entry_of_aws_is_imported_without_what_it_does_not_tell(lab: Lab, tmp_path: Path):
    stamps = {
        "RUN": "1",
        "HIGH_BAND": "900000",
        "CURR_LATEST_PARTITION": "0",
        "CURR_LATEST_PARTITIONS": "",
        "CURR_RUN_START_TIME": "2024-10-28T01:32:45.613Z",
        "INCLUDE_LIST": "8a2b1c3d,7f",
    }
    state = {"datasource0": {"jsonClass": "HadoopDataSourceJobBookmarkState", "timestamps": stamps}}
    copy = lab.runs.job()
    entry = {"JobName": copy, "Version": 4, "Run": 3, "Attempt": 0, "JobBookmark": json.dumps(state)}
    file = tmp_path / "aws.json"
    file.write_text(json.dumps({"JobBookmarkEntry": entry}))
    lab("import", file, job=copy)
    shown = lab("show", job=copy).stdout
    assert "datasource0  files  (no run that has committed here has told where it reads from)" in shown
    assert "in the band    2 files" in shown
    preview = lab("preview", job=copy).stdout
    assert preview == "datasource0  cannot be told: the run that committed last has not told where it reads from\n"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "none.json cannot be read: No such file or directory"),
        ("no", "none.json is no JSON"),
        ("[]", "none.json has no JobBookmark: it is no entry that was exported"),
        ('{"JobName": "x"}', "none.json has no JobBookmark: it is no entry that was exported"),
    ],
)
def test_a_file_that_is_no_entry_is_refused(
    cli: Any, openglue: OpenGlue, tmp_path: Path, content: str | None, said: str
):
    if content is not None:
        (tmp_path / "none.json").write_text(content)
    done = cli("bookmarks", "import", "job", "none.json", "--data", openglue.data)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr


def test_a_job_without_a_bookmark_and_no_job_are_told_apart(cli: Any, glue: Glue, openglue: OpenGlue):
    job = glue.job("print()")
    for verb in ("show", "history", "diff", "preview", "reset", "export"):
        done = cli("bookmarks", verb, job, "--data", openglue.data)
        assert done.returncode == 1
        assert done.stderr == f"openglue: job {job} has no bookmark: no run of it has begun with {ENABLED}\n"
    done = cli("bookmarks", "show", "no-such-job", "--data", openglue.data)
    assert done.stderr == "openglue: there is no job no-such-job; `openglue job ls` lists them\n"
