"""Settings: where they come from, and what they cannot be."""

from __future__ import annotations

from pathlib import Path

import pytest

from openglue.config import SETTINGS, Config, ConfigError, load


def test_the_nearer_source_wins(tmp_path: Path) -> None:
    file = tmp_path / "c.toml"
    file.write_text('port = 1\nregion = "eu-west-1"\nlease_s = 20\nhosts = ["a", "b"]\n[routes]\nsqs = "aws"\n')
    environ = {"OPENGLUE_PORT": "2", "OPENGLUE_LOCAL_PATHS": "no", "OTHER": "x", "OPENGLUE_CORES": "3"}
    config = load(file, environ, {"cores": 4, "data": tmp_path, "region": None})
    assert (config.port, config.region, config.lease_s, config.cores) == (2, "eu-west-1", 20.0, 4)
    assert (config.hosts, config.routes, config.local_paths) == (("a", "b"), {"sqs": "aws"}, False)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("PORT", "x", "OPENGLUE_PORT: 'x' is not a whole number"),
        ("PORT", "99999", "setting port is 99999: at least 0 and at most 65535 is expected"),
        ("PORT", "-5", "at least 0"),
        ("LEASE_S", "nan", "setting lease_s is nan"),
        ("LEASE_S", "-1", "at least 3"),
        ("MEMORY_SHARE", "5.0", "at most 1"),
        ("PYTHONSHELL_SLOTS", "-1", "at least 0"),
        ("MAX_CONCURRENT_RUNS", "0", "at least 1"),
        ("LOCAL_PATHS", "perhaps", "is not true or false"),
        ("ROUTES", "sqs", "is not a table of names and values"),
        ("DATA", "", "setting data is empty"),
    ],
)
def test_what_a_setting_cannot_be_is_said_with_its_name(name: str, value: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(None, {f"OPENGLUE_{name}": value})
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\xff\xfe", "is not TOML"),
        (b"port = ", "is not TOML"),
        (b"prot = 1", "unknown setting prot"),
        (b"port = true", "is not a whole number"),
        (b'port = "x"', "is not a whole number"),
    ],
)
def test_a_file_that_cannot_be_used_is_said_in_a_sentence(tmp_path: Path, content: bytes, message: str) -> None:
    file = tmp_path / "c.toml"
    file.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        load(file, {})
    assert message in str(caught.value)


def test_every_setting_has_a_help_and_a_default_within_its_limits() -> None:
    config = Config()
    for row in SETTINGS:
        assert row.metadata["help"].endswith(".")
        least, most = row.metadata["least"], row.metadata["most"]
        assert least is None or getattr(config, row.name) >= least
        assert most is None or getattr(config, row.name) <= most
