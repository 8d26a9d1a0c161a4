"""Pages of GetJobRuns (contract 9)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from tests.acceptance.conftest import Glue
from tests.acceptance.contract.conftest import SLEEP

ErrorOf = Callable[..., tuple[str, str]]


@pytest.fixture(scope="session")
def history(crowded: Glue) -> tuple[str, list[str]]:
    """A job, and its 203 runs, newest first."""
    name = crowded.job(SLEEP, ExecutionProperty={"MaxConcurrentRuns": 1000})
    return name, [crowded.start(name) for _ in range(203)][::-1]


def ids(page: dict[str, Any]) -> list[str]:
    return [run["Id"] for run in page["JobRuns"]]


@pytest.mark.contract("1.7", "9.1", "9.2")
def test_a_page_has_as_many_of_the_newest_runs_as_were_asked_for(
    crowded: Glue, history: tuple[str, list[str]], error_of: ErrorOf
) -> None:
    name, runs = history
    assert ids(crowded("GetJobRuns", JobName=name, MaxResults=200)) == runs[:200]
    assert ids(crowded("GetJobRuns", JobName=name, MaxResults=1)) == runs[:1]
    code, message = error_of(crowded.client.get_job_runs, JobName=name, MaxResults=201)
    assert (code, "less than or equal to 200" in message) == ("ValidationException", True)


@pytest.mark.contract("9.3", "9.4")
def test_a_page_of_no_size_has_two_hundred_and_the_last_one_no_token(
    crowded: Glue, history: tuple[str, list[str]]
) -> None:
    name, runs = history
    first = crowded("GetJobRuns", JobName=name)
    assert ids(first) == runs[:200]
    last = crowded("GetJobRuns", JobName=name, NextToken=first["NextToken"])
    assert ids(last) == runs[200:]
    assert "NextToken" not in last
    exact = crowded("GetJobRuns", JobName=name, MaxResults=3, NextToken=first["NextToken"])
    assert (ids(exact), "NextToken" in exact) == (runs[200:], False)


@pytest.mark.contract("9.1")
@pytest.mark.parametrize("size", [1, 7, 200])
def test_pages_of_every_size_make_the_same_list(crowded: Glue, history: tuple[str, list[str]], size: int) -> None:
    name, runs = history
    wanted = 20 if size == 1 else len(runs)
    pages = crowded.client.get_paginator("get_job_runs").paginate(
        JobName=name, PaginationConfig={"PageSize": size, "MaxItems": wanted}
    )
    assert [run["Id"] for page in pages for run in page["JobRuns"]] == runs[:wanted]


@pytest.mark.contract("9.9")
def test_a_job_without_runs_has_an_empty_list(glue: Glue) -> None:
    answer = glue("GetJobRuns", JobName=glue.job("print()"))
    assert answer["JobRuns"] == []
    assert "NextToken" not in answer


@pytest.mark.contract("9.5")
def test_a_token_is_good_for_what_it_was_given_for_only(
    crowded: Glue, history: tuple[str, list[str]], error_of: ErrorOf
) -> None:
    name, _ = history
    token = crowded("GetJobRuns", JobName=name, MaxResults=2)["NextToken"]
    other = crowded.job(SLEEP)
    for _ in range(2):
        crowded.job(SLEEP)
    of_jobs = crowded("ListJobs", MaxResults=1)["NextToken"]
    forged = token[:-2] + ("00" if token[-2:] != "00" else "01")
    for job, given in ((other, token), (name, of_jobs), (name, forged), (name, "x")):
        code, _ = error_of(crowded.client.get_job_runs, JobName=job, NextToken=given)
        assert code == "InvalidInputException", given
    assert error_of(crowded.client.list_jobs, NextToken=token)[0] == "InvalidInputException"
    # Some clients send an empty one for the first page.
    first = [run["Id"] for run in crowded("GetJobRuns", JobName=name, MaxResults=2)["JobRuns"]]
    assert [run["Id"] for run in crowded("GetJobRuns", JobName=name, MaxResults=2, NextToken="")["JobRuns"]] == first


@pytest.mark.contract("9.5")
def test_a_token_of_a_deleted_job_is_not_good_for_the_next_of_its_name(crowded: Glue, error_of: ErrorOf) -> None:
    name = crowded.job(SLEEP, ExecutionProperty={"MaxConcurrentRuns": 5})
    for _ in range(3):
        crowded.start(name)
    token = crowded("GetJobRuns", JobName=name, MaxResults=1)["NextToken"]
    definition = crowded("GetJob", JobName=name)["Job"]
    crowded("DeleteJob", JobName=name)
    crowded("CreateJob", Name=name, Role="r", Command=definition["Command"])
    assert error_of(crowded.client.get_job_runs, JobName=name, NextToken=token)[0] == "InvalidInputException"
    assert crowded("GetJobRuns", JobName=name)["JobRuns"] == []


@pytest.mark.contract("9.13")
def test_pages_have_no_gap_and_no_run_twice_while_others_start_runs(crowded: Glue) -> None:
    """Readers turn pages while writers start runs; each sees all that was there when it began, in order."""
    name = crowded.job(SLEEP, ExecutionProperty={"MaxConcurrentRuns": 2000})
    started = [crowded.start(name) for _ in range(20)]
    read: list[tuple[list[str], list[str]]] = []
    done = threading.Event()

    def write() -> None:
        while not done.is_set() and len(started) < 80:
            started.append(crowded.start(name))

    def turn() -> None:
        for _ in range(10):
            there = started.copy()
            pages = crowded.client.get_paginator("get_job_runs").paginate(
                JobName=name, PaginationConfig={"PageSize": 3}
            )
            read.append((there, [run["Id"] for page in pages for run in page["JobRuns"]]))

    writers = [threading.Thread(target=write) for _ in range(2)]
    readers = [threading.Thread(target=turn) for _ in range(3)]
    for thread in (*writers, *readers):
        thread.start()
    for thread in readers:
        thread.join(60)
    done.set()
    for thread in writers:
        thread.join(60)
    pages = crowded.client.get_paginator("get_job_runs").paginate(JobName=name)
    everything = [run["Id"] for page in pages for run in page["JobRuns"]]
    assert set(everything) == set(started)
    assert len(read) == 30
    for there, seen in read:
        assert len(seen) == len(set(seen)), "no run twice"
        assert set(there) <= set(seen), "no gap"
        first = everything.index(seen[0])
        assert seen == everything[first:], "every run behind the newest one that was seen"
