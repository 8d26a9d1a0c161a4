"""The page of operations says of every member of every request what becomes of it."""

from __future__ import annotations

import re

import pytest

from openglue.api.app import SERVICES
from openglue.api.aws_json import load_service
from openglue.api.fields import FIELDS, Use
from openglue.api.neighbours import query

from .pages import ROOT

PAGE = (ROOT / "docs" / "reference" / "operations.md").read_text()


def uses(heading: str) -> dict[str, str]:
    """Member -> use, as the table below a heading has them."""
    _, found, rest = PAGE.partition(f"\n### {heading}\n")
    assert found, f"{heading} is not in the page"
    section = re.split(r"\n##+ ", rest)[0]
    return dict(re.findall(rf"^\| `(\w+)`.*? \| ({'|'.join(Use)}) \| .+ \|$", section, re.MULTILINE))


def headings() -> list[tuple[str, str, str]]:
    """Service, structure of a request, and the heading that its members stand under."""
    found = []
    for service, structures in FIELDS.items():
        named: dict[str, str] = {}
        if service in SERVICES:
            named = {operation.input: name for name, operation in load_service(service).operations.items()}
        elif service in query.SERVICES:
            named = {f"{name}Request": name for name in query.SERVICES[service].operations}
        found += [(service, structure, named.get(structure, structure)) for structure in structures]
    return found


@pytest.mark.parametrize(("service", "structure", "heading"), headings())
def test_every_member_of_a_request_is_used_stored_or_refused(service: str, structure: str, heading: str):
    assert uses(heading) == {member: field.use for member, field in FIELDS[service][structure].items()}


@pytest.mark.parametrize("service", SERVICES)
def test_every_operation_that_has_pages_says_how_long_they_are(service: str):
    model = load_service(service)
    paged = [
        name
        for name in SERVICES[service]
        if {member.name.lower() for member in model.operations[name].input_members()} & {"nexttoken"}
    ]
    sections = {name: re.split(r"\n##+ ", PAGE.partition(f"\n### {name}\n")[2])[0] for name in paged}
    assert [name for name, section in sections.items() if "A page has" not in section] == []


def test_the_limits_that_no_member_states_are_in_the_page():
    limits = PAGE.partition("\n## Limits\n")[2]
    for error in ("InvalidInputException", "ResourceNumberLimitExceededException", "ConcurrentRunsExceededException"):
        assert f"`{error}`" in limits
