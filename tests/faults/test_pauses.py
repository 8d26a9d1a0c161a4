"""R5 and outages: who was paused for longer than its lease, or cut off, changes nothing that others have decided."""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import pytest
from botocore.exceptions import BotoCoreError, ClientError
from tests.conftest import wait_for
from tests.faults.conftest import Server, end_runs, finish
from tests.faults.invariants import check_alive, check_clean, check_invariants, leftovers, rows_of

from openglue.model.states import TERMINAL
from openglue.process import Identity
from openglue.scheduler.loop import REAP_GRACE_MS

pytestmark = pytest.mark.timeout(300)
LONG = [pytest.mark.long, pytest.mark.faults, pytest.mark.timeout(1200)]
LEASE_S = 3
FENCE_AFTER_S = 5
#: Where a server has to be up again before its run is lost, however busy the machine is.
PATIENT_S = 30
#: Runs that are paused together.
TOGETHER = 10


class Pair(NamedTuple):
    """Two servers on one PostgreSQL; the second one was up for so long that it takes over what the first one loses."""

    first: Server
    second: Server


@pytest.fixture
def pair(request: pytest.FixtureRequest, postgres_url: str, tmp_path: Path) -> Iterator[Pair]:
    fence_after_s = getattr(request, "param", FENCE_AFTER_S)
    servers = []
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        made = Server(
            tmp_path / name / "data",
            db=postgres_url,
            settings={"lease_s": LEASE_S, "fence_after_s": fence_after_s, "pythonshell_slots": TOGETHER},
        )
        # Scripts of either note their starts in one place.
        made.effects = tmp_path / "effects.txt"
        servers.append(made)
    pair = Pair(*servers)
    pair.second.start()
    pair.second.lives(LEASE_S + REAP_GRACE_MS / 1000 + 1)
    # It has no place left: what is accepted from now on is the first one's.
    blocker = pair.second.job("import time\ntime.sleep(600)", ExecutionProperty={"MaxConcurrentRuns": TOGETHER})
    blockers = [pair.second.start_run(blocker) for _ in range(TOGETHER)]
    wait_for(lambda: pair.second.starts(blocker) == TOGETHER, deadline_s=60)
    pair.first.start()
    yield pair
    pair.second.glue.batch_stop_job_run(JobName=blocker, JobRunIds=blockers)
    for run_id in blockers:
        pair.second.ended(blocker, run_id)
    try:
        if pair.first.process is not None and pair.first.process.poll() is None:
            assert pair.first.stop() == 0
        finish(pair.second)
    finally:
        end_runs(pair.first)


#: Writes down the time, again and again, until it is told to end.
TICKS = """
import os, time
while not os.path.exists({go!r}):
    with open({ticks!r} + ".part", "w") as file:
        file.write(str(time.time()))
    # It may be killed at any moment, also between opening and writing.
    os.replace({ticks!r} + ".part", {ticks!r})
    time.sleep(0.01)
"""


@pytest.mark.parametrize("pair", [PATIENT_S], indirect=True)
def test_an_outage_beyond_the_lease_harms_nobody_and_a_longer_one_leaves_no_two(pair: Pair, tmp_path: Path) -> None:
    alone = Server(tmp_path / "alone" / "data", settings={"fence_after_s": 5, "lease_s": 3})
    alone.data.parent.mkdir()
    go, ticks = tmp_path / "go", tmp_path / "ticks"
    alone.start()
    patient = alone.job(TICKS.format(go=str(go), ticks=str(tmp_path / "patient")))
    patient_run = alone.start_run(patient)
    wait_for(lambda: alone.starts(patient), deadline_s=60)
    alone.kill()
    job = pair.first.job(TICKS.format(go=str(go), ticks=str(ticks)))
    run_id = pair.first.start_run(job)
    wait_for(lambda: pair.first.starts(job), deadline_s=60)
    pair.first.kill()
    pair.second.lives(LEASE_S + 1)
    assert pair.second.get(job, run_id)["JobRunState"] == "RUNNING", "beyond its lease, and healthy"
    pair.first.start()
    assert pair.second.get(job, run_id)["JobRunState"] == "RUNNING", rows_of(pair.second).ledger[run_id]
    _renewed(pair.second, run_id)
    pair.first.kill()
    run = pair.second.ended(job, run_id)
    assert (run["JobRunState"], run["ErrorMessage"]) == ("FAILED", "The worker of this job run was lost")
    [moved] = [row for row in rows_of(pair.second).ledger[run_id] if row["cause"] == "worker lost"]
    assert float(ticks.read_text()) * 1000 < moved["at"], "its runner ended it before anybody else counted it as lost"
    wait_for(lambda: not [*leftovers({run_id})], what="the end of the whole tree")
    pair.first.start()
    assert pair.second.get(job, run_id)["JobRunState"] == "FAILED"
    group = f"{run['LogGroupName']}/error"
    said = wait_for(
        lambda: pair.first.logs.get_log_events(logGroupName=group, logStreamName=run_id, startFromHead=True)["events"]
    )
    assert said[-1]["message"] == f"openglue: this run was ended: no server has answered for {PATIENT_S} s"
    # With a database of its own, a server is waited for, however long it takes.
    alone.start()
    go.touch()
    assert alone.ended(patient, patient_run)["JobRunState"] == "SUCCEEDED"
    finish(alone)


def test_an_outage_that_begins_before_its_code_has_started_harms_no_run(postgres_url: str, tmp_path: Path) -> None:
    fence_after_s = 5
    server = Server(tmp_path / "data", db=postgres_url, settings={"lease_s": 3, "fence_after_s": fence_after_s})
    server.start(crash_at="after launch")
    job = server.job("import time\ntime.sleep(2)")
    with suppress(BotoCoreError, ClientError):  # it dies before or after its answer
        server.glue.start_job_run(JobName=job)
    server.died()
    began = time.monotonic()
    wait_for(lambda: time.monotonic() > began + fence_after_s + 1, what="the moment when it would end started code")
    server.start()
    [run] = server.glue.get_job_runs(JobName=job)["JobRuns"]
    assert server.ended(job, run["Id"])["JobRunState"] == "SUCCEEDED"
    assert server.starts(job) == 1
    assert [row["cause"] for row in rows_of(server).ledger[run["Id"]]].count("claimed") == 1, "its first runner"
    finish(server)


def test_a_lease_that_is_longer_than_a_runners_patience_ends_no_run(postgres_url: str, tmp_path: Path) -> None:
    server = Server(tmp_path / "data", db=postgres_url, settings={"lease_s": 60, "fence_after_s": 5})
    server.start()
    job = server.job("import time\ntime.sleep(8)")
    assert server.ended(job, server.start_run(job))["JobRunState"] == "SUCCEEDED"
    finish(server)


def test_no_grace_lasts_until_others_may_count_the_run_as_lost(postgres_url: str, tmp_path: Path) -> None:
    settings = {"lease_s": 3, "fence_after_s": 5, "stop_grace_s": 600}
    server = Server(tmp_path / "data", db=postgres_url, settings=settings)
    server.start()
    told = tmp_path / "told"
    job = server.job(
        f"import signal, time\nsignal.signal(signal.SIGTERM, lambda *_: open({str(told)!r}, 'w').close())\n"
        "while True: time.sleep(1)"
    )
    run_id = server.start_run(job)
    wait_for(lambda: server.starts(job), deadline_s=60)
    server.glue.batch_stop_job_run(JobName=job, JobRunIds=[run_id])
    wait_for(told.exists, what="the begin of its grace")
    server.kill()
    wait_for(lambda: not [*leftovers({run_id})], deadline_s=60, what="the end of the tree")
    server.start()
    assert server.ended(job, run_id)["JobRunState"] == "STOPPED"
    finish(server)


def _renewed(server: Server, run_id: str) -> None:
    """Wait for a heartbeat of the run."""

    def lease() -> int:
        return next(int(run["lease_until"]) for run in rows_of(server).runs if run["id"] == run_id)

    before = lease()
    wait_for(lambda: lease() > before, what="a heartbeat")


@pytest.mark.parametrize("pauses", [10, pytest.param(200, marks=LONG)])
def test_who_was_paused_beyond_its_lease_changes_nothing_any_more(
    pair: Pair, rng: random.Random, tell: Callable[..., None], tmp_path: Path, pauses: int
) -> None:
    refused = twice = 0
    for number in range(pauses // TOGETHER):
        go = tmp_path / f"go-{number}"
        job = pair.first.job(
            f"import os, time\nwhile not os.path.exists({str(go)!r}): time.sleep(0.02)",
            ExecutionProperty={"MaxConcurrentRuns": TOGETHER},
        )
        run_ids = {pair.first.start_run(job) for _ in range(TOGETHER)}
        wait_for(lambda job=job: pair.first.starts(job) == TOGETHER, deadline_s=60)  # type: ignore[misc]
        stopped = [runner for run_id in run_ids for runner in _runners(pair.first, run_id)]
        assert len(stopped) == TOGETHER
        server = pair.first.process
        assert server is not None
        pids = [*stopped, *([server.pid] if rng.random() < 0.5 else [])]
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        # Half of them have an end to report when they come back, half of them go on.
        if rng.random() < 0.5:
            go.touch()
        for run_id in run_ids:
            assert pair.second.ended(job, run_id)["JobRunState"] == "FAILED"
        check_invariants(pair.second)
        for pid in reversed(pids):
            _go_on(pid)
        wait_for(lambda run_ids=run_ids: not [*leftovers(run_ids)], deadline_s=60, what="the end of what was paused")  # type: ignore[misc]
        wait_for(lambda run_ids=run_ids: not any(_runners(pair.first, run_id) for run_id in run_ids), deadline_s=60)  # type: ignore[misc]
        rows = rows_of(pair.second)
        for run in rows.runs:
            if run["id"] in run_ids:
                ends = [row for row in rows.ledger[run["id"]] if row["to_state"] == "FAILED"]
                refused += (run["state"], len(ends), ends[0]["cause"]) == ("FAILED", 1, "worker lost")
                twice += len(ends) > 1
        check_invariants(pair.second)
    tell(
        "pauses",
        "{pauses} runners were frozen (SIGSTOP) until their runs counted as lost, and woken: {refused} runs stayed as "
        "they had ended, {twice} changed their state twice",
        pauses=pauses,
        refused=refused,
        twice=twice,
    )
    assert (refused, twice) == (pauses, 0)
    check_clean(pair.first)


def _runners(server: Server, run_id: str) -> list[int]:
    found = [Identity.read(file) for file in server.data.glob(f"runs/{run_id}.*/runner.json")]
    return [identity.pid for identity in found if identity is not None]


def _go_on(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGCONT)
    except ProcessLookupError:
        return  # the server that owned it has cleared it away


@pytest.mark.parametrize("pauses", [10, pytest.param(200, marks=LONG)])
def test_who_was_paused_and_has_nobody_beside_it_goes_on_where_it_was(
    server: Server, rng: random.Random, tell: Callable[..., None], tmp_path: Path, pauses: int
) -> None:
    server.settings |= {"OPENGLUE_LEASE_S": str(LEASE_S), "OPENGLUE_PYTHONSHELL_SLOTS": str(TOGETHER)}
    server.start()
    ends: Counter[str] = Counter()
    twice = 0
    for number in range(pauses // TOGETHER):
        go = tmp_path / f"go-{number}"
        job = server.job(
            f"import os, time\nwhile not os.path.exists({str(go)!r}): time.sleep(0.02)",
            ExecutionProperty={"MaxConcurrentRuns": TOGETHER},
        )
        run_ids = [server.start_run(job) for _ in range(TOGETHER)]
        wait_for(lambda job=job: server.starts(job) == TOGETHER, deadline_s=60)  # type: ignore[misc]
        asked = set(rng.sample(run_ids, rng.randrange(TOGETHER)))
        assert server.process is not None
        servers = [server.process.pid] if rng.random() < 0.5 else []
        pids = [*(runner for run_id in run_ids for runner in _runners(server, run_id)), *servers]
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        try:
            if not servers and asked:
                server.glue.batch_stop_job_run(JobName=job, JobRunIds=[*asked])
            server.lives(LEASE_S + 1)
            # They have something to report when they come back, and it may be another server that they report it to.
            go.touch()
            if servers and rng.random() < 0.5:
                server.kill()
                server.start()
                pids.remove(servers[0])
        finally:
            for pid in pids:
                _go_on(pid)
        found = {run_id: server.ended(job, run_id)["JobRunState"] for run_id in run_ids}
        stopped = set() if servers else asked
        assert found == {run_id: "STOPPED" if run_id in stopped else "SUCCEEDED" for run_id in run_ids}
        ends += Counter(found.values())
        rows = rows_of(server)
        twice += sum(sum(row["to_state"] in TERMINAL for row in rows.ledger[run_id]) != 1 for run_id in run_ids)
        check_invariants(server)
    tell(
        "pauses on SQLite",
        "{pauses} runners were frozen (SIGSTOP) beyond their lease, with no other server there, and woken: {succeeded} "
        "runs went on and succeeded, {stopped} were stopped as they had been asked to meanwhile, {twice} changed their "
        "state twice",
        pauses=pauses,
        succeeded=ends["SUCCEEDED"],
        stopped=ends["STOPPED"],
        twice=twice,
    )
    assert (ends.total(), twice) == (pauses, 0)
    check_alive(server)


def test_a_server_that_was_paused_beyond_its_leases_goes_on(server: Server) -> None:
    server.settings["OPENGLUE_LEASE_S"] = "3"
    server.start()
    job = server.job("import time\ntime.sleep(3)")
    run_id = server.start_run(job)
    wait_for(lambda: server.starts(job), deadline_s=60)
    assert server.process is not None
    os.kill(server.process.pid, signal.SIGSTOP)
    began = time.monotonic()
    wait_for(lambda: time.monotonic() > began + 4.5, what="the lease's end")
    os.kill(server.process.pid, signal.SIGCONT)
    assert server.ended(job, run_id)["JobRunState"] == "SUCCEEDED"
