"""A call that is sent again does nothing again: by boto3 that got no answer, or by whoever gives a token."""

from __future__ import annotations

import json
import re
import sqlite3
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.config import Config
from tests.acceptance.conftest import Glue
from tests.conftest import wait_for
from tests.faults.conftest import Server
from tests.faults.invariants import check_invariants
from tests.faults.proxy import Proxy

ErrorOf = Callable[..., tuple[str, str]]

TOKEN = "X-OpenGlue-Idempotency-Token"
#: Fails as soon as its runner looks for it: these tests count runs and need none to do anything.
NO_SCRIPT = "/no/such/script.py"


class Losses:
    """Which answers do not arrive."""

    def __init__(self) -> None:
        #: Calls of these operations, by target, whose answers are lost.
        self.cuts: dict[str, int] = {}
        #: X-Amz-Target of every request that was answered, in order.
        self.seen: list[str] = []

    def __call__(self, request: bytes) -> bool:
        found = re.search(rb"\r\nx-amz-target: (\S+)", request, re.IGNORECASE)
        assert found is not None, request
        target = found[1].decode()
        self.seen.append(target)
        left = self.cuts.get(target, 0)
        self.cuts[target] = left - 1
        return left > 0


@pytest.fixture
def losses() -> Losses:
    return Losses()


@pytest.fixture
def lossy_url(openglue: Any, losses: Losses) -> Iterator[str]:
    """The service behind a network that loses those answers."""
    with Proxy(urlsplit(openglue.url).port, losses) as proxy:
        yield f"http://127.0.0.1:{proxy.port}"


@contextmanager
def token(client: Any, operation: str, text: str) -> Iterator[None]:
    """Calls of the operation carry that token while the block runs."""

    def add(params: dict[str, Any], **_: Any) -> None:
        params["headers"][TOKEN] = text

    client.meta.events.register(f"before-call.glue.{operation}", add)
    yield
    client.meta.events.unregister(f"before-call.glue.{operation}", add)


def run_ids(glue: Glue, job: str) -> list[str]:
    return [run["Id"] for run in glue("GetJobRuns", JobName=job)["JobRuns"]]


# What SDKs do


@pytest.mark.parametrize("mode", ["legacy", "standard", "adaptive"])
def test_a_start_whose_answer_got_lost_is_one_run(
    glue: Glue, openglue: Any, losses: Losses, lossy_url: str, mode: str
) -> None:
    job = glue.job(NO_SCRIPT)
    # A client of its own: what it has to do again is part of its state.
    client = openglue.client(
        "glue", endpoint_url=lossy_url, config=Config(retries={"mode": mode, "total_max_attempts": 4})
    )
    losses.cuts["AWSGlue.StartJobRun"] = 2
    answer = client.start_job_run(JobName=job, Arguments={"--day": "1"})
    assert answer["ResponseMetadata"]["RetryAttempts"] == 2
    assert losses.seen == ["AWSGlue.StartJobRun"] * 3
    assert run_ids(glue, job) == [answer["JobRunId"]]


def test_a_job_whose_creation_was_not_answered_is_no_conflict(
    glue: Glue, openglue: Any, losses: Losses, lossy_url: str
) -> None:
    client = openglue.client("glue", endpoint_url=lossy_url)
    losses.cuts["AWSGlue.CreateJob"] = 1
    request = {
        "Name": f"job-{uuid.uuid4().hex}",
        "Role": "r",
        "Command": {"Name": "pythonshell", "ScriptLocation": "/x"},
    }
    assert client.create_job(**request)["Name"] == request["Name"]
    assert len(losses.seen) == 2
    # A call of its own is one.
    with pytest.raises(client.exceptions.AlreadyExistsException):
        client.create_job(**request)


def test_a_trigger_whose_start_was_not_answered_fires_once(
    glue: Glue, openglue: Any, losses: Losses, lossy_url: str
) -> None:
    job = glue.job(NO_SCRIPT, ExecutionProperty={"MaxConcurrentRuns": 5})
    client = openglue.client("glue", endpoint_url=lossy_url)
    losses.cuts |= {"AWSGlue.CreateTrigger": 1, "AWSGlue.StartTrigger": 1}
    client.create_trigger(Name=job, Type="ON_DEMAND", Actions=[{"JobName": job}])
    client.start_trigger(Name=job)
    assert losses.seen == ["AWSGlue.CreateTrigger"] * 2 + ["AWSGlue.StartTrigger"] * 2
    assert fires(openglue, job) == 1
    # A call of its own is another fire.
    client.start_trigger(Name=job)
    assert fires(openglue, job) == 2
    wait_for(lambda: len(run_ids(glue, job)) == 2, what="a run for each fire")


def fires(openglue: Any, trigger: str) -> int:
    """How often the trigger has fired, whether its runs are there yet or not."""
    query = "SELECT count(*) FROM fires JOIN triggers ON triggers.id = fires.trigger_id WHERE triggers.name = ?"
    database = sqlite3.connect(f"file:{openglue.data / 'openglue.db'}?mode=ro", uri=True)
    try:
        return int(database.execute(query, (trigger,)).fetchone()[0])
    finally:
        database.close()


def test_calls_of_one_client_are_calls_of_their_own(glue: Glue) -> None:
    job = glue.job(NO_SCRIPT, ExecutionProperty={"MaxConcurrentRuns": 3})
    started = [glue.start(job) for _ in range(3)]
    assert len(set(started)) == 3
    assert run_ids(glue, job) == started[::-1]


def start(url: str, body: bytes, **headers: str) -> tuple[int, bytes]:
    """One StartJobRun on the wire."""
    sent = {"X-Amz-Target": "AWSGlue.StartJobRun", "Content-Type": "application/x-amz-json-1.1", **headers}
    request = urllib.request.Request(f"{url}/", body, sent)  # noqa: S310 - our own address
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 - our own address
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


@pytest.mark.parametrize("header", ["amz-sdk-invocation-id", TOKEN])
def test_copies_that_race_give_one_run_and_the_same_bytes(glue: Glue, openglue: Any, header: str) -> None:
    job = glue.job(NO_SCRIPT, ExecutionProperty={"MaxConcurrentRuns": 100})
    body = json.dumps({"JobName": job}).encode()
    name = uuid.uuid4().hex
    with ThreadPoolExecutor(16) as threads:
        answers = [*threads.map(lambda _: start(openglue.url, body, **{header: name}), range(64))]
    assert set(answers) == {(200, json.dumps({"JobRunId": run_ids(glue, job)[0]}, separators=(",", ":")).encode())}
    assert len(run_ids(glue, job)) == 1


def test_a_start_is_known_to_the_next_server_after_a_crash(tmp_path: Path) -> None:
    server = Server(tmp_path / "data")
    server.start(crash_at="after accept")
    try:
        job = server.job("")
        body = json.dumps({"JobName": job}).encode()
        with pytest.raises(OSError):  # noqa: PT011 - whichever way the connection breaks
            start(server.url, body, **{"amz-sdk-invocation-id": "1"})
        server.died()
        server.start()
        status, answer = start(server.url, body, **{"amz-sdk-invocation-id": "1"})
        assert status == 200
        run_id = json.loads(answer)["JobRunId"]
        assert [run["Id"] for run in server.glue.get_job_runs(JobName=job)["JobRuns"]] == [run_id]
        assert server.ended(job, run_id)["JobRunState"] == "SUCCEEDED"
        assert server.starts(job) == 1
    finally:
        assert server.stop() == 0
    check_invariants(server)


# What callers say themselves


def test_a_token_starts_one_run_however_often_it_is_given(glue: Glue, openglue: Any) -> None:
    # One slot only: what was started before is told also when nothing more could be started.
    job = glue.job("import time; time.sleep(60)")
    request = {"JobName": job, "Arguments": {"--a": "1", "--b": "2"}}
    with token(glue.client, "StartJobRun", f"{job} 2026-01-31"):
        first = glue("StartJobRun", **request)["JobRunId"]
        assert glue("StartJobRun", **request)["JobRunId"] == first
        assert glue("StartJobRun", JobName=job, Arguments={"--b": "2", "--a": "1"})["JobRunId"] == first
        other = openglue.client("glue", aws_access_key_id="OTHER", aws_secret_access_key="x")
        with (
            token(other, "StartJobRun", f"{job} 2026-01-31"),
            pytest.raises(other.exceptions.ConcurrentRunsExceededException),
        ):
            other.start_job_run(**request)
    assert run_ids(glue, job) == [first]
    glue("BatchStopJobRun", JobName=job, JobRunIds=[first])


def test_a_token_of_another_request_is_refused(glue: Glue) -> None:
    job = glue.job(NO_SCRIPT)
    with token(glue.client, "StartJobRun", job):
        glue("StartJobRun", JobName=job)
        with pytest.raises(glue.client.exceptions.IdempotentParameterMismatchException):
            glue("StartJobRun", JobName=job, Arguments={"--a": "1"})
    # It is a token of that operation.
    with token(glue.client, "CreateJob", job):
        assert glue.job(NO_SCRIPT) != job


def test_a_call_that_failed_has_not_used_its_token(glue: Glue, error_of: ErrorOf) -> None:
    name = f"job-{uuid.uuid4().hex}"
    with token(glue.client, "StartJobRun", name):
        assert error_of(glue.client.start_job_run, JobName=name)[0] == "EntityNotFoundException"
        command = {"Name": "pythonshell", "ScriptLocation": NO_SCRIPT}
        glue("CreateJob", Name=name, Role="r", Command=command)
        started = glue("StartJobRun", JobName=name)["JobRunId"]
    assert run_ids(glue, name) == [started]


@pytest.mark.parametrize("text", ["", "x" * 256, "é", "a\tb"])
def test_what_is_no_token_is_refused(glue: Glue, openglue: Any, text: str) -> None:
    job = glue.job(NO_SCRIPT)
    status, answer = start(openglue.url, json.dumps({"JobName": job}).encode(), **{TOKEN: text})
    assert status == 400
    assert json.loads(answer)["__type"] == "InvalidInputException"
    assert run_ids(glue, job) == []


def test_a_token_may_have_255_characters_and_means_nothing_to_what_can_be_repeated(glue: Glue) -> None:
    job = glue.job(NO_SCRIPT)
    with token(glue.client, "StartJobRun", f"{job:x<255}"):
        assert glue.start(job) == glue.start(job)
    with token(glue.client, "GetJob", "x" * 300):
        assert glue("GetJob", JobName=job)["Job"]["Name"] == job
