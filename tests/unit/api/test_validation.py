"""Each constraint of the model, in AWS's words; types first; recursion."""

from __future__ import annotations

import json
from typing import Any

import pytest

from openglue.api.aws_json import Service, load_service
from openglue.api.validation import compile_request, rules
from openglue.errors import GlueError, InvalidParameterException, SerializationException, ValidationException

GLUE = load_service("glue")
LOGS = load_service("logs")
NAME = r"[\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF\t]*"

# A service of our own: every kind of shape, small.
SHAPES: dict[str, dict[str, Any]] = {
    "Request": {
        "type": "structure",
        "required": ["Name"],
        "members": {
            "Name": {"shape": "Name"},
            "Names": {"shape": "Names"},
            "Tags": {"shape": "Tags"},
            "Size": {"shape": "Size"},
            "Big": {"shape": "Big"},
            "Share": {"shape": "Share"},
            "On": {"shape": "On"},
            "At": {"shape": "At"},
            "Then": {"shape": "Then"},
            "Tree": {"shape": "Tree"},
            "Trees": {"shape": "Trees"},
            "Forest": {"shape": "Forest"},
            "Secret": {"shape": "Secret"},
            "Grid": {"shape": "Grid"},
        },
    },
    "Name": {"type": "string", "min": 2, "max": 5, "pattern": "[a-z]*"},
    "Names": {"type": "list", "min": 1, "max": 2, "member": {"shape": "Name"}},
    "Text": {"type": "string"},
    "Tags": {"type": "map", "max": 2, "key": {"shape": "Name"}, "value": {"shape": "Text"}},
    "Size": {"type": "integer", "min": 1, "max": 10},
    "Big": {"type": "long"},
    "Share": {"type": "double", "min": 0, "max": 1},
    "On": {"type": "boolean"},
    "At": {"type": "timestamp"},
    "Then": {"type": "timestamp", "timestampFormat": "iso8601"},
    "Color": {"type": "string", "enum": ["RED", "BLUE"]},
    "Tree": {
        "type": "structure",
        "required": ["Color"],
        "members": {"Color": {"shape": "Color"}, "Left": {"shape": "Tree"}, "More": {"shape": "Trees"}},
    },
    "Trees": {"type": "list", "member": {"shape": "Tree"}},
    "Forest": {"type": "map", "key": {"shape": "Text"}, "value": {"shape": "Tree"}},
    "Secret": {
        "type": "structure",
        "sensitive": True,
        "members": {"Word": {"shape": "Name"}, "Tree": {"shape": "Tree"}},
    },
    "Grid": {"type": "list", "member": {"shape": "Names"}},
}
VALIDATE = compile_request(SHAPES, "Request")


def refusal(document: dict[str, Any], error: type[GlueError] = ValidationException) -> str:
    with pytest.raises(error) as caught:
        VALIDATE({"Name": "abc", **document})
    return caught.value.message


def one(fault: str) -> str:
    return f"1 validation error detected: {fault}"


def test_nulls_and_unknown_members_are_left_out():
    assert VALIDATE({"Name": "abc", "Size": None, "Colour": 1, "Tree": {"Color": "RED", "Left": None, "x": {}}}) == {
        "Name": "abc",
        "Tree": {"Color": "RED"},
    }


def test_whole_numbers_are_accepted_for_doubles_and_become_floats():
    result = VALIDATE({"Name": "abc", "Share": 1, "At": 1700000000, "Size": 10})
    assert [type(result[name]) for name in ("Share", "At", "Size")] == [float, float, int]


def test_times_as_text_stay_text():
    assert VALIDATE({"Name": "abc", "Then": "2026-01-31T12:00:00Z"})["Then"] == "2026-01-31T12:00:00Z"


EACH_NAME = (
    "[Member must have length less than or equal to 5, Member must have length greater than or equal to 2, "
    "Member must satisfy regular expression pattern: [a-z]*, Member must not be null]"
)
RED = {"Color": "RED"}


@pytest.mark.parametrize(
    ("document", "subject", "constraint"),
    [
        ({"Name": None}, "null at 'name'", "Member must not be null"),
        ({"Name": "abcdef"}, "'abcdef' at 'name'", "Member must have length less than or equal to 5"),
        ({"Name": "a"}, "'a' at 'name'", "Member must have length greater than or equal to 2"),
        ({"Name": "ABC"}, "'ABC' at 'name'", "Member must satisfy regular expression pattern: [a-z]*"),
        ({"Size": 0}, "'0' at 'size'", "Member must have value greater than or equal to 1"),
        ({"Size": 11}, "'11' at 'size'", "Member must have value less than or equal to 10"),
        ({"Share": 1.5}, "'1.5' at 'share'", "Member must have value less than or equal to 1.0"),
        ({"Tree": {"Color": "red"}}, "'red' at 'tree.color'", "Member must satisfy enum value set: [RED, BLUE]"),
        ({"Tree": {}}, "null at 'tree.color'", "Member must not be null"),
        ({"Names": []}, "'[]' at 'names'", "Member must have length greater than or equal to 1"),
        ({"Names": ["ab"] * 3}, "'[ab, ab, ab]' at 'names'", "Member must have length less than or equal to 2"),
        ({"Names": ["ab", "NO"]}, "'[ab, NO]' at 'names'", f"Member must satisfy constraint: {EACH_NAME}"),
        ({"Names": ["ab", None]}, "'[ab, null]' at 'names'", f"Member must satisfy constraint: {EACH_NAME}"),
        ({"Grid": [["ab"], ["NO"]]}, "'[NO]' at 'grid.2.member'", f"Member must satisfy constraint: {EACH_NAME}"),
        (
            {"Tags": {"ab": "1", "cd": "2", "ef": "3"}},
            "'{ab=1, cd=2, ef=3}' at 'tags'",
            "Member must have length less than or equal to 2",
        ),
        ({"Tags": {"NO": "1"}}, "'{NO=1}' at 'tags'", f"Map keys must satisfy constraint: {EACH_NAME}"),
        (
            {"Tags": {"ab": None}},
            "'{ab=null}' at 'tags'",
            "Map value must satisfy constraint: [Member must not be null]",
        ),
        ({"Trees": [RED, None]}, "null at 'trees.2.member'", "Member must not be null"),
        (
            {"Trees": [{**RED, "More": [RED, {"Left": RED}]}]},
            "null at 'trees.1.member.more.2.member.color'",
            "Member must not be null",
        ),
        ({"Forest": {"oak": {}}}, "null at 'forest.oak.member.color'", "Member must not be null"),
        ({"Forest": {"oak": None}}, "null at 'forest.oak.member'", "Member must not be null"),
        ({"Secret": {"Word": "NO"}}, "at 'secret.word'", "Member must satisfy regular expression pattern: [a-z]*"),
        (
            {"Secret": {"Tree": {"Color": "green"}}},
            "at 'secret.tree.color'",
            "Member must satisfy enum value set: [RED, BLUE]",
        ),
    ],
)
def test_a_broken_constraint_is_told_in_awss_words(document: dict[str, Any], subject: str, constraint: str):
    assert refusal(document) == one(f"Value {subject} failed to satisfy constraint: {constraint}")


def test_all_broken_constraints_are_told_together():
    assert refusal({"Name": "A", "Size": 11, "Tree": {"Left": {}}}) == (
        "5 validation errors detected: "
        "Value 'A' at 'name' failed to satisfy constraint: Member must have length greater than or equal to 2; "
        "Value 'A' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-z]*; "
        "Value '11' at 'size' failed to satisfy constraint: Member must have value less than or equal to 10; "
        "Value null at 'tree.left.color' failed to satisfy constraint: Member must not be null; "
        "Value null at 'tree.color' failed to satisfy constraint: Member must not be null"
    )


def test_two_failures_are_errors_in_the_plural():
    assert refusal({"Size": 0, "Share": 2}).startswith("2 validation errors detected: ")


def test_a_thousand_failures_make_a_readable_message():
    message = refusal({"Trees": [{}] * 1000})
    assert message.startswith("1000 validation errors detected: Value null at 'trees.1.member.color' ")
    assert message.endswith("; and 980 more")
    assert len(message) < 3000


def test_long_values_and_keys_are_cut():
    assert f"Value '{'x' * 200}...' at 'name'" in refusal({"Name": "x" * 100_000})
    assert f"Value '[{'x' * 199}...' at 'names'" in refusal({"Names": ["x" * 1000] * 9})
    assert f"at 'forest.{'k' * 64}....member.color'" in refusal({"Forest": {"k" * 1000: {}}})
    assert len(refusal({"Tags": {"k" * 1000: "v" * 1000}})) < 600


def test_lengths_are_counted_in_characters():
    shapes = {"R": {"type": "structure", "members": {"A": {"shape": "S"}}}, "S": {"type": "string", "max": 2}}
    validate = compile_request(shapes, "R")
    assert validate({"A": "😀é"}) == {"A": "😀é"}
    with pytest.raises(ValidationException):
        validate({"A": "😀é!"})


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"Name": 1}, "Value at 'name' must be a string, not a whole number."),
        ({"Name": True}, "Value at 'name' must be a string, not a boolean."),
        ({"Name": []}, "Value at 'name' must be a string, not a list."),
        ({"Size": True}, "Value at 'size' must be a whole number, not a boolean."),
        ({"Size": 1.0}, "Value at 'size' must be a whole number, not a number with a fraction."),
        ({"Size": "1"}, "Value at 'size' must be a whole number, not a string."),
        ({"Size": 2**31}, "Value at 'size' does not fit in 32 bits."),
        ({"Size": -(2**31) - 1}, "Value at 'size' does not fit in 32 bits."),
        ({"Big": 2**63}, "Value at 'big' does not fit in 64 bits."),
        ({"Share": "0.5"}, "Value at 'share' must be a number, not a string."),
        ({"Share": True}, "Value at 'share' must be a number, not a boolean."),
        ({"On": 1}, "Value at 'on' must be true or false, not a whole number."),
        ({"On": "true"}, "Value at 'on' must be true or false, not a string."),
        ({"At": "2026-01-31"}, "Value at 'at' must be a number, not a string."),
        ({"Then": "tomorrow"}, "Value at 'then' must be a time such as 2026-01-31T12:00:00Z."),
        ({"Then": 1700000000}, "Value at 'then' must be a time such as 2026-01-31T12:00:00Z."),
        ({"Names": {"0": "ab"}}, "Value at 'names' must be a list, not an object."),
        ({"Names": ["ab", 2]}, "Value at 'names.2.member' must be a string, not a whole number."),
        ({"Tags": []}, "Value at 'tags' must be an object, not a list."),
        ({"Tags": {"ab": 1}}, "Value at 'tags.ab.member' must be a string, not a whole number."),
        ({"Tree": "RED"}, "Value at 'tree' must be an object, not a string."),
        ({"Trees": [[]]}, "Value at 'trees.1.member' must be an object, not a list."),
    ],
)
def test_a_value_of_the_wrong_type_is_named(document: dict[str, Any], message: str):
    assert refusal(document, SerializationException) == message


def test_a_wrong_type_is_told_before_broken_constraints():
    assert "must be a string" in refusal({"Size": 0, "Names": [1], "Name": "A"}, SerializationException)


def test_shapes_inside_themselves_are_checked_at_every_depth():
    leaf: dict[str, Any] = {"Color": "green"}
    for _ in range(20):
        leaf = {"Color": "RED", "Left": leaf}
    assert f"'tree.{'left.' * 20}color'" in refusal({"Tree": leaf})
    healthy = json.loads(json.dumps(leaf).replace("green", "BLUE"))
    assert VALIDATE({"Name": "abc", "Tree": healthy})["Tree"] == healthy


@pytest.mark.parametrize("service", [GLUE, LOGS])
def test_every_shape_of_a_slice_compiles(service: Service):
    for operation in service.operations.values():
        assert callable(compile_request(service.shapes, operation.input))
    for shape in service.shapes.values():
        assert isinstance(rules(shape), tuple)


def test_a_pattern_that_cannot_be_translated_is_an_error_and_not_skipped():
    shapes = {
        "R": {"type": "structure", "members": {"A": {"shape": "S"}}},
        "S": {"type": "string", "pattern": r"\p{L}"},
    }
    with pytest.raises(ValueError, match="not translated"):
        compile_request(shapes, "R")


def test_a_type_that_is_not_known_is_an_error_and_not_skipped():
    shapes = {"R": {"type": "structure", "members": {"A": {"shape": "S"}}}, "S": {"type": "blob"}}
    with pytest.raises(ValueError, match="no check for shapes of type blob"):
        compile_request(shapes, "R")


def glue(operation: str, document: dict[str, Any]) -> str:
    with pytest.raises(ValidationException) as caught:
        GLUE.operations[operation].decode(json.dumps(document).encode())
    return caught.value.message


def test_glues_own_limits_are_held():
    # botocore sends all of these (contract 12).
    assert glue("StartJobRun", {}) == one(
        "Value null at 'jobName' failed to satisfy constraint: Member must not be null"
    )
    assert glue("StartJobRun", {"JobName": "x" * 256}).endswith("Member must have length less than or equal to 255")
    assert glue("StartJobRun", {"JobName": "a\nb"}).endswith(f"Member must satisfy regular expression pattern: {NAME}")
    assert "enum value set: [Standard, G.1X, G.2X, " in glue("StartJobRun", {"JobName": "j", "WorkerType": "BAD"})
    assert glue("GetJobRuns", {"JobName": "j", "MaxResults": 201}).endswith("value less than or equal to 200")
    stop = {"JobName": "j", "JobRunIds": [f"jr_{n}" for n in range(26)]}
    assert "at 'jobRunIds' failed to satisfy constraint: Member must have length less than or equal to 25" in glue(
        "BatchStopJobRun", stop
    )
    assert "'jobUpdate' failed" in glue("UpdateJob", {"JobName": "j"})


def test_visual_jobs_are_checked_through_their_recursive_nodes():
    where = {
        "LogicalOperator": "AND",
        "Filters": [{"Operation": "EQ", "Values": [{"Type": "CONSTANT", "Value": ["1"]}]}],
    }
    node = {"Filter": {"Name": "f", "Inputs": ["n"], **where}}
    create = {"Name": "j", "Role": "r", "Command": {}, "CodeGenConfigurationNodes": {"n-1": node}}
    assert GLUE.operations["CreateJob"].decode(json.dumps(create).encode()) == create
    node["Filter"]["Filters"] = [{"Operation": "NO", "Values": []}]
    message = glue("CreateJob", create)
    assert message.startswith(
        "1 validation error detected: Value at 'codeGenConfigurationNodes.n-1.member.filter.filters"
    )


def test_logs_answers_with_its_own_exception():
    body = json.dumps({"logGroupName": "a b", "logStreamName": "s"}).encode()
    with pytest.raises(InvalidParameterException, match=r"^1 validation error detected: Value 'a b' at 'logGroupName'"):
        LOGS.operations["GetLogEvents"].decode(body)
