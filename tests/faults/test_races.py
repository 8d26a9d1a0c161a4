"""R8: many clients at once want the one slot of a job (promise P5)."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from botocore.exceptions import ClientError
from tests.conftest import wait_for
from tests.faults.conftest import Server, finish

pytestmark = pytest.mark.timeout(300)
LONG = [pytest.mark.long, pytest.mark.faults, pytest.mark.timeout(1200)]
CLIENTS = 50


@pytest.fixture(params=["sqlite", "postgresql"])
def crowded(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    """A server whose only place for runs is taken: what is accepted holds its slot until it is stopped."""
    db = "" if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    made = Server(tmp_path / "data", db=db, settings={"pythonshell_slots": 1})
    made.start()
    blocker = made.job("import time\ntime.sleep(600)")
    run_id = made.start_run(blocker)
    wait_for(lambda: made.starts(blocker), deadline_s=60)
    yield made
    made.glue.batch_stop_job_run(JobName=blocker, JobRunIds=[run_id])
    made.ended(blocker, run_id)
    finish(made)


@pytest.mark.parametrize("rounds", [5, pytest.param(100, marks=LONG)])
def test_one_of_fifty_clients_gets_the_only_slot(crowded: Server, tell: Callable[..., None], rounds: int) -> None:
    job = crowded.job("", ExecutionProperty={"MaxConcurrentRuns": 1})
    clients = [crowded.client() for _ in range(CLIENTS)]
    barrier = threading.Barrier(CLIENTS)

    def start(number: int) -> str:
        barrier.wait(60)
        try:
            return str(clients[number].start_job_run(JobName=job)["JobRunId"])
        except ClientError as error:
            return str(error.response["Error"]["Code"])

    told: Counter[int] = Counter()
    with ThreadPoolExecutor(CLIENTS) as pool:
        for _ in range(rounds):
            answers = [*pool.map(start, range(CLIENTS))]
            winners = [answer for answer in answers if answer.startswith("jr_")]
            told[len(winners)] += 1
            assert Counter(answers)["ConcurrentRunsExceededException"] == CLIENTS - len(winners), Counter(answers)
            crowded.glue.batch_stop_job_run(JobName=job, JobRunIds=winners)
            assert [crowded.ended(job, winner)["JobRunState"] for winner in winners] == ["STOPPED"] * len(winners)
    database = "PostgreSQL" if crowded.db else "SQLite"
    tell(
        f"race on {database}",
        "{clients} clients asked for one slot at once, {rounds} times on " + database + ": exactly one got it in "
        "{exact} of them",
        clients=CLIENTS,
        rounds=rounds,
        exact=told[1],
    )
    assert told == {1: rounds}
