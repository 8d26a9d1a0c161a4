"""The operations of CloudWatch Logs, on a real store."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

import botocore.session
import jmespath
import pytest
from botocore.paginate import PageIterator, TokenDecoder
from hypothesis import given
from hypothesis import strategies as st

from openglue.api.neighbours.logs import OPERATIONS
from openglue.errors import InvalidParameterException, ResourceNotFoundException
from openglue.logs.frame import Position
from openglue.logs.page import Cursor
from openglue.logs.store import LogStore, View

if TYPE_CHECKING:
    from conftest import Logs

START = 1_700_000_000_000
HOUR = 3_600_000
JOBS = "/aws-glue/jobs/output"
ERRORS = "/aws-glue/jobs/error"


def call(logs: Logs, operation: str, **request: Any) -> dict[str, Any]:
    return asyncio.run(OPERATIONS[operation](logs.context, request))


def get(logs: Logs, stream: str = "jr_1", **request: Any) -> dict[str, Any]:
    return call(logs, "GetLogEvents", **{"logGroupName": JOBS, "logStreamName": stream, **request})


def search(logs: Logs, **request: Any) -> dict[str, Any]:
    return call(logs, "FilterLogEvents", **{"logGroupName": JOBS, **request})


def messages(answer: dict[str, Any]) -> list[str]:
    return [event["message"] for event in answer["events"]]


def names(answer: dict[str, Any]) -> list[str]:
    return [stream["logStreamName"] for stream in answer["logStreams"]]


@pytest.fixture
def ten(logs: Logs) -> Logs:
    """A run with ten lines, a millisecond apart."""
    logs.run("jr_1", *((number, str(number)) for number in range(10)))
    return logs


# GetLogEvents


def test_reading_forward_ends_with_the_token_that_was_given(ten: Logs):
    first = get(ten, startFromHead=True, limit=6)
    second = get(ten, nextToken=first["nextForwardToken"], startFromHead=True, limit=6)
    third = get(ten, nextToken=second["nextForwardToken"], startFromHead=True)
    assert (messages(first), messages(second), messages(third)) == (list("012345"), list("6789"), [])
    assert third["nextForwardToken"] == second["nextForwardToken"]
    # What comes later is read with the same token.
    ten.write("jr_1", "output", (10, "10"))
    assert messages(get(ten, nextToken=third["nextForwardToken"])) == ["10"]


def test_reading_begins_with_the_latest_events_unless_told_otherwise(ten: Logs):
    last = get(ten, limit=3)
    earlier = get(ten, nextToken=last["nextBackwardToken"], limit=6)
    first = get(ten, nextToken=earlier["nextBackwardToken"], limit=6)
    none = get(ten, nextToken=first["nextBackwardToken"], limit=6)
    assert [messages(page) for page in (last, earlier, first, none)] == [list("789"), list("123456"), ["0"], []]
    assert none["nextBackwardToken"] == first["nextBackwardToken"]
    assert messages(get(ten, nextToken=none["nextForwardToken"])) == list("0123456789")


def test_the_first_answer_of_an_empty_stream_has_tokens_to_go_on_with(logs: Logs):
    logs.run("jr_1")
    answer = get(logs, startFromHead=True)
    assert answer["events"] == []
    assert get(logs, nextToken=answer["nextForwardToken"]) == answer
    logs.write("jr_1", "output", (0, "hello"))
    assert messages(get(logs, nextToken=answer["nextForwardToken"])) == ["hello"]


@pytest.mark.parametrize("head", [True, False])
def test_a_start_time_is_included_and_an_end_time_is_not(ten: Logs, *, head: bool):
    answer = get(ten, startTime=START + 3, endTime=START + 6, startFromHead=head)
    assert messages(answer) == list("345")


def test_an_event_is_the_line_as_it_was_written(logs: Logs):
    logs.run("jr_1", (5, b"\t 10%\r100% \xff "), (6, b""))
    assert get(logs)["events"] == [
        {"timestamp": START + 5, "message": "\t 10%\r100% � ", "ingestionTime": START + 5},
        {"timestamp": START + 6, "message": "", "ingestionTime": START + 6},
    ]


def test_a_page_is_at_most_a_mebibyte(logs: Logs):
    logs.run("jr_1", *((number, "x" * 200_000) for number in range(6)))
    assert len(get(logs, startFromHead=True)["events"]) == 5


def test_a_page_is_at_most_ten_thousand_events(logs: Logs):
    logs.run("jr_1", *((0, "x") for _ in range(10_001)))
    first = get(logs, startFromHead=True)
    assert len(first["events"]) == 10_000
    assert len(get(logs, nextToken=first["nextForwardToken"])["events"]) == 1


def test_groups_are_named_by_arn_too(ten: Logs):
    for arn in (JOBS, f"arn:aws:logs:us-east-1:000000000000:log-group:{JOBS}", f"arn:aws:logs:::log-group:{JOBS}:*"):
        answer = call(ten, "GetLogEvents", logGroupIdentifier=arn, logStreamName="jr_1")
        assert len(answer["events"]) == 10


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        ({}, "Exactly one"),
        ({"logGroupName": JOBS, "logGroupIdentifier": JOBS}, "Exactly one"),
        ({"logGroupIdentifier": "arn:aws:s3:::bucket"}, "is not the ARN of a log group"),
    ],
)
def test_a_group_must_be_named_once_and_well(ten: Logs, request_: dict[str, str], reason: str):
    with pytest.raises(InvalidParameterException, match=reason):
        call(ten, "GetLogEvents", logStreamName="jr_1", **request_)


@pytest.mark.parametrize("operation", ["GetLogEvents", "FilterLogEvents", "DescribeLogStreams"])
@pytest.mark.parametrize("group", ["/aws-glue/python-jobs/output", "/aws-glue/jobs", "/aws-glue/jobs/other", "/"])
def test_a_group_that_is_not_there_is_not_found(ten: Logs, operation: str, group: str):
    with pytest.raises(ResourceNotFoundException) as refused:
        call(ten, operation, logGroupName=group, logStreamName="jr_1")
    assert refused.value.message == "The specified log group does not exist."


@pytest.mark.parametrize("stream", ["jr_2", "jr", "..", "x" * 512])
def test_a_stream_that_is_not_there_is_not_found(ten: Logs, stream: str):
    for answer in (lambda: get(ten, stream), lambda: search(ten, logStreamNames=["jr_1", stream])):
        with pytest.raises(ResourceNotFoundException) as refused:
            answer()
        assert refused.value.message == "The specified log stream does not exist."


# FilterLogEvents


def test_every_page_but_an_empty_one_has_a_token(ten: Logs):
    """Airflow: the last token it saw goes on where it was, and pages end where there is none."""
    first = search(ten, logStreamNames=["jr_1"], startTime=START, limit=6)
    second = search(ten, logStreamNames=["jr_1"], startTime=START, nextToken=first["nextToken"])
    third = search(ten, logStreamNames=["jr_1"], startTime=START, nextToken=second["nextToken"])
    assert (messages(first), messages(second), messages(third)) == (list("012345"), list("6789"), [])
    assert "nextToken" not in third
    assert third["searchedLogStreams"] == []
    ten.write("jr_1", "output", (10, "10"))
    assert messages(search(ten, logStreamNames=["jr_1"], nextToken=second["nextToken"])) == ["10"]


def test_events_of_several_streams_are_interleaved_by_time(logs: Logs):
    logs.run("jr_1", (0, "a"), (2, "c"))
    logs.run("jr_2", (1, "b"), (3, "d"))
    logs.run("js_3", (1, "other"))
    answer = search(logs, logStreamNamePrefix="jr_")
    assert [(event["logStreamName"], event["message"]) for event in answer["events"]] == [
        ("jr_1", "a"),
        ("jr_2", "b"),
        ("jr_1", "c"),
        ("jr_2", "d"),
    ]
    assert sorted(messages(search(logs))) == ["a", "b", "c", "d", "other"]
    assert messages(search(logs, startFromHead=False, logStreamNamePrefix="jr_")) == ["d", "c", "b", "a"]


def test_going_on_backward_needs_only_the_token(ten: Logs):
    first = search(ten, startFromHead=False, limit=4)
    second = search(ten, nextToken=first["nextToken"], limit=4)
    assert (messages(first), messages(second)) == (list("9876"), list("5432"))


def test_here_an_end_time_is_included(ten: Logs):
    assert messages(search(ten, startTime=START + 3, endTime=START + 6)) == list("3456")


def test_a_pattern_finds_its_lines_and_pages_over_them(logs: Logs):
    logs.run("jr_1", *((number, "ERROR x" if number % 10 == 0 else "fine") for number in range(100)))
    found, token = [], None
    for _ in range(20):
        answer = search(logs, filterPattern="ERROR", limit=3, **({"nextToken": token} if token else {}))
        found += answer["events"]
        token = answer.get("nextToken")
        if token is None:
            break
    assert [event["timestamp"] - START for event in found] == list(range(0, 100, 10))
    assert answer["events"] == []


def test_a_pattern_that_is_not_offered_is_refused(ten: Logs):
    with pytest.raises(InvalidParameterException, match="JSON pattern"):
        search(ten, filterPattern="{ $.a = 1 }")


def test_an_event_has_an_id_of_its_own_that_stays(logs: Logs):
    logs.run("jr_1", (0, "same"), (0, "same"))
    logs.run("jr_2", (0, "same"))
    ids = [event["eventId"] for event in search(logs)["events"]]
    assert len(set(ids)) == 3
    assert all(len(each) == 56 and each.isdigit() for each in ids)
    assert ids == [event["eventId"] for event in search(logs, startTime=START)["events"]]


def test_a_search_of_recent_events_looks_at_recent_streams(logs: Logs, tmp_path: Path):
    logs.run("jr_1", (0, "old"))
    logs.clock.advance(5 * HOUR)
    logs.run("jr_2", (5 * HOUR, "new"))
    # Were the old run looked at, this would be found out.
    segment = next(tmp_path.rglob("jr_1/output.*"))
    segment.write_bytes(b"%d\tintruder\n" % (START + 5 * HOUR))
    assert messages(search(logs, startTime=START + 4 * HOUR)) == ["new"]
    assert messages(search(logs, startTime=START + 4 * HOUR, logStreamNamePrefix="jr_1")) == []


def test_a_stream_is_named_or_prefixed_and_not_both(ten: Logs):
    with pytest.raises(InvalidParameterException, match="cannot both be given"):
        search(ten, logStreamNames=["jr_1"], logStreamNamePrefix="jr_")


# Views: continuous logging


def test_a_view_shows_both_streams_by_time(logs: Logs):
    view = View(group="/aws-glue/jobs/logs-v2", stream="jr_1-driver")
    logs.run("jr_1", (0, "out 0"), (2, "out 2"), views=[view])
    logs.write("jr_1", "error", (1, "err 1"))
    answer = get(logs, logGroupName=view.group, logStreamName=view.stream, startFromHead=True)
    assert messages(answer) == ["out 0", "err 1", "out 2"]
    # A line that comes late is not lost.
    logs.write("jr_1", "output", (9, "out 9"))
    logs.write("jr_1", "error", (5, "err 5"))
    answer = get(logs, logGroupName=view.group, logStreamName=view.stream, nextToken=answer["nextForwardToken"])
    assert messages(answer) == ["err 5", "out 9"]
    assert names(call(logs, "DescribeLogStreams", logGroupName=view.group)) == ["jr_1-driver"]
    assert messages(search(logs, logGroupName=view.group, startTime=START + 3)) == ["err 5", "out 9"]


def test_runs_that_name_one_view_share_it(logs: Logs):
    view = View(group="/team/logs", stream="nightly-driver")
    logs.run("jr_1", (0, "first"), views=[view])
    answer = get(logs, logGroupName=view.group, logStreamName=view.stream, startFromHead=True)
    logs.clock.advance(1000)
    logs.run("jr_2", (1000, "second"), views=[view])
    request = {"logGroupName": view.group, "logStreamName": view.stream}
    assert messages(get(logs, **request)) == ["first", "second"]
    assert messages(get(logs, **request, nextToken=answer["nextForwardToken"])) == ["second"]
    logs.store.delete("jr_1")
    assert messages(get(logs, **request)) == ["second"]
    logs.store.delete("jr_2")
    with pytest.raises(ResourceNotFoundException, match="stream"):
        get(logs, **request)


def test_a_view_may_be_in_a_group_of_runs(logs: Logs):
    logs.run("jr_1", (0, "one"), views=[View(group=JOBS, stream="all")])
    assert messages(get(logs, "all")) == messages(get(logs, "jr_1")) == ["one"]
    assert names(call(logs, "DescribeLogStreams", logGroupName=JOBS)) == ["all", "jr_1"]


# DescribeLogStreams


def test_streams_are_described(ten: Logs):
    ten.clock.advance(50)
    ten.run("jr_2")
    assert call(ten, "DescribeLogStreams", logGroupName=JOBS)["logStreams"] == [
        {
            "logStreamName": "jr_1",
            "creationTime": START,
            "storedBytes": 160,
            "firstEventTimestamp": START,
            "lastEventTimestamp": START + 9,
            "lastIngestionTime": START + 9,
        },
        {"logStreamName": "jr_2", "creationTime": START + 50, "storedBytes": 0},
    ]
    assert names(call(ten, "DescribeLogStreams", logGroupName=ERRORS)) == ["jr_1", "jr_2"]


def all_pages(logs: Logs, **request: Any) -> list[str]:
    found: list[str] = []
    token: dict[str, str] = {}
    for _ in range(100):
        answer = call(logs, "DescribeLogStreams", logGroupName=JOBS, **request, **token)
        assert answer["logStreams"]
        found += names(answer)
        if "nextToken" not in answer:
            return found
        token = {"nextToken": answer["nextToken"]}
    raise AssertionError("paging does not end")


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("limit", [1, 3, 50])
def test_streams_are_listed_by_name(logs: Logs, limit: int, *, descending: bool):
    runs = ["a", "jr_", "jr_0", "jr_01", "jr_0a", "jr_1", "jr_1_attempt_1", "jr_ffff", "jr_fffg", "z"]
    for run in reversed(runs):
        logs.run(run)
    ordered = runs[::-1] if descending else runs
    assert all_pages(logs, descending=descending, limit=limit) == ordered
    for prefix in ("jr_", "jr_0", "jr_fff", "jr_ffff"):
        expected = [run for run in ordered if run.startswith(prefix)]
        assert all_pages(logs, descending=descending, limit=limit, logStreamNamePrefix=prefix) == expected
    assert call(logs, "DescribeLogStreams", logGroupName=JOBS, logStreamNamePrefix="jr_none") == {"logStreams": []}


@pytest.mark.parametrize("limit", [1, 2, 50])
def test_streams_are_listed_by_their_last_event(logs: Logs, limit: int):
    passed = 0
    for run, hour in [("jr_1", 0), ("jr_0", 3), ("jr_3", 3), ("jr_2", 5)]:
        logs.clock.advance((hour - passed) * HOUR)
        passed = hour
        logs.run(run, (hour * HOUR + int(run[3:]), "x"))
    logs.run("jr_empty")
    # A stream without events stands where it was created.
    order = ["jr_1", "jr_0", "jr_3", "jr_empty", "jr_2"]
    assert all_pages(logs, orderBy="LastEventTime", limit=limit) == order
    assert all_pages(logs, orderBy="LastEventTime", descending=True, limit=limit) == order[::-1]


def test_a_prefix_cannot_be_ordered_by_time(ten: Logs):
    with pytest.raises(InvalidParameterException, match="Cannot order by LastEventTime"):
        call(ten, "DescribeLogStreams", logGroupName=JOBS, orderBy="LastEventTime", logStreamNamePrefix="jr")


# DescribeLogGroups


def test_groups_are_described(logs: Logs):
    logs.run("jr_1", (0, "one"), views=[View(group="/aws-glue/jobs/logs-v2", stream="jr_1-driver")])
    logs.run("jr_2", group="/aws-glue/python-jobs")
    assert call(logs, "DescribeLogGroups")["logGroups"] == [
        {"logGroupName": name, "creationTime": START, "metricFilterCount": 0, "storedBytes": size}
        for name, size in [
            ("/aws-glue/jobs/error", 0),
            ("/aws-glue/jobs/logs-v2", 0),
            ("/aws-glue/jobs/output", 18),
            ("/aws-glue/python-jobs/error", 0),
            ("/aws-glue/python-jobs/output", 0),
        ]
    ]


def group_names(answer: dict[str, Any]) -> list[str]:
    return [group["logGroupName"] for group in answer["logGroups"]]


def test_groups_are_listed_by_prefix_part_and_page(logs: Logs):
    logs.run("jr_1", group="/a")
    logs.run("jr_2", group="/b")
    assert group_names(call(logs, "DescribeLogGroups", logGroupNamePrefix="/a")) == ["/a/error", "/a/output"]
    assert group_names(call(logs, "DescribeLogGroups", logGroupNamePattern="out")) == ["/a/output", "/b/output"]
    assert group_names(call(logs, "DescribeLogGroups", logGroupIdentifiers=["/b/error"])) == ["/b/error"]
    assert group_names(call(logs, "DescribeLogGroups", logGroupClass="INFREQUENT_ACCESS")) == []
    first = call(logs, "DescribeLogGroups", limit=3)
    second = call(logs, "DescribeLogGroups", limit=3, nextToken=first["nextToken"])
    assert group_names(first) + group_names(second) == ["/a/error", "/a/output", "/b/error", "/b/output"]
    assert "nextToken" not in second
    with pytest.raises(InvalidParameterException, match="cannot both be given"):
        call(logs, "DescribeLogGroups", logGroupNamePrefix="/a", logGroupNamePattern="out")


def test_a_store_without_runs_has_no_groups(logs: Logs):
    assert call(logs, "DescribeLogGroups") == {"logGroups": []}


# Tokens


def tokens(logs: Logs) -> dict[str, tuple[str, dict[str, Any]]]:
    """One token of every kind, and the request that it belongs to."""
    found = {}
    for operation, member, request in [
        ("GetLogEvents", "nextForwardToken", {"logGroupName": JOBS, "logStreamName": "jr_1"}),
        ("GetLogEvents", "nextBackwardToken", {"logGroupName": JOBS, "logStreamName": "jr_1"}),
        ("FilterLogEvents", "nextToken", {"logGroupName": JOBS}),
        ("FilterLogEvents", "nextToken", {"logGroupName": JOBS, "startFromHead": False}),
        ("DescribeLogStreams", "nextToken", {"logGroupName": JOBS, "limit": 1}),
        ("DescribeLogStreams", "nextToken", {"logGroupName": JOBS, "limit": 1, "orderBy": "LastEventTime"}),
        ("DescribeLogGroups", "nextToken", {"limit": 1}),
    ]:
        found[f"{operation} {member} {len(found)}"] = (call(logs, operation, **request)[member], request)
    return found


@pytest.fixture
def two(ten: Logs) -> Logs:
    ten.run("jr_2", (0, "x"))
    return ten


def test_botocore_passes_every_token_on_as_it_is(two: Logs):
    """Given as StartingToken, a token must not be taken for one of botocore's own."""
    for token, _ in tokens(two).values():
        sent = []

        def method(*, sent: list[str] = sent, **request: str) -> dict[str, list[str]]:
            sent.append(request["nextToken"])
            return {"events": []}

        list(
            PageIterator(
                method,
                input_token=["nextToken"],
                output_token=[jmespath.compile("nextToken")],
                more_results=None,
                result_keys=[jmespath.compile("events")],
                non_aggregate_keys=[],
                limit_key="limit",
                max_items=None,
                starting_token=token,
                page_size=None,
                op_kwargs={},
            )
        )
        assert sent == [token]


@given(
    st.sampled_from(["f", "b", "n"]),
    st.binary(min_size=4, max_size=4),
    st.dictionaries(
        st.binary(min_size=8, max_size=8).map(bytes.hex), st.builds(Position, *[st.integers(0, 2**40)] * 3), max_size=4
    ),
)
def test_no_token_is_one_of_botocores(kind: str, digest: bytes, positions: dict[str, Position]):
    token = f"{kind}/{digest.hex()}.{Cursor(time=1, positions=positions).encode()}"
    with pytest.raises(ValueError):  # noqa: PT011 - base64, UTF-8 or JSON: whichever is met first
        TokenDecoder().decode(token)
    assert "___" not in token


def test_a_token_is_good_for_what_it_was_given_for_only(two: Logs):
    every = tokens(two)
    for name, (token, request) in every.items():
        operation = name.split()[0]
        assert call(two, operation, **{**request, "nextToken": token})
        for other in ("jr_2", "jr_1x"):
            wrong = {**request, "logStreamName": other, "logStreamNamePrefix": other, "logGroupNamePrefix": other}
            wrong.pop("orderBy", None)
            with pytest.raises((InvalidParameterException, ResourceNotFoundException)):
                call(two, operation, **{**wrong, "nextToken": token})


@pytest.mark.parametrize(
    "token", ["x", "f/", "f/12345678.0", "b/.", "n/0", "f/12345678.0.0123456789abcdef-5-1-1", "eyJhIjogMX0="]
)
def test_a_token_that_is_none_is_refused(two: Logs, token: str):
    for operation, request in {name.split()[0]: request for name, (_, request) in tokens(two).items()}.items():
        with pytest.raises(InvalidParameterException) as refused:
            call(two, operation, **{**request, "nextToken": token})
        assert refused.value.message == "The specified nextToken is invalid."


def test_a_token_into_the_middle_of_a_line_is_refused(ten: Logs):
    token = get(ten, startFromHead=True, limit=1)["nextForwardToken"]
    head, key, *_ = token.rsplit(".", 1)
    forged = f"{head}.{key.split('-')[0]}-5-1-1"
    with pytest.raises(InvalidParameterException, match="nextToken is invalid"):
        get(ten, nextToken=forged)


def test_a_token_is_good_on_another_server(ten: Logs, tmp_path: Path):
    first = get(ten, startFromHead=True, limit=6)
    ten.context.logs = LogStore(tmp_path / "logs", clock=ten.clock)
    assert messages(get(ten, nextToken=first["nextForwardToken"])) == list("6789")


def test_answers_are_of_the_service_models_shapes(two: Logs):
    model = botocore.session.get_session().get_service_model("logs")
    for name, (token, request) in tokens(two).items():
        operation = name.split()[0]
        answer = call(two, operation, **{**request, "nextToken": token})
        _check(model.operation_model(operation).output_shape, answer)


def _check(shape: Any, value: Any) -> None:
    if shape.type_name == "structure":
        assert set(value) <= set(shape.members)
        for member, each in value.items():
            _check(shape.members[member], each)
    elif shape.type_name == "list":
        for each in value:
            _check(shape.member, each)
    else:
        assert isinstance(value, {"string": str, "long": int, "integer": int, "boolean": bool}[shape.type_name])
