"""Every single-field mistake gets the verdict that the service model demands."""

from __future__ import annotations

import json
import os
from collections import Counter
from importlib import resources

import pytest

from openglue.api.aws_json import Service, load_service
from openglue.errors import GlueError, SerializationException

from .mutants import CONSTRAINT, EXAMPLES, OK, TYPE, Mutant, Walker


@pytest.fixture(params=["glue", "logs"], scope="module")
def service(request: pytest.FixtureRequest) -> Service:
    return load_service(request.param)


@pytest.fixture(scope="module")
def walker(service: Service) -> Walker:
    text = resources.files("openglue.api").joinpath("model", f"{service.name}.json").read_text()
    return Walker(json.loads(text))


def verdict(service: Service, mutant: Mutant) -> str:
    refusal = {"glue": "ValidationException", "logs": "InvalidParameterException"}[service.name]
    try:
        service.operations[mutant.operation].decode(mutant.body)
    except SerializationException:
        return TYPE
    except GlueError as error:
        return CONSTRAINT if error.code == refusal else error.code
    return OK


def test_a_sample_of_mutants_gets_the_models_verdict(service: Service, walker: Walker):
    seed = int(os.environ.get("MUTANT_SEED") or int.from_bytes(os.urandom(4)))
    found = Counter[str]()
    for mutant in walker.sample(2000, seed):
        assert verdict(service, mutant) == mutant.verdict, f"{mutant}, MUTANT_SEED={seed}"
        found[mutant.verdict] += 1
    assert min(found[OK], found[TYPE], found[CONSTRAINT]) > 100


@pytest.mark.long
def test_every_mutant_gets_the_models_verdict(service: Service, walker: Walker):
    for mutant in walker.every():
        assert verdict(service, mutant) == mutant.verdict, str(mutant)


def test_every_pattern_of_the_slices_has_examples_of_both_kinds(walker: Walker):
    patterns = {shape["pattern"] for shape in walker.shapes.values() if "pattern" in shape}
    assert patterns <= set(EXAMPLES), "write examples for these into mutants.py"
    for pattern in patterns - {r"[\s\S]*"}:  # everything matches this one
        good, bad = EXAMPLES[pattern]
        assert good
        assert bad


def test_one_place_of_every_operation_is_reached_and_its_plain_request_is_valid(service: Service, walker: Walker):
    for name, operation in service.operations.items():
        body = json.dumps(walker.example(operation.input)).encode()
        assert operation.decode(body) is not None
        assert {site.steps[0] for site in walker.sites(name)} == {member.name for member in operation.input_members()}
