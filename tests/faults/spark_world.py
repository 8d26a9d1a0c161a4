"""The world of the bookmark machine in which Spark reads: each run is a real one, whose script does as it is told."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.conftest import wait_for
from tests.contract.bookmarks.model import FileVersion, Source
from tests.contract.bookmarks.world import Reading, Script, described, name
from tests.faults.bookmark_world import ServerWorld

from awsglue.bookmarks.service import BookmarkError, BookmarkService

SPARK_SCRIPT = """
import io, json, pathlib, sys, time
from contextlib import redirect_stderr
from awsglue.bookmarks import session
from awsglue.context import GlueContext
from awsglue.job import Job
from pyspark.context import SparkContext

folder = pathlib.Path({folder!r}, os.environ["OPENGLUE_RUN"].rpartition(".")[0])
glue_context = GlueContext(SparkContext.getOrCreate())
job = Job(glue_context)

def init(args):
    job.init("job", args)

def read(ctx, options):
    names = {{"attachFilename": "file", "attachTimestamp": "at"}}
    frame = glue_context.create_dynamic_frame.from_options(
        "s3", {{**options, **names}}, "csv", {{"withHeader": True}}, transformation_ctx=ctx
    )
    some = len(frame.schema().fields) > 0
    rows = frame.toDF().selectExpr("file", "unix_millis(at) at").distinct().collect() if some else []
    context = session.of(glue_context.spark_session).contexts.get(ctx)
    return [[row["file"], row["at"]] for row in rows], context and context.after

verbs = {{"init": init, "read": read, "commit": job.commit}}

def told(verb, *given):
    log = io.StringIO()
    try:
        with redirect_stderr(log):
            answer = verbs[verb](*given)
        return {{"answer": answer, "log": log.getvalue()}}
    except Exception as error:
        return {{"error": str(error)}}

number = 0
while True:
    asked = folder / f"{{number}}.asked"
    while not asked.exists():
        time.sleep(0.02)
    verb, *given = json.loads(asked.read_text())
    if verb == "end":
        break
    answer = folder / f"{{number}}.new"
    answer.write_text(json.dumps(told(verb, *given)))
    answer.rename(folder / f"{{number}}.told")
    number += 1
if given[0] != "succeeds":
    raise RuntimeError("told to fail")
"""


@dataclass(kw_only=True)
class Told:
    """A script that is told what to do: in the place of the session that it has."""

    folder: Path
    number: int = 0
    over: bool = False

    def begin(self, _service: BookmarkService, option: str, since: str | None = None, until: str | None = None) -> None:
        given = {"job_bookmark_option": option, "job_bookmark_from": since, "job_bookmark_to": until}
        self.ask("init", {name: value for name, value in given.items() if value is not None})

    def commit(self) -> None:
        self.ask("commit")

    def tell(self, *words: Any) -> None:
        asked = self.folder / f"{self.number}.asked.new"
        asked.write_text(json.dumps(words))
        asked.rename(asked.with_suffix(""))

    def ask(self, *words: Any) -> dict[str, Any]:
        if self.over:
            raise BookmarkError("the run is over, and its script with it")
        self.tell(*words)
        answer = self.folder / f"{self.number}.told"
        wait_for(answer.exists, deadline_s=120, what=f"the answer to {words}")
        self.number += 1
        told: dict[str, Any] = json.loads(answer.read_text())
        if "error" in told:
            raise BookmarkError(told["error"])
        return told


class SparkWorld(ServerWorld):
    script, kind = SPARK_SCRIPT, "glueetl"

    def _script(self, run_id: str) -> Script:
        script = super()._script(run_id)
        folder = self.talk / run_id
        folder.mkdir()
        script.bookmarks = Told(folder=folder)
        return script

    def end(self, script: Script, how: str) -> None:
        super().end(script, how)
        script.bookmarks.over = True

    def tell_to_end(self, script: Script, how: str) -> None:
        script.bookmarks.tell("end", how)

    def read(self, script: Script, ctx: str, source: Source, meanwhile: Callable[[], None] | None) -> Reading:
        if meanwhile is not None:
            meanwhile()
        told = described(self.path, source)
        options = {"paths": told["paths"], "maxBand": source.band, "maxFilesInBand": source.in_band}
        if source.files is not None:
            options["boundedFiles"] = source.files
        there, began = self.there(), self.now()
        answer = script.bookmarks.ask("read", ctx, options)
        files, state = answer["answer"]
        return Reading(
            files=[FileVersion(at, name(path)) for path, at in files],
            began=began,
            looked=self.now(),
            there=there,
            state=state,
            log=answer["log"],
        )
