"""A webhook whose receiver, or whose server, fails: every event arrives, in order, and nothing waits for it."""

from __future__ import annotations

import logging
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import wait_for
from tests.faults.conftest import BIN, Server
from tests.faults.hook import Hook
from tests.faults.invariants import check_invariants

from openglue.clock import SystemClock
from openglue.model.event import STATE_CHANGE
from openglue.scheduler.history import DAY_MS
from openglue.scheduler.pruning import Pruning
from openglue.scheduler.receiver import Receiver
from openglue.scheduler.webhook import Patience, Webhook
from openglue.store import account, cursors, outbox
from openglue.store.database import Database, Tx
from openglue.store.opening import open_database


@pytest.fixture
def hook() -> Iterator[Hook]:
    made = Hook()
    yield made
    made.go()


# The whole server.


@pytest.fixture
def hooked(tmp_path: Path, hook: Hook) -> Iterator[Server]:
    """A server with a webhook."""
    file = tmp_path / "openglue.toml"
    file.write_text(f'webhook_url = "{hook.url}"\nwebhook_timeout_s = 20\n')
    made = Server(tmp_path / "data", "--config", str(file))
    yield made
    if made.process is not None and made.process.poll() is None:
        made.stop()
    check_invariants(made)


def test_a_server_that_is_killed_before_an_event_is_taken_sends_it_when_it_is_back(hooked: Server, hook: Hook) -> None:
    released = threading.Event()

    def hold(_event: dict[str, Any]) -> int:
        released.wait(60)
        return 500  # nobody hears it

    hooked.start()
    job = hooked.job("")
    runs = []
    for _ in range(3):
        hook.answering = hold
        runs.append(hooked.start_run(job))
        before = len(hook.calls)
        wait_for(lambda before=before: len(hook.calls) > before, what="the call")
        hooked.kill()
        released.set()
        hook.answering = lambda _event: 204
        hooked.start()
        wait_for(lambda: hook.runs() == runs, what="the delivery")
        released.clear()
    hook.answering = hold
    runs += [hooked.start_run(hooked.job("")) for _ in range(2)]
    wait_for(lambda: len(hook.calls) > len(runs) + 1, what="the call")
    assert hooked.stop() == 0, "a stop does not wait for a receiver"
    released.set()
    hook.answering = lambda _event: 204
    hooked.start()
    wait_for(lambda: sorted(hook.runs()) == sorted(runs), what="the last ones")
    seqs = _seqs_of(hooked, hook)
    assert seqs == sorted(seqs), "in order"


def test_runs_do_not_wait_for_a_receiver_that_is_away(hooked: Server, hook: Hook) -> None:
    hooked.start()
    hook.go()
    job = hooked.job("")
    runs = []
    for _ in range(3):
        runs.append(hooked.start_run(job))
        assert hooked.ended(job, runs[-1])["JobRunState"] == "SUCCEEDED"
    hooked.kill()
    hooked.start()
    hook.come()
    wait_for(lambda: hook.runs() == runs, what="the delivery")
    assert hook.calls[0]["path"] == "/hook?token=secret"
    assert hook.calls[0]["Content-Type"] == "application/json"
    log = (hooked.data.parent / "server.log").read_text()
    assert "was not delivered: no connection" in log
    assert "secret" not in log


def _seqs_of(server: Server, hook: Hook) -> list[int]:
    """Numbers of the events that were taken, by the database."""
    server.stop()
    database = open_database(server.data, "", SystemClock())
    numbers = {event.id: event.seq for event in database.read(lambda tx: outbox.after(tx, 0, limit=100))}
    database.close()
    assert set(numbers) == {event["id"] for event in hook.taken}
    return [numbers[event_id] for event_id in dict.fromkeys(event["id"] for event in hook.taken)]


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("ftp://example.com/", "its scheme is ftp: http and https are called"),
        ("file:///etc/passwd", "its scheme is file: http and https are called"),
        ("example.com/hook", "its scheme is missing: http and https are called"),
        ("https:///hook", "it names no host to call"),
        ("http://host:99999/", "it cannot be read: Port out of range 0-65535"),
        ("http://host/a b", "it holds characters that must be percent-encoded"),
    ],
)
def test_a_url_that_is_no_webhooks_is_refused_at_the_start(tmp_path: Path, url: str, reason: str) -> None:
    file = tmp_path / "openglue.toml"
    file.write_text(f'webhook_url = "{url}"\n')
    done = subprocess.run(
        [BIN / "openglue", "serve", "--data", tmp_path / "data", "--port", "0", "--config", file],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (2, f"openglue: setting webhook_url: {reason}\n")


# The thread that delivers, on its own, because it is patient.


def tell(database: Database, count: int, *, at: int | None = None) -> None:
    moment = int(time.time() * 1000) if at is None else at

    def add(tx: Tx) -> None:
        for _ in range(count):
            _, seq = account.change(tx, events=1)
            detail = {"jobName": "j", "severity": "INFO", "state": "SUCCEEDED", "jobRunId": f"jr_{seq}", "message": "m"}
            outbox.add(tx, seq=seq, kind=STATE_CHANGE, run_id=f"jr_{seq}", detail=detail, at=moment)

    database.write(add).result(30)


def numbered(*numbers: int) -> list[str]:
    return [f"jr_{number}" for number in numbers]


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = open_database(tmp_path, "", SystemClock())
    yield opened
    opened.close()


@contextmanager
def delivering(database: Database, url: str, *, node: str = "n", timeout_s: float = 20.0) -> Iterator[Webhook]:
    """A webhook that loses its patience soon."""
    webhook = Webhook(
        database=database,
        clock=SystemClock(),
        receiver=Receiver(url, timeout_s),
        node=node,
        account="123456789012",
        region="us-west-2",
        patience=Patience(first_s=0.01, longest_s=0.05, refusals=3, failures=6),
    )
    webhook.start()
    try:
        yield webhook
    finally:
        webhook.stop()
        assert not webhook._thread.is_alive()


def position(database: Database) -> int | None:
    return database.read(lambda tx: cursors.get(tx, "webhook"))


def test_a_new_webhook_gets_what_happens_from_now_on_and_the_whole_body(database: Database, hook: Hook) -> None:
    tell(database, 3)
    with delivering(database, hook.url) as webhook:
        tell(database, 2)
        webhook.wake()
        wait_for(lambda: position(database) == 5)
    assert hook.runs() == numbered(4, 5)
    event = database.read(lambda tx: outbox.after(tx, 3, limit=1))[0]
    assert hook.taken[0] == event.body(account="123456789012", region="us-west-2")


@pytest.mark.parametrize(("status", "tries"), [(400, 3), (404, 3), (302, 3), (308, 3), (500, 6), (503, 6), (429, 6)])
def test_an_event_that_is_not_taken_is_set_aside_and_the_others_arrive(
    database: Database, hook: Hook, caplog: pytest.LogCaptureFixture, status: int, tries: int
) -> None:
    hook.answering = lambda event: status if event["detail"]["jobRunId"] == "jr_2" else 200
    with delivering(database, hook.url):
        tell(database, 3)
        wait_for(lambda: position(database) == 3)
    assert hook.runs() == numbered(1, 3)
    assert len(hook.calls) == 2 + tries
    [line] = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
    assert f"(number 2, run jr_2) is set aside after {tries} tries: HTTP {status} at http://127.0.0.1" in line
    assert "secret" not in line


def test_a_receiver_that_recovers_gets_everything_in_order(database: Database, hook: Hook) -> None:
    answers = iter([500, 200, 429, 408, 200, 503])
    hook.answering = lambda _event: next(answers, 200)
    with delivering(database, hook.url):
        tell(database, 5)
        wait_for(lambda: position(database) == 5)
    assert hook.runs() == numbered(1, 2, 3, 4, 5)
    assert len(hook.taken) == 5


def test_a_receiver_that_never_answers_is_called_again(database: Database, hook: Hook) -> None:
    released = threading.Event()

    def hang_once(_event: dict[str, Any]) -> int:
        if len(hook.calls) == 1:
            released.wait(60)
            return 500
        return 200

    hook.answering = hang_once
    with delivering(database, hook.url, timeout_s=0.3):
        tell(database, 2)
        wait_for(lambda: position(database) == 2)
    released.set()
    assert hook.runs() == numbered(1, 2)


def test_events_that_became_too_old_are_missed_and_said_so(
    database: Database, hook: Hook, caplog: pytest.LogCaptureFixture
) -> None:
    hook.go()
    with delivering(database, hook.url):
        tell(database, 4, at=1000)
        wait_for(lambda: "no connection" in caplog.text, what="a try")
    tell(database, 2)
    Pruning(database, SystemClock(), outbox.prune, keep_ms=DAY_MS).round()
    hook.come()
    with delivering(database, hook.url):
        wait_for(lambda: position(database) == 6)
    assert hook.runs() == numbered(5, 6)
    assert "4 events were not delivered before they were too old to be kept" in caplog.text


def test_events_are_kept_for_their_days_and_forgotten_in_batches(database: Database) -> None:
    now = SystemClock().now()
    tell(database, 450, at=now - 2 * DAY_MS - 60_000)
    tell(database, 1, at=now - 2 * DAY_MS + 60_000)
    old = Pruning(database, SystemClock(), outbox.prune, keep_ms=2 * DAY_MS)

    def kept() -> int:
        return len(database.read(lambda tx: outbox.after(tx, 0, limit=1000)))

    counts = [(old.round(), kept())[1] for _ in range(4)]
    assert counts == [251, 51, 1, 1]


def test_of_two_servers_on_one_database_one_delivers(postgres_url: str, tmp_path: Path, hook: Hook) -> None:
    databases = [open_database(tmp_path, postgres_url, SystemClock()) for _ in range(2)]
    try:
        with delivering(databases[1], hook.url, node="second"):
            with delivering(databases[0], hook.url, node="first") as first:
                for count in (20, 20):
                    tell(databases[0], count)
                    first.wake()
                wait_for(lambda: position(databases[0]) == 40)
            tell(databases[0], 20)
            wait_for(lambda: position(databases[0]) == 60, what="whoever is left")
        assert [event["detail"]["jobRunId"] for event in hook.taken] == numbered(*range(1, 61)), "each once, in order"
    finally:
        for opened in databases:
            opened.close()
