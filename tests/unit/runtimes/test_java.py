"""Which Java is taken, from what stands in its directory."""

from __future__ import annotations

from pathlib import Path

import pytest

from openglue.runtimes import InstallError
from openglue.runtimes import java as module
from openglue.runtimes.java import Java, find_java, major, packaged_home, parse_release, parse_settings


@pytest.fixture(autouse=True)
def no_system(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """Only what a test puts down is there."""
    monkeypatch.setattr(module, "SYSTEM", tmp_path / "none")


def put_java(home: Path, version: str, *, release: bool = True, script: str = "exit 1") -> Path:
    executable = home / "bin" / "java"
    executable.parent.mkdir(parents=True)
    executable.write_text(f"#!/bin/sh\n{script}\n")
    executable.chmod(0o755)
    if release:
        (home / "release").write_text(
            f'IMPLEMENTOR="X"\nJAVA_RUNTIME_VERSION="{version}+6"\nJAVA_VERSION="{version}"\n'
        )
    return home


@pytest.mark.parametrize(
    ("version", "feature"), [("17.0.15", 17), ("17", 17), ("21-ea", 21), ("1.8.0_392", 8), ("11.0.2+9", 11), ("", None)]
)
def test_the_feature_release_of_a_version(version: str, feature: int | None):
    assert major(version) == feature


def test_a_release_file_is_read_with_and_without_quotes():
    text = 'JAVA_VERSION="17.0.15"\nLIBC=gnu\nSOURCE=""\n'
    assert parse_release(text) == {"JAVA_VERSION": "17.0.15", "LIBC": "gnu", "SOURCE": ""}


def test_settings_as_java_shows_them_are_read():
    text = "Property settings:\n    java.home = /opt/jdk 17\n    java.version = 17.0.9\n\nopenjdk version x\n"
    assert parse_settings(text) == {"java.home": "/opt/jdk 17", "java.version": "17.0.9"}


def test_java_home_comes_first_and_then_the_path(tmp_path: Path):
    first, second = put_java(tmp_path / "a", "17.0.1"), put_java(tmp_path / "b", "17.0.2")
    environ = {"JAVA_HOME": str(first), "PATH": str(second / "bin")}
    assert found(tmp_path, environ).version == "17.0.1"
    assert found(tmp_path, {"PATH": str(second / "bin")}).home == second


def test_a_link_on_the_path_leads_to_its_home(tmp_path: Path):
    home = put_java(tmp_path / "jvm", "17.0.3")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "java").symlink_to(home / "bin" / "java")
    assert found(tmp_path, {"PATH": f"/nowhere::{tmp_path / 'bin'}"}).home == home


def test_another_version_is_passed_over(tmp_path: Path):
    old, right = put_java(tmp_path / "a", "21.0.1"), put_java(tmp_path / "b", "17.0.2")
    assert found(tmp_path, {"JAVA_HOME": str(old), "PATH": str(right / "bin")}).home == right
    assert find_java(tmp_path, environ={"JAVA_HOME": str(old), "PATH": ""}) is None


def test_the_system_directory_is_asked_after_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "SYSTEM", tmp_path / "jvm")
    put_java(tmp_path / "jvm" / "java-21-x", "21.0.1")
    home = put_java(tmp_path / "jvm" / "java-17-x", "17.0.4")
    assert found(tmp_path, {"PATH": ""}).home == home


def test_the_java_in_the_cache_is_the_last(tmp_path: Path):
    home = put_java(packaged_home(tmp_path), "17.0.9")
    assert found(tmp_path, {"PATH": ""}).home == home


def test_a_setting_decides_alone(tmp_path: Path):
    right = put_java(tmp_path / "a", "17.0.1")
    java = find_java(tmp_path, right, {"PATH": ""})
    assert java is not None
    assert java.executable == right / "bin" / "java"
    with pytest.raises(InstallError, match=r"no Java 17 in .*/elsewhere, where the settings have it"):
        find_java(tmp_path, tmp_path / "elsewhere", {"JAVA_HOME": str(right)})


def test_a_java_without_a_release_file_is_asked_once(tmp_path: Path):
    home, calls = tmp_path / "jdk", tmp_path / "calls"
    told = f"echo x >>{calls}; printf '    java.home = {home}\\n    java.version = 17.0.7\\n' >&2"
    put_java(home, "", release=False, script=told)
    for _ in range(2):
        assert found(tmp_path, {"JAVA_HOME": str(home), "PATH": ""}).version == "17.0.7"
    assert calls.read_text() == "x\n"


def test_a_java_that_does_not_answer_is_passed_over(tmp_path: Path):
    home = put_java(tmp_path / "jdk", "", release=False, script="exit 3")
    assert find_java(tmp_path, environ={"JAVA_HOME": str(home), "PATH": ""}) is None


def test_two_builds_have_two_names_and_both_are_file_names(tmp_path: Path):
    one = found(tmp_path, {"JAVA_HOME": str(put_java(tmp_path / "a", "17.0.1")), "PATH": ""})
    two = found(tmp_path, {"JAVA_HOME": str(put_java(tmp_path / "b", "17.0.1 x/y")), "PATH": ""})
    assert one.build != two.build
    assert "/" not in two.build


def found(cache: Path, environ: dict[str, str]) -> Java:
    java = find_java(cache, environ=environ)
    assert java is not None
    return java
