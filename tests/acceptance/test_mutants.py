"""Requests that are wrong in one place, sent to a real server: never a fault of ours, always the model's verdict."""

from __future__ import annotations

import json
import os
import socket
from collections import Counter
from collections.abc import Iterable, Iterator
from importlib import resources
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from tests.unit.api.mutants import CONSTRAINT, OK, TYPE, Mutant, Walker

from openglue.testing import OpenGlue

PREFIXES = {"glue": "AWSGlue", "logs": "Logs_20140328"}
#: What a request that breaks a constraint of the model is told.
REFUSALS = {"glue": "ValidationException", "logs": "InvalidParameterException"}
#: Mutants of both services together in `make test`.
SAMPLE = 5000


class Connection:
    """One kept-alive connection, with nothing between the test and the bytes."""

    def __init__(self, url: str) -> None:
        address = urlsplit(url)
        self._host = f"{address.hostname}:{address.port}"
        self._socket = socket.create_connection((address.hostname or "", address.port or 80), timeout=60)
        self._answers = self._socket.makefile("rb")

    def call(self, target: str, body: bytes) -> tuple[int, Any]:
        """The status and the document of the answer."""
        head = (
            f"POST / HTTP/1.1\r\nHost: {self._host}\r\nX-Amz-Target: {target}\r\n"
            f"Content-Type: application/x-amz-json-1.1\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        self._socket.sendall(head.encode() + body)
        status = int(self._answers.readline().split()[1])
        length = 0
        while (line := self._answers.readline()) not in (b"\r\n", b""):
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        return status, json.loads(self._answers.read(length))

    def close(self) -> None:
        self._answers.close()
        self._socket.close()


@pytest.fixture
def service(tmp_path: Path) -> Iterator[OpenGlue]:
    """A service that has no job yet."""
    started = OpenGlue.start(tmp_path, {})
    yield started
    started.stop()


def walker(name: str) -> Walker:
    return Walker(json.loads(resources.files("openglue.api").joinpath("model", f"{name}.json").read_text()))


def check(service: OpenGlue, name: str, mutants: Iterable[Mutant]) -> Counter[str]:
    """Send them all; how many there were of each verdict."""
    found = Counter[str]()
    connection = Connection(service.url)
    for mutant in mutants:
        status, answer = connection.call(f"{PREFIXES[name]}.{mutant.operation}", mutant.body)
        assert status in {200, 400}, f"{mutant}, was answered {status} {answer}"
        code = answer["__type"] if status == 400 else None
        told = {"SerializationException": TYPE, REFUSALS[name]: CONSTRAINT}.get(code, OK)
        # CloudWatch Logs has one code for what breaks its model and for what breaks its other rules.
        fits = told == mutant.verdict or (name == "logs" and (told, mutant.verdict) == (CONSTRAINT, OK))
        assert fits, f"{mutant}, was answered {status} {answer}"
        found[mutant.verdict] += 1
    connection.close()
    return found


def in_order(mutants: Iterable[Mutant]) -> list[Mutant]:
    """Those that create jobs come last, so that no run of one can be asked for."""
    return sorted(mutants, key=lambda mutant: mutant.operation == "CreateJob")


def jobs_without_runs(service: OpenGlue) -> int:
    """How many jobs there are; none of them has been run."""
    glue = service.client("glue")
    names = [name for page in glue.get_paginator("list_jobs").paginate() for name in page["JobNames"]]
    assert [name for name in names if glue.get_job_runs(JobName=name)["JobRuns"]] == []
    return len(names)


def test_a_sample_of_mutants_gets_the_models_verdict_over_http(service: OpenGlue) -> None:
    seed = int(os.environ.get("MUTANT_SEED", "1"))
    for name in PREFIXES:
        found = check(service, name, in_order(walker(name).sample(SAMPLE // len(PREFIXES), seed)))
        assert min(found[OK], found[TYPE], found[CONSTRAINT]) > 100
    jobs_without_runs(service)


@pytest.mark.long
@pytest.mark.timeout(900)
def test_every_mutant_gets_the_models_verdict_over_http(service: OpenGlue) -> None:
    for name in PREFIXES:
        every = walker(name)
        # Twice through the generator, because all of them at once would fill the memory.
        check(service, name, (mutant for mutant in every.every() if mutant.operation != "CreateJob"))
        check(service, name, (mutant for mutant in every.every() if mutant.operation == "CreateJob"))
    assert jobs_without_runs(service), "no job was created: too little was accepted"
