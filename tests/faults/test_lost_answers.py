"""R9: the answer to a start is lost after the run was accepted; the SDK asks again, and there is no second run."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.faults.conftest import Server, finish
from tests.faults.invariants import check_alive, check_invariants
from tests.faults.load import calls_of, settled
from tests.faults.proxy import Proxy

pytestmark = pytest.mark.timeout(300)
LONG = [pytest.mark.long, pytest.mark.faults, pytest.mark.timeout(1800)]
#: Clients, and how often each of them calls at most.
CLIENTS, ATTEMPTS = 8, 3


@pytest.fixture
def served(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    db = "" if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    made = Server(tmp_path / "data", db=db, settings={"account_runs": 2000})
    made.start()
    yield made
    finish(made)


@pytest.mark.parametrize(
    ("served", "starts"),
    [("sqlite", 25), pytest.param("sqlite", 1000, marks=LONG), pytest.param("postgresql", 1000, marks=LONG)],
    indirect=["served"],
)
def test_a_start_whose_answer_is_lost_is_one_run(
    served: Server, rng: random.Random, tell: Callable[..., None], starts: int
) -> None:
    job = served.job("", ExecutionProperty={"MaxConcurrentRuns": 2000})

    def loses(request: bytes) -> bool:
        """Of each call the first answer, sometimes the second one, too, and never the last one."""
        attempt = re.search(rb"amz-sdk-request: attempt=(\d)", request, re.IGNORECASE)
        assert attempt is not None, request
        return int(attempt[1]) == 1 or (int(attempt[1]) < ATTEMPTS and rng.random() < 0.5)

    with Proxy(served.port, loses) as proxy, ThreadPoolExecutor(CLIENTS) as threads:
        # Standard retries would have a quota, which so many losses use up.
        clients = [served.client(attempts=ATTEMPTS, mode="legacy", port=proxy.port) for _ in range(CLIENTS)]

        def start(client: int) -> list[str]:
            numbers = range(client, starts, CLIENTS)
            answers = [clients[client].start_job_run(JobName=job, Arguments={"--n": str(n)}) for n in numbers]
            return [str(answer["JobRunId"]) for answer in answers]

        acknowledged = [run_id for part in threads.map(start, range(CLIENTS)) for run_id in part]
    states = settled(served, job, deadline_s=60 + starts)
    calls = calls_of(served, job)
    figures = {
        "starts": starts,
        "lost": len(proxy.lost),
        "runs": len(states),
        "twice": sum(count > 1 for count in [*calls.values(), *served.started().values()]),
    }
    database = "PostgreSQL" if served.db else "SQLite"
    tell(
        f"lost answers on {database}",
        "{starts:,} starts on "
        + database
        + ", {lost:,} of whose answers were lost after the run was accepted, so that "
        "the SDK asked again: there are {runs:,} runs, {twice} calls were done or started twice",
        **figures,
    )
    assert len(proxy.lost) >= starts
    assert set(acknowledged) == states.keys()
    assert calls == {str(number): 1 for number in range(starts)}
    assert served.started() == dict.fromkeys(states, 1)
    assert {*states.values()} == {"SUCCEEDED"}
    check_alive(served)
    check_invariants(served, acknowledged)
