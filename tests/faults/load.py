"""Load: clients that start runs all the time, with the retries of their SDK, whatever becomes of the server."""

from __future__ import annotations

import json
import threading
from collections import Counter
from types import TracebackType
from typing import Self

from botocore.exceptions import BotoCoreError, ClientError
from tests.conftest import wait_for
from tests.faults.conftest import Server
from tests.faults.invariants import rows_of

#: Seconds between two calls of one client.
PACE_S = 0.05
#: What a client is told that has done nothing wrong, and does not call again for.
REFUSED = "ConcurrentRunsExceededException"


class Load:
    """While it is entered, `clients` threads start runs of `job`; each call carries a number of its own."""

    def __init__(
        self, server: Server, job: str, *, clients: int = 3, attempts: int = 3, mode: str = "standard"
    ) -> None:
        """`mode` is that of the SDK's retries: standard ones come soon, legacy ones are patient."""
        self._server = server
        self._job = job
        #: Ids that were answered, by the number of the call.
        self.acknowledged: dict[str, str] = {}
        #: Errors that came through to the caller, and how often; REFUSED is none.
        self.errors: Counter[str] = Counter()
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._call, args=(n, attempts, mode)) for n in range(clients)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _t: TracebackType | None) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(120)
            assert not thread.is_alive(), "a client hangs"

    def _call(self, client: int, attempts: int, mode: str) -> None:
        glue = self._server.client(attempts=attempts, mode=mode)
        number = 0
        while not self._over.wait(PACE_S):
            number += 1
            name = f"{client}.{number}"
            try:
                answer = glue.start_job_run(JobName=self._job, Arguments={"--n": name})
            except ClientError as error:
                if error.response["Error"]["Code"] != REFUSED:
                    self.errors[error.response["Error"]["Code"]] += 1
            except BotoCoreError as error:
                self.errors[type(error).__name__] += 1
            else:
                self.acknowledged[name] = answer["JobRunId"]

    def settle(self, *, deadline_s: float) -> dict[str, str]:
        """Wait until every run of the job has ended; their states by id."""
        return settled(self._server, self._job, deadline_s=deadline_s)

    def calls(self) -> Counter[str]:
        """How many runs there are of each call, answered or not."""
        return calls_of(self._server, self._job)


def settled(server: Server, job: str, *, deadline_s: float) -> dict[str, str]:
    """Wait until every run of a job has ended; their states by id."""

    def ended() -> dict[str, str] | None:
        runs = [run for run in rows_of(server).runs if run["job_name"] == job]
        return None if any(run["active"] for run in runs) else {run["id"]: run["state"] for run in runs}

    states = wait_for(ended, deadline_s=deadline_s, what="the end of all runs")
    assert states is not None
    return states


def calls_of(server: Server, job: str) -> Counter[str]:
    """How many runs of a job there are of each call, by the number that it carried as `--n`."""
    runs = [run for run in rows_of(server).runs if run["job_name"] == job]
    return Counter(json.loads(run["fixed"])["Arguments"]["--n"] for run in runs)
