"""What every store keeps of the code that ran: scripts by their hash, and what they ran in."""

from __future__ import annotations

import hashlib
import threading

import pytest
from tests.contract.stores.store import Store

from openglue.clock import FakeClock
from openglue.model.environment import Environment
from openglue.model.run import Run
from openglue.store import runs, scripts
from openglue.store.database import Database
from openglue.store.scripts import DAY_MS

TEXT = "print('é \U0001f41d')\r\n"
ENVIRONMENT = Environment(
    runtime="pythonshell-none",
    runtime_digest="0123456789ab",
    python="3.11.7",
    modules=("tabulate-0.9.0",),
    memory_mb=512,
    system="Linux 6.1.0 x86_64",
    openglue="0.1.0",
)


@pytest.fixture
def store(database: Database, clock: FakeClock) -> Store:
    return Store(database, clock)


def keep(store: Store, script: str, *, unused_since: int = 0) -> str:
    sha = scripts.sha_of(script)
    store.write(lambda tx: scripts.keep(tx, script, sha, now=store.clock.now(), unused_since=unused_since))
    return sha


def kept(store: Store, sha: str) -> str | None:
    return store.read(lambda tx: scripts.text(tx, sha))


def claimed(store: Store) -> Run:
    run = store.claim(store.accept())
    assert run is not None
    return run


def start(store: Store, run: Run, token: str, sha: str | None, environment: Environment | None) -> Run | None:
    return store.write(
        lambda tx: runs.start(
            tx,
            run.id,
            fence=run.fence,
            token=token,
            actor="r",
            now=store.clock.now(),
            script_sha=sha,
            environment=environment,
        )
    )


def test_a_script_is_read_back_letter_by_letter_under_the_hash_of_its_bytes(store: Store) -> None:
    sha = keep(store, TEXT)
    assert sha == hashlib.sha256(TEXT.encode()).hexdigest()
    assert kept(store, sha) == TEXT


def test_a_script_that_is_not_kept_is_none(store: Store) -> None:
    assert kept(store, "0" * 64) is None


def test_a_script_that_runs_again_is_kept_once(store: Store) -> None:
    assert keep(store, TEXT) == keep(store, TEXT)


def test_scripts_that_start_at_once_do_not_disturb_each_other(store: Store) -> None:
    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.append(keep(store, TEXT))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert found == [hashlib.sha256(TEXT.encode()).hexdigest()] * 8


def test_a_new_script_takes_those_away_that_nobody_has_used_for_long(store: Store) -> None:
    old, used = keep(store, "old"), keep(store, "used")
    store.clock.advance(10 * DAY_MS)
    keep(store, "used")
    new = keep(store, "new", unused_since=store.clock.now() - 5 * DAY_MS)
    assert [kept(store, sha) for sha in (old, used, new)] == [None, "used", "new"]


def test_a_run_keeps_what_its_runner_reported_when_it_started(store: Store) -> None:
    run = claimed(store)
    started = start(store, run, "t", "ab" * 32, ENVIRONMENT)
    assert started is not None
    assert store.read(lambda tx: runs.reported(tx, run.id)) == ("ab" * 32, ENVIRONMENT)


def test_a_token_that_is_sent_again_changes_nothing_of_what_was_reported(store: Store) -> None:
    run = claimed(store)
    first = start(store, run, "t", "ab" * 32, ENVIRONMENT)
    assert start(store, run, "t", "cd" * 32, None) == first
    assert store.read(lambda tx: runs.reported(tx, run.id)) == ("ab" * 32, ENVIRONMENT)


def test_a_run_whose_runner_reports_nothing_starts_as_well(store: Store) -> None:
    run = store.running()
    assert store.read(lambda tx: runs.reported(tx, run.id)) == (None, None)
