"""A world in this process: the real store, protocol and operations, over files and a clock that obey the machine."""

from __future__ import annotations

import asyncio
import io
import json
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import redirect_stderr, suppress
from dataclasses import fields, replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.contract.bookmarks.model import FileVersion, Source
from tests.contract.bookmarks.world import (
    CRASH,
    FAILURE,
    FINE,
    LOST,
    LOST_ANSWER,
    STOPPED,
    Reading,
    Script,
    described,
    reading,
    version,
)
from tests.contract.stores.store import SUCCESS, Store

from awsglue.bookmarks.service import BookmarkService
from awsglue.bookmarks.session import Bookmarks
from awsglue.bookmarks.sources import news
from awsglue.connections import found
from awsglue.files import File, Listing
from openglue.api import run_protocol
from openglue.api.context import Context
from openglue.api.operations import bookmarks as operations
from openglue.api.paging import Tokens
from openglue.api.signals import Signals
from openglue.faultpoints import FaultPoints
from openglue.model.outcome import Ending, Outcome
from openglue.model.run import Run
from openglue.model.tokens import Role, token
from openglue.store import bookmarks, jobs, runs
from openglue.store.database import Database, Request, Tx

FOLDER = "s3://lake/in/"
SECRET = b"secret"
DAY = 86_400_000
OPERATIONS = {
    "GetJobBookmark": operations.get_job_bookmark,
    "ResetJobBookmark": operations.reset_job_bookmark,
    "RewindJobBookmark": operations.rewind_job_bookmark,
    "ImportJobBookmark": operations.import_job_bookmark,
    "GetJobBookmarkVersion": operations.get_job_bookmark_version,
}
_OUTCOMES = {
    FAILURE: Outcome(ending=Ending.EXITED, exit_code=1),
    STOPPED: Outcome(ending=Ending.STOPPED),
    LOST: Outcome(ending=Ending.WORKER_LOST),
}


class Crash(Exception):  # noqa: N818 - no error: how a transaction ends
    pass


class Crashing:
    """A database whose server dies at the end of its next transaction, if it is armed: nothing of it is left."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.armed = False
        self.reads_inline = True
        self.read = database.read

    def submit(self, requests: Sequence[Request]) -> None:
        self._database.submit([Request(self._dying(one.work), one.settle, one.deliver) for one in requests])

    def _dying(self, work: Callable[[Tx], Any]) -> Callable[[Tx], Any]:
        def die(tx: Tx) -> Any:
            done = work(tx)
            if self.armed:
                self.armed = False
                raise Crash
            return done

        return die


class Wire(BookmarkService):
    """The way from a script to its service without a network between them."""

    def __init__(self, world: StoreWorld, run: Run) -> None:
        secret = token(SECRET, Role.SCRIPT, run.id, run.fence)
        super().__init__(
            url=f"http://here{run_protocol.PREFIX}{run.id}", fence=str(run.fence), token=secret, patience_s=0
        )
        self._world = world

    def _exchange(self, target: str, content: bytes) -> tuple[int, bytes]:
        world = self._world
        if world.way == CRASH:
            world.database.armed = True
            with suppress(Crash):
                self._ask(target, content)
            world.database.armed = False
        if world.way == LOST_ANSWER:
            self._ask(target, content)
        return self._ask(target, content)

    def _ask(self, target: str, content: bytes) -> tuple[int, bytes]:
        address, authorization = urlsplit(target), self._headers["Authorization"]
        query = dict(parse_qsl(address.query))
        return self._world.do(run_protocol.answer(self._world.context, address.path, query, authorization, content))


class StoreWorld:
    def __init__(self, store: Store, runner: asyncio.Runner) -> None:
        self.store = store
        self._runner = runner
        self.database = Crashing(store.database)
        given = {
            "clock": store.clock,
            "database": self.database,
            "tokens": Tokens(SECRET),
            "signals": Signals(),
            "run_secret": SECRET,
            "faults": FaultPoints(None),
            "gathered": [],
        }
        # Of the rest, no call about a bookmark needs anything.
        self.context = Context(**{field.name: given.get(field.name) for field in fields(Context)})
        self.begin()

    def begin(self) -> None:
        """A new job, and an empty folder."""
        self.store.write(_forget)
        self.store.define(MaxRetries=1)
        self.files: dict[str, File] = {}
        self.random = random.Random(0)  # noqa: S311 - an order of names
        self.way = FINE
        self.store.clock.advance(DAY)

    def do(self, call: Any) -> Any:
        return self._runner.run(call)

    def glue(self, operation: str, **request: Any) -> dict[str, Any]:
        return self.do(OPERATIONS[operation](self.context, {"JobName": "j", **request}))

    def now(self) -> int:
        return self.store.clock.now()

    def wait(self, ms: int) -> None:
        self.store.clock.advance(ms)

    def write(self, name: str, modified: int | None) -> FileVersion:
        now = self.now()
        file = File(path=f"{FOLDER}{name}", size=1, modified=now if modified is None else modified, changed=now)
        self.files[name] = file
        return version(file)

    def delete(self, name: str) -> None:
        self.files.pop(name, None)

    def start(self) -> Script:
        return self._script(self.store.running())

    def retry(self, script: Script) -> Script | None:
        found = self.store.read(lambda tx: runs.get(tx, f"{script.run_id}_attempt_1"))
        claimed = None if found is None else self.store.claim(found)
        run = None if claimed is None else self.store.start(claimed, "t")
        return None if run is None else self._script(run)

    def _script(self, run: Run) -> Script:
        return Script(run_id=run.id, seq=run.seq, service=Wire(self, run), bookmarks=Bookmarks())

    def call(self, way: str, verb: str, call: Callable[[], None]) -> None:  # noqa: ARG002 - any call goes this way
        self.way = way
        try:
            call()
        finally:
            self.way = FINE

    def ask_stop(self, script: Script) -> None:
        run = self._run(script)
        assert self.store.write(lambda tx: runs.ask_stop(tx, run, actor="api", now=self.now())) is not None

    def end(self, script: Script, how: str) -> None:
        assert self.store.finish(self._run(script), _OUTCOMES.get(how, SUCCESS)) is not None

    def _run(self, script: Script) -> Run:
        found = self.store.read(lambda tx: runs.get(tx, script.run_id))
        assert found is not None
        return found

    def read(self, script: Script, ctx: str, source: Source, meanwhile: Callable[[], None] | None) -> Reading:
        there: dict[FileVersion, int] = {}
        told = described(FOLDER, source)
        return reading(script, ctx, told, self._files(there, meanwhile), there, self.now, moment=self._moment)

    def _moment(self) -> int:
        now = self.now()
        self.wait(1)
        return now

    def _files(
        self, there: dict[FileVersion, int], meanwhile: Callable[[], None] | None = None
    ) -> Callable[[Listing], Iterator[File]]:
        def listed(which: Listing) -> Iterator[File]:
            """A listing as folders give it: each name once, with what is there when its turn comes."""
            names = sorted(self.files)
            self.random.shuffle(names)
            half = len(names) // 2
            for number, name in enumerate(names):
                if number == half and meanwhile is not None:
                    self.wait(5)
                    meanwhile()
                file = self.files.get(name)
                if file is not None:
                    there[version(file)] = file.changed
                    if not which.passes_over(file.modified, file.changed):
                        yield replace(file, below=FOLDER)

        return listed

    def preview(self, ctx: str) -> set[FileVersion]:
        """By the same choice as the program of previews."""
        entry = self.glue("GetJobBookmarkVersion")
        state, sources = (json.loads(text) for text in (entry["JobBookmarkEntry"]["JobBookmark"], entry["Sources"]))
        context = Bookmarks.rehearsed(run=1, state=state).context(ctx, sources[ctx])
        assert context is not None
        rule, listing = found.rule_of(sources[ctx]), found.listing_of(sources[ctx])
        with redirect_stderr(io.StringIO()):
            choice = news(context, rule, listing, self._files({}), moment=self.now)
        return {version(file) for file in choice.files}


def _forget(tx: Tx) -> None:
    """What DeleteJob does."""
    job = jobs.get_locked(tx, "j")
    if job is not None:
        bookmarks.forget(tx, job.id)
        jobs.delete(tx, "j", now=1)
