"""What a shell may have set must not matter to a service on this machine."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HTTP_PROXY", "http://127.0.0.1:9"),
        ("http_proxy", "http://127.0.0.1:9"),
        ("AWS_PROFILE", "there-is-no-such-profile"),
        ("AWS_ENDPOINT_URL_GLUE", "http://127.0.0.1:9"),
    ],
)
def test_clients_reach_the_service_whatever_the_shell_says(
    openglue: Any, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    assert "JobNames" in openglue.client("glue").list_jobs()


@pytest.mark.parametrize("name", ["bk", "Bad_Name", "../out", ""])
def test_the_fixture_makes_no_bucket_that_s3_would_refuse(openglue: Any, name: str) -> None:
    with pytest.raises(ValueError, match="is no name of a bucket"):
        openglue.bucket(name)
