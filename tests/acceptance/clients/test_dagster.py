"""Dagster's PipesGlueClient: real materialisations of an asset, whose work is a real job run."""

from __future__ import annotations

import json
import signal
import textwrap
from pathlib import Path
from typing import Any

import psutil
import pytest
from tests.acceptance.clients.conftest import SLEEPING, one
from tests.acceptance.clients.dagster import Dagster
from tests.acceptance.conftest import Glue

# Room for the installation that the first test waits for; a program has a deadline of its own.
pytestmark = [pytest.mark.long, pytest.mark.timeout(1800)]

#: Extras that must arrive as they are, in text that is compressed and has every letter of base64.
EXTRAS: dict[str, Any] = {"text": 'Zoë\'s 50 % = "half"\n', "numbers": [*range(2000)]}
REPORT = """
import sys
from dagster_pipes import PipesCliArgsParamsLoader, open_dagster_pipes
with open_dagster_pipes(params_loader=PipesCliArgsParamsLoader()) as pipes:
"""


def script(dagster: Dagster, glue: Glue, body: str) -> str:
    """A job whose script talks to Dagster."""
    text = textwrap.dedent(REPORT) + textwrap.indent(textwrap.dedent(body), "    ")
    return glue.job(text, DefaultArguments={"--extra-py-files": str(dagster.pipes)})


def test_what_the_script_reports_is_the_assets_materialisation(glue: Glue, dagster: Dagster) -> None:
    body = """
        pipes.log.info("counted")
        pipes.report_asset_materialization(
            metadata={"rows": 42, "extras": {"raw_value": pipes.extras, "type": "json"}}, data_version="v7"
        )
    """
    job = script(dagster, glue, body)
    with dagster.materialize(job, extras=EXTRAS, Arguments={"--day": "friday"}) as made:
        known = made.known()
    run = one(glue, job)
    assert known["failures"] == []
    assert (known["metadata"]["rows"], known["metadata"]["extras"]) == (42, EXTRAS)
    assert known["metadata"]["AWS Glue Job Run ID"] == run["Id"]
    assert known["tags"]["dagster/data_version"] == "v7"
    assert run["Arguments"].keys() == {"--day", "--dagster-pipes-context", "--dagster-pipes-messages"}
    assert " - orders - counted\n" in made.program.said


def test_each_line_of_the_script_is_one_event_and_forwarded_as_it_is(glue: Glue, dagster: Dagster) -> None:
    printed = ["plain", "  indented\ttab ", "Zoë ✓", '{"a": 1}', "x" * 100_000, *(f"line {n}" for n in range(2000))]
    job = script(dagster, glue, f"print(*{printed!r}, sep='\\n')\nprint('aside', file=sys.stderr)")
    with dagster.materialize(job) as made:
        assert made.known()["failures"] == []
        assert made.forwarded() == printed
    opened, *events, closed = glue.text(one(glue, job)).split("\n")
    assert events == printed
    assert [json.loads(line)["method"] for line in (opened, closed)] == ["opened", "closed"]


def test_context_and_messages_go_through_s3(glue: Glue, dagster: Dagster, openglue: Any) -> None:
    bucket = openglue.bucket("dagster-pipes")
    text = """
        import boto3
        import dagster_pipes
        s3 = boto3.client("s3")
        with dagster_pipes.open_dagster_pipes(
            params_loader=dagster_pipes.PipesCliArgsParamsLoader(),
            context_loader=dagster_pipes.PipesS3ContextLoader(client=s3),
            message_writer=dagster_pipes.PipesS3MessageWriter(client=s3, interval=0.2),
        ) as pipes:
            pipes.report_asset_materialization(metadata={"extras": {"raw_value": pipes.extras, "type": "json"}})
    """
    job = glue.job(text, DefaultArguments={"--extra-py-files": str(dagster.pipes)})
    with dagster.materialize(job, extras=EXTRAS, bucket=bucket.name) as made:
        known = made.known()
    assert known["failures"] == []
    assert known["metadata"]["extras"] == EXTRAS
    assert not [*bucket.rglob("context.json")], "Dagster deletes the context at the end"


def test_a_failed_run_fails_the_asset_with_the_runs_error_message(glue: Glue, dagster: Dagster) -> None:
    job = glue.job("raise ValueError('broken')")
    with dagster.materialize(job) as made:
        [failure] = made.known()["failures"]
    run = one(glue, job)
    ended = f"RuntimeError: Glue job {job} run {run['Id']} completed with status FAILED :\nValueError: broken\n"
    assert ended in failure


def test_an_interrupted_materialisation_stops_its_run(glue: Glue, dagster: Dagster, tmp_path: Path) -> None:
    job = glue.job(SLEEPING.format(file=tmp_path / "pid"))
    with dagster.materialize(job) as made:
        made.program.until((tmp_path / "pid").exists, "the script's start")
        made.program.until(lambda: "Started AWS Glue job" in made.program.said, "knowing of the run")
        made.program.interrupt(signal.SIGINT)
        [failure] = made.known()["failures"]
        run_id = one(glue, job)["Id"]
        assert f"Successfully stopped Glue job run {run_id}." in made.program.said
    assert "DagsterExecutionInterruptedError" in failure
    assert glue.wait(job, run_id)["JobRunState"] == "STOPPED"
    assert not psutil.pid_exists(int((tmp_path / "pid").read_text()))


def test_a_start_beyond_the_limit_fails_the_asset_and_names_the_error(glue: Glue, dagster: Dagster) -> None:
    job = glue.job("import time; time.sleep(600)")
    run_id = glue.start(job)
    with dagster.materialize(job) as made:
        [failure] = made.known()["failures"]
    assert "ConcurrentRunsExceededException" in failure
    reason = f"ConcurrentRunsExceededException: Concurrent runs exceeded for {job}"
    assert f"Couldn't create job {job}. Here's why: {reason}" in made.program.said
    glue("BatchStopJobRun", JobName=job, JobRunIds=[run_id])
    assert glue.wait(job, run_id)["JobRunState"] == "STOPPED"
