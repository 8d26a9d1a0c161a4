"""Contract 7, the service's half: what a job's bookmark says after runs that commit, fail, and are reset."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.acceptance.conftest import Glue
from tests.acceptance.waiting import Runs
from tests.bookmarked import state

from openglue.testing import OpenGlue


@pytest.fixture
def runs(glue: Glue, openglue: OpenGlue, tmp_path: Path) -> Iterator[Runs]:
    made = Runs(glue, openglue, tmp_path)
    yield made
    made.end()


@pytest.mark.contract("7.6")
def test_an_entry_after_two_runs_is_as_those_that_were_seen(runs: Runs) -> None:
    job = runs.job()
    first = runs.successful(job, 1)
    assert runs.entry(job) == {
        "JobName": job,
        "Version": 2,
        "Run": 2,
        "Attempt": 0,
        "RunId": first,
        "JobBookmark": '{"src":{"jsonClass":"RelationalizeJobBookmarkState","ids":{"n":"1"}}}',
    }
    second = runs.successful(job, 2)
    entry = runs.entry(job)
    assert (entry["Version"], entry["Run"], entry["Attempt"]) == (4, 3, 0)
    assert (entry["RunId"], entry["PreviousRunId"]) == (second, first)


@pytest.mark.contract("7.3", "7.4")
def test_a_run_that_does_not_commit_leaves_all_as_it_was_and_is_an_attempt(runs: Runs) -> None:
    job = runs.job()
    first = runs.start(job)
    both = {**state(1, "a"), **state(1, "b")}
    assert first.commit(first.begin()[1]["rev"], both)[0] == 200
    runs.end()
    for attempt in (0, 1):
        runs.failed(job)
        entry = runs.entry(job)
        assert (entry["Run"], entry["Attempt"], entry["RunId"]) == (2, attempt, first.run_id)
        assert json.loads(entry["JobBookmark"]) == both
    last = runs.start(job)
    begun = last.begin()[1]
    assert (begun["state"], begun["run"], begun["attempt"]) == (both, 2, 2)
    assert last.commit(begun["rev"], state(2, "a"))[0] == 200
    entry = runs.entry(job)
    assert (entry["Run"], entry["Attempt"]) == (3, 0)
    assert json.loads(entry["JobBookmark"]) == state(2, "a"), "what is committed is the whole"


@pytest.mark.contract("7.5")
def test_the_second_of_two_runs_that_commit_is_refused(runs: Runs) -> None:
    job = runs.job(ExecutionProperty={"MaxConcurrentRuns": 2})
    one, other = runs.start(job), runs.start(job)
    revs = [script.begin()[1]["rev"] for script in (one, other)]
    assert one.commit(revs[0], state(1)) == (200, {"rev": 1})
    assert other.commit(revs[1], state(2)) == (
        409,
        {"reason": f"the bookmark of job {job} was committed by run {one.run_id} after this run began"},
    )
    assert json.loads(runs.entry(job)["JobBookmark"]) == state(1)


@pytest.mark.contract("7.9")
def test_a_reset_goes_back_to_the_beginning_or_to_a_run(runs: Runs) -> None:
    job = runs.job()
    ids = [runs.successful(job, number) for number in (1, 2, 3)]
    assert json.loads(runs.entry(job, RunId=ids[1])["JobBookmark"]) == state(2)
    back = runs.glue("ResetJobBookmark", JobName=job, RunId=ids[0])["JobBookmarkEntry"]
    assert json.loads(back["JobBookmark"]) == state(1)
    assert back == runs.entry(job)
    script = runs.start(job)
    begun = script.begin()[1]
    assert begun["state"] == state(1), "the next run reads what the second and the third had read"
    assert runs.glue("ResetJobBookmark", JobName=job)["JobBookmarkEntry"]["JobBookmark"] == "{}"
    assert script.commit(begun["rev"], state(4)) == (
        409,
        {"reason": f"the bookmark of job {job} was reset after this run began"},
    )
    assert runs.start(runs.job()).begin()[1]["state"] == {}


@pytest.mark.contract("7.10")
def test_after_a_reset_versions_go_on_and_runs_begin_anew(runs: Runs) -> None:
    job = runs.job()
    first = runs.successful(job, 1)
    runs.successful(job, 2)
    back = runs.glue("ResetJobBookmark", JobName=job, RunId=first)["JobBookmarkEntry"]
    assert (back["Version"], back["Run"], back["Attempt"], back["RunId"]) == (5, 2, 0, first)
    assert "PreviousRunId" not in back
    assert runs.glue("ResetJobBookmark", JobName=job)["JobBookmarkEntry"] == {
        "JobName": job,
        "Version": 6,
        "Run": 1,
        "Attempt": 0,
        "JobBookmark": "{}",
    }


@pytest.mark.contract("7.11")
def test_a_bookmark_goes_with_its_job(runs: Runs, error_of: Callable[..., tuple[str, str]]) -> None:
    job = runs.job()
    runs.successful(job, 1)
    script = runs.start(job)
    rev = script.begin()[1]["rev"]
    runs.glue("DeleteJob", JobName=job)
    runs.glue.client.create_job(
        Name=job, Role="r", Command={"Name": "pythonshell", "ScriptLocation": runs.glue.script("print()")}
    )
    status, answer = script.commit(rev, state(2))
    assert (status, answer["reason"]) == (
        409,
        f"job {job} was deleted after this run was started, and its bookmark with it",
    )
    for operation in (runs.glue.client.get_job_bookmark, runs.glue.client.reset_job_bookmark):
        assert error_of(operation, JobName=job) == (
            "EntityNotFoundException",
            f"Continuation for job {job} not found",
        )


@pytest.mark.contract("7.12")
def test_a_run_that_has_no_bookmark_of_the_job_is_refused(runs: Runs, error_of: Callable[..., tuple[str, str]]) -> None:
    job, other = runs.job(), runs.job()
    runs.successful(job, 1)
    failed, foreign = runs.failed(job), runs.successful(other, 1)
    for operation in (runs.glue.client.get_job_bookmark, runs.glue.client.reset_job_bookmark):
        for run_id, said in (
            ("", "Job run  is no run of job"),
            ("jr_unknown", "Job run jr_unknown is no run of job"),
            (foreign, f"Job run {foreign} is no run of job {job}"),
            (failed, f"Job run {failed} has committed no bookmark"),
        ):
            code, message = error_of(operation, JobName=job, RunId=run_id)
            assert code == "InvalidInputException"
            assert said in message
    assert json.loads(runs.entry(job)["JobBookmark"]) == state(1), "what is refused changes nothing"
