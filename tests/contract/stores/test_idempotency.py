"""Calls that are done once however often they are sent, on every database."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from openglue.clock import FakeClock
from openglue.errors import IdempotentParameterMismatchException
from openglue.store import idempotency, tags
from openglue.store.database import Database, Tx
from openglue.store.idempotency import KEPT_MS, Once, of_invocation, of_token
from openglue.store.opening import open_database

CALL = of_invocation(b"AKIA", "StartJobRun", b"id-1", b"{}")


class Counted:
    """Work that counts how often it was done, in the database, and answers with that number."""

    def __init__(self, database: Database, clock: FakeClock) -> None:
        self.database = database
        self.clock = clock

    def work(self, tx: Tx) -> dict[str, Any]:
        number = self.done(tx)
        tags.put(tx, "work", {str(number): "done"})
        return {"Number": number, "Text": "Ünï \U0001f41d", "List": [1.5, None, {"b": 1, "a": 2}]}

    def done(self, tx: Tx) -> int:
        return len(tags.get(tx, "work"))

    def __call__(self, once: Once = CALL, work: Callable[[Tx], dict[str, Any]] | None = None) -> dict[str, Any]:
        now = self.clock.now()
        return self.database.write(lambda tx: idempotency.do(tx, once, work or self.work, now=now)).result(30)

    def count(self) -> int:
        return self.database.read(self.done)

    def prune(self, before_ms: int, limit: int = 1000) -> int:
        return self.database.write(lambda tx: idempotency.prune(tx, before_ms, limit=limit)).result(30)


@pytest.fixture
def counted(database: Database, clock: FakeClock) -> Counted:
    return Counted(database, clock)


def test_a_call_that_is_sent_again_gets_the_answer_of_the_first_and_does_nothing(counted: Counted):
    first = counted()
    assert first == {"Number": 0, "Text": "Ünï \U0001f41d", "List": [1.5, None, {"b": 1, "a": 2}]}
    again = counted()
    assert again == first
    assert str(again) == str(first), "the members come in the order in which they were"
    assert counted.count() == 1


def test_another_caller_operation_invocation_or_body_is_another_call(counted: Counted):
    others = [
        of_invocation(b"ASIA", "StartJobRun", b"id-1", b"{}"),
        of_invocation(b"AKIA", "CreateJob", b"id-1", b"{}"),
        of_invocation(b"AKIA", "StartJobRun", b"id-2", b"{}"),
        of_invocation(b"AKIA", "StartJobRun", b"id-1", b"{ }"),
        of_token(b"AKIA", "StartJobRun", b"id-1", {}),
        of_token(b"AKIA", "CreateJob", b"id-1", {}),
        of_token(b"", "CreateJob", b"id-1", {}),
    ]
    assert [counted(call)["Number"] for call in [CALL, *others]] == list(range(8))
    assert [counted(call)["Number"] for call in [CALL, *others]] == list(range(8))


def test_a_token_goes_with_one_request_however_that_is_written(counted: Counted):
    first = counted(of_token(b"AKIA", "StartJobRun", b"t", {"JobName": "j", "Arguments": {"--a": "1", "--b": "2"}}))
    same = of_token(b"AKIA", "StartJobRun", b"t", {"Arguments": {"--b": "2", "--a": "1"}, "JobName": "j"})
    assert counted(same) == first
    with pytest.raises(IdempotentParameterMismatchException):
        counted(of_token(b"AKIA", "StartJobRun", b"t", {"JobName": "j", "Arguments": {"--a": "1", "--b": "3"}}))
    assert counted(same) == first
    assert counted.count() == 1


def test_work_that_fails_leaves_nothing_behind(counted: Counted):
    def fail(tx: Tx) -> dict[str, Any]:
        counted.work(tx)
        raise ValueError("no")

    token = of_token(b"AKIA", "StartJobRun", b"t", {"JobName": "j"})
    for _ in range(2):
        with pytest.raises(ValueError, match="no"):
            counted(token, fail)
    assert counted.count() == 0
    # The token is free, also for another request.
    assert counted(of_token(b"AKIA", "StartJobRun", b"t", {"JobName": "k"}))["Number"] == 0


def test_copies_that_race_are_done_once_and_get_one_answer(counted: Counted):
    now = counted.clock.now()
    futures = [counted.database.write(lambda tx: idempotency.do(tx, CALL, counted.work, now=now)) for _ in range(16)]
    answers = [future.result(30) for future in futures]
    assert answers == [answers[0]] * 16
    assert counted.count() == 1


def test_a_copy_waits_for_the_first_and_takes_over_if_that_fails(postgres_url: str, tmp_path: Path, clock: FakeClock):
    """Only PostgreSQL does transactions side by side."""
    database = open_database(tmp_path, postgres_url, clock)
    counted = Counted(database, clock)
    under_way, go_on = threading.Event(), threading.Event()

    def fail(tx: Tx) -> dict[str, Any]:
        counted.work(tx)
        under_way.set()
        assert go_on.wait(30)
        raise ValueError("no")

    now = clock.now()
    first = database.write(lambda tx: idempotency.do(tx, CALL, fail, now=now))
    assert under_way.wait(30)
    second = database.write(lambda tx: idempotency.do(tx, CALL, counted.work, now=now))
    go_on.set()
    with pytest.raises(ValueError, match="no"):
        first.result(30)
    assert second.result(30)["Number"] == 0
    assert counted.count() == 1
    database.close()


def test_an_answer_is_kept_for_a_day_and_then_the_call_is_a_new_one(counted: Counted, clock: FakeClock):
    token = of_token(b"AKIA", "StartJobRun", b"t", {"JobName": "j"})
    other = of_token(b"AKIA", "StartJobRun", b"t", {"JobName": "k"})
    assert counted(token)["Number"] == 0
    clock.advance(KEPT_MS - 1)
    assert counted(token)["Number"] == 0
    with pytest.raises(IdempotentParameterMismatchException):
        counted(other)
    clock.advance(1)
    # Not pruned, and yet as good as none; the new answer is kept for a day again.
    assert counted(other)["Number"] == 1
    clock.advance(KEPT_MS - 1)
    assert counted(other)["Number"] == 1
    with pytest.raises(IdempotentParameterMismatchException):
        counted(token)


def test_pruning_deletes_what_is_old_and_nothing_else(counted: Counted, clock: FakeClock):
    calls = [of_invocation(b"AKIA", "StartJobRun", str(number).encode(), b"{}") for number in range(20)]
    for call in calls[:12]:
        counted(call)
    clock.advance(1000)
    for call in calls[12:]:
        counted(call)
    assert counted.prune(clock.now() - 1000) == 0
    assert counted.prune(clock.now()) == 12
    assert counted.prune(clock.now()) == 0
    assert counted.count() == 20
    assert [counted(call)["Number"] for call in calls[12:]] == list(range(12, 20))
    assert counted(calls[0])["Number"] == 20


def test_pruning_goes_in_batches_and_comes_to_every_key(counted: Counted, clock: FakeClock):
    calls = [of_invocation(b"AKIA", "StartJobRun", str(number).encode(), b"{}") for number in range(40)]
    for call in calls:
        counted(call)
    deleted = [counted.prune(clock.now() + 1, limit=3)]
    assert deleted == [3]
    # A walk begins anywhere; that it misses some key two thousand times does not happen.
    for _ in range(2000):
        if sum(deleted) == 40:
            break
        deleted.append(counted.prune(clock.now() + 1, limit=3))
    assert sum(deleted) == 40
    assert max(deleted) == 3
