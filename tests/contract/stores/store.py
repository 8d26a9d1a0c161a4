"""A store with one job in it, as the tests of runs use it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from msgspec.structs import replace
from sqlalchemy import text

from openglue.clock import FakeClock
from openglue.model.admission import Limits
from openglue.model.job import Defaults, Job
from openglue.model.outcome import Ending, Outcome
from openglue.model.run import Run, accepted_run, new_job_id
from openglue.model.states import Cause
from openglue.store import account, admission, endings, jobs, runs
from openglue.store.admission import Policy
from openglue.store.database import Database, Tx

T = TypeVar("T")

DEFINITION = {"Role": "r", "Command": {"Name": "pythonshell", "ScriptLocation": "s3://b/s.py"}}

_WRITTEN = (
    *("sightings", "actions", "watches", "fires", "triggers"),
    *("idempotency", "ledger", "outbox", "log_segments", "runs", "bookmarks", "bookmark_states", "jobs"),
)
_WIPE = [
    *(text(f"DELETE FROM {table}") for table in _WRITTEN),  # noqa: S608 - names of our own
    text("UPDATE account SET runs = 0, dpu_16ths = 0, waiting = 0, events = 0"),
    text("UPDATE cursors SET seq = 0"),
]


class Store:
    """A database with one job in it."""

    def __init__(self, database: Database, clock: FakeClock) -> None:
        self.database = database
        self.clock = clock
        self.retry_delay_ms = 0
        self.write(lambda tx: jobs.insert_job(tx, job_id=new_job_id(), name="j", definition=DEFINITION, now=1))

    def wipe(self) -> None:
        """Leave the database as if it were new; a second one would take a second."""
        self.write(lambda tx: [tx.run(statement) for statement in _WIPE])

    def policy(self, **limits: int) -> Policy:
        """The settings of admission; what `limits` do not name is far away."""
        far = {"runs": 10_000, "dpu_16ths": 10_000_000, "queued": 1000, "queue_ms": 900_000}
        return Policy(defaults=Defaults(glue_version="5.1", max_concurrent_runs=1), limits=Limits(**{**far, **limits}))

    def define(self, name: str = "j", **members: Any) -> None:
        """Create the job `name`, or give it another definition."""
        definition = DEFINITION | members

        def put(tx: Tx) -> None:
            job = jobs.get_locked(tx, name)
            if job is None:
                jobs.insert_job(tx, job_id=new_job_id(), name=name, definition=definition, now=1)
            else:
                jobs.replace_definition(tx, job, definition=definition, now=1)

        self.write(put)

    def ask(self, name: str = "j", policy: Policy | None = None, **request: Any) -> Run | admission.Refused:
        """What StartJobRun does; a refusal leaves nothing behind."""

        class Rollback(Exception):  # noqa: N818 - no error: how a transaction ends
            pass

        refused: list[admission.Refused] = []

        def accept(tx: Tx) -> Run:
            taken = jobs.take(tx, name)
            assert taken is not None
            now = self.clock.now()
            run = admission.accept(tx, taken, request, None, policy or self.policy(), actor="api", now=now)
            if isinstance(run, Run):
                return run
            refused.append(run)
            raise Rollback

        try:
            return self.write(accept)
        except Rollback:
            return refused[0]

    def write(self, work: Callable[[Tx], T]) -> T:
        return self.database.write(work).result(30)

    def read(self, work: Callable[[Tx], T]) -> T:
        return self.database.read(work)

    def job(self) -> Job:
        job = self.read(lambda tx: jobs.get(tx, "j"))
        assert job is not None
        return job

    def accept(self, **changes: Any) -> Run:
        def add(tx: Tx) -> Run:
            taken = jobs.take(tx, "j")
            assert taken is not None
            run = replace(_run(taken.job, seq=taken.seq, now=self.clock.now()), **changes)
            account.change(tx, runs=1, dpu_16ths=run.dpu_16ths)
            runs.add(tx, run, cause=Cause.ACCEPTED, actor="test")
            return run

        return self.write(add)

    def get(self, run: Run) -> Run:
        found = self.read(lambda tx: runs.get(tx, run.id))
        assert found is not None
        return found

    def claim(self, run: Run, node: str = "n") -> Run | None:
        return self.write(lambda tx: runs.claim(tx, run, node=node, lease_ms=30_000, now=self.clock.now()))

    def running(self) -> Run:
        claimed = self.claim(self.accept())
        assert claimed is not None
        started = self.start(claimed, "t")
        assert started is not None
        return started

    def start(self, run: Run, token: str) -> Run | None:
        return self.write(
            lambda tx: runs.start(tx, run.id, fence=run.fence, token=token, actor="r", now=self.clock.now())
        )

    def finish(self, run: Run, outcome: Outcome) -> Run | None:
        return self.write(
            lambda tx: endings.finish(
                tx, run, outcome, actor="r", now=self.clock.now(), retry_delay_ms=self.retry_delay_ms
            )
        )


def _run(job: Job, *, seq: int, now: int) -> Run:
    request = {"Arguments": {"--ключ": "значение \U0001f41d"}}
    return accepted_run(
        job, request, None, Defaults(glue_version="5.1", max_concurrent_runs=1), seq=seq, now=now, steady=now
    )


SUCCESS = Outcome(ending=Ending.EXITED, exit_code=0, execution_ms=1500)
