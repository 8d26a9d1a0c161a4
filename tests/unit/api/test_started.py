from __future__ import annotations

import hashlib
from typing import Any

import pytest

from openglue.api.started import TEXT_LIMIT, Started
from openglue.model.environment import Environment

ENVIRONMENT = {
    "runtime": "glue-5.1",
    "runtime_digest": "0123456789ab",
    "python": "3.11.7",
    "spark": "3.5.6",
    "modules": ["tabulate-0.9.0"],
    "memory_mb": 2048,
    "cores": 2,
    "system": "Linux 6.1.0 x86_64",
    "openglue": "0.1.0",
}


def test_a_runner_that_sends_only_its_token_is_understood():
    report = Started.read({"token": "t"})
    assert (report.token, report.script, report.script_sha, report.environment) == ("t", None, None, None)


def test_a_script_is_told_by_its_text_or_by_its_hash():
    text = "print('é')\r\n"
    report = Started.read({"token": "t", "script": {"text": text}})
    assert (report.script, report.script_sha) == (text, hashlib.sha256(text.encode()).hexdigest())
    report = Started.read({"token": "t", "script": {"sha256": "ab" * 32}})
    assert (report.script, report.script_sha) == (None, "ab" * 32)


def test_an_environment_is_read_back_as_it_is_told_and_shown_in_the_words_of_the_api():
    environment = Started.read({"token": "t", "environment": {**ENVIRONMENT, "of_a_later_version": 1}}).environment
    assert environment is not None
    assert environment.to_json() == {**ENVIRONMENT, "modules": ("tabulate-0.9.0",)}
    assert Environment.from_json(ENVIRONMENT) == environment
    assert environment.members()["RuntimeDigest"] == "0123456789ab"
    assert "Java" not in environment.members()


@pytest.mark.parametrize(
    "members",
    [
        {"token": ""},
        {"token": 1},
        {"script": "print(1)"},
        {"script": {"text": 1}},
        {"script": {"text": "\0"}},
        {"script": {"text": "\ud800"}},
        {"script": {"text": "x" * (TEXT_LIMIT + 1)}},
        {"script": {"sha256": "AB" * 32}},
        {"script": {"sha256": ["ab" * 32]}},
        {"environment": []},
        {"environment": {}},
        {"environment": {**ENVIRONMENT, "memory_mb": "2048"}},
        {"environment": {**ENVIRONMENT, "cores": True}},
        {"environment": {**ENVIRONMENT, "modules": [1]}},
    ],
)
def test_a_report_that_cannot_be_meant_is_refused(members: dict[str, Any]):
    with pytest.raises(ValueError, match=r"."):
        Started.read({"token": "t", **members})
