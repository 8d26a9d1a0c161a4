"""The world of the bookmark machine (tests/contract/bookmarks) with a server that dies, and real runs and files."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from sqlalchemy import text
from tests.bookmarked import Script as Caller
from tests.conftest import wait_for
from tests.contract.bookmarks.model import FileVersion, Source
from tests.contract.bookmarks.world import (
    CRASH,
    FAILURE,
    FINE,
    LOST,
    LOST_ANSWER,
    STOPPED,
    SUCCESS,
    Reading,
    Script,
    described,
    name,
    reading,
)
from tests.faults.conftest import Server
from tests.faults.invariants import connected

from awsglue.bookmarks.machine import Machine as Files
from awsglue.bookmarks.preview import preview
from awsglue.bookmarks.service import BookmarkService
from awsglue.bookmarks.session import Bookmarks
from awsglue.connections.found import listed_at
from awsglue.files import File, Listing
from openglue.cli.failure import ServiceError
from openglue.cli.service import Service
from openglue.errors import GlueError

#: A script that ends when a file with its run's name says how.
WAITS = """
import pathlib, sys, time
ending = pathlib.Path({folder!r}, os.environ["OPENGLUE_RUN"].rpartition(".")[0])
while not ending.exists():
    time.sleep(0.01)
sys.exit(int(ending.read_text()))
"""
OWN = {"RewindJobBookmark", "ImportJobBookmark", "GetJobBookmarkVersion"}


class ServerWorld:
    script, kind = WAITS, "pythonshell"

    def __init__(self, server: Server) -> None:
        self.server = server
        self.service = Service(server.url)
        #: Where scripts and we talk to each other.
        self.talk = server.data.parent / "talk"
        self.talk.mkdir()
        self.begin()

    def begin(self) -> None:
        """A new job, and an empty folder of a bucket."""
        self.job = self.server.job(
            self.script.format(folder=str(self.talk)),
            self.kind,
            MaxRetries=1,
            ExecutionProperty={"MaxConcurrentRuns": 100},
        )
        self.folder = self.server.data / "s3" / "lake" / self.job
        self.folder.mkdir(parents=True)
        self.path = f"s3://lake/{self.job}/"

    def die(self, crash_at: str | None = None) -> None:
        """kill -9, and start again."""
        self.server.kill()
        self.server.start(crash_at)

    def now(self) -> int:
        return time.time_ns() // 1_000_000

    def wait(self, ms: int) -> None:
        until = self.now() + ms
        wait_for(lambda: self.now() >= until, what="the time to pass")

    def write(self, name: str, modified: int | None) -> FileVersion:
        file = self.folder / name
        file.write_text("name\nx\n")
        if modified is not None:
            os.utime(file, ns=(modified * 1_000_000,) * 2)
        return FileVersion(file.stat().st_mtime_ns // 1_000_000, name)

    def delete(self, name: str) -> None:
        (self.folder / name).unlink()

    def start(self) -> Script:
        return self._script(self.server.start_run(self.job))

    def retry(self, script: Script) -> Script | None:
        return None if "_attempt_" in script.run_id else self._script(f"{script.run_id}_attempt_1")

    def _script(self, run_id: str) -> Script:
        wait_for(lambda: self.server.get(self.job, run_id)["JobRunState"] == "RUNNING", what=f"{run_id} to run")
        with connected(self.server) as connection:
            [seq] = connection.execute(text("SELECT seq FROM runs WHERE id = :id"), {"id": run_id}).one()
        caller = Caller.of(self.server.url, self.server.data, run_id)
        url = f"{self.server.url}/_openglue/run/v1/{run_id}"
        service = BookmarkService(url=url, fence=str(caller.fence), token=caller.token, patience_s=60)
        return Script(run_id=run_id, seq=seq, service=service, bookmarks=Bookmarks())

    def call(self, way: str, verb: str, call: Callable[[], None]) -> None:
        if way == FINE:
            call()
            return
        process = self.server.process
        if way == LOST_ANSWER:
            self.die(crash_at=f"bookmark: after {verb}")
            process = self.server.process
        with ThreadPoolExecutor(1) as threads:
            called = threads.submit(call)
            if way == CRASH:
                # At whatever moment of the call.
                self.die()
            else:
                assert process is not None
                wait_for(lambda: called.done() or process.poll() is not None, what="the crash point, or an answer")
                # A call that was refused has not come so far.
                self.die() if process.poll() is None else self.server.start()
            called.result(60)

    def ask_stop(self, script: Script) -> None:
        answer = self.service.glue("BatchStopJobRun", JobName=self.job, JobRunIds=[script.run_id])
        assert answer["SuccessfulSubmissions"], answer

    def end(self, script: Script, how: str) -> None:
        if how in {SUCCESS, FAILURE}:
            self.tell_to_end(script, how)
        elif how == LOST:
            [identity] = self.server.data.glob(f"runs/{script.run_id}.*/runner.json")
            os.kill(json.loads(identity.read_text())["pid"], signal.SIGKILL)
        state = self.server.ended(self.job, script.run_id)["JobRunState"]
        assert state == {SUCCESS: "SUCCEEDED", STOPPED: "STOPPED"}.get(how, "FAILED"), f"{how}: {state}"

    def tell_to_end(self, script: Script, how: str) -> None:
        ending = self.talk / script.run_id
        ending.with_suffix(".new").write_text("0" if how == SUCCESS else "1")
        ending.with_suffix(".new").rename(ending)

    def read(self, script: Script, ctx: str, source: Source, meanwhile: Callable[[], None] | None) -> Reading:
        if meanwhile is not None:
            meanwhile()
        path, files = self.path, Files(buckets=self.server.data / "s3")

        def listed(which: Listing) -> Iterator[File]:
            return listed_at([path], which, None, listed=files.listed, exists=files.exists)

        return reading(script, ctx, described(path, source), listed, self.there(), self.now)

    def there(self) -> dict[FileVersion, int]:
        """The files, and when they came to where they are."""
        there = {}
        for file in self.folder.iterdir():
            stat = file.stat()
            there[FileVersion(stat.st_mtime_ns // 1_000_000, file.name)] = stat.st_ctime_ns // 1_000_000
        return there

    def preview(self, ctx: str) -> set[FileVersion]:
        """By the program of PreviewJobBookmark."""
        found = self.glue("GetJobBookmarkVersion")
        entry = found["JobBookmarkEntry"]
        asked = {
            "buckets": str(self.server.data / "s3"),
            "run": entry["Run"],
            "state": json.loads(entry["JobBookmark"]),
            "sources": json.loads(found["Sources"]),
            "with_spark": False,
        }
        return {FileVersion(modified, name(path)) for path, _size, modified in preview(asked)[ctx]["files"]}

    def glue(self, operation: str, **request: Any) -> dict[str, Any]:
        call = self.service.own if operation in OWN else self.service.glue
        try:
            return call(operation, JobName=self.job, **request)
        except ServiceError as error:
            raise GlueError(str(error)) from error
