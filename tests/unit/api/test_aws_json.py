"""The codec against botocore: what its clients send is what we read, what we send is what they read."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.parsers import create_parser
from botocore.serialize import create_serializer
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from openglue.api.aws_json import CONTENT_TYPE, Service, conforms, encode_error, load_service
from openglue.errors import EntityNotFoundException, InternalServiceException, InvalidInputException

from .mutants import EXAMPLES

SERVICES = {name: load_service(name) for name in ("glue", "logs")}
BOTOCORE = {name: ServiceModel(Loader().load_service_model(name, "service-2"), name) for name in SERVICES}
OPERATIONS = [(name, operation) for name, service in SERVICES.items() for operation in service.operations]


@st.composite
def values(draw: st.DrawFn, shapes: Any, name: str, depth: int = 0) -> Any:
    """A valid wire value of a shape; structures carry up to four optional members."""
    shape = shapes[name]
    low = shape.get("min", 0)
    high = min(shape.get("max", 100), low + (2 if depth < 6 else 0))
    match shape["type"]:
        case "structure":
            required = shape.get("required", [])
            optional = [member for member in shape["members"] if member not in required] if depth < 6 else []
            some = draw(st.lists(st.sampled_from(optional), max_size=4, unique=True)) if optional else []
            members = {member: shape["members"][member]["shape"] for member in [*required, *some]}
            return {member: draw(values(shapes, inner, depth + 1)) for member, inner in members.items()}
        case "list":
            inner = values(shapes, shape["member"]["shape"], depth + 1)
            return draw(st.lists(inner, min_size=low, max_size=high))
        case "map":
            keys, inner = values(shapes, shape["key"]["shape"]), values(shapes, shape["value"]["shape"], depth + 1)
            return draw(st.dictionaries(keys, inner, min_size=low, max_size=high))
        case "string":
            return draw(strings(shape))
        case "boolean":
            return draw(st.booleans())
        case "integer" | "long" as kind:
            bits = 31 if kind == "integer" else 63
            return draw(st.integers(shape.get("min", -(1 << bits)), shape.get("max", (1 << bits) - 1)))
        case "double":
            return draw(st.floats(shape.get("min"), shape.get("max"), allow_nan=False, allow_infinity=False))
        case "timestamp" if shape.get("timestampFormat") == "iso8601":
            return datetime.fromtimestamp(draw(st.integers(0, 4_000_000_000)), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return draw(st.integers(0, 4_000_000_000_000)) / 1000


def strings(shape: Any) -> st.SearchStrategy[str]:
    low, high = shape.get("min", 0), min(shape.get("max", 40), 40)
    if "enum" in shape:
        return st.sampled_from(shape["enum"])
    if "pattern" in shape:
        return st.sampled_from(
            [text for text in EXAMPLES[shape["pattern"]][0] if low <= len(text) <= shape.get("max", 99)]
        )
    return st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=low, max_size=high)


@pytest.mark.contract("12.1")
@pytest.mark.parametrize(("service", "name"), OPERATIONS)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data())
def test_what_botocore_sends_is_what_we_read(service: str, name: str, data: st.DataObject):
    operation = SERVICES[service].operations[name]
    document = data.draw(values(SERVICES[service].shapes, operation.input))
    model = BOTOCORE[service].operation_model(name)
    request = create_serializer("json", include_validation=False).serialize_to_request(document, model)
    assert request["headers"]["X-Amz-Target"] == f"{SERVICES[service].target_prefix}.{name}"
    assert request["headers"]["Content-Type"] == CONTENT_TYPE
    assume(len(request["body"]) < 1 << 20)
    assert operation.decode(request["body"]) == document


@pytest.mark.parametrize(("service", "name"), OPERATIONS)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data())
def test_what_we_send_is_what_botocore_reads(service: str, name: str, data: st.DataObject):
    operation = SERVICES[service].operations[name]
    result = data.draw(values(SERVICES[service].shapes, operation.output))
    assert conforms(operation, result) == []
    response = {"status_code": 200, "headers": {}, "body": operation.encode(result)}
    model = BOTOCORE[service].operation_model(name)
    parsed = create_parser("json").parse(response, model.output_shape)
    del parsed["ResponseMetadata"]
    assert parsed == as_python(SERVICES[service].shapes, operation.output, result)


def as_python(shapes: Any, name: str, value: Any) -> Any:
    """What a botocore client shows for a wire value: the same, but for times."""
    shape = shapes[name]
    match shape["type"]:
        case "structure":
            return {key: as_python(shapes, shape["members"][key]["shape"], item) for key, item in value.items()}
        case "list":
            return [as_python(shapes, shape["member"]["shape"], item) for item in value]
        case "map":
            return {key: as_python(shapes, shape["value"]["shape"], item) for key, item in value.items()}
        case "timestamp" if isinstance(value, str):
            return datetime.fromisoformat(value)
        case "timestamp":
            return datetime.fromtimestamp(value, UTC)
    return value


@pytest.mark.contract("12.4")
def test_times_are_epoch_seconds_with_milliseconds():
    encoded = SERVICES["glue"].operations["GetJobRun"].encode({"JobRun": {"StartedOn": 1602873931.255}})
    assert encoded == b'{"JobRun":{"StartedOn":1602873931.255}}'


@pytest.mark.contract("12.5")
def test_an_error_is_what_boto3_raises_and_keeps_its_members():
    error = EntityNotFoundException("Job with name: é not found.", FromFederationSource=False)
    response = {"status_code": error.status, "headers": {}, "body": encode_error(error)}
    parser = create_parser("json")
    parsed = parser.parse(response, BOTOCORE["glue"].operation_model("GetJob").output_shape)
    assert parsed["Error"] == {"Code": "EntityNotFoundException", "Message": "Job with name: é not found."}
    modelled = parser.parse(response, BOTOCORE["glue"].shape_for("EntityNotFoundException"))
    assert modelled["Message"] == "Job with name: é not found."
    assert modelled["FromFederationSource"] is False
    assert json.loads(encode_error(InternalServiceException("x"))) == {
        "__type": "InternalServiceException",
        "Message": "x",
    }


def test_an_empty_body_is_an_empty_request():
    assert SERVICES["glue"].operations["ListJobs"].decode(b"") == {}


def test_a_service_knows_its_operations_and_their_errors():
    glue = SERVICES["glue"]
    assert glue.target_prefix == "AWSGlue"
    assert SERVICES["logs"].target_prefix == "Logs_20140328"
    assert "NoSuchOperation" not in glue.operations
    assert InvalidInputException.__name__ in glue.operations["StartJobRun"].errors
    assert "EntityNotFoundException" not in glue.operations["BatchStopJobRun"].errors
    assert repr(glue.operations["GetJob"]) == "<Operation glue:GetJob>"


def test_an_operation_is_compiled_when_first_used():
    operation = load_service("glue").operations["CreateJob"]
    assert "_validate" not in vars(operation)
    operation.decode(b'{"Name": "j", "Role": "r", "Command": {}}')
    assert "_validate" in vars(operation)


def test_members_are_told_for_the_documentation():
    members = {member.name: member for member in SERVICES["glue"].operations["StartJobRun"].input_members()}
    assert list(members)[:3] == ["JobName", "JobRunQueuingEnabled", "JobRunId"]
    assert members["JobName"].required
    assert members["JobName"].type == "string"
    assert members["JobName"].shape == "NameString"
    assert members["JobName"].constraints[:2] == (
        "Member must have length less than or equal to 255",
        "Member must have length greater than or equal to 1",
    )
    assert members["AllocatedCapacity"].deprecated
    assert not members["Timeout"].required
    assert members["Arguments"].type == "map of GenericString to GenericString"
    stop = {member.name: member for member in SERVICES["glue"].operations["BatchStopJobRun"].input_members()}
    assert stop["JobRunIds"].type == "list of IdString"
    run = SERVICES["glue"].operations["GetJobRun"].output_members()
    assert [(member.name, member.shape) for member in run] == [("JobRun", "JobRun")]
    assert len(SERVICES["glue"].members("JobRun")) == 30


def test_a_service_of_our_own_needs_only_a_document():
    shapes = {"In": {"type": "structure", "members": {"Name": {"shape": "S"}}}, "S": {"type": "string"}}
    entry = {"input": "In", "output": "In", "errors": []}
    service = Service("own", {"metadata": {"targetPrefix": "Own"}, "operations": {"Do": entry}, "shapes": shapes})
    assert service.operations["Do"].decode(b'{"Name": "x", "Other": 1}') == {"Name": "x"}


@pytest.mark.parametrize(
    ("result", "differences"),
    [
        ({"JobRun": {"Id": "jr_1", "JobRunState": "RUNNING", "StartedOn": 1.5, "PredecessorRuns": []}}, []),
        ({"JobRun": {"Arguments": {"--a": ""}, "Attempt": 0, "MaxCapacity": 10}}, []),
        ({"Run": {}}, ["GetJobRunResponse.Run: unknown member"]),
        ({"JobRun": {"ID": "jr_1"}}, ["GetJobRunResponse.JobRun.ID: unknown member"]),
        ({"JobRun": []}, ["GetJobRunResponse.JobRun: [] is no structure"]),
        (
            {"JobRun": {"ErrorMessage": None}},
            ["Value at 'GetJobRunResponse.JobRun.ErrorMessage' must be a string, not null."],
        ),
        (
            {"JobRun": {"StartedOn": "2026-01-31"}},
            ["Value at 'GetJobRunResponse.JobRun.StartedOn' must be a number, not a string."],
        ),
        (
            {"JobRun": {"Timeout": 2880.0}},
            ["Value at 'GetJobRunResponse.JobRun.Timeout' must be a whole number, not a number with a fraction."],
        ),
        (
            {"JobRun": {"PredecessorRuns": [{}, {"JobName": 7}]}},
            ["Value at 'GetJobRunResponse.JobRun.PredecessorRuns[1].JobName' must be a string, not a whole number."],
        ),
        (
            {"JobRun": {"Arguments": {"--a": 1}}},
            ["Value at 'GetJobRunResponse.JobRun.Arguments['--a']' must be a string, not a whole number."],
        ),
        (
            {"JobRun": {"ExecutionClass": "FAST", "Attempt": True}},
            [
                "GetJobRunResponse.JobRun.ExecutionClass: 'FAST': Member must satisfy enum value set: [FLEX, STANDARD]",
                "Value at 'GetJobRunResponse.JobRun.Attempt' must be a whole number, not a boolean.",
            ],
        ),
    ],
)
def test_a_result_is_compared_with_its_output_shape(result: dict[str, Any], differences: list[str]):
    assert conforms(SERVICES["glue"].operations["GetJobRun"], result) == differences
