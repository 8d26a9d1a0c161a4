"""OpenGlue's own operations on the wire: the same protocol and the same checks as Glue's."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import pytest

from openglue.api.aws_json import conforms, load_service
from openglue.cli.failure import ServiceError
from openglue.cli.service import Service

SCRIPT = "import sys\nprint('é', file=sys.stderr)\nraise ValueError('no such day')\n"


@pytest.fixture
def own(openglue: Any) -> Any:
    """Call an operation; its answer must be what the model says."""
    service, model = Service(openglue.url), load_service("openglue")

    def call(operation: str, **members: Any) -> dict[str, Any]:
        answer = service.own(operation, **members)
        found = conforms(
            model.operations[operation], {**answer, **({"Definition": {}} if "Definition" in answer else {})}
        )
        assert found == []
        return answer

    return call


@pytest.fixture
def refused(own: Any) -> Any:
    """Call an operation that is refused: the error's code and message."""

    def call(operation: str, **members: Any) -> tuple[str, str]:
        with pytest.raises(ServiceError) as caught:
            own(operation, **members)
        return caught.value.shape, str(caught.value)

    return call


def test_the_history_of_a_run_says_all_that_is_known_of_it(own: Any, glue: Any):
    job = glue.job(SCRIPT, Timeout=9, NonOverridableArguments={"--fixed": "1"})
    run_id = glue.start(job, Arguments={"--day": "tue"})
    run = glue.wait(job, run_id, {"FAILED"})
    history = own("GetJobRunHistory", RunId=run_id)
    assert history["JobRun"]["ErrorMessage"] == run["ErrorMessage"]
    assert history["MergedArguments"] == {"library-set": "none", "--day": "tue", "--fixed": "1"}
    assert history["Definition"]["Timeout"] == 9
    # That its runner was launched may be written down after all of this.
    causes = [entry["Cause"] for entry in history["Ledger"] if entry["Cause"] != "launched"]
    assert causes == ["accepted", "claimed", "started", "ended"]
    assert "From" not in history["Ledger"][0]
    outcome = {name: history["Outcome"][name] for name in ("Ending", "ExitCode", "Exception", "Message", "Line")}
    assert outcome == {
        "Ending": "exited",
        "ExitCode": 1,
        "Exception": "ValueError",
        "Message": "no such day",
        "Line": 3,
    }
    assert history["Environment"]["Runtime"] == "pythonshell-none"
    assert history["Environment"]["Python"].startswith("3.11.")
    assert history["ScriptSha256"] == sha256(SCRIPT.encode()).hexdigest()
    assert own("GetScript", Sha256=history["ScriptSha256"])["Text"] == SCRIPT
    assert {"QueuePosition", "RetriedAs", "NotBefore", "QueueUntil"}.isdisjoint(history)


def test_what_there_is_not_is_not_found(refused: Any):
    assert refused("GetJobRunHistory", RunId="jr_0")[0] == "EntityNotFoundException"
    assert refused("GetScript", Sha256="0" * 64)[0] == "EntityNotFoundException"
    assert refused("ListJobRuns", JobName="no-such-job")[0] == "EntityNotFoundException"


def test_requests_are_checked_as_glues_are(refused: Any):
    assert refused("GetJobRunHistory")[0] == "ValidationException"
    assert refused("GetScript", Sha256="../etc/passwd")[0] == "ValidationException"
    assert "enum value set" in refused("ListJobRuns", JobRunStates=["DONE"])[1]
    assert refused("ListJobRuns", MaxResults=201)[0] == "ValidationException"
    assert refused("FindJobRuns", RunIdPrefix="jr_%")[0] == "ValidationException"
    assert refused("ListJobRuns", StartedAfter="yesterday")[0] == "SerializationException"


def test_a_page_goes_on_where_it_ended_and_only_for_the_same_question(own: Any, refused: Any, glue: Any):
    job = glue.job("print(1)", ExecutionProperty={"MaxConcurrentRuns": 5})
    started = [glue.start(job) for _ in range(3)]
    first = own("ListJobRuns", JobName=job, MaxResults=2)
    rest = own("ListJobRuns", JobName=job, MaxResults=2, NextToken=first["NextToken"])
    assert [run["Id"] for run in (*first["JobRuns"], *rest["JobRuns"])] == started[::-1]
    assert "NextToken" not in rest
    for other in ({}, {"JobName": job, "JobRunStates": ["FAILED"]}):
        assert refused("ListJobRuns", **other, NextToken=first["NextToken"])[0] == "InvalidInputException"


def test_a_token_of_a_job_is_not_good_for_one_of_the_same_name(own: Any, refused: Any, glue: Any):
    script = glue.script("print(1)")
    job = glue.job(script, ExecutionProperty={"MaxConcurrentRuns": 5})
    for _ in range(2):
        glue.start(job)
    token = own("ListJobRuns", JobName=job, MaxResults=1)["NextToken"]
    glue.client.delete_job(JobName=job)
    glue.client.create_job(Name=job, Role="r", Command={"Name": "pythonshell", "ScriptLocation": script})
    assert refused("ListJobRuns", JobName=job, NextToken=token)[0] == "InvalidInputException"
