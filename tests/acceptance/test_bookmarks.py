"""Job bookmarks beyond the contract: what a script may do, and the operations over versions."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.acceptance.conftest import Glue
from tests.acceptance.waiting import Runs
from tests.bookmarked import Script, state

from openglue.api.aws_json import conforms, load_service
from openglue.cli.failure import ServiceError
from openglue.cli.service import Service
from openglue.model.bookmark_entry import MOST_BYTES
from openglue.model.tokens import Role
from openglue.testing import OpenGlue

ErrorOf = Callable[..., tuple[str, str]]


@pytest.fixture
def runs(glue: Glue, openglue: OpenGlue, tmp_path: Path) -> Iterator[Runs]:
    made = Runs(glue, openglue, tmp_path)
    yield made
    made.end()


@pytest.fixture
def own(openglue: OpenGlue) -> Callable[..., dict[str, Any]]:
    """Call one of OpenGlue's operations; its answer must be what the model says."""
    service, model = Service(openglue.url), load_service("openglue")

    def call(operation: str, **members: Any) -> dict[str, Any]:
        answer = service.own(operation, **members)
        assert conforms(model.operations[operation], answer) == []
        return answer

    return call


@pytest.fixture
def refused(own: Callable[..., dict[str, Any]]) -> Callable[..., tuple[str, str]]:
    """Call an operation that is refused: the error's code and message."""

    def call(operation: str, **members: Any) -> tuple[str, str]:
        with pytest.raises(ServiceError) as caught:
            own(operation, **members)
        shape = caught.value.shape
        return shape, str(caught.value).removesuffix(f" ({shape})")

    return call


#: Calls the service as the library does, and tells what it was answered; and which of its processes have the token.
CALLS = """
import json, os, urllib.error, urllib.request
from pathlib import Path

def call(verb, body):
    where = f"{os.environ['OPENGLUE_RUN_URL']}/{verb}?fence={os.environ['OPENGLUE_RUN_FENCE']}"
    headers = {"Authorization": f"Bearer {os.environ['OPENGLUE_RUN_TOKEN']}"}
    request = urllib.request.Request(where, json.dumps(body).encode(), headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)

state = {"src": {"jsonClass": "RelationalizeJobBookmarkState", "ids": {"n": "1"}}}
begun = call("bookmark/begin", {"option": "job-bookmark-enable"})
children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
print(json.dumps({
    "begun": begun,
    "committed": call("bookmark/commit", {"rev": 0, "state": state, "sources": {"src": {"kind": "s3"}}}),
    "closed": [call(verb, {})[0] for verb in ("started", "intent", "logs/output", "finished", "bookmark", "x")],
    "server": json.loads(Path(os.environ["OPENGLUE_RUN_SERVER_FILE"]).read_text())["url"],
    "beside": [b"OPENGLUE_RUN_TOKEN" in Path(f"/proc/{child}/environ").read_bytes() for child in children],
}))
"""


@pytest.mark.spark
def test_a_spark_script_reaches_its_bookmark_and_nothing_else(
    glue: Glue, openglue: OpenGlue, own: Callable[..., dict[str, Any]]
) -> None:
    run = glue.run(CALLS, kind="glueetl")
    assert run["JobRunState"] == "SUCCEEDED", run.get("ErrorMessage")
    told = json.loads(glue.text(run))
    status, begun = told["begun"]
    assert status == 200
    assert begun == {
        "rev": 0,
        "version": 1,
        "run": 1,
        "attempt": 0,
        "state": {},
        "from_state": None,
        "to_state": None,
        "started_on": round(run["StartedOn"].timestamp() * 1000),
    }
    assert told["committed"] == [200, {"rev": 1}]
    assert told["closed"] == [401, 401, 401, 401, 404, 404]
    assert told["server"] == openglue.url, "where it finds the server that started again elsewhere"
    assert told["beside"] == [False], "the JVM, from which Spark's Python workers come, has no token"
    history = Service(openglue.url).own("GetJobRunHistory", RunId=run["Id"])
    assert [entry["Detail"] for entry in history["Ledger"] if entry["Cause"] == "bookmark committed"] == ["version 2"]
    secret = Script.of(openglue.url, openglue.data, run["Id"]).token
    for place in (json.dumps(history), glue.text(run), glue.text(run, "error")):
        assert secret not in place
        assert "OPENGLUE_RUN" not in place
    version = own("GetJobBookmarkVersion", JobName=run["JobName"])
    assert version["JobBookmarkEntry"] == glue("GetJobBookmark", JobName=run["JobName"])["JobBookmarkEntry"]
    assert json.loads(version["Sources"]) == {"src": {"kind": "s3"}}


def test_a_python_shell_script_has_no_bookmark(glue: Glue) -> None:
    run = glue.run("import os\nprint([name for name in os.environ if name.startswith('OPENGLUE_RUN_')])")
    assert glue.text(run) == "[]"


def test_a_token_is_good_for_one_run_under_one_fence(runs: Runs, openglue: OpenGlue) -> None:
    job, other = runs.job(), runs.job()
    script, foreign = runs.start(job), runs.start(other)
    for wrong in (
        replace(script, token=foreign.token),
        replace(script, run_id=foreign.run_id),
        replace(script, fence=script.fence + 1),
        replace(script, token=""),
    ):
        assert wrong.begin() == (401, {"reason": "the token is not this run's"})
    assert Script.of(openglue.url, openglue.data, script.run_id, Role.RUNNER).begin()[0] == 200


def test_a_run_that_is_over_moves_no_bookmark(runs: Runs) -> None:
    job = runs.job()
    script = runs.start(job)
    rev = script.begin()[1]["rev"]
    runs.end()
    assert script.commit(rev, state(1)) == (409, {"reason": "stale"})
    assert script.begin() == (409, {"reason": "stale"})


@pytest.mark.parametrize(
    ("verb", "body", "said"),
    [
        ("begin", b"", "the call cannot be read: Input data was truncated"),
        ("begin", b"[]", "the call cannot be read: Expected `object`, got `array`"),
        ("begin", {"option": "job-bookmark-disable"}, "option is 'job-bookmark-disable': job-bookmark-enable or"),
        ("begin", {"option": "job-bookmark-pause", "from": "jr_1"}, "from and to come together"),
        ("begin", {"option": "job-bookmark-enable", "from": "a", "to": "b"}, "and with job-bookmark-pause"),
        ("begin", {"option": "job-bookmark-pause", "from": "jr_1", "to": "jr_2"}, "job run jr_1 is no run of job"),
        ("commit", {"rev": 0, "state": {}}, "the call cannot be read: Object missing required field `sources`"),
        ("commit", {"rev": "0", "state": {}, "sources": {}}, "Expected `int`, got `str` - at `$.rev`"),
        ("commit", {"rev": 0, "state": {"c": {"n": 1}}, "sources": {}}, "Expected `str | object`, got `int`"),
        ("commit", {"rev": 0, "state": {"c": {"n": "1"}}, "sources": {}}, "context 'c' has no jsonClass"),
        ("commit", {"rev": 9, "state": {}, "sources": {}}, "has no rev 9"),
        ("commit", b'{"rev": 0, "state": {}, "sources": {"a": {"b": ' + b"[" * 100_000, "the call cannot be read"),
        (
            "commit",
            {"rev": 0, "state": {"c": {"jsonClass": "X", "n": "x" * MOST_BYTES}}, "sources": {}},
            "The state of a bookmark has 1048606 bytes: 1048576 are kept at most",
        ),
    ],
)
def test_what_a_script_gets_wrong_is_said_in_a_sentence(waiting: Script, verb: str, body: Any, said: str) -> None:
    status, answer = waiting.call(f"bookmark/{verb}", body)
    assert status == 400
    assert said in answer["reason"]


@pytest.fixture(scope="module")
def waiting(glue: Glue, openglue: OpenGlue, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Script]:
    """The script of a run that has begun."""
    made = Runs(glue, openglue, tmp_path_factory.mktemp("waiting"))
    script = made.start(made.job())
    assert script.begin()[0] == 200
    yield script
    made.end()


def test_a_run_that_pauses_reads_a_range_and_writes_nothing(
    runs: Runs, own: Callable[..., dict[str, Any]], refused: Callable[..., tuple[str, str]]
) -> None:
    job = runs.job()
    ids = [runs.successful(job, number) for number in (1, 2, 3)]
    before = own("ListJobBookmarkVersions", JobName=job)
    script = runs.start(job)
    paused = {"option": "job-bookmark-pause"}
    status, looked = script.call("bookmark/begin", {**paused, "from": ids[0], "to": ids[2]})
    assert status == 200
    assert (looked["state"], looked["from_state"], looked["to_state"]) == (state(3), state(1), state(3))
    assert script.call("bookmark/begin", paused)[1]["from_state"] is None
    assert script.call("bookmark/begin", {**paused, "from": ids[1], "to": ids[1]})[0] == 400
    status, answer = script.commit(looked["rev"], state(4))
    assert (status, answer["reason"]) == (
        400,
        f"job run {script.run_id} has not begun with job-bookmark-enable: it moves no bookmark",
    )
    assert own("ListJobBookmarkVersions", JobName=job) == before


def test_versions_are_listed_and_read_and_gone_back_to(
    runs: Runs, own: Callable[..., dict[str, Any]], refused: Callable[..., tuple[str, str]]
) -> None:
    job = runs.job()
    first, second = runs.successful(job, 1), runs.successful(job, 2)
    runs.glue("ResetJobBookmark", JobName=job)
    page = own("ListJobBookmarkVersions", JobName=job, MaxResults=3)
    rest = own("ListJobBookmarkVersions", JobName=job, MaxResults=3, NextToken=page["NextToken"])
    assert "NextToken" not in rest
    versions = page["Versions"] + rest["Versions"]
    assert [(version["Version"], version["Change"], version.get("ChangedByRunId")) for version in versions] == [
        (5, "RESET", None),
        (4, "COMMIT", second),
        (3, "BEGIN", second),
        (2, "COMMIT", first),
        (1, "BEGIN", first),
    ]
    assert own("GetJobBookmarkVersion", JobName=job)["JobBookmarkEntry"]["JobBookmark"] == "{}"
    seen = own("GetJobBookmarkVersion", JobName=job, Version=3)
    assert (json.loads(seen["JobBookmarkEntry"]["JobBookmark"]), seen["Change"]) == (state(1), "BEGIN")
    back = own("RewindJobBookmark", JobName=job, RunId=second)["JobBookmarkEntry"]
    assert (json.loads(back["JobBookmark"]), back["Version"], back["Run"]) == (state(2), 6, 3)
    back = own("RewindJobBookmark", JobName=job, Version=2)["JobBookmarkEntry"]
    assert (json.loads(back["JobBookmark"]), back["Version"], back["RunId"]) == (state(1), 7, first)
    assert refused("GetJobBookmarkVersion", JobName=job, Version=8) == (
        "InvalidInputException",
        f"The bookmark of job {job} has no version 8, or has it no longer",
    )
    other = runs.job()
    runs.successful(other, 1)
    assert refused("ListJobBookmarkVersions", JobName=other, NextToken=page["NextToken"])[0] == "InvalidInputException"


def test_a_rewind_needs_one_place_to_go_to(runs: Runs, refused: Callable[..., tuple[str, str]]) -> None:
    job = runs.job()
    run_id = runs.successful(job, 1)
    for request in ({}, {"RunId": run_id, "Version": 2}):
        code, message = refused("RewindJobBookmark", JobName=job, **request)
        assert (code, message) == (
            "InvalidInputException",
            "A bookmark is rewound to a RunId or to a Version: one of them is needed",
        )
    for operation in ("ListJobBookmarkVersions", "GetJobBookmarkVersion", "RewindJobBookmark"):
        assert refused(operation, JobName="no-such-job", **({"Version": 1} if "Rewind" in operation else {})) == (
            "EntityNotFoundException",
            "Continuation for job no-such-job not found",
        )


def test_what_was_exported_is_imported_and_gone_on_from(runs: Runs, own: Callable[..., dict[str, Any]]) -> None:
    job, copy = runs.job(), runs.job()
    script = runs.start(job)
    assert script.commit(script.begin()[1]["rev"], state(7), src={"kind": "s3", "paths": ["s3://b/in/"]})[0] == 200
    exported = own("GetJobBookmarkVersion", JobName=job)
    entry = {name: value for name, value in exported["JobBookmarkEntry"].items() if name != "JobName"}
    put = own("ImportJobBookmark", JobName=copy, JobBookmarkEntry=entry, Sources=exported["Sources"])
    assert put["JobBookmarkEntry"] == {**entry, "JobName": copy, "Version": 1}
    assert own("GetJobBookmarkVersion", JobName=copy)["Sources"] == exported["Sources"]
    begun = runs.start(copy).begin()[1]
    assert (begun["state"], begun["run"], begun["attempt"]) == (state(7), 2, 0)
    large = json.dumps({"src": {"kind": "s3", "paths": ["s3://b/"] * 80_000}}, separators=(",", ":"))
    own("ImportJobBookmark", JobName=copy, JobBookmarkEntry=entry, Sources=large)
    assert own("GetJobBookmarkVersion", JobName=copy)["Sources"] == large, "more than other calls may have"
    own("ImportJobBookmark", JobName=copy, JobBookmarkEntry=entry, Sources=exported["Sources"])
    own("ImportJobBookmark", JobName=copy, JobBookmarkEntry={"JobBookmark": "{}"})
    assert own("GetJobBookmarkVersion", JobName=copy)["Sources"] == exported["Sources"], "they stay where they were"


def test_an_entry_that_nothing_can_go_on_from_is_refused(
    glue: Glue, refused: Callable[..., tuple[str, str]], error_of: ErrorOf
) -> None:
    job = glue.job("print()")
    for entry, said in (
        ({"JobBookmark": "not json"}, "JobBookmark cannot be read"),
        ({"JobName": "other", "JobBookmark": "{}"}, f"The entry is of job other, not of {job}"),
        ({"JobBookmark": '{"c":{"jsonClass":"Foreign"}}'}, "No run here can go on from context 'c'"),
    ):
        code, message = refused("ImportJobBookmark", JobName=job, JobBookmarkEntry=entry)
        assert code == "InvalidInputException"
        assert said in message
    assert refused("ImportJobBookmark", JobName="no-such-job", JobBookmarkEntry={"JobBookmark": "{}"}) == (
        "EntityNotFoundException",
        "Job with name: no-such-job not found.",
    )
    assert error_of(glue.client.get_job_bookmark, JobName=job)[0] == "EntityNotFoundException"


def test_a_reset_that_boto3_sends_again_is_done_once(
    runs: Runs, openglue: OpenGlue, own: Callable[..., dict[str, Any]]
) -> None:
    job = runs.job()
    runs.successful(job, 1)
    client, name = openglue.client("glue"), os.urandom(8).hex()
    client.meta.events.register(
        "before-send.glue.ResetJobBookmark",
        lambda request, **_: request.headers.__setitem__("X-OpenGlue-Idempotency-Token", name),
    )
    answers = [client.reset_job_bookmark(JobName=job)["JobBookmarkEntry"]["Version"] for _ in range(2)]
    assert answers == [3, 3]
    assert own("ListJobBookmarkVersions", JobName=job)["Versions"][0]["Version"] == 3
