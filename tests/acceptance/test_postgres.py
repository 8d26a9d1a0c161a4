"""The same service on PostgreSQL: accepted, killed, found again."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest
from botocore.exceptions import ClientError
from sqlalchemy import create_engine, text
from tests.conftest import wait_for
from tests.faults.conftest import BIN, Server


def created_at_once(create_one: Callable[[], object], callers: int) -> list[str]:
    """What callers are told who create something of the same name at the same time."""
    barrier = threading.Barrier(callers)

    def create(_number: int) -> str:
        barrier.wait(30)
        try:
            create_one()
        except ClientError as error:
            return str(error.response["Error"]["Code"])
        return "created"

    with ThreadPoolExecutor(callers) as pool:
        return sorted(pool.map(create, range(callers)))


@pytest.mark.timeout(180)
def test_runs_live_in_postgres_and_outlive_the_server(postgres_url: str, tmp_path: Path) -> None:
    server = Server(tmp_path / "data", "--db", postgres_url)
    server.start()
    try:
        job = server.job("import time\nprint('begin', flush=True)\ntime.sleep(2)\nprint('end')")
        run_id = server.start_run(job)
        wait_for(lambda: server.starts(job))
        server.kill()
        server.start()
        run = server.ended(job, run_id)
        assert run["JobRunState"] == "SUCCEEDED", run
        assert server.starts(job) == 1
        page = server.logs.get_log_events(
            logGroupName=f"{run['LogGroupName']}/output", logStreamName=run_id, startFromHead=True
        )
        assert [event["message"] for event in page["events"]] == ["begin", "end"]
        stopped = server.start_run(job)
        # At once: the stop races with the claim, and must win or wait, but never get lost.
        assert server.glue.batch_stop_job_run(JobName=job, JobRunIds=[stopped])["Errors"] == []
        assert server.ended(job, stopped)["JobRunState"] == "STOPPED"
        command = {"Name": "pythonshell", "ScriptLocation": "s3://b/s"}
        for create_one in (
            partial(server.glue.create_job, Name="same", Role="r", Command=command),
            partial(server.glue.create_trigger, Name="same", Type="ON_DEMAND", Actions=[{"JobName": "same"}]),
        ):
            assert created_at_once(create_one, 20) == ["AlreadyExistsException"] * 19 + ["created"]
    finally:
        assert server.stop() == 0
    engine = create_engine(postgres_url.replace("postgresql://", "postgresql+psycopg://", 1))
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM runs WHERE active = 1")).scalar() == 0
    engine.dispose()
    assert not (tmp_path / "data" / "openglue.db").exists()


def test_a_database_that_does_not_answer_is_said_in_a_sentence(tmp_path: Path) -> None:
    done = subprocess.run(
        [BIN / "openglue", "serve", "--data", tmp_path, "--port", "0", "--db", "postgresql://127.0.0.1:1/x"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert "cannot be opened" in done.stderr
    assert "Traceback" not in done.stderr
    assert sys.executable not in done.stderr
