"""The AWS JSON 1.1 protocol, driven by a slice of a service model.

A slice (model/<service>.json, cut by scripts/cut_model.py) lists the operations that are served and the shapes that
they reach. A request is decoded and validated by its input shape; handlers return wire-ready values - timestamps are
epoch seconds as floats, absent members are left out - which are encoded as they are. Source: contract 12.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from importlib import resources
from typing import TYPE_CHECKING, Any

import msgspec

from openglue.api import json_body
from openglue.api.validation import Shape, compile_request, rules, scalar
from openglue.errors import GlueError, InvalidParameterException, SerializationException, ValidationException

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

CONTENT_TYPE = "application/x-amz-json-1.1"

_CONTAINERS = {"structure": dict, "map": dict, "list": list}

# What carries broken constraints where it is not ValidationException; CloudWatch Logs: observed.
_REFUSALS: Mapping[str, type[GlueError]] = {"logs": InvalidParameterException}


@dataclass(frozen=True, kw_only=True)
class Member:
    """One member of a structure, as documentation shows it."""

    name: str
    shape: str
    #: The JSON type in words: "string", "list of NameString", "map of TagKey to TagValue".
    type: str
    required: bool
    deprecated: bool
    #: AWS's words for each constraint.
    constraints: tuple[str, ...]


class Operation:
    """One operation: bytes of a request to a checked document, and a result back to bytes."""

    def __init__(self, service: Service, name: str, entry: Mapping[str, Any]) -> None:
        self.name = name
        self.service = service
        self.input: str = entry["input"]
        self.output: str = entry["output"]
        #: Codes of the errors that the model lists for this operation; the common ones are not among them.
        self.errors: frozenset[str] = frozenset(entry["errors"])

    def __repr__(self) -> str:
        return f"<Operation {self.service.name}:{self.name}>"

    def decode(self, body: bytes) -> dict[str, Any]:
        """The request in `body`: known members only, nulls left out, every constraint of the model checked.

        Raises SerializationException, ValidationException or the service's own exception in its place.
        """
        return self._validate(json_body.load(body))

    def encode(self, result: Mapping[str, Any]) -> bytes:
        return msgspec.json.encode(result)

    def input_members(self) -> tuple[Member, ...]:
        return self.service.members(self.input)

    def output_members(self) -> tuple[Member, ...]:
        return self.service.members(self.output)

    @cached_property
    def _validate(self) -> Callable[[dict[str, Any]], dict[str, Any]]:
        # Compiled when first called: most processes serve few operations.
        refusal = _REFUSALS.get(self.service.name, ValidationException)
        return compile_request(self.service.shapes, self.input, refusal)


class Service:
    """The served part of one AWS service."""

    def __init__(self, name: str, document: Mapping[str, Any]) -> None:
        #: The service's name in botocore and in policies: "glue".
        self.name = name
        #: What stands before the dot in X-Amz-Target: "AWSGlue".
        self.target_prefix: str = document["metadata"]["targetPrefix"]
        self.shapes: Mapping[str, Shape] = document["shapes"]
        self.operations: Mapping[str, Operation] = {
            operation: Operation(self, operation, entry) for operation, entry in document["operations"].items()
        }

    def members(self, structure: str) -> tuple[Member, ...]:
        """The members of a structure, in the model's order."""
        shape = self.shapes[structure]
        required = shape.get("required", ())
        return tuple(
            Member(
                name=name,
                shape=reference["shape"],
                type=_type(self.shapes[reference["shape"]]),
                required=name in required,
                deprecated=reference.get("deprecated", False),
                constraints=tuple(rule.text for rule in rules(self.shapes[reference["shape"]])),
            )
            for name, reference in shape["members"].items()
        )


def load_service(name: str) -> Service:
    """The packaged slice of a service: "glue" or "logs"."""
    text = resources.files("openglue.api").joinpath("model", f"{name}.json").read_bytes()
    return Service(name, msgspec.json.decode(text))


def encode_error(error: GlueError) -> bytes:
    """The body of an error response; `error.status` is its HTTP status."""
    return msgspec.json.encode({"__type": error.code, "Message": error.message, **error.members})


def conforms(operation: Operation, result: Mapping[str, Any]) -> list[str]:
    """What in a result does not fit the operation's output shape; empty when all does. For tests.

    Reports unknown and null members, wrong types, broken constraints and missing required members.
    """
    return _differences(operation.service.shapes, operation.output, result, operation.output)


def _differences(shapes: Mapping[str, Shape], name: str, value: Any, at: str) -> list[str]:
    shape = shapes[name]
    kind = shape["type"]
    if kind not in _CONTAINERS:
        try:
            scalar(shape)(value, (None, at), [])
        except SerializationException as error:
            return [error.message]
    elif type(value) is not _CONTAINERS[kind]:
        return [f"{at}: {value!r} is no {kind}"]
    found = [f"{at}: {value!r}: {rule.text}" for rule in rules(shape) if not rule.holds(value)]
    if kind == "structure":
        found += [f"{at}.{member}: missing" for member in shape.get("required", ()) if member not in value]
        found += [f"{at}.{member}: unknown member" for member in value if member not in shape["members"]]
        inner = [
            (shape["members"][member], item, f"{at}.{member}")
            for member, item in value.items()
            if member in shape["members"]
        ]
    elif kind == "map":
        inner = [(shape["key"], key, f"{at} key {key!r}") for key in value]
        inner += [(shape["value"], item, f"{at}[{key!r}]") for key, item in value.items()]
    elif kind == "list":
        inner = [(shape["member"], item, f"{at}[{index}]") for index, item in enumerate(value)]
    else:
        inner = []
    for reference, item, place in inner:
        found += _differences(shapes, reference["shape"], item, place)
    return found


def _type(shape: Shape) -> str:
    match shape["type"]:
        case "list":
            return f"list of {shape['member']['shape']}"
        case "map":
            return f"map of {shape['key']['shape']} to {shape['value']['shape']}"
        case kind:
            return str(kind)
