"""Every member of every request that is served has a row that says what becomes of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pytest
from botocore.loaders import Loader

from openglue.api.app import SERVICES
from openglue.api.aws_json import load_service
from openglue.api.fields import FIELDS, OPAQUE
from openglue.api.fields.field import Use
from openglue.api.neighbours import query

Member = tuple[str, str]


def reached(shapes: Mapping[str, Any], inputs: Iterable[str]) -> set[Member]:
    """Structure and member of all that a request can hold."""
    waiting, seen, found = [*inputs], set(), set()
    while waiting:
        name = waiting.pop()
        if name in seen or name in OPAQUE:
            continue
        seen.add(name)
        shape = shapes[name]
        found |= {(name, member) for member in shape.get("members", {})}
        waiting += [reference["shape"] for reference in shape.get("members", {}).values()]
        waiting += [shape[key]["shape"] for key in ("member", "key", "value") if key in shape]
    return found


def rows(service: str) -> set[Member]:
    return {(structure, member) for structure, members in FIELDS[service].items() for member in members}


def test_every_service_has_its_table() -> None:
    assert FIELDS.keys() == SERVICES.keys() | query.SERVICES.keys()


@pytest.mark.parametrize("service", SERVICES)
def test_every_member_of_a_request_has_a_row_and_every_row_a_member(service: str) -> None:
    model = load_service(service)
    inputs = [model.operations[name].input for name in SERVICES[service]]
    assert rows(service) == reached(model.shapes, inputs)


@pytest.mark.parametrize("service", query.SERVICES)
def test_neighbours_of_the_query_protocol_have_awss_members(service: str) -> None:
    """Of these there is no slice: the whole model is botocore's."""
    model = Loader().load_service_model(service, "service-2")
    inputs = [model["operations"][name]["input"]["shape"] for name in query.SERVICES[service].operations]
    assert rows(service) == reached(model["shapes"], inputs)
    assert FIELDS[service].keys() == set(inputs)


def test_every_row_says_something() -> None:
    fields = [field for table in FIELDS.values() for members in table.values() for field in members.values()]
    assert [field for field in fields if not field.note or field.note.endswith(".")] == []
    assert {field.use for field in fields} == set(Use)
