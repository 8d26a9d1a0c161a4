"""Streaming runs and their restarts, for the true reason: a test's clock is moved on by weeks (contract 2, 3 and 5).

One scene, because each run in it is a real one of Spark. A stream of files is restarted in its maintenance window; its
second run fails and is retried; the retry is restarted in its turn, and stopped. Beside it are a run that times out a
minute before its restart, and one that has no streams to end.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.config import Config
from tests.acceptance.conftest import Glue
from tests.acceptance.test_events import all_events
from tests.conftest import wait_for

from openglue.testing import OpenGlue

pytestmark = [pytest.mark.spark, pytest.mark.timeout(300)]

#: Seconds for a run of Spark to get somewhere, on a machine that does other things, too.
DEADLINE_S = 120.0
UP = "import time; print('up', flush=True); time.sleep(900)"
#: Keeps every number; the first run that takes a restarted one's place fails with number 13.
STREAM = """
import sys
from awsglue.context import GlueContext
from awsglue.utils import getResolvedOptions

args = getResolvedOptions(sys.argv, ["JOB_NAME", "TempDir"])
glue = GlueContext()
numbers = glue.spark_session.readStream.schema("n INT").option("maxFilesPerTrigger", 1).json("s3://lake/in/")

def keep(batch, number):
    if args["JOB_RUN_ID"].endswith("_restart_1") and batch.where("n = 13").count():
        raise ValueError("thirteen")
    batch.write.mode("append").json("s3://lake/out/")

glue.forEachBatch(numbers, keep, {
    "windowSize": "200 milliseconds", "batchMaxRetries": 0,
    "checkpointLocation": args["TempDir"] + args["JOB_NAME"] + "/checkpoint/",
})
"""
SMALL = {"GlueVersion": "5.1", "WorkerType": "G.025X", "NumberOfWorkers": 2}


@dataclass(kw_only=True)
class Scene:
    service: OpenGlue
    glue: Glue
    #: Files put into the bucket.
    files: int = 0

    def put(self, *numbers: int) -> None:
        lake = self.service.bucket("lake") / "in"
        lake.mkdir(exist_ok=True)
        self.files += 1
        part = lake.parent / "part"
        part.write_text("".join(f'{{"n": {number}}}\n' for number in numbers))
        part.rename(lake / f"{self.files}.json")

    def kept(self) -> Counter[int]:
        """The numbers that the runs have kept, each as often as that."""
        files = (self.service.bucket("lake") / "out").glob("part-*")
        return Counter(json.loads(line)["n"] for file in files for line in file.read_text().splitlines())

    def wait_kept(self, *numbers: int) -> None:
        wait_for(lambda: set(numbers) <= self.kept().keys(), deadline_s=DEADLINE_S, what=f"{numbers}")

    def become(self, job: str, run_id: str, *states: str) -> dict[str, Any]:
        def look() -> dict[str, Any] | None:
            known = {run["Id"]: run for run in self.glue("GetJobRuns", JobName=job)["JobRuns"]}
            run = known.get(run_id)
            return run if run is not None and run["JobRunState"] in states else None

        run = wait_for(look, deadline_s=DEADLINE_S, what=f"{run_id} {states}")
        assert run is not None
        return run

    def explain(self, run_id: str) -> str:
        """What the command line says of a run, which it is given by its id or the beginning of it."""
        command = [sys.executable, "-m", "openglue.cli", "runs", "explain", run_id, "--endpoint", self.service.url]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 0, done.stderr
        return done.stdout


@dataclass(frozen=True, kw_only=True)
class Told:
    """What the scene has shown: the records of its runs as they were then, and the rest."""

    #: When the stream's first maintenance window opened.
    opened: datetime
    window: str
    first: dict[str, Any]
    second: dict[str, Any]
    failed: dict[str, Any]
    retry: dict[str, Any]
    restarted_retry: dict[str, Any]
    after_retry: dict[str, Any]
    kept: Counter[int]
    short: dict[str, Any]
    endless_after_its_window: dict[str, Any]
    endless: dict[str, Any]
    after_endless: dict[str, Any]
    ids: set[str]
    told_of: set[str]
    explained: str
    newest: str


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("streaming")
    (folder / "data").mkdir()
    service = OpenGlue.start(folder / "data", {"stop_grace_s": 2})
    options = {"config": Config(retries={"max_attempts": 1})}
    try:
        yield Scene(
            service=service, glue=Glue(service.client("glue", **options), service.client("logs", **options), folder)
        )
    finally:
        service.stop()


@pytest.fixture(scope="module")
def told(scene: Scene) -> Told:
    glue = scene.glue
    scene.put(1, 2)
    scene.put(3)
    opened = (datetime.now(UTC) + timedelta(days=7, hours=1)).replace(minute=0, second=0, microsecond=0)
    window = f"{opened:%a}:{opened.hour}"
    arguments = {"--TempDir": "s3://lake/tmp/"}
    stream = glue.job(STREAM, kind="gluestreaming", DefaultArguments=arguments, MaintenanceWindow=window, MaxRetries=1)
    short = glue.job(UP, kind="gluestreaming", Timeout=7 * 24 * 60 - 1, **SMALL)
    endless = glue.job(UP, kind="gluestreaming", **SMALL)
    first, short_id, endless_id = glue.start(stream, Arguments={"--x": "1"}), glue.start(short), glue.start(endless)
    for job, run_id in ((stream, first), (short, short_id), (endless, endless_id)):
        scene.become(job, run_id, "RUNNING")
    scene.wait_kept(1, 2, 3)

    scene.service.advance(days=7, hours=1)
    expired = scene.become(stream, first, "EXPIRED")
    scene.put(4)
    second = scene.become(stream, f"{first}_restart_1", "RUNNING")
    scene.wait_kept(4)
    timed_out = scene.become(short, short_id, "TIMEOUT")
    wait_for(
        lambda: "to be restarted" in glue.text(glue.get(endless, endless_id), "error"),
        deadline_s=DEADLINE_S,
        what="the question to the run without streams",
    )
    after_its_window = glue.get(endless, endless_id)

    scene.put(13)
    failed = scene.become(stream, second["Id"], "FAILED")
    retry = scene.become(stream, f"{first}_attempt_1", "RUNNING")
    scene.wait_kept(13)
    told_of = {event["detail"]["jobRunId"] for _, event in all_events(scene.service.url, after=0)}

    scene.service.advance(days=7)
    restarted_retry = scene.become(stream, retry["Id"], "EXPIRED")
    after_retry = scene.become(stream, f"{first}_attempt_1_restart_1", "STARTING", "RUNNING")
    ended = scene.become(endless, endless_id, "EXPIRED")
    after_endless = scene.become(endless, f"{endless_id}_restart_1", "STARTING", "RUNNING")
    for job, run in ((stream, after_retry), (endless, after_endless)):
        glue("BatchStopJobRun", JobName=job, JobRunIds=[run["Id"]])
    ids = {run["Id"] for job in (stream, short, endless) for run in glue("GetJobRuns", JobName=job)["JobRuns"]}
    return Told(
        opened=opened,
        window=window,
        first=expired,
        second=second,
        failed=failed,
        retry=retry,
        restarted_retry=restarted_retry,
        after_retry=scene.become(stream, after_retry["Id"], "STOPPED"),
        kept=scene.kept(),
        short=timed_out,
        endless_after_its_window=after_its_window,
        endless=ended,
        after_endless=scene.become(endless, after_endless["Id"], "STOPPED"),
        ids=ids,
        told_of=told_of,
        explained=scene.explain(first),
        newest=scene.explain(first[:20]),
    )


@pytest.mark.contract("2.14", "5.23")
def test_a_stream_is_restarted_in_its_window_and_reads_nothing_twice_and_loses_nothing(told: Told) -> None:
    assert (told.first["JobRunState"], told.first["MaintenanceWindow"]) == ("EXPIRED", told.window)
    assert told.opened <= told.first["CompletedOn"] < told.opened + timedelta(hours=3)
    assert told.second["StartedOn"] >= told.first["CompletedOn"]
    assert "Timeout" not in told.first
    assert told.kept == Counter([1, 2, 3, 4, 13])


@pytest.mark.contract("2.14")
def test_an_expired_run_is_explained_and_told_of_by_no_event(told: Told) -> None:
    assert f"{told.second['Id']} has taken its place." in told.explained
    assert f"its MaintenanceWindow is {told.window} GMT" in " ".join(told.explained.split())
    assert f"It has taken the place of {told.retry['Id']}" in told.newest
    assert told.first["Id"] not in told.told_of
    assert {told.failed["Id"], told.short["Id"]} <= told.told_of


@pytest.mark.contract("3.16", "3.17")
def test_the_ids_count_restarts_and_retries_and_a_restart_uses_no_retry(told: Told) -> None:
    first = told.first["Id"]
    assert told.failed["Id"] == f"{first}_restart_1"
    assert "ValueError: thirteen" in told.failed["ErrorMessage"]
    assert (told.retry["Id"], told.retry["Attempt"]) == (f"{first}_attempt_1", 1)
    assert told.restarted_retry["JobRunState"] == "EXPIRED"
    assert told.after_retry["Id"] == f"{first}_attempt_1_restart_1"
    assert told.after_retry["JobRunState"] == "STOPPED"


@pytest.mark.contract("2.48", "3.18")
def test_the_run_that_takes_the_place_has_what_the_expired_one_had(told: Told) -> None:
    assert told.first["ErrorMessage"] == "Job run expired"
    assert told.second["PreviousRunId"] == told.first["Id"]
    assert told.after_retry["PreviousRunId"] == told.retry["Id"]
    assert [run["Attempt"] for run in (told.first, told.second, told.retry, told.after_retry)] == [0, 0, 1, 1]
    for member in ("Arguments", "MaxCapacity", "MaintenanceWindow", "GlueVersion"):
        assert told.second[member] == told.after_retry[member] == told.first[member]


@pytest.mark.contract("5.25")
def test_a_run_with_a_timeout_of_less_than_seven_days_ends_with_it(told: Told) -> None:
    assert (told.short["JobRunState"], told.short["ErrorMessage"]) == ("TIMEOUT", "Job run timed out")
    assert f"{told.short['Id']}_restart_1" not in told.ids


@pytest.mark.contract("5.27")
def test_a_run_whose_streams_do_not_end_goes_on_until_its_fourteenth_day(told: Told) -> None:
    assert told.endless_after_its_window["JobRunState"] == "RUNNING"
    assert told.endless["JobRunState"] == "EXPIRED"
    assert told.endless["CompletedOn"] - told.endless["StartedOn"] >= timedelta(days=14)
    assert told.after_endless["PreviousRunId"] == told.endless["Id"]
